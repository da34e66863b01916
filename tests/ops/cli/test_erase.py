"""`casemail erase` shows what it will erase, asks for confirmation, and erases."""

import subprocess
from uuid import UUID

import pytest

from schemas.tables import MailState, now
from tests.builders.command import casemail
from tests.builders.rows import add_mail, add_update, run
from tests.builders.world import World


def erase(env: dict[str, str], world: World, *flags: str) -> subprocess.CompletedProcess[str]:
    return casemail("erase", "--tenant", world.slug, "--email", world.email("client"), *flags, **env)


def authors(world: World) -> dict[UUID, tuple[str, str]]:
    rows = run(world, "select id, author, raw_deleted_by from mails where tenant_id = :id", id=world.tenant_id)
    return {row.id: (row.author, row.raw_deleted_by) for row in rows}


def test_a_persons_mails_are_erased_and_those_on_their_way_are_reported(env: dict[str, str], world: World) -> None:
    mail_id = add_mail(world, MailState.HELD, author=world.email("client"), ended_at=now())
    moving = add_mail(world, MailState.MOVING, sender=world.email("client"))
    done = erase(env, world, "--yes")
    assert done.returncode == 1, done.stderr
    will, did = done.stdout.split("Erased:")
    for report in (will, did):
        assert "1 email that they wrote" in report
        assert "1 mails are still on their way" in report
    assert authors(world) == {mail_id: ("", "erasure"), moving: ("", "")}


@pytest.mark.parametrize("flags", [("--dry-run", "--account", "--updates"), ()])
def test_without_a_yes_it_only_shows_what_would_go(env: dict[str, str], world: World, flags: tuple[str, ...]) -> None:
    mail_id = add_mail(world, MailState.HELD, author=world.email("client"), ended_at=now())
    done = erase(env, world, *flags)
    assert done.returncode == (0 if flags else 2)
    assert "1 email that they wrote" in done.stdout
    assert ("the account" in done.stdout) is bool(flags)
    assert ("--yes" in done.stderr) is not bool(flags)
    assert authors(world) == {mail_id: (world.email("client"), "")}


def test_an_account_is_erased_and_its_updates_stay(env: dict[str, str], world: World) -> None:
    add_update(world, "client", "Words")
    done = erase(env, world, "--account", "--yes")
    assert done.returncode == 0, done.stderr
    assert "1 of their updates stay, under an erased person" in done.stdout
    users = run(world, "select name, email from users where id = :id", id=world.people["client"])
    assert users == [("Erased person", "")]


def test_an_unknown_tenant_is_refused(env: dict[str, str]) -> None:
    done = casemail("erase", "--tenant", "nobody", "--email", "a@b.example", **env)
    assert done.returncode == 2
    assert "no tenant 'nobody'" in done.stderr
