"""A POP3 mailbox as a source, on a real Dovecot."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from cases.inbound import source_actions, sources
from schemas.mailboxes import MailboxOptions, MailboxSecret
from schemas.tables import OldMails, SourceKind
from storage.resources import Resources
from tests.builders import mailboxes
from tests.builders.mailboxes import entered, fetch_now, mails, prints
from tests.builders.world import World
from tests.servers.authorization_server import AuthorizationServer
from tests.servers.dovecot import Dovecot, Mailbox
from workers.fetch.mailbox.pop3 import DELETED_MOST


def options(dovecot: Dovecot, box: Mailbox, **more: Any) -> MailboxOptions:
    return mailboxes.options(dovecot, box.user, SourceKind.POP3, **more)


def add(resources: Resources, world: World, given: MailboxOptions, **more: Any) -> UUID:
    return mailboxes.add(resources, world, given, kind=SourceKind.POP3, **more)


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_what_waits_is_taken_and_deleted(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox, security: str
) -> None:
    given = mails(world, 3)
    given["n2"] += b"x" * 5_000 + b"\r\n"  # a longer line than the standard library accepts
    box.fill(given)
    after = fetch_now(fetching, add(fetching, world, options(dovecot, box, security=security)))
    assert (after.last_error, after.left_behind) == ("", 0)
    assert entered(fetching, world) == sorted(prints(given.values()))
    assert box.bodies() == []


def test_mails_that_are_left_are_not_taken_again_and_forgotten_once_they_are_gone(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    first, second = mails(world, 3), mails(world, 2, start=10)
    box.fill(first)
    source = add(fetching, world, options(dovecot, box, after="leave"))
    fetch_now(fetching, source)
    box.fill(second)
    fetch_now(fetching, source)
    assert entered(fetching, world) == sorted(prints([*first.values(), *second.values()]))
    assert len(box.bodies()) == 5
    for path in (box.home / "Maildir" / "cur").iterdir():
        path.unlink()
    for path in (box.home / "Maildir" / "new").iterdir():
        path.unlink()
    fetch_now(fetching, source)
    with fetching.database.system() as connection:
        noted = connection.execute(text("select count(*) from source_taken where source_id = :id"), {"id": source})
        assert noted.scalar_one() == 0


def test_many_mails_are_deleted_in_short_sessions(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    given = mails(world, DELETED_MOST + 1)
    box.fill(given)
    after = fetch_now(fetching, add(fetching, world, options(dovecot, box)))
    assert after.last_error == ""
    assert entered(fetching, world) == sorted(prints(given.values()))
    assert box.bodies() == []


def test_a_mail_over_the_limit_is_taken_by_its_header(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    small = Resources(fetching.settings.replace(mail_size_limit=10_000), fetching.database, fetching.blobs)
    given = mails(world, 2)
    given["n1"] += (b"x" * 70 + b"\r\n") * 200
    box.fill(given)
    fetch_now(small, add(small, world, options(dovecot, box)))
    with small.database.tenant(world.tenant_id) as connection:
        rows = connection.execute(text("select raw, whole_size from mails order by whole_size")).all()
    assert [row.whole_size > 10_000 for row in rows] == [False, True]
    assert b"xxxx" not in small.blobs.get(rows[1].raw)
    assert box.bodies() == []


def test_of_many_old_mails_none_is_taken_when_only_those_from_now_on_are_wanted(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    cautious = Resources(fetching.settings.replace(source_old_mails=3), fetching.database, fetching.blobs)
    old, meanwhile, new = mails(world, 5), mails(world, 1, start=20), mails(world, 1, start=30)
    box.fill(old)
    source = add(cautious, world, options(dovecot, box), old_mails=OldMails.ASK)
    assert fetch_now(cautious, source).old_mails == "asked"
    box.fill(meanwhile)
    decide(cautious, world, source, "take_since", since=datetime.now(UTC))
    box.fill(new)
    fetch_now(cautious, source)
    assert entered(cautious, world) == sorted(prints([*meanwhile.values(), *new.values()]))
    assert prints(box.bodies()) == prints(old.values())
    box.renumber(88)
    after = fetch_now(cautious, source)
    assert (after.old_mails, after.old_count) == ("asked", 5)
    decide(cautious, world, source, "take_all")
    fetch_now(cautious, source)
    assert len(entered(cautious, world)) == 7


def test_a_mailbox_that_is_added_for_mails_from_now_on_keeps_its_old_ones(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    old, new = mails(world, 2), mails(world, 2, start=20)
    box.fill(old)
    source = add(fetching, world, options(dovecot, box), old_mails=OldMails.SINCE)
    fetch_now(fetching, source)
    box.fill(new)
    fetch_now(fetching, source)
    assert entered(fetching, world) == sorted(prints(new.values()))
    assert prints(box.bodies()) == prints(old.values())


def decide(resources: Resources, world: World, source: UUID, deed: str, **more: Any) -> None:
    with resources.database.tenant(world.tenant_id) as connection:
        assert source_actions.act(connection, sources.Actor(world.tenant_id), deed, source, **more)


def test_a_mailbox_is_opened_with_a_token(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox, tokens: AuthorizationServer
) -> None:
    given = mails(world, 1)
    box.fill(given)
    tokens.refresh["of pop"] = box.user
    oauth = options(dovecot, box, login="oauth2", client_id="an app", token_url=tokens.url)
    source = add(fetching, world, oauth, secret=MailboxSecret(refresh_token="of pop"))
    assert fetch_now(fetching, source).last_error == ""
    assert entered(fetching, world) == sorted(prints(given.values()))
    tokens.good.clear()
    tokens.refresh.clear()
    after = fetch_now(fetching, source)
    assert after.login_failures == 1


def test_a_wrong_password_is_a_refused_log_in(
    fetching: Resources, world: World, dovecot: Dovecot, box: Mailbox
) -> None:
    source = add(fetching, world, options(dovecot, box), secret=MailboxSecret(password="wrong one"))
    after = fetch_now(fetching, source)
    assert after.login_failures == 1
    assert "wrong one" not in after.last_error
