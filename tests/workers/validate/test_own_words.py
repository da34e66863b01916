"""What was quoted is found by the updates that the author was sent, and by no other text."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from cases.inbound.rate_limit import RateLimit
from schemas.records import Body, CutKind, ValidatedMail
from schemas.tables import now
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import another_case, case_address, reply_address
from tests.builders.decisions import decide
from tests.builders.world import World, in_ledger, parsed
from workers.parse.stored_body import read_body, with_body
from workers.validate.facts import Facts
from workers.validate.gather import gather
from workers.validate.own_words import with_own_words

UPDATE = (
    "Can the plumber come on Friday at 10, or do you prefer Monday at 9? Please say which key fits the cellar door."
)
OTHER = "The roof is dry again since Tuesday, says the tenant of the flat below, who looked at it twice this week."


def answer(author: str, update: str, case: str = "2026-7", title: str = "A leak") -> str:
    """Returns an answer whose mail program quoted the notice without any sign."""
    return (
        f"Friday.\n\n{author} posted an update on case {case}, {title}:\n\n{update}\n\n"
        "Answer this mail to post an update on the case."
    )


def words(resources: Resources, world: World, address: str, author: str, body: str) -> Body:
    """Returns the body that goes on after validation."""
    result = decide(resources, world, address, world.email(author), text=body, body=Body(text=body))
    assert isinstance(result, ValidatedMail)
    return read_body(result.parsed, resources)


def test_the_answered_update_shows_the_quote(resources: Resources, database: Database, world: World) -> None:
    address = reply_address(database, world, world.post(database, "staff", "client", text=UPDATE), "client")
    found = words(resources, world, address, "client", answer("Staff", UPDATE))
    assert found.text == "Friday."
    (cut,) = found.cut
    assert (cut.kind, cut.sign) == (CutKind.QUOTE, "words 1 to 23 of the 23 words of the update")


def test_an_earlier_update_that_the_author_was_sent_shows_the_quote_too(
    resources: Resources, database: Database, world: World
) -> None:
    world.post(database, "staff", "client", text=OTHER)
    address = reply_address(database, world, world.post(database, "staff", "client", text=UPDATE), "client")
    assert words(resources, world, address, "client", answer("Staff", OTHER)).text == "Friday."
    assert words(resources, world, case_address(world), "client", answer("Staff", UPDATE)).text == "Friday."


def test_an_update_that_the_author_was_not_sent_changes_nothing(
    resources: Resources, database: Database, world: World
) -> None:
    world.post(database, "staff", "member", text=OTHER)
    address = reply_address(database, world, world.post(database, "staff", "client", text=UPDATE), "client")
    body = answer("Staff", OTHER)
    assert words(resources, world, address, "client", body) == Body(text=body)
    assert words(resources, world, case_address(world), "client", body) == Body(text=body)


def test_an_update_of_another_case_changes_nothing(resources: Resources, database: Database, world: World) -> None:
    address = reply_address(database, world, world.post(database, "staff", "client", text=UPDATE), "client")
    move = text("update updates set case_id = :case where text = :text and tenant_id = :tenant")
    world.post(database, "staff", "client", text=OTHER)
    with world.owner().begin() as connection:
        connection.execute(move, {"case": another_case(world), "text": OTHER, "tenant": world.tenant_id})
    body = answer("Staff", OTHER)
    assert words(resources, world, address, "client", body) == Body(text=body)


def test_an_erased_text_changes_nothing(resources: Resources, database: Database, world: World) -> None:
    update_id = world.post(database, "staff", "client", text=UPDATE)
    address = reply_address(database, world, update_id, "client")
    with world.owner().begin() as connection:
        connection.execute(text("update updates set text = '' where id = :id"), {"id": update_id})
    body = answer("Staff", UPDATE)
    assert UPDATE in words(resources, world, address, "client", body).text


def test_text_put_back_after_the_notice_was_sent_changes_nothing(
    resources: Resources, database: Database, world: World
) -> None:
    update_id = world.post(database, "staff", "client", text=UPDATE)
    address = reply_address(database, world, update_id, "client")
    _put_back(world, update_id)
    body = answer("Staff", OTHER)
    assert OTHER in words(resources, world, address, "client", body).text
    assert words(resources, world, address, "client", answer("Staff", UPDATE)).text == "Friday."


def _put_back(world: World, update_id: UUID) -> None:
    piece = {"kind": "quote", "before": len(UPDATE), "text": OTHER, "confidence": 0.9, "restored": True}
    values = {"text": f"{UPDATE}\n{OTHER}", "cut": json.dumps([{**piece, "added": len(OTHER) + 1}])}
    values |= {"id": str(update_id), "at": (now() + timedelta(minutes=1)).isoformat()}
    statement = "update updates set text = :text, cut = cast(:cut as jsonb), edited_at = :at where id = :id"
    with world.owner().begin() as connection:
        connection.execute(text(statement), values)


def test_a_long_text_is_read_from_the_blob_store_and_stored_again(
    resources: Resources, database: Database, world: World
) -> None:
    address = reply_address(database, world, world.post(database, "staff", "client", text=UPDATE), "client")
    own = "It drips. " * 4_000
    body = f"{own.strip()}\n\n{answer('Staff', UPDATE)}"
    found = words(resources, world, address, "client", body)
    assert found.text == f"{own.strip()}\n\nFriday."


@pytest.mark.parametrize("long", [1, 4_000])
def test_a_mail_goes_on_as_parsed_if_the_reading_with_the_updates_fails(
    long: int, resources: Resources, database: Database, world: World
) -> None:
    address = reply_address(database, world, world.post(database, "staff", "client", text=UPDATE), "client")
    body = Body(text=f"{'It drips. ' * long}{answer('Staff', UPDATE)}")
    mail = with_body(parsed(in_ledger(world, recipient=address), world.email("client")), body, resources)
    settings = resources.settings
    with resources.database.tenant(world.tenant_id) as connection:
        (facts,) = gather(connection, [mail], settings.secrets.address_keys, RateLimit())
    with capture_logs() as logs:
        result = with_own_words(facts, resources, _broken)
    assert read_body(result, resources) == body
    assert result.defects == ("read without the updates that the author was sent: ValueError('no such line')",)
    assert [(row["log_level"], row["mail"]) for row in logs] == [("error", str(mail.custody.mail_id))]
    assert UPDATE not in read_body(with_own_words(facts, resources), resources).text


def _broken(facts: Facts, body: Body, console_url: str) -> Body:
    raise ValueError("no such line")
