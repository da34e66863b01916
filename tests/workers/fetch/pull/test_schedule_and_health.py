"""What is noted of how sources do: schedule, leases, gaps, batches, metrics; and the connection test."""

import time
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from cases.inbound import source_actions, sources
from cases.inbound.connection_report import Report
from schemas.mailboxes import MailboxOptions, MailboxSecret
from schemas.tables import SourceKind, now
from storage.ledger import batches, leases
from storage.resources import Resources
from tests.builders.mailboxes import add, entered, mails, options, order, prints, row
from tests.builders.world import World
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.scripted_imap import ScriptedImap
from workers import metrics
from workers.exporter import ClusterCollector
from workers.fetch.mailbox.connection_test import check
from workers.fetch.pull.idle import Listener
from workers.fetch.pull.pool import FetchPool
from workers.fetch.pull.stage import fetch
from workers.fetch.pull.take import FetchSizes

_REFUSE = text("""
create function refuse() returns trigger language plpgsql as $$ begin raise 'not now'; end $$
""")
_ON_SOURCE = """
create trigger refuse before update on sources for each row
when (new.id = '{}' and new.leased_until is null) execute function refuse()
"""


@pytest.fixture
def box(dovecot: Dovecot) -> Mailbox:
    """The mailbox of a user of this test's own."""
    return dovecot.mailbox(uuid4().hex)


def change(resources: Resources, source: UUID, changes: str, **values: Any) -> None:
    with resources.database.system() as connection:
        connection.execute(text(f"update sources set {changes} where id = :id"), {"id": source, **values})


def gaps(resources: Resources, source: UUID) -> list[Any]:
    with resources.database.system() as connection:
        return list(connection.execute(text("select * from source_gaps where source_id = :id"), {"id": source}))


def test_a_stretch_in_which_nothing_was_read_is_noted_and_an_ordinary_pause_is_not(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    source = add(fetching, world, options(dovecot, box.user))
    fetch(order(fetching, source), fetching)
    change(fetching, source, "last_success_at = now() - interval '9 minutes'")
    fetch(order(fetching, source), fetching)
    assert gaps(fetching, source) == []
    change(fetching, source, "last_success_at = now() - interval '12 minutes'")
    fetch(order(fetching, source), fetching)
    (gap,) = gaps(fetching, source)
    assert timedelta(minutes=11.9) < gap.ended_at - gap.began_at < timedelta(minutes=14)


def test_a_failure_is_noted_with_its_words_and_the_gap_begins_with_the_last_success(
    fetching: Resources, world: World, box: Mailbox, dovecot: Dovecot
) -> None:
    source = add(fetching, world, options(dovecot, box.user))
    fetch(order(fetching, source), fetching)
    change(fetching, source, "options = jsonb_set(options, '{port}', '1')")
    fetch(order(fetching, source), fetching)
    fetch(order(fetching, source), fetching)
    after = row(fetching, source)
    assert (after.failures, after.login_failures, after.paused_for) == (2, 0, "")
    assert after.failing_since is not None
    assert "does not answer at port 1: Connection refused" in after.last_error
    assert letters(fetching, world) == []
    change(fetching, source, "failing_since = now() - interval '61 minutes'")
    for _ in range(2):
        fetch(order(fetching, source), fetching)
    assert letters(fetching, world) == [f"Mail source {after.name} can't be read"]


def letters(resources: Resources, world: World) -> list[str]:
    with resources.database.tenant(world.tenant_id) as connection:
        rows = connection.execute(text("select content from outbox where kind = 'source' order by id"))
        return [content["subject"] for (content,) in rows]


def test_the_lease_of_a_fetch_that_died_ends_and_that_of_one_that_runs_does_not(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    source = add(fetching, world, options(dovecot, box.user))
    first = order(fetching, source)
    change(fetching, source, "next_at = now()")
    with fetching.database.system() as connection:
        assert source not in {one.source_id for one in leases.due(connection)}
        connection.execute(text("update sources set leased_until = now() where id = :id"), {"id": source})
        leases.renew(connection, [first])
    with fetching.database.system() as connection:
        assert source not in {one.source_id for one in leases.due(connection)}
    change(fetching, source, "leased_until = now() - interval '1 second'")
    with fetching.database.system() as connection:
        (second,) = [one for one in leases.due(connection) if one.source_id == source]
        leases.renew(connection, [first])
    assert second.lease == first.lease + 1
    fetch(first, fetching)
    assert row(fetching, source).last_success_at is None


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


def test_what_a_fetch_that_died_left_open_is_closed_when_the_next_one_begins(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    box.fill(mails(world, 3))
    source, other = (add(fetching, world, options(dovecot, box.user)) for _ in range(2))
    with fetching.database.system() as connection:
        left, of_another = (batches.open_batch(connection, one, now()) for one in (source, other))
    ordered = order(fetching, source)
    with fetching.database.system() as connection:
        running = leases.begin(connection, ordered)
    fetch(ordered, fetching)
    assert entered(fetching, world) == []
    fetch(running, fetching)
    assert len(entered(fetching, world)) == 3
    with fetching.database.system() as connection:
        is_open = text("select id from batches where closed_at is null and source_id in (:source, :other)")
        found = connection.execute(is_open, {"source": source, "other": other}).scalars().all()
    assert left not in found
    assert found == [of_another]


def test_two_schedulers_order_a_source_once(fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox) -> None:
    mine = {add(fetching, world, options(dovecot, box.user)) for _ in range(4)}
    with fetching.database.system() as one, fetching.database.system() as other:
        ordered = [order.source_id for each in (one, other) for order in leases.due(each)]
    assert sorted(set(ordered) & mine) == sorted(mine)
    assert len(ordered) == len(set(ordered))


@pytest.mark.parametrize("state", ["active = false", "paused_for = 'login'", "next_at = now() + interval '1 minute'"])
def test_what_is_paused_or_not_due_is_not_ordered(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox, state: str
) -> None:
    source = add(fetching, world, options(dovecot, box.user))
    change(fetching, source, state)
    with fetching.database.system() as connection:
        assert source not in {one.source_id for one in leases.due(connection)}


def test_what_is_over_the_size_of_a_batch_is_fetched_next_oldest_first(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    small = FetchSizes(batch=4)
    given = mails(world, 10)
    box.fill(given)
    source = add(fetching, world, options(dovecot, box.user))
    fetch(order(fetching, source), fetching, small)
    assert entered(fetching, world) == sorted(prints(list(given.values())[:4]))
    with fetching.database.system() as connection:
        (again,) = [one for one in leases.due(connection) if one.source_id == source]
    fetch(again, fetching, small)
    fetch(order(fetching, source), fetching, small)
    assert entered(fetching, world) == sorted(prints(given.values()))
    statement = "select seen, taken, duplicates, closed_at is not null as closed from batches where source_id = :id"
    with fetching.database.system() as connection:
        rows = connection.execute(text(statement + " order by id"), {"id": source}).all()
    assert [tuple(one) for one in rows] == [(4, 4, 0, True), (4, 4, 0, True), (2, 2, 0, True)]


def test_every_fetch_has_a_row_that_says_what_came_of_it_and_empty_ones_are_forgotten(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    source = add(fetching, world, options(dovecot, box.user))
    fetch(order(fetching, source), fetching)
    box.fill(mails(world, 2))
    fetch(order(fetching, source), fetching)
    change(fetching, source, "options = jsonb_set(options, '{port}', '1')")
    fetch(order(fetching, source), fetching)
    found = fetches(fetching, source)
    assert [(one.seen, one.taken, one.finished) for one in found] == [(0, 0, True), (2, 2, False), (0, 0, True)]
    assert [one.error[:25] for one in found] == ["", "", "localhost does not answer"]
    with fetching.database.system() as connection:
        old = "update batches set started_at = started_at - interval '15 days' where source_id = :id"
        connection.execute(text(old), {"id": source})
        batches.forget_empty(connection, days=14, most=1_000)
    assert [one.seen for one in fetches(fetching, source)] == [2]


def fetches(resources: Resources, source: UUID) -> list[Any]:
    statement = "select *, finished_at is not null as finished from batches where source_id = :id order by started_at"
    with resources.database.system() as connection:
        return list(connection.execute(text(statement), {"id": source}).all())


def test_metrics_show_how_each_source_does(fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox) -> None:
    source = add(fetching, world, options(dovecot, box.user), secret=MailboxSecret(password="wrong"))
    for _ in range(3):
        fetch(order(fetching, source), fetching)
    change(fetching, source, "left_behind = 2")
    collector = ClusterCollector(fetching, None)  # type: ignore[arg-type]
    found = {
        sample.name: sample.value
        for family in collector._sources()
        for sample in family.samples
        if sample.labels["source"] == str(source)
    }
    collector.close()
    assert found.pop("casemail_source_success_age_seconds") >= 0
    assert found == {
        "casemail_source_failures": 3,
        "casemail_source_left_behind": 2,
        "casemail_source_paused": 1,
        "casemail_source_undecided": 0,
        "casemail_source_active": 1,
    }


class TestTheConnection:
    """The connection test."""

    def steps(self, report: Report | None) -> dict[str, tuple[bool | None, str]]:
        assert report is not None
        return {step.name: (step.good, step.words) for step in report.steps}

    def test_it_goes_step_by_step_and_changes_nothing(
        self, fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
    ) -> None:
        box.fill(mails(world, 2))
        source = add(fetching, world, options(dovecot, box.user))
        report = check(source, fetching)
        steps = self.steps(report)
        assert [good for good, _ in steps.values()] == [True] * 9
        assert "issued by OU=Testing CA" in steps["TLS"][1]
        assert steps["folder"][1] == "INBOX has 2 mails"
        assert steps["folder to move to"][1] == "casemail will be made; mails are moved by MOVE"
        assert report is not None
        assert report.good
        assert "opens_every_mailbox" not in report.text()
        assert len(box.bodies()) == 2
        assert not (box.home / "Maildir" / ".casemail").exists()

    @pytest.mark.parametrize(
        ("more", "step", "words"),
        [
            ({"host": "no-such-server.invalid"}, "name", "there is no server of the name"),
            ({"port": 1}, "connection", "nothing answers at port 1"),
            ({"folder": "Not there"}, "folder", "doesn't exist"),
        ],
    )
    def test_it_ends_at_the_step_that_fails(
        self,
        fetching: Resources,
        world: World,
        dovecot: Dovecot,
        box: Mailbox,
        more: dict[str, Any],
        step: str,
        words: str,
    ) -> None:
        steps = self.steps(check(add(fetching, world, options(dovecot, box.user, **more)), fetching))
        assert list(steps)[-1] == step
        assert steps[step][0] is False
        assert words in steps[step][1]

    def test_a_wrong_password_a_wrong_name_in_the_certificate_and_an_unknown_key_are_told(
        self, fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
    ) -> None:
        wrong = add(fetching, world, options(dovecot, box.user), secret=MailboxSecret(password="wrong one"))
        steps = self.steps(check(wrong, fetching))
        assert steps["log-in"][0] is False
        assert "wrong one" not in str(steps)
        strict = fetching.settings.replace(source_ca_file=None)
        steps = self.steps(check(wrong, Resources(strict, fetching.database, fetching.blobs)))
        assert list(steps)[-1] == "TLS"
        assert "its certificate is not good" in steps["TLS"][1]
        other = fetching.settings.replace(secret_keys=())
        steps = self.steps(check(wrong, Resources(other, fetching.database, fetching.blobs)))
        assert steps["settings"][0] is False
        assert "CASEMAIL_SECRET_KEYS" in steps["settings"][1]

    @pytest.mark.parametrize("security", ["tls", "starttls", "none"])
    def test_a_pop3_mailbox_is_tested_too(
        self, fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox, security: str
    ) -> None:
        box.fill(mails(world, 2))
        given = options(dovecot, box.user, SourceKind.POP3, security=security)
        steps = self.steps(check(add(fetching, world, given, kind=SourceKind.POP3), fetching))
        assert steps["mails"][1].startswith("2 mails")
        assert all(good is not False for good, _ in steps.values())
        assert len(box.bodies()) == 2


class TestListening:
    """IMAP IDLE."""

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
            wait(lambda: any(source in one.listening for one in listeners))
            time.sleep(1)
            (first,) = [one for one in listeners if source in one.listening]
            (second,) = [one for one in listeners if one is not first]
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
            for _ in range(2):  # each new connection has the source looked at
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


def due(resources: Resources, source: UUID) -> bool:
    with resources.database.system() as connection:
        found = connection.execute(text("select next_at <= now() from sources where id = :id"), {"id": source})
        return bool(found.scalar_one())


def fetches_ended() -> float:
    """How many fetches have ended here."""
    (metric,) = metrics.FETCH_SECONDS.collect()
    return next(sample.value for sample in metric.samples if sample.name.endswith("_count"))


def wait(until: Any, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.05)


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


def test_no_act_is_done_to_what_is_not_there(fetching: Resources, world: World) -> None:
    with fetching.database.tenant(world.tenant_id) as connection:
        for deed in source_actions.SOURCE_ACTIONS:
            assert not source_actions.act(connection, sources.Actor(world.tenant_id), deed, uuid4(), gap_id=uuid4())
