"""The outbox in tests: the orders to send, and the states of the mails."""

from sqlalchemy import text

from schemas.records import SendOrder
from storage.database import Database
from storage.outbox_queue import claim_due
from tests.builders.world import World


def orders(database: Database, world: World) -> list[SendOrder]:
    """Claims all mails that are due, of all tenants; returns the orders of the world's tenant."""
    with database.system() as connection:
        return [order for order in claim_due(connection, most=10_000) if order.tenant_id == world.tenant_id]


def states(world: World) -> list[tuple[str, int, str]]:
    """Returns state, attempts and error of the rows of the world's tenant."""
    with world.owner().connect() as connection:
        rows = connection.execute(
            text("select state, attempts, error from outbox where tenant_id = :id order by id"), {"id": world.tenant_id}
        )
        return [(row.state, row.attempts, row.error) for row in rows]
