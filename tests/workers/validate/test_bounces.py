"""A delivery report is noted only for the recipient whom it provably concerns."""

from uuid import UUID

import pytest
from sqlalchemy import text

from cases.outgoing.fingerprint import OwnKind, OwnMail, write_mark
from schemas.reasons import Reason
from schemas.records import AutomaticMail, DeliveryReport, Failure, Rejection
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import case_address, reply_address
from tests.builders.rows import noted_bounces
from tests.builders.world import KEYS, World, in_ledger, make_world, parsed
from workers.validate.stage import validate

GONE = Failure(address="client@people.example", permanent=True, words="550 5.1.1 User unknown")
LATE = Failure(address="client@people.example", permanent=False, words="451 busy")


def come(resources: Resources, world: World, recipient: str, *failures: Failure, mark: str = "") -> Rejection:
    """Validates a delivery report to this address twice, as Kafka may deliver its record twice; returns the result."""
    report = DeliveryReport(failures=failures, own_mark=mark)
    custody = in_ledger(world, recipient=recipient, sender="")
    mail = parsed(
        custody, "mailer-daemon@mx.example", machine=AutomaticMail.BOUNCE, machine_evidence="x", report=report
    )
    [first], [again] = validate([mail], resources), validate([mail], resources)
    assert isinstance(first, Rejection)
    assert again == first
    return first


def row_of(world: World, name: str) -> UUID:
    with world.owner().connect() as connection:
        query = text("select id from update_recipients where user_id = :id")
        return connection.execute(query, {"id": world.people[name]}).scalar_one()  # type: ignore[no-any-return]


@pytest.fixture
def update_id(database: Database, world: World) -> UUID:
    return world.post(database, "staff", "client", "member")


def test_the_address_that_it_came_to_proves_whom_it_is_about(
    resources: Resources, database: Database, world: World, update_id: UUID
) -> None:
    rejection = come(resources, world, reply_address(database, world, update_id, "client"), GONE)
    assert rejection.reason is Reason.BOUNCE
    assert rejection.evidence["could not be delivered to"] == "client@people.example"
    assert rejection.evidence["the mail server says"] == "550 5.1.1 User unknown"
    assert noted_bounces(world) == {"Client": ("client@people.example", True, "550 5.1.1 User unknown")}


def test_what_else_a_report_claims_changes_no_other_recipient(
    resources: Resources, database: Database, world: World, update_id: UUID
) -> None:
    forged = Failure(address=world.email("member"), permanent=True, words="550 no")
    other = write_mark(KEYS, OwnMail(OwnKind.NOTICE, row_of(world, "member")))
    come(resources, world, reply_address(database, world, update_id, "client"), forged, mark=other)
    assert set(noted_bounces(world)) == {"Client"}


def test_at_another_address_the_fingerprint_of_the_quoted_mail_proves_it(
    resources: Resources, world: World, update_id: UUID
) -> None:
    mark = write_mark(KEYS, OwnMail(OwnKind.NOTICE, row_of(world, "member")))
    come(resources, world, f"updates@{world.mail_domain}", GONE, mark=mark)
    assert set(noted_bounces(world)) == {"Member"}


@pytest.mark.parametrize("mark", ["", "notice", "notice.{}.aaaaaaaaaaaaaaaaa", "{}"])
def test_without_either_proof_nothing_is_noted(resources: Resources, world: World, update_id: UUID, mark: str) -> None:
    row_id = row_of(world, "member").hex
    come(resources, world, f"updates@{world.mail_domain}", GONE, mark=mark.format(row_id))
    come(resources, world, case_address(world), GONE, mark=mark.format(row_id))
    assert noted_bounces(world) == {}


def test_the_fingerprint_of_a_forward_names_no_recipient(resources: Resources, world: World, update_id: UUID) -> None:
    mark = write_mark(KEYS, OwnMail(OwnKind.FORWARD, row_of(world, "member")))
    come(resources, world, f"updates@{world.mail_domain}", GONE, mark=mark)
    assert noted_bounces(world) == {}


def test_no_report_reaches_a_recipient_of_another_tenant(
    resources: Resources, database: Database, world: World, update_id: UUID
) -> None:
    other = make_world(world.owner_url)
    address = reply_address(database, world, update_id, "client")
    mark = write_mark(KEYS, OwnMail(OwnKind.NOTICE, row_of(world, "client")))
    come(resources, other, address.replace(world.mail_domain, other.mail_domain), GONE, mark=mark)
    come(resources, other, f"updates@{other.mail_domain}", GONE, mark=mark)
    assert noted_bounces(world) == {}


def test_that_a_server_goes_on_trying_is_older_news_than_that_it_gave_up(
    resources: Resources, database: Database, world: World, update_id: UUID
) -> None:
    address = reply_address(database, world, update_id, "client")
    come(resources, world, address, LATE)
    assert noted_bounces(world)["Client"] == ("client@people.example", False, "451 busy")
    come(resources, world, address, LATE, GONE)
    come(resources, world, address, LATE)
    assert noted_bounces(world)["Client"] == ("client@people.example", True, "550 5.1.1 User unknown")


def test_a_report_of_a_delivery_that_went_well_notes_nothing(
    resources: Resources, database: Database, world: World, update_id: UUID
) -> None:
    come(resources, world, reply_address(database, world, update_id, "client"))
    assert noted_bounces(world) == {}


def test_a_report_is_noted_with_replies_off_too(
    resources: Resources, database: Database, world: World, update_id: UUID
) -> None:
    address = reply_address(database, world, update_id, "client")
    with world.owner().begin() as connection:
        connection.execute(text("update tenants set replies_on = false where id = :id"), {"id": world.tenant_id})
    assert come(resources, world, address, GONE).reason is Reason.REPLIES_OFF
    assert set(noted_bounces(world)) == {"Client"}
