"""Attacks on the rules of who may post, each with its number in the project's list of attacks on mail systems.

Each mail goes through all stages: custody, parse, validate, authenticate if the tenant asks for it, post. L is a
recipient of the update whose reply address the attacker knows; E is the attacker.

Longer than other files, as its tests share their helpers.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from cases.addresses.compare import email_key
from cases.addresses.tokens import Address, AddressKind, new_handle, read, write
from schemas.records import FetchedMail, FilteredMail, ParsedMail, ProofOrder, Rejection
from schemas.settings import SettingsError, load
from storage.database import Database
from storage.resources import Resources
from tests.builders import relative_cost
from tests.builders.addresses import address_of_case, another_case, case_address, reply_address
from tests.builders.authentic_mails import letter
from tests.builders.decisions import take_into_custody
from tests.builders.dkim_keys import key, seal, sign
from tests.builders.plain_mails import E, L, plain_mail
from tests.builders.rows import run_for_tenant
from tests.builders.world import KEYS, World, make_world
from tests.mails.crafted_authors import CRAFTED, HEADERS
from tests.servers.name_server import NameServer
from workers.authenticate.stage import authenticate
from workers.fetch.recipients import recipients
from workers.parse.stage import parse
from workers.post.stage import post
from workers.validate.stage import validate

EDGE = "mx.casemail.example"


@pytest.fixture
def server() -> Iterator[NameServer]:
    """Starts a name server on which L's and the attacker's domains publish the same key."""
    running = NameServer({f"s._domainkey.{domain}": [key(2048)[1]] for domain in ("legit.com", "evil.com")})
    yield running
    running.close()


@pytest.fixture
def target(database: Database, world: World) -> str:
    """Returns a reply address of an update that was sent to L."""
    rename(world, L)
    return reply_address(database, world, world.post(database, "staff", "client"), "client")


def rename(world: World, email: str) -> None:
    statement = "update users set email = :email, email_key = :key where id = :id"
    run_for_tenant(world, statement, email=email, key=email_key(email), id=world.people["client"])


def go(resources: Resources, world: World, raw: bytes, *addresses: str, **settings: str) -> list[str]:
    """Takes a mail through all stages; returns for each address "posted", or the reason why it did not post."""
    asked = Resources(resources.settings.replace(**settings), resources.database, resources.blobs)
    return [_go(asked, FetchedMail(custody=custody)) for custody in take_into_custody(resources, world, addresses, raw)]


def _go(resources: Resources, mail: FetchedMail) -> str:
    end: Any = parse(mail, resources)
    if isinstance(end, ParsedMail):
        (end,) = validate([end], resources)
    if isinstance(end, ProofOrder):
        (end,) = validate([authenticate(end, resources)], resources)
    if not isinstance(end, Rejection):
        (end,) = post([FilteredMail(parsed=end.parsed, target=end.target, files=(), left_out=())], resources)
    return "posted" if end is None else str(end.reason)


def posted(world: World) -> int:
    with world.owner().begin() as connection:
        statement = text("select count(*) from updates where tenant_id = :id and via = 'email'")
        return int(connection.execute(statement, {"id": world.tenant_id}).scalar_one())


def test_the_honest_mail_posts(resources: Resources, world: World, target: str) -> None:
    assert go(resources, world, plain_mail(target), target) == ["posted"]


@pytest.mark.parametrize("fields", [fields for _, fields in HEADERS], ids=[name for name, _ in HEADERS])
def test_01_several_from_fields_or_none(resources: Resources, world: World, target: str, fields: Sequence[str]) -> None:
    assert go(resources, world, plain_mail(target, *fields, author=None), target) == ["author_unclear"]


@pytest.mark.parametrize("value", [value for _, value in CRAFTED], ids=[name for name, _ in CRAFTED])
def test_02_and_03_a_from_that_readers_read_differently_or_that_encodes_an_address(
    resources: Resources, world: World, target: str, value: str
) -> None:
    assert go(resources, world, plain_mail(target, author=value), target) == ["author_unclear"]


@pytest.mark.parametrize(
    "author",
    [f'"{L}" <{E}>', f'"\u202emoc.tigel@nimda" <{E}>', f"=?utf-8?q?=3C{L}=3E?= <{E}>", f"{L.title()} via <{E}>"],
)
def test_04_a_display_name_is_not_an_author(resources: Resources, world: World, target: str, author: str) -> None:
    assert go(resources, world, plain_mail(target, author=author), target)[0] in {"author_unknown", "author_unclear"}


@pytest.mark.parametrize(
    "name", ["Sender", "Reply-To", "Return-Path", "Resent-From", "Resent-Sender", "X-Original-From"]
)
def test_05_no_other_field_makes_an_author(resources: Resources, world: World, target: str, name: str) -> None:
    assert go(resources, world, plain_mail(target, f"{name}: {L}", author=E), target) == ["author_unknown"]


def test_06_an_spf_pass_of_another_domain_is_not_the_author(
    resources: Resources, world: World, target: str, server: NameServer
) -> None:
    run_for_tenant(world, "update tenants set authentication = 'enforce' where id = :tenant")
    for found in ("smtp.mailfrom=x@evil.com", "smtp.mailfrom=(a@legit.com", "smtp.helo=legit.com"):
        raw = f"Authentication-Results: {EDGE}; spf=pass {found}\r\n".encode() + letter(
            target, L, more=f"X-{uuid4()}: 1\r\n"
        )
        assert go(resources, world, raw, target, authserv_id=EDGE, dns_servers=server.address) == ["sender_not_proven"]


@pytest.mark.parametrize("voucher", ["legit.com-evil.net", "evil.net", "com", "notlegit.com"])
def test_07_no_look_alike_of_a_domain_speaks_for_it(
    resources: Resources, world: World, target: str, server: NameServer, voucher: str
) -> None:
    run_for_tenant(world, "update tenants set authentication = 'enforce' where id = :tenant")
    server.texts |= {f"s._domainkey.{voucher}": [key(2048)[1]], "_dmarc.legit.com": ["v=DMARC1; p=reject"]}
    raw = sign(letter(target, L), voucher)
    assert go(resources, world, raw, target, dns_servers=server.address) == ["sender_disowned"]
    second = sign(sign(letter(target, L), "legit.com"), voucher)
    assert go(resources, world, second, target, dns_servers=server.address) == ["posted"], (
        "a good second signature counts"
    )


def test_08_text_behind_the_length_of_a_signature_and_fields_that_it_leaves_out(
    resources: Resources, world: World, target: str, server: NameServer
) -> None:
    run_for_tenant(world, "update tenants set authentication = 'enforce' where id = :tenant")
    partly = sign(letter(target, L), "legit.com", length=True) + b"ATTACKER\r\n"
    loose = sign(letter(target, L), "legit.com", fields=(b"from", b"to", b"date")).replace(b"Re: A leak", b"Re: Pay")
    for raw in (partly, loose):
        assert go(resources, world, raw, target, dns_servers=server.address) == ["sender_not_proven"]


def test_09_a_signed_mail_that_is_sent_again(
    resources: Resources, world: World, target: str, server: NameServer
) -> None:
    run_for_tenant(world, "update tenants set authentication = 'enforce' where id = :tenant")
    raw, other = sign(letter(target, L), "legit.com"), address_of_case(world, another_case(world))
    assert go(resources, world, raw, target, dns_servers=server.address) == ["posted"]
    assert go(resources, world, raw, other, dns_servers=server.address) == ["sender_not_proven"]
    by_another = b"Received: by another\r\n" + raw
    assert go(resources, world, by_another, target, dns_servers=server.address) == ["duplicate"]
    with pytest.raises(KeyError):  # custody has already ended it as a duplicate, so no stage decides on it
        go(resources, world, by_another, target, dns_servers=server.address)
    assert posted(world) == 1


def test_10_authentication_results_that_the_sender_wrote(
    resources: Resources, world: World, target: str, server: NameServer
) -> None:
    run_for_tenant(world, "update tenants set authentication = 'enforce' where id = :tenant")
    said = f"Authentication-Results: {EDGE}; dmarc=fail header.from=legit.com\r\nReceived: from x\r\n"
    forged = f"Authentication-Results: {EDGE}; dmarc=pass header.from=legit.com\r\n"
    foreign = "Authentication-Results: mx.evil.com; dmarc=pass header.from=legit.com\r\n"
    for front, why in ((said + forged, "sender_not_proven"), (foreign, "sender_not_proven")):
        raw = front.encode() + letter(target, L, more=f"X-{uuid4()}: 1\r\n")
        assert go(resources, world, raw, target, authserv_id=EDGE, dns_servers=server.address) == [why]


def test_11_a_valid_chain_of_the_attackers_own(
    resources: Resources, world: World, target: str, server: NameServer
) -> None:
    run_for_tenant(world, "update tenants set authentication = 'enforce' where id = :tenant")
    server.texts["s._domainkey.lists.example"] = [key(2048)[1]]
    found = "dmarc=pass header.from=legit.com"

    def end(seal_it: Callable[[bytes], bytes], signer: str = "evil.com") -> str:
        raw = sign(letter(target, L, more=f"X-{uuid4()}: 1\r\n"), signer) + b"a footer\r\n"
        return go(resources, world, seal_it(raw), target, dns_servers=server.address)[0]

    assert end(lambda raw: seal(raw, "lists.example", found), "legit.com") == "sender_not_proven", "nobody is trusted"
    run_for_tenant(world, "update tenants set arc_sealers = '{lists.example}' where id = :tenant")
    assert end(lambda raw: seal(raw, "evil.com", found)) == "sender_not_proven"
    failed = "dmarc=fail header.from=legit.com"
    assert (
        end(lambda raw: seal(seal(raw, "evil.com", found), "lists.example", failed, chain="pass"))
        == "sender_not_proven"
    )
    assert end(lambda raw: seal(raw, "lists.example", found), "legit.com") == "posted"


def test_12_fields_that_look_like_ours(resources: Resources, world: World, target: str) -> None:
    other = make_world(world.owner_url)
    named = {"X-Tenant-Id": other.tenant_id, "X-Case-Id": other.case_id, "X-Casemail-Author": world.people["admin"]}
    ours = [f"{name}: {value}" for name, value in named.items()]
    assert go(resources, world, plain_mail(target, *ours, author=E), target) == ["author_unknown"]
    assert go(resources, world, plain_mail(target, *ours), target) == ["posted"]
    assert (posted(world), posted(other)) == (1, 0)


def test_13_threading_fields_give_no_right_and_a_lost_right_is_lost(
    resources: Resources, database: Database, world: World, target: str
) -> None:
    nowhere = f"office@{world.mail_domain}"
    with database.tenant(world.tenant_id) as connection:
        sent = connection.execute(text("select id from update_recipients limit 1")).scalar_one()
    fields = (f"In-Reply-To: <{sent}@{world.mail_domain}>", f"References: <case.{world.case_id}@{world.mail_domain}>")
    assert go(resources, world, plain_mail(nowhere, *fields), nowhere) == ["unknown_address"]
    run_for_tenant(world, "delete from case_members where user_id = :id", id=world.people["client"])
    assert go(resources, world, plain_mail(target), target) == ["not_allowed"]
    run_for_tenant(world, "update users set active = false where id = :id", id=world.people["client"])
    assert go(resources, world, plain_mail(target), target) == ["author_inactive"]


def test_14_who_is_copied_in_joins_nothing_and_is_sent_nothing(resources: Resources, world: World, target: str) -> None:
    with world.owner().begin() as connection:
        members = connection.execute(text("select count(*) from case_members")).scalar_one()
    assert go(resources, world, plain_mail(f"{target}, {E}", f"Cc: {E}"), target) == ["posted"]
    with world.owner().begin() as connection:
        assert connection.execute(text("select count(*) from case_members")).scalar_one() == members
        assert connection.execute(text("select count(*) from outbox where to_email = :to"), {"to": E}).scalar_one() == 0


@pytest.mark.parametrize(
    ("author", "why"),
    [
        ("Admin@legit.com", "posted"),
        ("admin@LEGIT.com", "posted"),
        ("ad.min@legit.com", "author_unknown"),
        ("admin+case@legit.com", "author_unknown"),
    ],
)
def test_16_letters_in_either_case_are_the_same_and_nothing_else_is_folded(
    resources: Resources, world: World, target: str, author: str, why: str
) -> None:
    local, domain = target.split("@")
    assert go(resources, world, plain_mail(target, author=author), f"{local.upper()}@{domain.upper()}") == [why]


@pytest.mark.parametrize(
    "author",
    ["аdmin@legit.com", "admin@ｌegit.com", "\u212a@legit.com", "admın@legit.com", "admin@xn--egit-8na.com"],  # noqa: RUF001
)
def test_17_look_alike_letters_are_other_letters(resources: Resources, world: World, target: str, author: str) -> None:
    assert go(resources, world, plain_mail(target, author=author), target)[0] in {"author_unclear", "author_unknown"}


def test_18_guessing_opens_nothing_costs_little_and_is_not_answered(
    resources: Resources, world: World, target: str
) -> None:
    guesses = [f"r{'a'}{new_handle()}{new_handle()}" for _ in range(100_000)]
    assert not relative_cost.at_most(60, lambda: any(read(KEYS, world.tenant_id, guess) for guess in guesses))
    outbox = "select count(*) from outbox where tenant_id = :id and kind <> 'notice'"
    for raw, address in (
        (plain_mail("x"), f"case-7-{guesses[0]}@{world.mail_domain}"),
        (plain_mail(target, author=E), target),
    ):
        assert go(resources, world, raw, address) != ["posted"]
    with world.owner().begin() as connection:
        assert connection.execute(text(outbox), {"id": world.tenant_id}).scalar_one() == 0


def test_19_an_address_of_one_tenant_in_the_mailbox_of_another(resources: Resources, world: World, target: str) -> None:
    other = make_world(world.owner_url)
    run_for_tenant(
        other, "update users set email = :mail, email_key = :mail where id = :id", mail=L, id=other.people["client"]
    )
    moved = f"{target.partition('@')[0]}@{other.mail_domain}"
    assert go(resources, other, plain_mail(moved), moved) == ["unknown_address"]
    handle = read(KEYS, world.tenant_id, target.partition("@")[0])
    assert handle is not None
    forged = write(KEYS, other.tenant_id, Address(AddressKind.REPLY, handle.handle), "2026-7", other.mail_domain)
    assert go(resources, other, plain_mail(forged), forged) == ["unknown_address"], (
        "a row of one tenant is none of the other's"
    )
    assert (posted(world), posted(other)) == (0, 0)


def test_20_many_of_our_addresses_at_once(resources: Resources, world: World, target: str) -> None:
    other = address_of_case(world, another_case(world))
    assert go(resources, world, plain_mail(f"{target}, {other}"), target, other) == ["posted", "posted"]
    many = [address_of_case(world, another_case(world, f"many-{number}")) for number in range(11)]
    assert set(go(resources, world, plain_mail(", ".join(many)), *many)) == {"over_limit"}
    assert posted(world) == 2


def test_20_a_declared_field_counts_only_in_its_topmost_place() -> None:
    raw = b"Delivered-To: a@ours\r\nReceived: x\r\nDelivered-To: b@ours\r\nTo: c@ours\r\n\r\n"
    assert recipients(raw, ["Delivered-To"], lambda _: True, lambda _: True) == ["a@ours"]


def test_21_without_secrets_there_is_no_door(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CASEMAIL_ADDRESS_KEYS", "")
    monkeypatch.setenv("CASEMAIL_SESSION_SECRET", "")
    with pytest.raises(SettingsError) as raised:
        load()
    problems = "\n".join(raised.value.problems)
    assert "CASEMAIL_ADDRESS_KEYS" in problems
    assert "CASEMAIL_SESSION_SECRET" in problems


@pytest.mark.parametrize("author", ["admin@attacker-legit.com", "admin@legit.com.evil.com", "admin@sub.legit.com"])
def test_22_a_domain_is_compared_whole(resources: Resources, world: World, target: str, author: str) -> None:
    assert go(resources, world, plain_mail(target, author=author), target) == ["author_unknown"]


def test_44_a_message_id_that_was_used_before_drops_no_mail(resources: Resources, world: World, target: str) -> None:
    mails = [plain_mail(target, author=world.email("manager"), body="First."), plain_mail(target, body="Second.")]
    same = [raw.replace(b"Message-ID: <", b"Message-ID: <same@x> <") for raw in mails]
    assert [go(resources, world, raw, target) for raw in same] == [["posted"], ["posted"]]


def test_45_a_forwarded_update_lets_its_reader_not_in(resources: Resources, world: World, target: str) -> None:
    assert go(resources, world, plain_mail(target, author=world.email("member")), target) == ["not_a_recipient"]
    assert go(resources, world, plain_mail(target, author=E), target) == ["author_unknown"]
    run_for_tenant(
        world, "update update_recipients set logged_at = now() - interval '366 days' where tenant_id = :tenant"
    )
    assert go(resources, world, plain_mail(target), target) == ["expired_address"]
    old = case_address(world, retired=True)
    assert go(resources, world, plain_mail(old), old) == ["expired_address"], "it was replaced without days of grace"
