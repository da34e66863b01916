"""The tenant's choice for each reason, and what happens to a mail on which a person has already decided."""

from typing import Any

import pytest
from sqlalchemy import text

from schemas.reasons import REASONS, Disposition, Reason
from schemas.records import Custody, Override, Rejection
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import reply_address
from tests.builders.world import World, in_ledger
from workers.deadletter.stage import settle

STATES = {
    Disposition.FORWARD: "forwarding",
    Disposition.HOLD: "held",
    Disposition.DROP: "dropped",
    Disposition.POST: "held",  # the rules had rejected it before the tenant chose so
}


def as_owner(world: World, statement: str, **values: object) -> list[Any]:
    with world.owner().begin() as connection:
        result = connection.execute(text(statement), {"tenant": world.tenant_id, **values})
        return list(result) if result.returns_rows else []


def choose(world: World, reason: Reason, disposition: Disposition) -> None:
    as_owner(world, "update tenants set catch_all = 'all@catch.example', replies_on = false where id = :tenant")
    as_owner(
        world,
        "insert into dispositions (tenant_id, reason, disposition) values (:tenant, :reason, :disposition)",
        reason=reason,
        disposition=disposition,
    )


def settled(
    resources: Resources, world: World, reason: Reason, custody: Custody | None = None, *, never_drop: bool = False
) -> str:
    custody = custody or in_ledger(world)
    rejection = Rejection(custody=custody, reason=reason, evidence={}, author="x@y", subject="s", never_drop=never_drop)
    settle([rejection], resources)
    (row,) = as_owner(world, "select state from mails where id = :id", id=rejection.custody.mail_id)
    return str(row.state)


OFFERED = [(reason, choice) for reason, info in REASONS.items() for choice in info.choices]


@pytest.mark.parametrize(("reason", "choice"), OFFERED, ids=[f"{reason}-{choice}" for reason, choice in OFFERED])
def test_what_the_tenant_chose_of_what_is_offered_is_done(
    resources: Resources, world: World, reason: Reason, choice: Disposition
) -> None:
    choose(world, reason, choice)
    assert settled(resources, world, reason) == STATES[choice]


def test_a_choice_that_is_not_offered_does_nothing(resources: Resources, world: World) -> None:
    choose(world, Reason.INTERNAL_ERROR, Disposition.DROP)
    assert settled(resources, world, Reason.INTERNAL_ERROR) == "held"


@pytest.mark.parametrize(("reason", "choice"), OFFERED, ids=[f"{reason}-{choice}" for reason, choice in OFFERED])
def test_mail_that_may_have_words_of_a_person_who_could_post_is_held_where_the_choice_is_to_drop(
    resources: Resources, world: World, reason: Reason, choice: Disposition
) -> None:
    choose(world, reason, choice)
    expected = "held" if choice is Disposition.DROP and reason is not Reason.ERASED else STATES[choice]
    assert settled(resources, world, reason, never_drop=True) == expected


def test_a_choice_for_one_reason_leaves_the_others_as_they_are(resources: Resources, world: World) -> None:
    choose(world, Reason.BOUNCE, Disposition.HOLD)
    assert settled(resources, world, Reason.BOUNCE) == "held"
    assert settled(resources, world, Reason.COMPLAINT) == "forwarding"


def test_what_is_thrown_away_because_replies_are_off_is_in_the_audit(resources: Resources, world: World) -> None:
    choose(world, Reason.REPLIES_OFF, Disposition.DROP)
    assert settled(resources, world, Reason.REPLIES_OFF) == "dropped"
    (row,) = as_owner(world, "select act, actor_id, details from audit where tenant_id = :tenant")
    assert (row.act, row.actor_id, row.details) == ("mail.discarded", None, {"reason": "replies_off"})


def test_a_mail_that_a_person_accepted_and_that_fails_all_the_same_waits_for_them(
    resources: Resources, world: World
) -> None:
    choose(world, Reason.BOUNCE, Disposition.HOLD)
    override = Override(accepted_by=world.people["manager"])
    custody = in_ledger(world).model_copy(update={"override": override})
    assert settled(resources, world, Reason.NOT_ALLOWED, custody) == "held"


def test_a_mail_that_was_forwarded_before_is_not_sent_a_second_time(resources: Resources, world: World) -> None:
    choose(world, Reason.BOUNCE, Disposition.HOLD)
    custody = in_ledger(world)
    assert settled(resources, world, Reason.AUTHOR_UNKNOWN, custody) == "forwarding"
    as_owner(world, "update outbox set state = 'sent' where tenant_id = :tenant")
    as_owner(world, "update mails set state = 'moving', run = 1 where tenant_id = :tenant")
    again = custody.model_copy(update={"run": 1})
    assert settled(resources, world, Reason.NOT_ALLOWED, again) == "forwarded"
    assert as_owner(world, "select count(*) from outbox where tenant_id = :tenant") == [(1,)]


def test_a_mail_that_found_replies_off_just_before_they_were_switched_on_goes_back_in_line(
    resources: Resources, world: World
) -> None:
    assert settled(resources, world, Reason.REPLIES_OFF) == "waiting"


def test_the_evidence_names_the_recipient_of_an_update_that_somebody_else_answers(
    resources: Resources, world: World, database: Database
) -> None:
    recipient = reply_address(database, world, world.post(database, "staff", "client"), "client")
    custody = in_ledger(world, recipient=recipient)
    settled(resources, world, Reason.NOT_A_RECIPIENT, custody)
    (row,) = as_owner(world, "select evidence from mails where id = :id", id=custody.mail_id)
    assert row.evidence == {"was sent to": "Client"}


def test_a_record_of_an_earlier_run_ends_nothing(resources: Resources, world: World) -> None:
    custody = in_ledger(world)
    as_owner(world, "update mails set run = 1 where tenant_id = :tenant")
    assert settled(resources, world, Reason.UNREADABLE, custody) == "moving"
    assert settled(resources, world, Reason.UNREADABLE, custody.model_copy(update={"run": 1})) == "held"
