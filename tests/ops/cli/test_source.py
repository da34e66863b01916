"""`casemail source` adds, tests, pauses and removes sources of mail."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from typer.testing import Result

from ops.embedded import Postgres
from storage.secret_box import SecretBox, new_key
from tests.builders.command import casemail_here
from tests.builders.rows import run
from tests.builders.world import World
from tests.servers.dovecot import PASSWORD, Dovecot


@pytest.fixture
def env(migrated: Postgres, tmp_path: Path, ca_file: Path) -> dict[str, str]:
    """Returns settings for a command, by their names without prefix."""
    return {
        "KAFKA_SERVERS": "127.0.0.1:1",
        "DATABASE_URL": migrated.url,
        "BLOB_URL": str(tmp_path / "blobs"),
        "ADDRESS_KEYS": "a:MEQHGZLDOJSXIIDPMYQHI53FNZ2HSIDC",
        "SESSION_SECRET": "s" * 32,
        "SECRET_KEYS": new_key(),
        "SOURCE_CA_FILE": str(ca_file),
        "SOURCE_PRIVATE": "true",
    }


def source(env: dict[str, str], *arguments: str, typed: str = "") -> Result:
    """Runs `casemail source` in this process; returns its result."""
    return casemail_here("source", *arguments, typed=typed, **env)


def row(world: World, name: str) -> Any:
    (found,) = run(world, "select * from sources where name = :name", name=name)
    return found


def test_a_mailbox_is_added_listed_tested_paused_and_resumed(
    env: dict[str, str], world: World, dovecot: Dovecot
) -> None:
    name, port = uuid4().hex, str(dovecot.ports["imaps"])
    added = source(
        env,
        *("add", name, "--host", "localhost", "--port", port, "--user", "ann", "--tenant", world.slug),
        *("--old-mails", "2026-11-01", "--period", "60"),
        typed=f"{PASSWORD}\n",
    )
    assert added.exit_code == 0, added.stderr
    made = row(world, name)
    assert (made.tenant_id, made.old_mails, made.period_seconds) == (world.tenant_id, "since", 60)
    assert made.since.date().isoformat() == "2026-11-01"
    assert f"{world.slug}/{name}  imap  not fetched yet: its connection was not tested" in source(env, "list").stdout
    tested = source(env, "test", name, "--tenant", world.slug)
    assert tested.exit_code == 0, tested.stdout
    assert "ok     log-in: ann is logged in (password)" in tested.stdout
    assert "It is fetched from now on." in tested.stdout
    assert row(world, name).paused_for == ""
    assert "It is fetched from now on." not in source(env, "test", name, "--tenant", world.slug).stdout
    assert PASSWORD not in added.stdout + tested.stdout
    assert source(env, "pause", name, "--tenant", world.slug).exit_code == 0
    assert not row(world, name).active
    assert source(env, "pause", name, "--tenant", world.slug).exit_code == 1
    assert source(env, "resume", name, "--tenant", world.slug).exit_code == 0
    assert source(env, "fetch", name, "--tenant", world.slug).exit_code == 0
    acts = run(world, "select act, actor_id from audit where subject_id = :id order by at", id=made.id)
    assert [act.act for act in acts] == ["source.added", "source.paused", "source.resumed", "source.fetched"]
    assert {act.actor_id for act in acts} == {None}


def test_a_source_is_deleted_with_its_secret_after_a_confirmation(
    env: dict[str, str], world: World, dovecot: Dovecot
) -> None:
    name, port = uuid4().hex, str(dovecot.ports["imaps"])
    arguments = ("--host", "localhost", "--port", port, "--user", "ann", "--tenant", world.slug)
    source(env, "add", name, *arguments, typed=f"{PASSWORD}\n")
    made = row(world, name)
    assert source(env, "remove", name, "--tenant", world.slug, typed="n\n").exit_code == 1
    assert row(world, name).secret
    assert source(env, "remove", name).exit_code == 2
    done = source(env, "remove", name, "--tenant", world.slug, "--yes")
    assert (done.exit_code, done.stdout) == (0, "deleted\n")
    assert run(world, "select 1 from sources where id = :id", id=made.id) == []
    acts = run(world, "select act from audit where subject_id = :id order by at", id=made.id)
    assert [act for (act,) in acts] == ["source.added", "source.removed"]


def test_a_source_of_the_operator_takes_mail_for_all_tenants(env: dict[str, str], world: World, tmp_path: Path) -> None:
    name = uuid4().hex
    refused = source(env, "add", name, "--kind", "maildir", "--folder", str(tmp_path))
    assert refused.exit_code == 2
    assert "is no Maildir" in refused.stderr
    (tmp_path / "new").mkdir()
    maildir = ("add", name, "--kind", "maildir", "--folder", str(tmp_path), "--authserv-id")
    assert source(env, *maildir, "mx x").exit_code == 2
    assert source(env, *maildir, "mx.example", "--authserv-fields", "2").exit_code == 0
    assert row(world, name).tenant_id is None
    assert row(world, name).options == {"authserv_id": "mx.example", "authserv_fields": 2}
    assert "0 mails wait" in source(env, "test", name).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--kind", "imap", "--user", "ann"), "host"),
        (("--host", "x", "--user", "ann", "--security", "maybe"), "security"),
        (("--host", "x", "--user", "ann", "--tenant", "no such"), "there is no tenant 'no such'"),
        (("--host", "x", "--user", "ann", "--old-mails", "some"), "old mails are"),
        (("--host", "x", "--user", "ann", "--kind", "ftp"), "imap, pop3 or maildir"),
        (("--host", "x", "--user", "ann", "--login", "google"), "client ID"),
    ],
)
def test_wrong_options_are_refused_in_a_line(env: dict[str, str], arguments: tuple[str, ...], said: str) -> None:
    done = source(env, "add", "some name", *arguments, typed="secret words\n")
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert "secret words" not in done.stderr


@pytest.mark.parametrize("name", ["a\0b", "a\nb", "a\udc80b", "", "n" * 201])
def test_a_wrong_name_is_refused_in_a_line(env: dict[str, str], tmp_path: Path, name: str) -> None:
    (tmp_path / "new").mkdir()
    mailbox = source(env, "add", name, "--host", "localhost", "--user", "ann", typed="p\n")
    folder = source(env, "add", name, "--kind", "maildir", "--folder", str(tmp_path))
    for shown in (mailbox, folder):
        assert shown.exit_code == 2
        assert "Give the source a name" in shown.stderr


def test_without_a_key_no_secret_is_stored(env: dict[str, str]) -> None:
    done = source({**env, "SECRET_KEYS": ""}, "add", "x", "--host", "x", "--user", "ann", typed="secret words\n")
    assert done.exit_code == 2
    assert "casemail key --secret" in done.stderr


def test_an_unknown_name_is_refused(env: dict[str, str]) -> None:
    for command in ("test", "pause", "fetch"):
        done = source(env, command, "no such source")
        assert done.exit_code == 2
        assert "there is no source" in done.stderr


def test_secrets_are_sealed_again_with_the_first_key(env: dict[str, str], world: World) -> None:
    name = uuid4().hex
    added = source(env, "add", name, "--host", "x", "--user", "ann", typed="secret words\n")
    assert added.exit_code == 0, added.stderr
    before = row(world, name)
    run(world, "update sources set secret = null where id <> :id", id=before.id)
    newer = new_key()
    done = source({**env, "SECRET_KEYS": f"{newer},{env['SECRET_KEYS']}"}, "reseal")
    assert (done.exit_code, done.stdout) == (0, "sealed 1 secrets with the first key\n")
    after = row(world, name)
    assert "secret words" in SecretBox([newer]).open(after.id, bytes(after.secret))
    lost = source({**env, "SECRET_KEYS": new_key()}, "reseal")
    assert lost.exit_code == 1
    assert name in lost.stderr
    assert bytes(row(world, name).secret) == bytes(after.secret)
    assert isinstance(after.id, UUID)
