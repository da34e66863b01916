"""What happens to a mail that does not post."""

import pytest
from sqlalchemy import text

from schemas.reasons import REASONS, Disposition, Reason
from schemas.records import Rejection
from storage.resources import Resources
from tests.builders.world import World, in_ledger
from workers.deadletter.stage import settle


def reject(
    resources: Resources, world: World, reason: Reason, *, catch_all: str = "catch@tenant.example"
) -> tuple[str, int]:
    """Rejects a mail; returns its state after the stage, and the number of forwards in the outbox."""
    with world.owner().begin() as connection:
        connection.execute(
            text("update tenants set catch_all = :to, replies_on = false where id = :id"),
            {"to": catch_all, "id": world.tenant_id},
        )
    rejection = Rejection(custody=in_ledger(world), reason=reason, evidence={"a": "b"}, author="x@y", subject="s")
    settle([rejection], resources)
    settle([rejection], resources)  # Kafka may deliver a record twice
    with resources.database.tenant(world.tenant_id) as connection:
        row = connection.execute(text("select state, reason, evidence, author, subject from mails")).one()
        forwards = connection.execute(text("select count(*) from outbox where kind = 'catch_all'")).scalar_one()
    assert (row.reason, row.evidence, row.author, row.subject) == (reason, {"a": "b"}, "x@y", "s")
    return row.state, forwards


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_leads_where_the_table_says(resources: Resources, world: World, reason: Reason) -> None:
    expected = {
        Disposition.FORWARD: ("forwarding", 1),
        Disposition.HOLD: ("held", 0),
        Disposition.DROP: ("dropped", 0),
    }
    assert reject(resources, world, reason) == expected[REASONS[reason].disposition]


def test_without_a_catch_all_the_mail_is_held(resources: Resources, world: World) -> None:
    assert reject(resources, world, Reason.AUTHOR_UNKNOWN, catch_all="") == ("held", 0)
