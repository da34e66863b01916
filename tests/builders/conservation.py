"""The conservation line of a test's tenant."""

from storage.database import Database
from storage.ledger import conservation, mail_counts
from tests.builders.world import World


def line(database: Database, world: World) -> conservation.Conservation:
    """Returns the conservation line of the tenant of `world`."""
    with database.system() as connection:
        return next(each for each in conservation.conservation(connection) if each.tenant == world.slug)


def wrong_counts(database: Database) -> list[mail_counts.Difference]:
    """Returns where the counts of mails differ from the rows that they count; it must be nowhere."""
    with database.system() as connection:
        found = mail_counts.check(connection)
    assert found is not None
    return list(found)
