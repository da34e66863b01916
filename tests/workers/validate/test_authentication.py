"""How the tenant's choice of authentication changes the decision of the stages validate and authenticate."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from schemas.reasons import Reason
from schemas.records import FetchedMail, ParsedMail, ProofOrder, Rejection, ValidatedMail
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import case_address, reply_address
from tests.builders.authentic_mails import letter
from tests.builders.dkim_keys import key, sign
from tests.builders.rows import run_for_tenant
from tests.builders.world import World, in_ledger
from tests.servers.name_server import NameServer
from workers.authenticate.stage import authenticate
from workers.parse.stage import parse
from workers.validate.stage import validate


@pytest.fixture
def server() -> Iterator[NameServer]:
    running = NameServer({"s._domainkey.people.example": [key(2048)[1]]})
    yield running
    running.close()


@pytest.fixture
def address(database: Database, world: World) -> str:
    return reply_address(database, world, world.post(database, "staff", "client"), "client")


def choose(world: World, authentication: str) -> None:
    with world.owner().begin() as connection:
        statement = text("update tenants set authentication = :choice where id = :id")
        connection.execute(statement, {"choice": authentication, "id": world.tenant_id})


def decide(resources: Resources, world: World, server: NameServer, raw: bytes, address: str) -> Any:
    """Takes a mail through these stages; returns its id and the decision."""
    blob = resources.blobs.put(world.tenant_id, "raw", raw)
    custody = in_ledger(world, recipient=address, raw=blob)
    mail = parse(FetchedMail(custody=custody), resources)
    assert isinstance(mail, ParsedMail)
    (decision,) = validate([mail], resources)
    if isinstance(decision, ProofOrder):
        asked = Resources(resources.settings.replace(dns_servers=server.address), resources.database, resources.blobs)
        (decision,) = validate([authenticate(decision, asked)], resources)
    return decision


def noted(resources: Resources, world: World) -> list[UUID]:
    with resources.database.tenant(world.tenant_id) as connection:
        return list(connection.execute(text("select mail_id from unproven_mails")).scalars())


def test_off_checks_no_sender(resources: Resources, world: World, server: NameServer, address: str) -> None:
    decision = decide(resources, world, server, letter(address, world.email("client")), address)
    assert isinstance(decision, ValidatedMail)
    assert decision.parsed.proof is None
    assert (server.asked, noted(resources, world)) == ([], [])


def test_shadow_decides_nothing_and_notes_what_enforce_would_have_held(
    resources: Resources, world: World, server: NameServer, address: str
) -> None:
    choose(world, "shadow")
    raw = letter(address, world.email("client"))
    signed = decide(resources, world, server, sign(raw, "people.example"), address)
    unsigned = decide(resources, world, server, raw, address)
    server.silent.add("s._domainkey.people.example")
    unknown = decide(resources, world, server, sign(raw, "people.example"), address)
    assert all(isinstance(decision, ValidatedMail) for decision in (signed, unsigned, unknown))
    assert set(noted(resources, world)) == {unsigned.custody.mail_id, unknown.custody.mail_id}


def test_a_mail_that_does_not_post_anyway_is_not_noted(
    resources: Resources, world: World, server: NameServer, address: str
) -> None:
    choose(world, "shadow")
    assert isinstance(decide(resources, world, server, letter(address, world.email("member")), address), Rejection)
    assert noted(resources, world) == []


def test_enforce_holds_what_is_not_proven(resources: Resources, world: World, server: NameServer, address: str) -> None:
    choose(world, "enforce")
    raw = letter(address, world.email("client"))
    assert isinstance(decide(resources, world, server, sign(raw, "people.example"), address), ValidatedMail)
    held = decide(resources, world, server, raw, address)
    assert (held.reason, held.evidence["signatures"]) == (Reason.SENDER_NOT_PROVEN, "there is none")
    assert noted(resources, world) == []


def test_a_mail_that_went_to_be_proven_is_one_hit_of_an_old_address(
    resources: Resources, world: World, server: NameServer
) -> None:
    choose(world, "enforce")
    old = case_address(world, retired=True)
    run_for_tenant(world, "update case_addresses set works_until = now() + interval '1 day' where tenant_id = :tenant")
    raw = sign(letter(old, world.email("client")), "people.example")
    assert isinstance(decide(resources, world, server, raw, old), ValidatedMail)
    with resources.database.tenant(world.tenant_id) as connection:
        assert connection.execute(text("select hits from case_addresses")).scalar_one() == 1


def test_strangers_cost_no_questions(resources: Resources, world: World, server: NameServer, address: str) -> None:
    choose(world, "enforce")
    raw = sign(letter(address, "nobody@people.example"), "people.example")
    assert decide(resources, world, server, raw, address).reason is Reason.AUTHOR_UNKNOWN
    assert server.asked == []


def test_a_proven_sender_still_needs_permission_to_post(
    resources: Resources, world: World, server: NameServer, address: str
) -> None:
    choose(world, "enforce")
    raw = sign(letter(address, world.email("member")), "people.example")
    assert decide(resources, world, server, raw, address).reason is Reason.NOT_A_RECIPIENT
