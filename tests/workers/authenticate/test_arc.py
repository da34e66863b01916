"""Mail that a trusted forwarder has changed and sealed (RFC 8617), with real seals and a real name server.

Longer than other files, as its tests share the seals and their keys.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import dkim
import pytest

from schemas.reasons import Reason
from schemas.records import Proof, Verdict
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import reply_address
from tests.builders.authentic_mails import letter
from tests.builders.authentic_mails import prove as proof_by_stage
from tests.builders.dkim_keys import key, seal, sign
from tests.builders.world import World
from tests.servers.name_server import NameServer
from workers.authenticate.arc import MOST
from workers.errors import TransientError

#: A tag of a field: its name and value.
Tag = tuple[bytes, bytes]

LIST = "lists.example"
PASS = "dmarc=pass header.from=legit.org"
NONE = "dmarc=none; dkim=pass header.d=mail.legit.org; spf=none"


@pytest.fixture
def server() -> Iterator[NameServer]:
    names = ("legit.org", "evil.net", LIST, "second.example")
    running = NameServer({f"s._domainkey.{name}": [key(2048)[1]] for name in names})
    yield running
    running.close()


@pytest.fixture
def address(database: Database, world: World) -> str:
    return reply_address(database, world, world.post(database, "staff", "client"), "client")


@pytest.fixture
def prove(resources: Resources, world: World, server: NameServer, address: str) -> Callable[..., Proof]:
    def proof_of(raw: bytes, *sealers: str, may_wait: bool = True, **settings: Any) -> Proof:
        changes: dict[str, Any] = {"dns_servers": server.address, **settings}
        return proof_by_stage(resources, world, raw, address, may_wait=may_wait, sealers=sealers, **changes)

    return proof_of


def changed(address: str) -> bytes:
    """Returns a mail that its author's domain signed and to which a forwarder added a footer."""
    return sign(letter(address), "legit.org") + b"-- \r\nA footer of the list\r\n"


def test_without_a_list_of_forwarders_no_seal_counts(prove: Callable[..., Proof], address: str) -> None:
    proof = prove(seal(changed(address), LIST, PASS))
    assert proof.verdict is Verdict.NOT_PROVEN
    assert "forwarder" not in proof.evidence


@pytest.mark.parametrize("found", [PASS, NONE, "spf=pass smtp.mailfrom=client@legit.org"])
def test_a_forwarder_whom_the_tenant_trusts_stands_in_for_the_signature_that_it_broke(
    prove: Callable[..., Proof], address: str, found: str
) -> None:
    proof = prove(seal(changed(address), LIST, found), "other.example", LIST)
    assert proof.verdict is Verdict.PROVEN
    assert proof.evidence["forwarder"].startswith(f"{LIST} sealed that it had {found.partition(' ')[0]}")
    assert "legit.org" in proof.evidence["signatures"]


@pytest.mark.parametrize(
    "found",
    [
        "dmarc=fail header.from=legit.org; dkim=pass header.d=legit.org",
        "dmarc=pass header.from=evil.net",
        "dkim=pass header.d=evil.net",
        "spf=pass smtp.mailfrom=x@evil.net",
        "dmarc=temperror header.from=legit.org",
        "none",
    ],
)
def test_a_forwarder_that_found_no_proof_itself_proves_nothing(
    prove: Callable[..., Proof], address: str, found: str
) -> None:
    assert prove(seal(changed(address), LIST, found), LIST).verdict is Verdict.NOT_PROVEN


def test_a_seal_of_somebody_else_proves_nothing_and_nobody_is_asked_for_it(
    prove: Callable[..., Proof], server: NameServer, address: str
) -> None:
    proof = prove(seal(changed(address), "evil.net", PASS), LIST, "net", "vil.net")
    assert proof.verdict is Verdict.NOT_PROVEN
    assert "the chain of evil.net does not count" in proof.evidence["forwarder"]
    assert "s._domainkey.evil.net" not in server.asked


def test_only_the_topmost_sealer_is_believed(prove: Callable[..., Proof], address: str) -> None:
    first = seal(changed(address), LIST, PASS)
    on_top = seal(first, "evil.net", PASS, chain="pass")
    assert prove(on_top, LIST).verdict is Verdict.NOT_PROVEN
    assert prove(on_top, LIST, "evil.net").verdict is Verdict.PROVEN
    # what counts is what the trusted forwarder found when it got the mail, not what the forwarder before it wrote
    below = seal(seal(changed(address), "evil.net", PASS), LIST, "dmarc=fail header.from=legit.org", chain="pass")
    assert prove(below, LIST).verdict is Verdict.NOT_PROVEN


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Yes, please.", b"No, thanks."),
        (b"Subject: Re: A leak", b"Subject: Re: Another"),
        (b"From: client@legit.org", b"From: boss@legit.org"),
        (b"Subject:", b"From: client@legit.org\r\nSubject:"),
        (b"Subject:", b"To: x@evil.net\r\nSubject:"),
        (b"dmarc=pass", b"dmarc=none"),
        (b"cv=none", b"cv=pass"),
        (b"i=1; ", b"i=2; "),
        (b"ARC-Message-Signature", b"X-ARC-Message-Signature"),
        (b"d=lists.example", b"d=second.example"),
    ],
)
def test_what_was_changed_after_it_was_sealed_proves_nothing(
    prove: Callable[..., Proof], address: str, old: bytes, new: bytes
) -> None:
    raw = seal(changed(address), LIST, PASS)
    assert old in raw
    assert prove(raw.replace(old, new), LIST, "second.example").verdict is Verdict.NOT_PROVEN


def test_a_set_that_stands_twice_or_has_a_gap_proves_nothing(prove: Callable[..., Proof], address: str) -> None:
    raw = seal(changed(address), LIST, PASS)
    results = re.search(rb"ARC-Authentication-Results:.*?\r\n(?![ \t])", raw, re.DOTALL)
    assert results is not None
    forged = results[0].replace(b"dmarc=pass", b"dmarc=none").replace(b"i=1", b"I=1")
    for damaged in (forged + raw, raw.replace(results[0], b""), raw.replace(b"i=1", b"i=3")):
        proof = prove(damaged, LIST)
        assert proof.verdict is Verdict.NOT_PROVEN
        assert "the sets are not whole" in proof.evidence["forwarder"]


def test_the_set_below_must_hold_too(prove: Callable[..., Proof], address: str) -> None:
    raw = seal(seal(changed(address), "second.example", PASS), LIST, PASS, chain="pass")
    assert prove(raw, LIST).verdict is Verdict.PROVEN
    unknown = seal(seal(changed(address), "unpublished.example", PASS), LIST, PASS, chain="pass")
    assert prove(unknown, LIST).verdict is Verdict.NOT_PROVEN


def test_more_sets_than_are_looked_at_prove_nothing_and_nobody_is_asked(
    prove: Callable[..., Proof], server: NameServer, address: str
) -> None:
    raw = seal(changed(address), LIST, PASS)
    for _ in range(MOST - 1):
        raw = seal(raw, LIST, PASS, chain="pass")
    assert prove(raw, LIST).verdict is Verdict.PROVEN
    server.asked.clear()
    proof = prove(seal(raw, LIST, PASS, chain="pass"), LIST)
    assert (proof.verdict, f"more than {MOST}" in proof.evidence["forwarder"]) == (Verdict.NOT_PROVEN, True)
    assert f"s._domainkey.{LIST}" not in server.asked


def test_recipients_that_are_not_sealed_and_a_short_key_prove_nothing(
    prove: Callable[..., Proof], server: NameServer, address: str
) -> None:
    loose = seal(changed(address), LIST, PASS, fields=(b"from", b"subject", b"date"))
    assert "does not sign To and Cc" in prove(loose, LIST).evidence["forwarder"]
    server.texts[f"short._domainkey.{LIST}"] = [key(768)[1]]
    short = seal(changed(address), LIST, PASS, selector="short", bits=768)
    assert prove(short, LIST).verdict is Verdict.NOT_PROVEN


def test_a_sealed_mail_to_somebody_else_is_not_shown_again_to_us(prove: Callable[..., Proof]) -> None:
    raw = seal(changed("friend@legit.org"), LIST, PASS)
    proof = prove(raw, LIST)
    assert (proof.verdict, proof.evidence["problem"]) == (
        Verdict.NOT_PROVEN,
        "our address is neither in To nor in Cc",
    )


def test_a_name_server_that_does_not_answer_for_the_forwarder_is_waited_for(
    prove: Callable[..., Proof], server: NameServer, address: str
) -> None:
    server.failing.add(f"s._domainkey.{LIST}")
    raw = seal(changed(address), LIST, PASS)
    with pytest.raises(TransientError) as raised:
        prove(raw, LIST)
    assert raised.value.reason is Reason.SENDER_NOT_CHECKED
    assert prove(raw, LIST, may_wait=False).verdict is Verdict.UNKNOWN


def test_the_forwarder_stands_in_where_the_mail_server_in_front_found_a_failure(
    prove: Callable[..., Proof], address: str
) -> None:
    edge = "mx.casemail.example"
    sealed = seal(changed(address), LIST, PASS)
    failed = f"Authentication-Results: {edge}; dmarc=fail header.from=legit.org\r\n".encode() + sealed
    assert prove(failed, authserv_id=edge).verdict is Verdict.NOT_PROVEN
    proof = prove(failed, LIST, authserv_id=edge)
    assert proof.verdict is Verdict.PROVEN
    assert set(proof.evidence) == {"mail server", "forwarder"}


def test_the_instance_of_a_seal_may_stand_anywhere_among_its_tags(prove: Callable[..., Proof], address: str) -> None:
    """RFC 8617 section 4.1.1 requires it to come first only in ARC-Authentication-Results."""
    sealed = seal(changed(address), LIST, PASS)
    for field in (b"ARC-Seal", b"ARC-Message-Signature"):
        moved = re.sub(rb"(?m)^(%s:) i=1;( [^;]+;)" % field, rb"\1\2 i=1;", sealed)
        assert moved != sealed
        assert "is not trusted here" in prove(moved, "other.example").evidence["forwarder"]
    for broken in (b"i=1; i=1;", b"i=01;", b"i=;", b"ii=1;"):
        spoiled = re.sub(rb"(?m)^ARC-Seal: i=1;", b"ARC-Seal: " + broken, sealed)
        assert "not whole" in prove(spoiled, "other.example").evidence["forwarder"]
    results = re.sub(rb"(?m)^(ARC-Authentication-Results:) i=1;( [^;]+;)", rb"\1\2 i=1;", sealed)
    assert results != sealed
    assert "not whole" in prove(results, "other.example").evidence["forwarder"]


#: Where `i=` may be among the tags of a seal or signature, and how it may be written (RFC 6376 section 3.2).
_WRITTEN: dict[str, Callable[[list[Tag]], list[Tag]]] = {
    "second": lambda tags: [tags[1], tags[0], *tags[2:]],
    "before the signature": lambda tags: [*tags[1:-1], tags[0], tags[-1]],
    "last, without a semicolon": lambda tags: [*tags[1:], tags[0]],
    "with spaces": lambda tags: [tags[1], (b"i ", b" " + tags[0][1]), *tags[2:]],
}


@pytest.mark.parametrize("written", _WRITTEN)
def test_a_chain_counts_wherever_its_instance_is_written(
    prove: Callable[..., Proof], address: str, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = dkim.DomainSigner.gen_header
    first = seal(changed(address), LIST, PASS)
    with monkeypatch.context() as patched:
        patched.setattr(
            dkim.DomainSigner,
            "gen_header",
            lambda self, tags, *rest: make(self, _WRITTEN[written](tags), *rest),
        )
        moved = seal(changed(address), LIST, PASS)
        on_top = seal(first, "second.example", PASS, chain="pass")
    for raw in (moved, on_top):
        assert not re.search(rb"(?m)^ARC-Seal: i=", raw.partition(b"ARC-Authentication-Results")[0])
    assert prove(moved, LIST).verdict is Verdict.PROVEN
    assert prove(moved.replace(b"Yes, please.", b"No, thanks."), LIST).verdict is Verdict.NOT_PROVEN
    assert prove(on_top, "second.example").verdict is Verdict.PROVEN


def test_comments_around_the_instance_of_the_results_are_read(prove: Callable[..., Proof], address: str) -> None:
    """RFC 8617 section 4.1.1 lets comments (CFWS) stand around it."""
    sealed = seal(changed(address), LIST, PASS)
    for written in (b" (the first) i=1;", b" i (x) = (y) 1 (z);", b"\ti=1 ;"):
        raw = sealed.replace(b"ARC-Authentication-Results: i=1;", b"ARC-Authentication-Results:" + written)
        assert raw != sealed
        assert "is not trusted here" in prove(raw, "other.example").evidence["forwarder"]
