"""Sends what waits in a tenant's outbox."""

from sqlalchemy import text

from schemas.records import SendOrder
from storage.resources import Resources
from tests.builders.world import World
from workers.outbox.stage import send


def send_waiting(resources: Resources, world: World) -> None:
    """Tries to send all mails that wait in a tenant's outbox."""
    with resources.database.tenant(world.tenant_id) as connection:
        ids = connection.execute(text("select id from outbox where state = 'waiting' order by id")).scalars().all()
    for row_id in ids:
        send(SendOrder(tenant_id=world.tenant_id, outbox_ids=(row_id,)), resources)
