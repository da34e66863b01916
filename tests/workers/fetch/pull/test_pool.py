"""The courier's pool of fetches: orders that come twice, fetches that fail midway, and their leases."""

from sqlalchemy import text

from schemas.mailboxes import MailboxOptions
from storage.resources import Resources
from tests.builders.mailboxes import add, change, options, order, row, wait
from tests.builders.world import World
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.scripted_imap import ScriptedImap
from workers import metrics
from workers.fetch.pull.pool import FetchPool

_REFUSE = text("""
create function refuse() returns trigger language plpgsql as $$ begin raise 'not now'; end $$
""")
_ON_SOURCE = """
create trigger refuse before update on sources for each row
when (new.id = '{}' and new.leased_until is null) execute function refuse()
"""


def fetches_ended() -> float:
    """Returns how many fetches have ended in this process."""
    (metric,) = metrics.FETCH_SECONDS.collect()
    return next(sample.value for sample in metric.samples if sample.name.endswith("_count"))


def test_an_order_that_comes_twice_is_worked_off_once(fetching: Resources, world: World) -> None:
    both = [FetchPool(fetching), FetchPool(fetching)]
    with ScriptedImap(hangs=True) as server:
        given = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": "ann", "idle": False}
        source = add(fetching, world, MailboxOptions.model_validate(given))
        ordered, before = order(fetching, source), fetches_ended()
        for fetchers in both:
            fetchers.begin(ordered)
        wait(lambda: fetches_ended() == before + 2)
        assert server.connections == 1
    assert row(fetching, source).failures == 1
    for fetchers in both:
        fetchers.listener.stop()


def test_a_broken_off_fetch_leaves_the_threads_whole(fetching: Resources, world: World) -> None:
    fetchers = FetchPool(fetching)
    with ScriptedImap() as server:
        given = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": "ann", "idle": False}
        good = add(fetching, world, MailboxOptions.model_validate(given))
        change(fetching, good, "options = '{}'")
        fetchers.begin(order(fetching, good))
        wait(lambda: "not whole" in row(fetching, good).last_error)
        change(fetching, good, "secret = null")
        fetchers.begin(order(fetching, good))
        wait(lambda: row(fetching, good).failures == 2)
    fetchers.listener.stop()


def test_a_fetch_that_could_not_note_its_end_gives_its_lease_back_when_the_database_takes_it(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    fetchers = FetchPool(fetching, renew_seconds=0.1)
    source = add(fetching, world, options(dovecot, box.user, idle=False))
    ordered, before = order(fetching, source), fetches_ended()
    with world.owner().begin() as connection:
        connection.execute(_REFUSE)
        connection.execute(text(_ON_SOURCE.format(source)))
    fetchers.begin(ordered)
    wait(lambda: fetches_ended() > before)
    assert row(fetching, source).leased_until is not None
    with world.owner().begin() as connection:
        connection.execute(text("drop function refuse cascade"))
    wait(lambda: row(fetching, source).leased_until is None)
    assert "casemail itself failed" in row(fetching, source).last_error
    fetchers.listener.stop()
