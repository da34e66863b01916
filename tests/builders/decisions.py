"""Takes mails into custody, validates and posts them, and returns the decisions."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from schemas.reasons import Reason
from schemas.records import Custody, FilteredMail, ParsedMail, ProofOrder, Rejection, ValidatedMail
from storage.resources import Resources
from tests.builders.world import World, batch_of, in_ledger, parsed
from workers.fetch.custody import Arrival, CustodyService
from workers.post.stage import post
from workers.validate.stage import validate


def decide(
    resources: Resources, world: World, recipient: str, author: str, **changes: Any
) -> ValidatedMail | Rejection:
    """Validates a mail from `author` to `recipient`; `changes` are fields of `ParsedMail`."""
    (result,) = validate([parsed(in_ledger(world, recipient=recipient), author, **changes)], resources)
    assert not isinstance(result, ProofOrder)
    return result


def reason_of(result: ValidatedMail | ProofOrder | Rejection) -> Reason:
    """Returns the reason of a result that must be a rejection."""
    assert isinstance(result, Rejection), result
    return result.reason


def take_into_custody(resources: Resources, world: World, recipients: Sequence[str], raw: bytes = b"") -> list[Custody]:
    """Takes one mail into custody for these recipients; returns the records in their order."""
    raw = raw or f"Subject: Re: A leak\r\n\r\n{uuid4()}\r\n".encode()
    batch_id = batch_of(world)
    CustodyService(resources).take(batch_id, [Arrival(raw, recipient, "a@x", "ref") for recipient in recipients])
    with resources.database.tenant(world.tenant_id) as connection:
        rows = connection.execute(
            text(
                "select id as mail_id, tenant_id, raw, size, recipient, sender, received_at from mails"
                " where batch_id = :batch and ended_at is null"
            ),
            {"batch": batch_id},
        ).mappings()
        found = {str(row["recipient"]): Custody.model_validate(dict(row)) for row in rows}
    return [found[recipient] for recipient in recipients]


def post_in_turn(resources: Resources, mails: Sequence[ParsedMail]) -> dict[str, str]:
    """Validates and posts the mails one after the other; returns by recipient `posted`, or the rejection's reason."""
    ends: dict[str, str] = {}
    for mail in mails:
        decision = validate([mail], resources)[0]
        end = decision
        if isinstance(decision, ValidatedMail):
            (end,) = post([FilteredMail(parsed=mail, target=decision.target, files=(), left_out=())], resources)  # type: ignore[assignment]
        ends[mail.custody.recipient] = end.reason if isinstance(end, Rejection) else "posted"
    return ends
