"""Why a mail posts or does not post: the answer of each rule; explaining writes nothing."""

from uuid import UUID

import pytest
from sqlalchemy import text

from cases.inbound.rule_report import Answer, Asked
from schemas.reasons import Reason
from schemas.tables import MailState, now
from storage.resources import Resources
from tests.builders.replayable_mails import everything, put
from tests.builders.rows import add_mail
from tests.builders.world import World, make_world
from workers.explain import why
from workers.validate.rules import RULES


def explained(resources: Resources, world: World, mail_id: UUID) -> tuple[Asked, ...]:
    rows = why(world.tenant_id, mail_id, resources)
    assert rows is not None
    return rows


def deciding(rows: tuple[Asked, ...]) -> Asked:
    (row,) = [row for row in rows if row.answer is Answer.NO]
    return row


def test_every_rule_says_yes_to_a_mail_that_posts_and_nothing_is_written(resources: Resources, world: World) -> None:
    mail_id, _ = put(resources, world, "client", MailState.HELD, words="long " * 8_000)
    before = everything(resources, world)
    rows = explained(resources, world, mail_id)
    assert everything(resources, world) == before
    assert {row.answer for row in rows} == {Answer.YES}
    assert [row.reason for row in rows] == [Reason.UNREADABLE, *(rule.reason for rule in RULES), Reason.REFUSED]
    assert len({row.asks for row in rows}) == len(rows)


def test_below_the_rule_that_says_no_nothing_is_asked(resources: Resources, world: World) -> None:
    mail_id, _ = put(resources, world, "member", MailState.HELD)
    rows = explained(resources, world, mail_id)
    row = deciding(rows)
    assert (row.reason, row.evidence["author"]) == (Reason.NOT_A_RECIPIENT, world.email("member"))
    answers = [row.answer for row in rows]
    at = answers.index(Answer.NO)
    assert (set(answers[:at]), set(answers[at + 1 :])) == ({Answer.YES}, {Answer.NOT_ASKED})


def test_a_rule_that_a_person_overruled_is_shown_as_such(resources: Resources, world: World) -> None:
    mail_id, _ = put(resources, world, "member", MailState.HELD)
    with world.owner().begin() as connection:
        statement = "update mails set override = jsonb_build_object('accepted_by', cast(:by as text)) where id = :id"
        connection.execute(text(statement), {"by": str(world.people["manager"]), "id": mail_id})
    answers = {row.reason: row.answer for row in explained(resources, world, mail_id)}
    assert answers[Reason.NOT_A_RECIPIENT] is Answer.OVERRULED
    assert Answer.NO not in answers.values()


def test_what_the_form_would_refuse_is_the_last_row(resources: Resources, world: World) -> None:
    mail_id, _ = put(resources, world, "client", MailState.HELD, words="long " * 20_000)
    row = explained(resources, world, mail_id)[-1]
    assert (row.answer, row.reason) == (Answer.NO, Reason.REFUSED)
    assert "longer than 50,000" in row.evidence["the form says"]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [(b"From: a@b.example\r\n" + b"X: 1\r\n" * 2_000 + b"\r\n", Reason.OVER_LIMIT), (None, Reason.ORIGINAL_MISSING)],
)
def test_a_mail_that_cannot_be_read_has_no_other_row(
    resources: Resources, world: World, raw: bytes | None, reason: Reason
) -> None:
    key = resources.blobs.put(world.tenant_id, "raw", raw) if raw else f"{world.tenant_id}/raw/00/00"
    mail_id = add_mail(world, MailState.HELD, raw=key, ended_at=now())
    (row,) = explained(resources, world, mail_id)
    assert (row.answer, row.reason) == (Answer.NO, reason)


def test_nothing_is_explained_about_another_tenants_mail_or_of_one_without_its_original(
    resources: Resources, world: World
) -> None:
    mail_id, _ = put(resources, world, "client", MailState.HELD)
    assert why(make_world(world.owner_url).tenant_id, mail_id, resources) is None
    gone = add_mail(world, MailState.POSTED, raw="", raw_deleted_by="retention", ended_at=now())
    assert why(world.tenant_id, gone, resources) is None
