"""The dispatcher while Kafka is away: nothing that it took up stays taken up."""

from uuid import uuid4

import pytest
from dramatiq.errors import BrokerConnectionError
from sqlalchemy import text

from ops.kafka import make_broker
from schemas.tables import SourceKind
from tests.world import World
from workers import runner
from workers.dispatcher import Dispatcher
from workers.fetch import batches
from workers.house import House


def test_a_source_whose_order_kafka_did_not_take_is_not_left_leased(house: House, world: World) -> None:
    broker = make_broker(house.settings)
    runner.declare(broker, lambda: house)
    with house.database.system() as connection:
        source = batches.ensure_source(connection, SourceKind.MAILDIR, uuid4().hex)
    with pytest.raises(BrokerConnectionError):
        Dispatcher(house, broker).order_fetches()
    with house.database.system() as connection:
        row = connection.execute(
            text("select leased_until, last_error from sources where id = :id"), {"id": source}
        ).one()
    assert row.leased_until is None
    assert "Kafka" in row.last_error
