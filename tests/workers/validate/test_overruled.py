"""Which reasons a case worker overrules by accepting a mail, and which reasons can't be overruled."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from schemas.reasons import REASONS, Reason
from schemas.records import AutomaticMail, Override, ProofOrder, Rejection, ValidatedMail
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import case_address, reply_address
from tests.builders.decisions import reason_of
from tests.builders.world import World, in_ledger, make_world, parsed
from workers.validate.stage import validate


def decide(
    resources: Resources, world: World, recipient: str, author: str, *, case_id: UUID | None = None, **changes: Any
) -> ValidatedMail | ProofOrder | Rejection:
    override = Override(accepted_by=world.people["manager"], case_id=case_id)
    custody = in_ledger(world, recipient=recipient).model_copy(update={"override": override})
    return validate([parsed(custody, author, **changes)], resources)[0]


@pytest.fixture
def address(database: Database, world: World) -> str:
    return reply_address(database, world, world.post(database, "staff", "client"), "client")


def test_an_accepted_mail_answers_the_update_that_its_author_was_not_sent(
    resources: Resources, world: World, address: str
) -> None:
    result = decide(resources, world, address, world.email("member"))
    assert isinstance(result, ValidatedMail)
    assert result.target.author_id == world.people["member"]
    assert result.target.answers


@pytest.mark.parametrize(
    ("author", "why"),
    [
        ("outsider", Reason.NOT_ALLOWED),
        ("archived", Reason.AUTHOR_INACTIVE),
        ("nobody", Reason.AUTHOR_UNKNOWN),
    ],
)
def test_identity_and_permission_can_not_be_overruled(
    resources: Resources, world: World, address: str, author: str, why: Reason
) -> None:
    assert reason_of(decide(resources, world, address, world.email(author))) is why
    assert reason_of(decide(resources, world, address, world.email(author), case_id=world.case_id)) is why


@pytest.mark.parametrize("machine", AutomaticMail)
def test_what_was_taken_for_machine_mail_posts_where_that_can_be_a_mistake(
    resources: Resources, world: World, address: str, machine: AutomaticMail
) -> None:
    result = decide(resources, world, address, world.email("client"), machine=machine, machine_evidence="a sign")
    assert isinstance(result, ValidatedMail) is REASONS[Reason(machine)].overrulable


def test_replies_off_is_not_overruled(resources: Resources, world: World, address: str) -> None:
    with world.owner().begin() as connection:
        connection.execute(text("update tenants set replies_on = false where id = :id"), {"id": world.tenant_id})
    assert reason_of(decide(resources, world, address, world.email("client"))) is Reason.REPLIES_OFF


@pytest.mark.parametrize("recipient", ["case-7-typo", "reply", "retired"])
def test_an_attached_mail_posts_a_new_update_on_the_case_wherever_it_was_sent_to(
    resources: Resources, world: World, address: str, recipient: str
) -> None:
    sent_to = {"case-7-typo": f"case-7-typo@{world.mail_domain}", "reply": address}.get(recipient)
    sent_to = sent_to or case_address(world, retired=True)
    result = decide(resources, world, sent_to, world.email("member"), case_id=world.case_id)
    assert isinstance(result, ValidatedMail)
    assert (result.target.case_id, result.target.answers) == (world.case_id, None)


def test_a_case_of_another_tenant_is_no_case(resources: Resources, world: World, address: str) -> None:
    other = make_world(world.owner_url)
    assert (
        reason_of(decide(resources, world, address, world.email("client"), case_id=other.case_id))
        is Reason.UNKNOWN_ADDRESS
    )
