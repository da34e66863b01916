"""IMAP IDLE: when a real Dovecot announces new mail, the source is due at once."""

import time
from uuid import UUID

from sqlalchemy import text

from storage.resources import Resources
from tests.builders.mailboxes import add, change, mails, options, order, row, wait
from tests.builders.world import World
from tests.servers.dovecot import Dovecot, Mailbox
from workers.fetch.pull.idle import Listener
from workers.fetch.pull.stage import fetch


def due(resources: Resources, source: UUID) -> bool:
    with resources.database.system() as connection:
        found = connection.execute(text("select next_at <= now() from sources where id = :id"), {"id": source})
        return bool(found.scalar_one())


class TestListening:
    """The courier's listener."""

    def test_a_source_is_due_as_soon_as_its_server_tells_of_new_mail(
        self, fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
    ) -> None:
        box.fill(mails(world, 1))
        source = add(fetching, world, options(dovecot, box.user))
        fetch(order(fetching, source), fetching)
        listener = Listener(fetching, check_seconds=0.2)
        listener.start()
        try:
            wait(lambda: source in listener.listening)
            fetch(order(fetching, source), fetching)
            assert not due(fetching, source)
            box.fill(mails(world, 1, start=5))
            wait(lambda: due(fetching, source))
        finally:
            listener.stop()
        assert row(fetching, source).idle_until is None

    def test_one_of_two_listeners_listens_and_the_other_takes_over(
        self, fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
    ) -> None:
        source = add(fetching, world, options(dovecot, box.user))
        fetch(order(fetching, source), fetching)
        listeners = [Listener(fetching, check_seconds=0.2) for _ in range(2)]
        for listener in listeners:
            listener.start()
        try:
            wait(lambda: any(source in listener.listening for listener in listeners))
            time.sleep(1)
            (first,) = [listener for listener in listeners if source in listener.listening]
            (second,) = [listener for listener in listeners if listener is not first]
            first.stop()
            wait(lambda: source in second.listening)
        finally:
            for listener in listeners:
                listener.stop()

    def test_idle_is_begun_again_in_time_and_after_the_connection_broke(
        self, fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
    ) -> None:
        source = add(fetching, world, options(dovecot, box.user))
        fetch(order(fetching, source), fetching)
        listener = Listener(fetching, check_seconds=0.2, reissue_seconds=1.0)
        listener.start()
        try:
            wait(lambda: source in listener.listening)
            for _ in range(2):  # each new connection makes the source due
                fetch(order(fetching, source), fetching)
                wait(lambda: due(fetching, source))
        finally:
            listener.stop()

    def test_a_paused_source_and_one_without_idle_are_not_listened_to(
        self, fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
    ) -> None:
        quiet = add(fetching, world, options(dovecot, box.user, idle=False))
        paused = add(fetching, world, options(dovecot, box.user))
        listened = add(fetching, world, options(dovecot, box.user))
        for source in (quiet, paused, listened):
            fetch(order(fetching, source), fetching)
        change(fetching, paused, "active = false")
        listener = Listener(fetching, check_seconds=0.2)
        listener.start()
        try:
            wait(lambda: listened in listener.listening)
            assert not {quiet, paused} & listener.listening
            change(fetching, listened, "active = false")
            wait(lambda: listened not in listener.listening)
        finally:
            listener.stop()
