"""The conservation line of a test's tenant."""

from storage.database import Database
from storage.ledger import conservation
from tests.builders.world import World


def line(database: Database, world: World) -> conservation.Conservation:
    """Returns the conservation line of the tenant of `world`."""
    with database.system() as connection:
        return next(each for each in conservation.conservation(connection) if each.tenant == world.slug)
