"""A mail to a reply address does not post unless at least one sign shows that it answers the update."""

from typing import Any
from uuid import UUID

import pytest

from schemas.reasons import Reason
from schemas.records import Body, Cut, CutKind, Override, Rejection, ValidatedMail
from schemas.tables import new_id
from storage.blobs.store import of_mail
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import case_address, reply_address
from tests.builders.decisions import decide, post_in_turn, take_into_custody
from tests.builders.rows import run_for_tenant
from tests.builders.world import World, in_ledger, parsed
from workers.validate.stage import validate

QUOTE = Body(text="Yes.", cut=(Cut(kind=CutKind.QUOTE, before=4, text="> What news?", confidence=0.9),))
NEW = {"subject": "Holiday plans", "in_reply_to": "", "text": "I am away in May."}


@pytest.fixture
def update_id(database: Database, world: World) -> UUID:
    return world.post(database, "staff", "client")


@pytest.fixture
def address(database: Database, world: World, update_id: UUID) -> str:
    return reply_address(database, world, update_id, "client")


def unrelated(resources: Resources, world: World, address: str, **changes: Any) -> dict[str, str]:
    """Returns why the mail is not an answer; an empty dict if it is an answer."""
    result = decide(resources, world, address, world.email("client"), **{**NEW, **changes})
    if isinstance(result, ValidatedMail):
        return {}
    assert isinstance(result, Rejection)
    assert result.reason is Reason.NOT_RELATED
    return result.evidence


@pytest.mark.parametrize(
    "sign",
    [
        {"in_reply_to": "<1@x>"},
        {"body": QUOTE},
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
def test_one_sign_of_an_answer_is_enough(
    resources: Resources, world: World, address: str, sign: dict[str, Any]
) -> None:
    assert unrelated(resources, world, address, **sign) == {}


def test_a_long_text_counts_as_an_answer(resources: Resources, world: World, address: str) -> None:
    key = resources.blobs.put(world.tenant_id, of_mail(new_id(), "body"), Body(text="long").model_dump_json().encode())
    assert unrelated(resources, world, address, body=None, body_blob=key) == {}


@pytest.mark.parametrize("subject", ["Holiday plans", "Reading: a book", "Report for May", "Area code"])
def test_without_any_sign_the_mail_is_no_answer(resources: Resources, world: World, address: str, subject: str) -> None:
    assert unrelated(resources, world, address, subject=subject) == {
        "score": "0; an answer has at least 1",
        "In-Reply-To": "no sign of an answer",
        "quote": "no sign of an answer",
        "subject": "no sign of an answer",
    }


def test_mail_to_a_case_address_always_begins_something_new(resources: Resources, world: World) -> None:
    assert unrelated(resources, world, case_address(world)) == {}


def test_who_may_not_post_writes_no_message(resources: Resources, world: World, address: str) -> None:
    result = decide(resources, world, address, world.email("member"), **NEW)
    assert isinstance(result, Rejection)
    assert result.reason is Reason.NOT_A_RECIPIENT


def test_a_case_worker_can_take_it_for_an_answer_or_attach_it_to_a_case(
    resources: Resources, world: World, address: str, update_id: UUID
) -> None:
    for case_id, answers in ((None, update_id), (world.case_id, None)):
        override = Override(accepted_by=world.people["manager"], case_id=case_id)
        custody = in_ledger(world, recipient=address).model_copy(update={"override": override})
        (result,) = validate([parsed(custody, world.email("client"), **NEW)], resources)
        assert isinstance(result, ValidatedMail)
        assert (result.target.case_id, result.target.answers) == (world.case_id, answers)


def test_the_case_address_wins_over_a_reply_address_that_the_mail_does_not_answer(
    resources: Resources, world: World, address: str
) -> None:
    of_case = case_address(world)
    mails = [
        parsed(one, world.email("client"), **NEW) for one in take_into_custody(resources, world, [address, of_case])
    ]
    assert post_in_turn(resources, mails) == {address: "duplicate", of_case: "posted"}


@pytest.mark.parametrize(
    ("score", "answers"),
    [
        (0, [True, True, True, True]),
        (1, [False, True, True, True]),
        (2, [False, False, True, True]),
        (3, [False, False, False, True]),
    ],
)
def test_a_tenant_says_how_many_signs_make_an_answer(
    resources: Resources, world: World, address: str, score: int, answers: list[bool]
) -> None:
    run_for_tenant(world, "update tenants set answer_score = :score where id = :tenant", score=score)
    mails: list[dict[str, Any]] = [
        {},
        {"subject": "Re: x"},
        {"body": QUOTE},
        {"in_reply_to": "<1@x>", "subject": "Re: x"},
    ]
    evidence = [unrelated(resources, world, address, **mail) for mail in mails]
    assert [not one for one in evidence] == answers
    assert all(one["score"].endswith(f"an answer has at least {score}") for one in evidence if one)
