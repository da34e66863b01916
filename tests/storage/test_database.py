"""Lost connections to PostgreSQL are replaced."""

from sqlalchemy import create_engine, text

from storage.database import Database
from tests.builders.world import World

_END = text("select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'lost'")


def test_connections_that_were_lost_while_nobody_used_them_are_replaced(database: Database, world: World) -> None:
    own = Database(f"{database._url}?application_name=lost")
    another = create_engine(database._url)
    for _ in range(2):
        with own.tenant(world.tenant_id) as first, own.tenant(world.tenant_id) as other, own.system() as system:
            assert [each.execute(text("select 1")).scalar_one() for each in (first, other, system)] == [1, 1, 1]
        with another.connect() as connection:
            assert connection.execute(_END).scalar_one() == 3
    own.close()
    another.dispose()
