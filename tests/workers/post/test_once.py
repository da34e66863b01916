"""A DKIM signature posts once on a case, whatever unsigned fields an attacker adds to the mail."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from schemas.reasons import Reason
from schemas.records import Body, FilteredMail, Proof, Rejection, Target, Verdict
from storage import senders
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import address_of_case, another_case, reply_address
from tests.builders.authentic_mails import letter
from tests.builders.checked_senders import DOMAIN, POSTED, choose_authentication, take_to_its_end
from tests.builders.decisions import take_into_custody
from tests.builders.dkim_keys import key, sign
from tests.builders.rows import run_for_tenant
from tests.builders.world import World, in_ledger, parsed
from tests.servers.name_server import NameServer
from workers.post.stage import post
from workers.rehearsal import what_if


@pytest.fixture
def server() -> Iterator[NameServer]:
    running = NameServer({f"s._domainkey.{DOMAIN}": [key(2048)[1]]})
    yield running
    running.close()


@pytest.fixture
def address(database: Database, world: World) -> str:
    choose_authentication(world, "enforce")
    return reply_address(database, world, world.post(database, "staff", "client"), "client")


def posted(world: World) -> int:
    return len(run_for_tenant(world, "select 1 from updates where via = 'email' and tenant_id = :tenant"))


def test_a_mail_that_is_shown_again_with_unsigned_changes_is_a_duplicate(
    resources: Resources, world: World, server: NameServer, address: str
) -> None:
    raw = sign(letter(address, world.email("client")), DOMAIN)
    assert take_to_its_end(resources, world, server, raw, address)[1] == POSTED
    for changed in (
        raw,
        b"X-Note: 1\r\n" + raw,
        b"Comments: 2\r\n" + raw,
        b"Reply-To: rosa@post.example\r\n" + raw,
        b"Return-Path: <x@evil.example>\r\nReceived: from a by b; x\r\n" + raw,
        raw.replace(b"please.\r\n", b"please. \r\n"),
        raw.replace(b"Yes, please", b"Yes,  please"),
        raw.replace(b"Subject:", b"SUBJECT:"),
        raw.replace(b"Subject: Re", b"Subject:\r\n Re"),
        raw.replace(b"DKIM-Signature: v=1;", b"DKIM-Signature:  v=1;"),
        raw + b"\r\n\r\n",
    ):
        assert take_to_its_end(resources, world, server, changed, address)[1] == Reason.DUPLICATE
    assert posted(world) == 1
    # another mail may have the same words
    later = sign(letter(address, world.email("client"), more="X-Later: 1\r\n").replace(b"<1@", b"<2@"), DOMAIN)
    assert take_to_its_end(resources, world, server, later, address)[1] == POSTED


def filtered(world: World, case_id: UUID, words: str, *signatures: str) -> FilteredMail:
    proof = Proof(verdict=Verdict.PROVEN, evidence={}, signatures=signatures)
    mail = parsed(in_ledger(world), world.email("client"), proof=proof, body=Body(text=words))
    target = Target(case_id=case_id, author_id=world.people["client"], answers=None)
    return FilteredMail(parsed=mail, target=target, files=(), left_out=())


def reasons(resources: Resources, *mails: FilteredMail) -> list[str]:
    return [end.reason if isinstance(end, Rejection) else POSTED for end in post(mails, resources)]


def test_the_same_signature_with_other_content_is_held(resources: Resources, world: World) -> None:
    first, second, third = "aa" * 32, "bb" * 32, "cc" * 32
    assert reasons(resources, filtered(world, world.case_id, "No.", first, second)) == [POSTED]
    assert reasons(resources, filtered(world, world.case_id, "Yes.", first)) == [Reason.SIGNATURE_REUSED]
    assert reasons(resources, filtered(world, world.case_id, "Yes.", third, second)) == [Reason.SIGNATURE_REUSED]
    assert reasons(resources, filtered(world, world.case_id, " No. ", second)) == [Reason.DUPLICATE]
    # a mail that was held has used up no signature
    assert reasons(resources, filtered(world, world.case_id, "Yes.", third)) == [POSTED]
    # two mails with the same signature in one transaction
    assert reasons(resources, *(filtered(world, world.case_id, "So.", "dd" * 32) for _ in range(2))) == [
        POSTED,
        Reason.DUPLICATE,
    ]


def test_one_mail_at_the_addresses_of_two_cases_posts_on_both_and_once_on_each(
    resources: Resources, world: World, server: NameServer, address: str
) -> None:
    other = address_of_case(world, another_case(world))
    raw = sign(letter(f"{address}, {other}", world.email("client")), DOMAIN)
    assert [take_to_its_end(resources, world, server, raw, recipient)[1] for recipient in (address, other)] == [
        POSTED,
        POSTED,
    ]
    assert [
        take_to_its_end(resources, world, server, b"X-A: 1\r\n" + raw, recipient)[1] for recipient in (address, other)
    ] == [
        Reason.DUPLICATE,
        Reason.DUPLICATE,
    ]


def test_what_does_not_post_gives_its_signature_back(resources: Resources, world: World) -> None:
    run_for_tenant(world, "update cases set open = false where id = :id", id=world.case_id)
    mails = [filtered(world, world.case_id, "No.", "ee" * 32) for _ in range(2)]
    assert reasons(resources, mails[0]) == [Reason.REFUSED]
    run_for_tenant(world, "update cases set open = true where id = :id", id=world.case_id)
    assert reasons(resources, mails[1]) == [POSTED]


def test_of_many_copies_at_once_one_posts(resources: Resources, world: World) -> None:
    signatures = [f"{number:02x}" * 32 for number in range(4)]
    mails = [filtered(world, world.case_id, "No.", *signatures[:: 1 if number % 2 else -1]) for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        ends = [end for (end,) in pool.map(lambda mail: reasons(resources, mail), mails)]
    assert sorted(ends) == sorted([POSTED, *[Reason.DUPLICATE] * 15])
    # after another delivery, still only one mail has posted
    assert posted(world) == 1
    assert reasons(resources, *mails) != []
    assert posted(world) == 1


def test_a_signature_is_the_tenant_s_own_and_says_nothing_of_a_person(
    resources: Resources, world: World, server: NameServer, address: str
) -> None:
    raw = sign(letter(address, world.email("client")), DOMAIN)
    assert take_to_its_end(resources, world, server, raw, address)[1] == POSTED
    ((row,),) = run_for_tenant(world, "select p::text from posted_signatures p where tenant_id = :tenant")
    assert DOMAIN not in row
    assert "client" not in row
    days = senders.SIGNATURE_DAYS + 1
    statement = (
        "update posted_signatures set posted_at = now() - make_interval(days => :days) where tenant_id = :tenant"
    )
    run_for_tenant(world, statement, days=days)
    with resources.database.system() as connection:
        senders.forget(connection)
    assert run_for_tenant(world, "select 1 from posted_signatures where tenant_id = :tenant") == []


def test_what_if_says_so_too(resources: Resources, world: World, server: NameServer, address: str) -> None:
    raw = sign(letter(address, world.email("client")), DOMAIN)
    asked = Resources(resources.settings.replace(dns_servers=server.address), resources.database, resources.blobs)
    assert take_to_its_end(resources, world, server, raw, address)[1] == POSTED
    (custody,) = take_into_custody(resources, world, [address], b"X-Again: 1\r\n" + raw)
    run_for_tenant(world, "update mails set state = 'held', ended_at = now() where id = :id", id=custody.mail_id)
    found = what_if(world.tenant_id, custody.mail_id, asked)
    assert found is not None
    assert found.reason == Reason.DUPLICATE
    assert len(run_for_tenant(world, "select 1 from posted_signatures where tenant_id = :tenant")) == 1
