"""A mail to a reply address that is no answer to the update becomes an inbound message; any sign makes it an answer."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from schemas.records import Body, Cut, CutKind, FilteredMail, StoredFile, ValidatedMail
from storage.database import Database
from tests.workers.validate.test_addresses import arrive, posts
from tests.workers.validate.test_rules import case_address, decide, reply_address
from tests.world import World, parsed
from workers.house import House
from workers.post.stage import post

QUOTE = Body(text="Yes.", cut=(Cut(kind=CutKind.QUOTE, before=4, text="> What news?", confidence=0.9),))
NEW = {"subject": "Holiday plans", "in_reply_to": "", "text": "I am away in May."}


@pytest.fixture
def update_id(database: Database, world: World) -> UUID:
    return world.post(database, "staff", "client")


@pytest.fixture
def address(database: Database, world: World, update_id: UUID) -> str:
    return reply_address(database, world, update_id, "client")


def unrelated(house: House, world: World, address: str, **changes: Any) -> dict[str, str]:
    result = decide(house, world, address, world.email("client"), **{**NEW, **changes})
    assert isinstance(result, ValidatedMail)
    return result.target.unrelated


@pytest.mark.parametrize(
    "sign",
    [
        {"in_reply_to": "<1@x>"},
        {"body": QUOTE},
        {"body": None, "body_blob": "a long text"},
        {"subject": ""},
        {"subject": "Re: Holiday plans"},
        {"subject": "AW: Holiday plans"},
        {"subject": "RE[2] : Holiday plans"},
        {"subject": "Fwd: Holiday plans"},
        {"subject": "I: Holiday plans"},
        {"subject": "回复\uff1aHoliday plans"},
        {"subject": "about case 2026-7"},
        {"subject": "That a LEAK of yours"},
    ],
)
def test_one_sign_of_an_answer_is_enough(house: House, world: World, address: str, sign: dict[str, Any]) -> None:
    assert unrelated(house, world, address, **sign) == {}


@pytest.mark.parametrize("subject", ["Holiday plans", "Reading: a book", "Report for May", "Area code"])
def test_without_any_sign_the_mail_is_no_answer(house: House, world: World, address: str, subject: str) -> None:
    assert unrelated(house, world, address, subject=subject) == {
        "score": "0; an answer has at least 1",
        "In-Reply-To": "no sign of an answer",
        "quote": "no sign of an answer",
        "subject": "no sign of an answer",
    }


def test_mail_to_a_case_address_always_begins_something_new(house: House, world: World) -> None:
    assert unrelated(house, world, case_address(world)) == {}


def test_who_may_not_post_writes_no_message(house: House, world: World, address: str) -> None:
    assert not isinstance(decide(house, world, address, world.email("member"), **NEW), ValidatedMail)


def test_the_message_is_held_with_its_text_and_files_and_no_update(
    house: House, world: World, address: str, update_id: UUID
) -> None:
    decision = decide(house, world, address, world.email("client"), **NEW)
    assert isinstance(decision, ValidatedMail)
    file = StoredFile(name="a.pdf", content_type="application/pdf", size=3, sha256="x", blob="b")
    mail = FilteredMail(parsed=decision.parsed, target=decision.target, files=(file,), left_out=())
    assert [post([mail], house), post([mail], house)] == [[None], [None]]
    with world.owner().begin() as connection:
        connection.execute(text("update mails set state = 'moving' where tenant_id = :id"), {"id": world.tenant_id})
    assert post([mail], house) == [None], "a mail that is played again ends as it did"
    with house.database.tenant(world.tenant_id) as connection:
        message = connection.execute(text("select * from inbound_messages")).one()
        ledger_row = connection.execute(text("select state, reason from mails")).one()
        assert connection.execute(text("select count(*) from updates where via = 'email'")).scalar_one() == 0
    assert (message.text, message.answers, message.author_id) == (NEW["text"], update_id, world.people["client"])
    assert [each["name"] for each in message.files] == ["a.pdf"]
    assert tuple(ledger_row) == ("held", "not_related")


def test_the_case_address_wins_over_a_reply_address_that_the_mail_does_not_answer(
    house: House, world: World, address: str
) -> None:
    of_case = case_address(world)
    mails = [parsed(one, world.email("client"), **NEW) for one in arrive(house, world, [address, of_case])]
    assert posts(house, mails) == {address: "duplicate", of_case: "posted"}
