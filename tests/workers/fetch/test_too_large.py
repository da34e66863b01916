"""A mail over the size limit: only its header is taken, the tenant's rule decides, and the author is informed."""

import pytest
from sqlalchemy import text

from cases.addresses.tokens import Address, AddressKind, new_handle, write
from schemas.reasons import Reason
from schemas.records import Custody, FetchedMail, ParsedMail, Rejection
from schemas.tables import Receipts, new_id
from storage.ledger import admission
from storage.resources import Resources
from tests.builders.world import KEYS, World
from workers.deadletter.stage import settle
from workers.fetch.content_key import header_of
from workers.fetch.custody import Arrival, CustodyService
from workers.parse.stage import parse
from workers.validate.stage import validate

SIZE = 40_000_000


def taken(resources: Resources, world: World, more: str = "") -> Custody:
    """Returns the record of a mail of which only the header was taken; the header announces a body that is missing."""
    recipient = write(KEYS, world.tenant_id, Address(AddressKind.CASE, new_handle()), "2026-7", world.mail_domain)
    raw = (
        f"From: {world.email('client')}\r\nTo: {recipient}\r\nSubject: The film\r\nMessage-ID: <1@people.example>\r\n"
        f'{more}Content-Type: multipart/mixed; boundary="b"\r\nMIME-Version: 1.0\r\n\r\n--b\r\n\r\nText\r\n'
    ).encode()
    arrival = Arrival(header_of(raw), recipient, world.email("client"), "1", whole_size=SIZE)
    CustodyService(resources).take(new_id(), [arrival])
    with resources.database.system() as connection:
        return next(
            mail for mail in admission.admit(connection, window=9, most=999) if mail.tenant_id == world.tenant_id
        )


def rejected(resources: Resources, custody: Custody) -> Rejection:
    read = parse(FetchedMail(custody=custody), resources)
    assert isinstance(read, ParsedMail)
    (result,) = validate([read], resources)
    assert isinstance(result, Rejection)
    return result


def informed(resources: Resources, world: World) -> list[str]:
    with resources.database.tenant(world.tenant_id) as connection:
        return list(connection.execute(text("select to_email from outbox where kind = 'receipt'")).scalars())


def test_it_is_held_and_its_writer_is_notified(resources: Resources, world: World) -> None:
    with world.owner().begin() as connection:
        values = {"receipts": Receipts.PROBLEMS.value, "id": world.tenant_id}
        connection.execute(text("update tenants set receipts = :receipts where id = :id"), values)
    rejection = rejected(resources, taken(resources, world))
    assert (rejection.reason, rejection.subject, rejection.author) == (
        Reason.TOO_LARGE,
        "The film",
        world.email("client"),
    )
    assert rejection.evidence["bytes"] == str(SIZE)
    settle([rejection], resources)
    with resources.database.tenant(world.tenant_id) as connection:
        assert connection.execute(text("select state from mails")).scalar_one() == "held"
    assert informed(resources, world) == [world.email("client")]


@pytest.mark.parametrize(
    ("more", "reason"),
    [("Auto-Submitted: auto-replied\r\n", Reason.AUTO_REPLY), ("List-Id: <l.example>\r\n", Reason.LIST_MAIL)],
)
def test_a_machine_is_found_by_its_header_and_not_notified(
    resources: Resources, world: World, more: str, reason: Reason
) -> None:
    rejection = rejected(resources, taken(resources, world, more))
    assert (rejection.reason, rejection.by_person) == (reason, False)
