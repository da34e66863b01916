"""The stage proves with real signatures and a real name server that a mail comes from its author's domain.

Longer than other files, as its tests share their helpers.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from schemas.reasons import Reason
from schemas.records import Verdict
from schemas.tables import now
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import reply_address
from tests.builders.authentic_mails import EDGE, letter, prove
from tests.builders.dkim_keys import key, sign
from tests.builders.world import World
from tests.servers.name_server import NameServer
from workers.errors import TransientError


@pytest.fixture
def server() -> Iterator[NameServer]:
    running = NameServer(
        {f"s._domainkey.{name}": [key(2048)[1]] for name in ("legit.org", "mail.legit.org", "evil.net")}
    )
    yield running
    running.close()


@pytest.fixture
def address(database: Database, world: World) -> str:
    return reply_address(database, world, world.post(database, "staff", "client"), "client")


def signed_verdict(resources: Resources, world: World, server: NameServer, raw: bytes, recipient: str) -> Verdict:
    return prove(resources, world, raw, recipient, dns_servers=server.address).verdict


@pytest.mark.parametrize("domain", ["legit.org", "mail.legit.org"])
def test_a_valid_signature_of_the_authors_domain_proves_a_mail(
    resources: Resources, world: World, server: NameServer, address: str, domain: str
) -> None:
    assert signed_verdict(resources, world, server, sign(letter(address), domain), address) is Verdict.PROVEN


def test_a_good_second_signature_is_enough(
    resources: Resources, world: World, server: NameServer, address: str
) -> None:
    raw = sign(sign(letter(address), "legit.org"), "evil.net")
    assert signed_verdict(resources, world, server, raw, address) is Verdict.PROVEN
    raw = sign(sign(letter(address), "legit.org"), "unpublished.legit.org")
    assert signed_verdict(resources, world, server, raw, address) is Verdict.PROVEN


def test_the_sixth_signature_is_not_looked_at(
    resources: Resources, world: World, server: NameServer, address: str
) -> None:
    raw = sign(letter(address), "legit.org")
    for _ in range(5):
        raw = sign(raw, "evil.net")
    assert signed_verdict(resources, world, server, raw, address) is Verdict.NOT_PROVEN


@pytest.mark.parametrize(
    ("what", "domain", "changes", "old", "new"),
    [
        ("no signature", "", {}, b"", b""),
        ("changed text", "legit.org", {}, b"Yes, please.", b"No, thanks."),
        ("changed subject", "legit.org", {}, b"Re: A leak", b"Re: Another"),
        ("of another domain", "evil.net", {}, b"", b""),
        ("text below what l= covers", "legit.org", {"length": True}, b"please.\r\n", b"please.\r\nMore.\r\n"),
        ("l= though nothing was added", "legit.org", {"length": True}, b"", b""),
        ("subject not signed", "legit.org", {"fields": (b"from", b"to", b"date")}, b"", b""),
        ("recipients not signed", "legit.org", {"fields": (b"from", b"subject", b"date")}, b"", b""),
        ("a second From", "legit.org", {}, b"Subject:", b"From: client@legit.org\r\nSubject:"),
        ("a second To", "legit.org", {}, b"Subject:", b"To: x@evil.net\r\nSubject:"),
    ],
)
def test_what_proves_nothing(
    resources: Resources,
    world: World,
    server: NameServer,
    address: str,
    what: str,
    domain: str,
    changes: dict[str, Any],
    old: bytes,
    new: bytes,
) -> None:
    mail = sign(letter(address), domain, **changes) if domain else letter(address)
    assert signed_verdict(resources, world, server, mail.replace(old, new), address) is Verdict.NOT_PROVEN


@pytest.mark.parametrize(
    ("author", "voucher"),
    [
        ("admin@legit.com", "legit.com-evil.net"),
        ("admin@legit-firm.com", "firm.com"),
        ("admin@firm.co.uk", "co.uk"),
        ("admin@firm.co.uk", "evil.co.uk"),
        ("admin@co.uk", "evil.co.uk"),
        ("admin@legit.com", "com"),
    ],
)
def test_a_domain_speaks_for_no_other(
    resources: Resources, world: World, server: NameServer, address: str, author: str, voucher: str
) -> None:
    server.texts[f"s._domainkey.{voucher}"] = [key(2048)[1]]
    raw = sign(letter(address, author), voucher)
    assert signed_verdict(resources, world, server, raw, address) is Verdict.NOT_PROVEN


@pytest.mark.parametrize(
    ("author", "voucher"),
    [
        ("a@legit-firm.com", "legit-firm.com"),
        ("a@x.firm.co.uk", "y.firm.co.uk"),
        ("a@xn--bcher-kva.org", "xn--bcher-kva.org"),
    ],
)
def test_domains_under_one_registered_domain_speak_for_each_other(
    resources: Resources, world: World, server: NameServer, address: str, author: str, voucher: str
) -> None:
    server.texts[f"s._domainkey.{voucher}"] = [key(2048)[1]]
    raw = sign(letter(address, author), voucher)
    assert signed_verdict(resources, world, server, raw, address) is Verdict.PROVEN


def test_a_domain_may_ask_for_its_very_own_signature(
    resources: Resources, world: World, server: NameServer, address: str
) -> None:
    server.texts["_dmarc.legit.org"] = ["v=DMARC1; p=none; adkim=s"]
    raw = sign(letter(address), "mail.legit.org")
    assert signed_verdict(resources, world, server, raw, address) is Verdict.NOT_PROVEN
    assert signed_verdict(resources, world, server, sign(raw, "legit.org"), address) is Verdict.PROVEN


def test_a_short_key_proves_nothing(resources: Resources, world: World, server: NameServer, address: str) -> None:
    for bits, verdict in ((768, Verdict.NOT_PROVEN), (1024, Verdict.PROVEN)):
        server.texts[f"s{bits}._domainkey.legit.org"] = [key(bits)[1]]
        raw = sign(letter(address), "legit.org", selector=f"s{bits}", bits=bits)
        assert signed_verdict(resources, world, server, raw, address) is verdict


@pytest.mark.parametrize("days", [-400, -6, 2])
def test_a_genuine_mail_that_is_shown_again_proves_nothing(
    resources: Resources, world: World, server: NameServer, address: str, days: int
) -> None:
    raw = sign(letter(address, date=now() + timedelta(days=days)), "legit.org")
    proof = prove(resources, world, raw, address, dns_servers=server.address)
    assert (proof.verdict, "not that of its arrival" in proof.evidence["problem"]) == (Verdict.NOT_PROVEN, True)


def test_a_genuine_mail_to_somebody_else_proves_nothing(
    resources: Resources, world: World, server: NameServer, address: str
) -> None:
    raw = sign(letter("friend@legit.org"), "legit.org")
    proof = prove(resources, world, raw, address, dns_servers=server.address)
    assert proof.evidence["problem"] == "our address is neither in To nor in Cc"


@pytest.mark.parametrize("how", ["failing", "silent"])
@pytest.mark.parametrize("name", ["s._domainkey.legit.org", "_dmarc.legit.org"])
def test_a_name_server_that_does_not_answer_is_waited_for(
    resources: Resources, world: World, server: NameServer, address: str, how: str, name: str
) -> None:
    getattr(server, how).add(name)
    raw = sign(letter(address), "legit.org")
    with pytest.raises(TransientError) as raised:
        prove(resources, world, raw, address, dns_servers=server.address)
    assert raised.value.reason is Reason.SENDER_NOT_CHECKED
    proof = prove(resources, world, raw, address, dns_servers=server.address, may_wait=False)
    assert proof.verdict is Verdict.UNKNOWN
    getattr(server, how).clear()
    assert signed_verdict(resources, world, server, raw, address) is Verdict.PROVEN


@pytest.mark.parametrize(
    ("field", "verdict"),
    [
        ("{edge}; dmarc=pass header.from=legit.org", Verdict.PROVEN),
        ("{edge} 1; dmarc=pass (p=reject dis=none) header.from=Legit.ORG", Verdict.PROVEN),
        ("{edge}; spf=pass (ok) smtp.mailfrom=bounce@legit.org", Verdict.PROVEN),
        ("{edge}; dmarc=none; spf=pass smtp.mailfrom=mail.legit.org", Verdict.PROVEN),
        ("{edge}; dkim=pass header.d=legit.org", Verdict.NOT_PROVEN),  # there is no signature in the mail
        ("{edge}; dmarc=fail header.from=legit.org; dkim=pass header.d=legit.org", Verdict.NOT_PROVEN),
        ("{edge}; dmarc=pass header.from=evil.net", Verdict.NOT_PROVEN),
        ("{edge}; dmarc=pass", Verdict.NOT_PROVEN),
        ("{edge}; dmarc=pass header.from=legit.org header.from=evil.net", Verdict.NOT_PROVEN),
        ("{edge}; dmarc=fail; dmarc=pass header.from=legit.org", Verdict.NOT_PROVEN),
        ("{edge}; spf=pass smtp.mailfrom=evil.net", Verdict.NOT_PROVEN),
        ("{edge}; spf=pass smtp.helo=legit.org", Verdict.NOT_PROVEN),
        ("{edge}; spf=softfail smtp.mailfrom=legit.org", Verdict.NOT_PROVEN),
        ('{edge}; spf=pass smtp.mailfrom="a@legit.org"@evil.net', Verdict.NOT_PROVEN),
        ("{edge}; spf=pass smtp.mailfrom=(a@legit.org", Verdict.NOT_PROVEN),
        ("{edge}; dkim=pass header.d=legit.org(.evil.net)", Verdict.NOT_PROVEN),
        ("{edge}; dkim=pass header.d=legit.org'.evil.net", Verdict.NOT_PROVEN),
        ("{edge}; dkim=pass header.d=org", Verdict.NOT_PROVEN),
        ("{edge}; none", Verdict.NOT_PROVEN),
        ("{edge}; dmarc=temperror header.from=legit.org", Verdict.UNKNOWN),
        ("{edge}; dkim=temperror header.d=legit.org", Verdict.UNKNOWN),
        ("other.example; dmarc=pass header.from=legit.org", Verdict.NOT_PROVEN),
        ("x{edge}; dmarc=pass header.from=legit.org", Verdict.NOT_PROVEN),
        ("{edge}; dmarc=fail (p=reject dis=none) header.from=legit.org", Verdict.DISOWNED),
        ("{edge}; dmarc=fail (p=QUARANTINE sp=NONE dis=NONE) header.from=legit.org", Verdict.DISOWNED),
        ("{edge}; dmarc=fail header.from=legit.org policy.published-domain-policy=reject", Verdict.DISOWNED),
        ("{edge}; dmarc=fail (p=none sp=reject dis=none) header.from=legit.org", Verdict.NOT_PROVEN),
        ("{edge}; dmarc=fail (p=reject) header.from=evil.net", Verdict.NOT_PROVEN),
    ],
)
def test_the_word_of_the_mail_server_in_front(
    resources: Resources, world: World, server: NameServer, address: str, field: str, verdict: Verdict
) -> None:
    raw = f"Authentication-Results: {field.format(edge=EDGE)}\r\n".encode() + letter(address)
    assert prove(resources, world, raw, address, authserv_id=EDGE, dns_servers=server.address).verdict is verdict


@pytest.mark.parametrize(
    "found",
    [
        "dkim=pass header.d=legit.org header.b={b}",
        "dkim=pass (2048-bit key; insecure) header.i=@legit.org;\r\n spf=none",
        "dmarc=none; dkim=fail header.d=legit.org header.b=abcdefgh; dkim=pass header.d=legit.org header.s=s",
        "dmarc=pass header.from=legit.org",
    ],
)
def test_the_mail_server_in_front_found_a_signature_valid(
    resources: Resources, world: World, server: NameServer, address: str, found: str
) -> None:
    raw = sign(letter(address), "legit.org")
    said = found.format(b=re.search(rb"\bb=([\w+/]{8})", raw)[1].decode())  # type: ignore[index]
    raw = f"Authentication-Results: {EDGE}; {said}\r\n".encode() + raw
    proof = prove(resources, world, raw, address, authserv_id=EDGE, dns_servers=server.address)
    assert (proof.verdict, len(proof.signatures), server.asked) == (Verdict.PROVEN, 1, [])


def test_what_that_server_says_of_a_policy_or_else_what_is_published_makes_a_failure_a_disowned_mail(
    resources: Resources, world: World, server: NameServer, address: str
) -> None:
    raw = f"Authentication-Results: {EDGE}; dmarc=fail header.from=legit.org\r\n".encode() + letter(address)
    wanted = {
        "p=none": Verdict.NOT_PROVEN,
        "p=quarantine": Verdict.DISOWNED,
        "p=reject; sp=none": Verdict.DISOWNED,
        "p=quarantine; t=y": Verdict.NOT_PROVEN,
        "p=reject; pct=0": Verdict.DISOWNED,
    }
    for record, verdict in wanted.items():
        server.texts["_dmarc.legit.org"] = [f"v=DMARC1; {record}"]
        found = prove(resources, world, raw, address, authserv_id=EDGE, dns_servers=server.address).verdict
        assert found is verdict, record


def test_checked_here_a_mail_without_a_valid_signature_is_disowned_where_the_policy_says_so(
    resources: Resources, world: World, server: NameServer, address: str
) -> None:
    plain, other = letter(address), sign(letter(address), "evil.net")
    changed = sign(plain, "legit.org").replace(b"Yes, please.", b"No, thanks.")
    for record, verdict in (
        ("v=DMARC1; p=none", Verdict.NOT_PROVEN),
        ("v=DMARC1; p=quarantine", Verdict.DISOWNED),
        ("v=DMARC1; p=reject", Verdict.DISOWNED),
    ):
        server.texts["_dmarc.legit.org"] = [record]
        for raw in (plain, other, changed):
            assert signed_verdict(resources, world, server, raw, address) is verdict
        assert signed_verdict(resources, world, server, sign(plain, "legit.org"), address) is Verdict.PROVEN
        # DMARC passes, so the policy does not apply; but a signature with l= proves nothing here
        partly = sign(plain, "legit.org", length=True)
        assert signed_verdict(resources, world, server, partly, address) is Verdict.NOT_PROVEN


def test_the_policy_of_the_registered_domain_counts_for_one_below_it(
    resources: Resources, world: World, server: NameServer, address: str
) -> None:
    raw = letter(address, "client@mail.legit.org")
    for record, verdict in (("p=reject; sp=none", Verdict.NOT_PROVEN), ("p=none; sp=reject", Verdict.DISOWNED)):
        server.texts["_dmarc.legit.org"] = [f"v=DMARC1; {record}"]
        assert signed_verdict(resources, world, server, raw, address) is verdict


def test_only_the_topmost_field_of_that_server_counts(
    resources: Resources, world: World, server: NameServer, address: str
) -> None:
    forged = f"Authentication-Results: {EDGE}; dmarc=pass header.from=legit.org\r\n"
    said = f"Authentication-Results: {EDGE}; dmarc=fail header.from=legit.org\r\n"
    foreign = "Authentication-Results: other.example; dmarc=pass header.from=legit.org\r\n"
    for between in ("", "Received: from x\r\n", "X-Scanned: yes\r\n"):
        raw = (foreign + said + between + forged).encode() + letter(address)
        proof = prove(resources, world, raw, address, authserv_id=EDGE, dns_servers=server.address)
        assert proof.verdict is Verdict.NOT_PROVEN


def test_without_a_mail_server_that_is_trusted_no_such_field_counts(
    resources: Resources, world: World, server: NameServer, address: str
) -> None:
    raw = f"Authentication-Results: {EDGE}; dmarc=pass header.from=legit.org\r\n".encode() + letter(address)
    assert signed_verdict(resources, world, server, raw, address) is Verdict.NOT_PROVEN
