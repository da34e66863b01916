"""How a mail ends, by the tenant's choice of authentication, the verdict, the author's role and the access group."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from cases.inbound import sender_policy
from cases.inbound.sender_policy import Outcome
from cases.people import access_groups
from cases.updates import validation
from cases.updates.posting import NewUpdate, Posted, post_update
from schemas.reasons import REASONS, Disposition, Reason
from schemas.records import Verdict
from schemas.tables import Authentication, Decision, Role, Tenant, new_id
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import reply_address
from tests.builders.authentic_mails import letter
from tests.builders.checked_senders import DOMAIN, POSTED, UNVERIFIED, choose_authentication, take_to_its_end
from tests.builders.dkim_keys import key, sign
from tests.builders.rows import run_for_tenant
from tests.builders.world import World
from tests.servers.name_server import NameServer

TABLE = {
    #          proven  neither                      disowned                  no answer
    "off": (POSTED, POSTED, POSTED, POSTED),
    "shadow": (POSTED, POSTED, POSTED, POSTED),
    "limit": (POSTED, UNVERIFIED, Reason.SENDER_DISOWNED, UNVERIFIED),
    "enforce": (POSTED, Reason.SENDER_NOT_PROVEN, Reason.SENDER_DISOWNED, Reason.SENDER_NOT_CHECKED),
}
FOUND = ("proven", "neither", "disowned", "no answer")


@pytest.fixture
def server() -> Iterator[NameServer]:
    running = NameServer({f"s._domainkey.{DOMAIN}": [key(2048)[1]]})
    yield running
    running.close()


def arrange(server: NameServer, found: str, raw: bytes) -> bytes:
    """Prepares the name server for this verdict; returns the mail, signed if it must be proven."""
    if found == "no answer":
        server.failing.add(f"_dmarc.{DOMAIN}")
    if found == "disowned":
        server.texts[f"_dmarc.{DOMAIN}"] = ["v=DMARC1; p=reject"]
    return sign(raw, DOMAIN) if found == "proven" else raw


@pytest.mark.parametrize("choice", TABLE)
@pytest.mark.parametrize("found", FOUND)
def test_what_each_choice_makes_of_what_was_found(
    resources: Resources, database: Database, world: World, server: NameServer, choice: str, found: str
) -> None:
    address = reply_address(database, world, world.post(database, "staff", "client"), "client")
    choose_authentication(world, choice)
    raw = arrange(server, found, letter(address, world.email("client")))
    assert take_to_its_end(resources, world, server, raw, address)[1] == TABLE[choice][FOUND.index(found)]


def test_the_page_and_the_stages_go_by_one_table() -> None:
    for choice, row in TABLE.items():
        for found, became in zip((*FOUND[:3], "unknown"), row, strict=True):
            verdict = Verdict({"neither": "not proven"}.get(found, found))
            ends = {POSTED: Outcome.POSTED, UNVERIFIED: Outcome.UNVERIFIED}
            assert sender_policy.outcome(Authentication(choice), verdict) is ends.get(became, Outcome.HELD)


def test_a_new_tenant_is_safe_from_the_first_day() -> None:
    assert Tenant(slug="new", name="New", mail_domain="new.example").authentication is Authentication.LIMIT
    for reason in (
        *(Reason.SENDER_DISOWNED, Reason.NOT_COVERED, Reason.SIGNATURE_REUSED, Reason.UNVERIFIED_IN_PRIVATE),
    ):
        assert REASONS[reason].choices == (Disposition.HOLD,)
        assert not REASONS[reason].overrulable


def group(database: Database, world: World, *, requires: bool, clients: bool) -> UUID:
    """Inserts an access group in which every role that sees it may post; returns its id."""
    roles = tuple(role for role in Role if clients or role is not Role.CLIENT)
    name = f"{'asks' if requires else 'free'} {'open' if clients else 'private'}"
    with database.tenant(world.tenant_id) as connection:
        new = access_groups.GroupSettings(name, requires, True, True, roles, roles, False)
        assert not access_groups.save(connection, world.tenant_id, None, new, by=world.people["admin"])
        ids = {row.name: row.id for row in access_groups.read(connection, world.tenant_id)}
    return UUID(str(ids[name]))


def asked_in(database: Database, world: World, group_id: UUID, name: str) -> str:
    """Posts an update to this person in this group; returns the person's reply address."""
    draft = world.draft("manager" if name != "manager" else "admin", name)
    with database.tenant(world.tenant_id) as connection:
        posted = post_update(connection, NewUpdate(**{**vars(draft), "access_group": group_id}))
        assert isinstance(posted, Posted)
    return reply_address(database, world, posted.update_id, name)


@pytest.mark.parametrize("requires", [False, True], ids=["free", "validated"])
@pytest.mark.parametrize("proven", [True, False], ids=["proven", "not proven"])
@pytest.mark.parametrize("name", ["client", "staff", "manager", "admin"])
def test_who_waits_for_approval(
    resources: Resources, database: Database, world: World, server: NameServer, name: str, proven: bool, requires: bool
) -> None:
    choose_authentication(world, "limit")
    address = asked_in(database, world, group(database, world, requires=requires, clients=True), name)
    raw = letter(address, world.email(name))
    mail_id, became = take_to_its_end(resources, world, server, sign(raw, DOMAIN) if proven else raw, address)
    assert became == (POSTED if proven else UNVERIFIED)
    ((validated, update_id),) = run_for_tenant(
        world, "select validated, id from updates where mail_id = :id", id=mail_id
    )
    skips = name in ("manager", "admin") or not requires
    assert validated is (skips if proven else name == "client" and not requires)
    recipients = run_for_tenant(world, "select 1 from update_recipients where update_id = :id", id=update_id)
    assert bool(recipients) is validated
    if not validated:
        with database.tenant(world.tenant_id) as connection:
            by = world.people["admin"]
            assert validation.validate(connection, world.case_id, update_id, by=by, role=Role.ADMIN)


@pytest.mark.parametrize("requires", [False, True], ids=["free", "validated"])
@pytest.mark.parametrize("name", ["client", "staff", "manager"])
def test_a_copy_that_proves_the_author_lifts_what_an_earlier_copy_was_limited_to(
    resources: Resources, database: Database, world: World, server: NameServer, name: str, requires: bool
) -> None:
    """An attacker sends an unproven copy first: the genuine mail must still post."""
    choose_authentication(world, "limit")
    address = asked_in(database, world, group(database, world, requires=requires, clients=True), name)
    raw, message = letter(address, world.email(name)), new_id().bytes * 2
    first, became = take_to_its_end(resources, world, server, raw, address, message=message)
    assert became == UNVERIFIED
    again = (raw, address)
    assert take_to_its_end(resources, world, server, *again, message=message)[1] == Reason.DUPLICATE
    assert state_of(world, first)[0] is True
    for _ in range(2):
        copy = take_to_its_end(resources, world, server, sign(raw, DOMAIN), address, message=message)
        assert copy[1] == Reason.DUPLICATE
        validated = name == "manager" or not requires
        assert state_of(world, first) == (False, validated, "")
    assert bool(told_of(world, first)) is validated


def test_a_copy_that_proves_the_author_leaves_what_a_person_decided(
    resources: Resources, database: Database, world: World, server: NameServer
) -> None:
    choose_authentication(world, "limit")
    address = asked_in(database, world, group(database, world, requires=False, clients=True), "staff")
    raw, message = letter(address, world.email("staff")), new_id().bytes * 2
    first, _ = take_to_its_end(resources, world, server, raw, address, message=message)
    ((update_id,),) = run_for_tenant(world, "select id from updates where mail_id = :id", id=first)
    with database.tenant(world.tenant_id) as connection:
        by: Any = {"by": world.people["admin"], "role": Role.ADMIN, "console_url": "https://console.example"}
        assert not validation.decide(connection, world.case_id, update_id, Decision.REJECTED, "Not yours.", **by)
    take_to_its_end(resources, world, server, sign(raw, DOMAIN), address, message=message)
    assert state_of(world, first) == (False, False, "rejected")
    assert not told_of(world, first)


def state_of(world: World, mail_id: UUID) -> tuple[bool, bool, str]:
    """Returns whether a mail's update is unverified, whether it is validated, and the decision on it."""
    ((unverified, validated, decision),) = run_for_tenant(
        world, "select unverified, validated, decision from updates where mail_id = :id", id=mail_id
    )
    return unverified, validated, decision


def told_of(world: World, mail_id: UUID) -> list[Any]:
    """Returns the recipient rows of a mail's update: one for each person who gets a notice."""
    query = "select r.id from update_recipients r join updates u on u.id = r.update_id where u.mail_id = :id"
    return run_for_tenant(world, query, id=mail_id)


@pytest.mark.parametrize("name", ["staff", "manager", "admin"])
def test_what_is_not_proven_goes_where_clients_see_it_or_nowhere(
    resources: Resources, database: Database, world: World, server: NameServer, name: str
) -> None:
    choose_authentication(world, "limit")
    address = asked_in(database, world, group(database, world, requires=False, clients=False), name)
    raw = letter(address, world.email(name))
    assert take_to_its_end(resources, world, server, raw, address)[1] == Reason.UNVERIFIED_IN_PRIVATE
    assert run_for_tenant(world, "select 1 from updates where via = 'email' and tenant_id = :tenant") == []
    assert take_to_its_end(resources, world, server, sign(raw, DOMAIN), address)[1] == POSTED


def test_the_letters_of_a_forger_are_held_or_wait_for_approval(
    resources: Resources, database: Database, world: World, server: NameServer
) -> None:
    """The forger writes as the case manager, the admin and the client, to reply addresses that the forger knows."""
    choose_authentication(world, "limit")
    server.texts[f"_dmarc.{DOMAIN}"] = ["v=DMARC1; p=quarantine"]
    for name in ("manager", "admin", "client"):
        address = reply_address(database, world, world.post(database, "staff", name), name)
        raw = letter(address, world.email(name), more="Received-SPF: pass\r\nAuthentication-Results: x; dmarc=pass\r\n")
        assert take_to_its_end(resources, world, server, raw, address)[1] == Reason.SENDER_DISOWNED
    assert run_for_tenant(world, "select 1 from updates where via = 'email' and tenant_id = :tenant") == []


def test_every_verdict_is_counted_once_whichever_choice_is_on(
    resources: Resources, database: Database, world: World, server: NameServer
) -> None:
    address = reply_address(database, world, world.post(database, "staff", "client"), "client")
    for choice in ("shadow", "limit", "enforce"):
        choose_authentication(world, choice)
        for found in FOUND:
            server.failing.clear()
            server.texts.pop(f"_dmarc.{DOMAIN}", None)
            raw = letter(address, world.email("client"), more=f"X-Number: {choice} {found}\r\n")
            if (choice, found) == ("enforce", "no answer"):
                continue  # it gets no verdict: it is parked, and replayed when name servers answer
            take_to_its_end(resources, world, server, arrange(server, found, raw), address)
    # a mail that does not post anyway is not counted
    take_to_its_end(resources, world, server, letter(address, world.email("member")), address)
    with database.tenant(world.tenant_id) as connection:
        counts = sender_policy.verdicts(connection)
    assert counts == {Verdict.PROVEN: 3, Verdict.NOT_PROVEN: 3, Verdict.DISOWNED: 3, Verdict.UNKNOWN: 2}
    assert sender_policy.would_have(counts) == {
        Authentication.OFF: {Outcome.POSTED: 11, Outcome.UNVERIFIED: 0, Outcome.HELD: 0},
        Authentication.SHADOW: {Outcome.POSTED: 11, Outcome.UNVERIFIED: 0, Outcome.HELD: 0},
        Authentication.LIMIT: {Outcome.POSTED: 3, Outcome.UNVERIFIED: 5, Outcome.HELD: 3},
        Authentication.ENFORCE: {Outcome.POSTED: 3, Outcome.UNVERIFIED: 0, Outcome.HELD: 8},
    }


def test_a_tenant_that_is_off_keeps_nothing(
    resources: Resources, database: Database, world: World, server: NameServer
) -> None:
    address = reply_address(database, world, world.post(database, "staff", "client"), "client")
    assert take_to_its_end(resources, world, server, letter(address, world.email("client")), address)[1] == POSTED
    with database.tenant(world.tenant_id) as connection:
        assert sender_policy.verdicts(connection) == {}
    assert server.asked == []
