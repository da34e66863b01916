"""`casemail archive` moves old rows into files; `find` and `erase` know these."""

import json
from pathlib import Path

import pytest

from storage.archive import files
from storage.database import Database
from tests.builders.command import casemail_here
from tests.builders.old_rows import old_mail
from tests.builders.rows import run
from tests.builders.world import World


def test_a_dry_run_changes_nothing_and_says_how_much_would_leave(
    env: dict[str, str], database: Database, world: World, tmp_path: Path
) -> None:
    old = old_mail(database, world)
    done = casemail_here("archive", "write", "--days", "365", "--dry-run", "--json", **env)
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["dry_run"]
    assert min(said["rows"]["mails"], said["rows"]["notices"]) >= 1
    assert run(world, "select archived_at, subject from mails where id = :id", id=old.id) == [(None, "Old words")]


def test_rows_leave_into_the_folder_and_are_verified(
    env: dict[str, str], database: Database, world: World, tmp_path: Path
) -> None:
    old = old_mail(database, world)
    done = casemail_here("archive", "write", "--days", "365", "--kind", "mails", "--folder", str(tmp_path), **env)
    assert "mails of more than 365 days ago left" in done.stdout
    ((at, subject),) = run(world, "select archived_at, subject from mails where id = :id", id=old.id)
    assert at is not None
    assert subject == ""
    (name,) = files.names(tmp_path)
    (tmp_path / name).write_bytes(b"damaged")
    found = casemail_here("archive", "verify", "--folder", str(tmp_path), **env)
    assert (found.exit_code, f"{name} has changed" in found.stdout) == (1, True)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (["--days", "365"], "--no-copy"),
        (["--folder", "."], "--days"),
        (["--days", "29", "--no-copy"], "last 30 days stay"),
    ],
)
def test_what_is_missing_is_said(env: dict[str, str], world: World, given: list[str], why: str) -> None:
    done = casemail_here("archive", "write", *given, **env)
    assert (done.exit_code, why in done.output) == (2, True)


def test_nothing_leaves_and_nobody_is_erased_while_the_folder_is_not_there(
    env: dict[str, str], database: Database, world: World, tmp_path: Path
) -> None:
    old = old_mail(database, world)
    settings = {**env, "ARCHIVE_FOLDER": str(tmp_path / "not mounted"), "ARCHIVE_MAILS_DAYS": "365"}
    for command in (
        ("archive", "write"),
        ("erase", "--tenant", world.slug, "--email", "ann@x.example", "--yes"),
    ):
        done = casemail_here(*command, **settings)
        assert (done.exit_code, "is not there" in done.output) == (2, True)
    assert run(world, "select author, subject from mails where id = :id", id=old.id) == [("ann@x.example", "Old words")]


def test_an_archived_mail_is_found_as_it_was(
    env: dict[str, str], database: Database, world: World, tmp_path: Path
) -> None:
    old = old_mail(database, world, subject=f"Needle {world.slug}")
    casemail_here("archive", "write", "--days", "365", "--folder", str(tmp_path), **env)
    assert "archived   " in casemail_here("find", str(old.id), **env).stdout
    for words in (str(old.id), str(old.batch), f"needle {world.slug}"):
        done = casemail_here("find", words, "--archive", str(tmp_path), **env)
        assert done.exit_code == 0, done.output
        assert f"  subject    Needle {world.slug}\n" in done.stdout
        assert "a: fact" in done.stdout
    assert casemail_here("find", "no such words", "--archive", str(tmp_path), **env).exit_code == 1
    other = casemail_here("find", str(old.id), "--archive", str(tmp_path), "--tenant", "another", **env)
    assert other.exit_code == 1


def test_a_person_who_is_erased_is_gone_from_the_archive_too(
    env: dict[str, str], database: Database, world: World, tmp_path: Path
) -> None:
    old_mail(database, world, subject="Secret words of Ann")
    folder = {**env, "ARCHIVE_FOLDER": str(tmp_path)}
    casemail_here("archive", "write", "--days", "365", **folder)

    def lines() -> list[str]:
        return [line for name in files.names(tmp_path) for line in files.read(tmp_path / name)]

    others = [line for line in lines() if "ann@x.example" not in line]
    assert len(others) < len(lines())
    done = casemail_here("erase", "--tenant", world.slug, "--email", "ANN@x.example", "--yes", **folder)
    assert (done.exit_code, "of the archive are gone" in done.stdout) == (0, True)
    assert lines() == others
    assert casemail_here("archive", "verify", **folder).stdout.count("has changed") == 0
