"""An IMAP folder as a source, on a real Dovecot."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from cases.inbound import source_actions, sources
from schemas.mailboxes import MailboxSecret
from schemas.tables import OldMails
from storage.resources import Resources
from storage.secret_box import SecretBox
from tests.builders.mailboxes import add, entered, fetch_now, mails, options, order, prints
from tests.builders.world import World, make_world
from tests.servers.authorization_server import AuthorizationServer
from tests.servers.dovecot import Dovecot, Mailbox


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_what_waits_is_taken_and_moved_to_the_folder(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox, security: str
) -> None:
    given = mails(world, 3)
    box.fill(given)
    source = add(fetching, world, options(dovecot, box.user, security=security))
    after = fetch_now(fetching, source)
    assert (after.last_error, after.failures, after.left_behind) == ("", 0, 0)
    assert entered(fetching, world) == sorted(prints(given.values()))
    assert box.bodies() == []
    assert prints(box.bodies("casemail")) == prints(given.values())
    assert after.leased_until is None
    assert after.last_success_at is not None


def test_without_move_mails_are_copied_and_only_those_are_expunged(
    fetching: Resources, world: World, ca: Any, tokens: AuthorizationServer
) -> None:
    with Dovecot(ca, capability="IMAP4rev1 UIDPLUS IDLE") as server:
        box = server.mailbox("ann")
        given = mails(world, 3)
        box.fill(given)
        fetch_now(fetching, add(fetching, world, options(server, "ann")))
        assert box.bodies() == []
        assert prints(box.bodies("casemail")) == prints(given.values())


def test_without_move_and_uidplus_nothing_is_expunged_and_nothing_taken_twice(
    fetching: Resources, world: World, ca: Any
) -> None:
    with Dovecot(ca, capability="IMAP4rev1") as server:
        box = server.mailbox("ann")
        given = mails(world, 3)
        box.fill(given)
        source = add(fetching, world, options(server, "ann"))
        fetch_now(fetching, source)
        fetch_now(fetching, source)
        assert prints(box.bodies()) == prints(given.values())
        assert len(box.bodies("casemail")) == 3
    assert entered(fetching, world) == sorted(prints(given.values()))
    assert counted(fetching, source) == [(3, 3, 0)]


def counted(resources: Resources, source: UUID) -> list[tuple[int, int, int]]:
    """Returns for each fetch that found mail: how many mails it saw and took, and how many were duplicates."""
    statement = (
        "select seen, taken, duplicates from batches"
        " where source_id = :id and closed_at is not null and seen > 0 order by id"
    )
    with resources.database.system() as connection:
        return [tuple(row) for row in connection.execute(text(statement), {"id": source})]


@pytest.mark.parametrize(("after", "seen", "left"), [("flag", 3, 3), ("leave", 0, 3), ("delete", 0, 0)])
def test_mails_that_stay_are_not_taken_again_and_new_ones_are(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox, after: str, seen: int, left: int
) -> None:
    first, second = mails(world, 3), mails(world, 2, start=10)
    box.fill(first)
    source = add(fetching, world, options(dovecot, box.user, after=after))
    fetch_now(fetching, source)
    assert len(dovecot.seen(box.user)) == seen
    assert len(box.bodies()) == left
    fetch_now(fetching, source)
    box.fill(second)
    fetch_now(fetching, source)
    assert entered(fetching, world) == sorted(prints([*first.values(), *second.values()]))
    assert counted(fetching, source) == [(3, 3, 0), (2, 2, 0)]


def test_what_another_program_has_marked_as_read_is_taken_all_the_same(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    given = mails(world, 1)
    box.fill(given)
    (path,) = (box.home / "Maildir" / "new").iterdir()
    path.rename(box.home / "Maildir" / "cur" / (path.name + ":2,S"))
    fetch_now(fetching, add(fetching, world, options(dovecot, box.user, after="flag")))
    assert entered(fetching, world) == sorted(prints(given.values()))


@pytest.mark.parametrize("after", ["flag", "move"])
def test_after_a_new_uidvalidity_old_mails_are_not_posted_again_and_new_ones_are(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox, after: str
) -> None:
    old, new = mails(world, 5), mails(world, 2, start=20)
    box.fill(old)
    source = add(fetching, world, options(dovecot, box.user, after=after))
    fetch_now(fetching, source)
    if after == "move":  # a person moves the mails back
        box.fill(old)
    box.renumber(77)
    box.fill(new)  # under UIDs that the old mails had before
    fetch_now(fetching, source)
    assert entered(fetching, world) == sorted(prints([*old.values(), *new.values()]))
    assert counted(fetching, source)[-1] == (7, 7, 5)
    fetch_now(fetching, source)
    assert len(counted(fetching, source)) == 2


def test_a_mail_over_the_limit_is_taken_by_its_header(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    small = Resources(fetching.settings.replace(mail_size_limit=10_000), fetching.database, fetching.blobs)
    given = mails(world, 2)
    given["n1"] += b"x" * 60 + b"\r\n"
    given["n1"] += (b"x" * 70 + b"\r\n") * 200
    box.fill(given)
    after = fetch_now(small, add(small, world, options(dovecot, box.user)))
    assert (after.last_error, after.left_behind) == ("", 0)
    with small.database.tenant(world.tenant_id) as connection:
        rows = connection.execute(text("select raw, whole_size from mails order by whole_size")).all()
    assert [row.whole_size > 10_000 for row in rows] == [False, True]
    assert small.blobs.get(rows[1].raw).endswith(b"\r\n\r\n")
    assert len(box.bodies("casemail")) == 2


def test_a_mailbox_of_many_old_mails_asks_before_anything_is_taken(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    cautious = Resources(fetching.settings.replace(source_old_mails=5), fetching.database, fetching.blobs)
    old, new = mails(world, 6), mails(world, 2, start=20)
    box.fill(old, at=(datetime.now(UTC) - timedelta(days=3)).timestamp())
    source = add(cautious, world, options(dovecot, box.user), old_mails=OldMails.ASK)
    after = fetch_now(cautious, source)
    assert (after.old_mails, after.old_count) == ("asked", 6)
    box.fill(new)
    fetch_now(cautious, source)
    assert entered(cautious, world) == []
    assert len(box.bodies()) == 8
    assert letters(cautious, world) == [f"Mail source {after.name}: what about the old mails?"]
    decide(cautious, world, source, "take_since", since=datetime.now(UTC))
    fetch_now(cautious, source)
    assert entered(cautious, world) == sorted(prints(new.values()))
    assert prints(box.bodies()) == prints(old.values())
    box.renumber(99)
    fetch_now(cautious, source)
    assert entered(cautious, world) == sorted(prints(new.values()))


def test_the_old_mails_are_taken_where_the_admin_wants_them_or_from_a_date_on(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    cautious = Resources(fetching.settings.replace(source_old_mails=3), fetching.database, fetching.blobs)
    older, newer = mails(world, 3), mails(world, 2, start=20)
    box.fill(older, at=(datetime.now(UTC) - timedelta(days=9)).timestamp())
    box.fill(newer, at=(datetime.now(UTC) - timedelta(days=2)).timestamp())
    source = add(cautious, world, options(dovecot, box.user), old_mails=OldMails.ASK)
    fetch_now(cautious, source)
    decide(cautious, world, source, "take_since", since=datetime.now(UTC) - timedelta(days=5))
    fetch_now(cautious, source)
    assert entered(cautious, world) == sorted(prints(newer.values()))
    all_of_them = add(cautious, world, options(dovecot, box.user), old_mails=OldMails.ASK)
    with cautious.database.system() as connection:
        connection.execute(text("update sources set old_mails = 'asked' where id = :id"), {"id": all_of_them})
    decide(cautious, world, all_of_them, "take_all")
    fetch_now(cautious, all_of_them)
    assert entered(cautious, world) == sorted(prints([*older.values(), *newer.values()]))


def decide(resources: Resources, world: World, source: UUID, deed: str, **more: Any) -> None:
    actor = sources.Actor(world.tenant_id, world.people["admin"])
    with resources.database.tenant(world.tenant_id) as connection:
        assert source_actions.act(connection, actor, deed, source, **more)


def letters(resources: Resources, world: World) -> list[str]:
    with resources.database.tenant(world.tenant_id) as connection:
        rows = connection.execute(text("select content from outbox where kind = 'source' order by id"))
        return [content["subject"] for (content,) in rows]


def test_a_source_of_a_tenant_takes_mail_for_that_tenant_alone(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox, migrated: Any
) -> None:
    other = make_world(migrated.owner_url)
    given = mails(other, 2)
    box.fill(given)
    fetch_now(fetching, add(fetching, world, options(dovecot, box.user)))
    assert entered(fetching, other) == []
    with fetching.database.tenant(world.tenant_id) as connection:
        recipients = connection.execute(text("select distinct recipient from mails")).scalars().all()
    assert recipients == [f"case-x@{other.mail_domain}"]


def test_a_wrong_password_pauses_after_three_times_and_the_admins_are_notified_once_and_when_it_works_again(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    box.fill(mails(world, 1))
    given = options(dovecot, box.user)
    source = add(fetching, world, given, secret=MailboxSecret(password="wrong one"))
    for failures in (1, 2, 3):
        after = fetch_now(fetching, source)
        assert after.login_failures == failures
    assert after.paused_for == "login"
    assert "refused the log-in" in after.last_error
    assert "wrong one" not in after.last_error
    assert entered(fetching, world) == []
    with pytest.raises(StopIteration):
        order(fetching, source)
    assert letters(fetching, world) == [f"Mail source {after.name} can't be read"]
    wanted = sources.Wanted(after.name, after.kind, given, MailboxSecret(password="opens_every_mailbox"))
    with fetching.database.tenant(world.tenant_id) as connection:
        actor = sources.Actor(world.tenant_id, world.people["admin"])
        assert sources.change(connection, actor, SecretBox.from_settings(fetching.settings), source, wanted) is None
    after = fetch_now(fetching, source)
    assert (after.paused_for, after.login_failures, after.failing_since, after.told_at) == ("", 0, None, None)
    assert letters(fetching, world)[1:] == [f"Mail source {after.name} works again"]
    fetch_now(fetching, source)
    assert len(letters(fetching, world)) == 2


def test_a_password_of_any_letters_opens_the_mailbox(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    source = add(fetching, world, options(dovecot, box.user), secret=MailboxSecret(password='p"ä\\ 7'))
    assert "refused the log-in" in fetch_now(fetching, source).last_error
