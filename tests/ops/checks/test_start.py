"""A process that does not fit its cluster does not begin, and says why: each fault in a sentence, all at once."""

import socket
from base64 import b32encode
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import make_url

from ops.checks import start
from ops.checks.start import Listener, StartError
from ops.embedded import Kafka
from ops.embedded.process import free_port
from schemas.settings import Settings
from storage import identity
from storage.blobs.store import Blobs, of_batch
from storage.migrations import state
from storage.migrations.state import SchemaState
from storage.resources import open_resources
from tests.builders.command import casemail_here, command_settings
from tests.builders.world import KEYS, in_ledger, make_world
from tests.ops.checks.conftest import run
from tests.servers.own_database import OwnDatabase
from tests.servers.silent_proxy import Proxy

OTHER = ("b", b"another secret of 20 b")


def problems(settings: Settings, **options: Any) -> list[str]:
    """Returns what stops a process with these settings, nothing if it may begin."""
    try:
        start.check(settings, **options)
    except StartError as error:
        return list(error.problems)
    return []


def test_the_first_process_writes_the_identity_and_another_with_the_same_settings_begins(own: Settings) -> None:
    assert problems(own) == []
    assert problems(own) == []
    resources = open_resources(own)
    with resources.database.system() as connection:
        known = identity.read(connection)
    assert known is not None
    assert resources.blobs.marked_for() == known.blob_mark is not None
    assert {name: len(keys) for name, keys in known.keys.items()} == {
        "ADDRESS_KEYS": 1,
        "SECRET_KEYS": 1,
        "SESSION_SECRET": 1,
    }
    text = str(known.keys)
    assert not any(secret in text for secret in ("s" * 32, KEYS[0][1].decode(), KEYS[0][1].hex()))
    resources.database.close()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"address_keys": (OTHER,)}, "CASEMAIL_ADDRESS_KEYS lacks the key with the fingerprint"),
        ({"address_keys": (("b", KEYS[0][1]),)}, "CASEMAIL_ADDRESS_KEYS lacks the key"),
        ({"session_secret": (SecretStr("t" * 32),)}, "CASEMAIL_SESSION_SECRET lacks the key"),
        ({"secret_keys": ()}, "CASEMAIL_SECRET_KEYS lacks the key"),
        ({"topic_prefix": "other."}, "CASEMAIL_TOPIC_PREFIX is 'other.'"),
    ],
)
def test_a_process_that_lacks_what_the_cluster_uses_does_not_begin(
    changes: dict[str, Any], words: str, own: Settings
) -> None:
    assert problems(own) == []
    (problem,) = problems(own.replace(**changes))
    assert words in problem
    assert "casemail cluster accept" in problem


def test_a_new_key_beside_the_old_one_is_fine_and_the_old_one_is_retired_on_purpose(own: Settings) -> None:
    assert problems(own) == []
    rotated = own.replace(address_keys=(OTHER, *KEYS))
    assert problems(rotated) == []
    retired = own.replace(address_keys=(OTHER,))
    assert problems(retired) != []
    resources = open_resources(rotated)
    with resources.database.system() as connection:
        identity.accept(connection, rotated, resources.blobs)
    assert problems(rotated) == []
    assert len(problems(own)) == 1, "the new key is needed now"
    with resources.database.system() as connection:
        identity.accept(connection, retired, resources.blobs)
    assert problems(retired) == problems(rotated) == []
    resources.database.close()


def test_an_unshared_blob_folder_and_that_of_another_cluster_are_refused_until_they_are_accepted(
    own: Settings, tmp_path: Path
) -> None:
    assert problems(own) == []
    unshared = own.replace(blob_url=str(tmp_path / "unshared"))
    (problem,) = problems(unshared)
    assert "CASEMAIL_BLOB_URL names a blob store that has no mark of this cluster" in problem
    Blobs(unshared.blobs.url).mark(uuid4())
    (problem,) = problems(unshared)
    assert "belongs to another cluster" in problem
    done = casemail_here("cluster", "show", **command_settings(unshared) | _keys(unshared))
    assert done.exit_code == 1
    assert "belongs to another cluster" in done.output
    done = casemail_here("cluster", "accept", "--yes", **command_settings(unshared) | _keys(unshared))
    assert done.exit_code == 0, done.output
    assert problems(unshared) == []
    assert len(problems(own)) == 1


def _keys(settings: Settings) -> dict[str, str]:
    return {
        "ADDRESS_KEYS": ",".join(f"{name}:{b32encode(key).decode()}" for name, key in settings.secrets.address_keys)
    }


def test_a_store_without_the_newest_mail_of_the_ledger_is_not_marked(
    own: Settings, migrated_empty: OwnDatabase, tmp_path: Path
) -> None:
    world = make_world(migrated_empty.owner_url)
    kept = Blobs(own.blobs.url)
    raw = kept.put(world.tenant_id, of_batch(world.case_id), b"From: a\r\n\r\nHello\r\n")
    in_ledger(world, raw=raw)
    (problem,) = problems(own.replace(blob_url=str(tmp_path / "unshared")))
    assert "without the newest mail of the ledger" in problem
    assert problems(own) == []
    world.owner().dispose()


def test_all_faults_are_told_at_once(own: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        wrong = own.replace(
            blob_url=str(tmp_path / "file"),
            kafka_servers=f"127.0.0.1:{free_port()}",
            address_keys=(OTHER,),
        )
        assert problems(own) == []
        found = problems(
            wrong, kafka=True, listens=[Listener("LMTP", "127.0.0.1", port), Listener("CONSOLE", "192.0.2.1", 8025)]
        )
    starts = (
        f"port {port} of 127.0.0.1 is in use. Stop what listens there, or set CASEMAIL_LMTP_PORT",
        "port 8025 of 192.0.2.1 can't be opened",
        "Kafka does not answer",
        "CASEMAIL_BLOB_URL names a blob store that can't be used",
        "CASEMAIL_ADDRESS_KEYS lacks the key",
    )
    assert len(found) == len(starts), found
    assert all(problem.startswith(words) for problem, words in zip(found, starts, strict=True)), found


def test_a_database_that_was_never_migrated_is_one_sentence(empty: OwnDatabase, own: Settings) -> None:
    fresh = own.replace(database_url=empty.url)
    assert problems(fresh) == ["The database has no schema. Run `casemail migrate`."]
    done = casemail_here("lmtp", **command_settings(fresh))
    assert isinstance(done.exception, StartError)


@pytest.mark.parametrize(
    ("revision", "words"),
    [("0071", "older than this version of casemail. Run `casemail migrate`"), ("9999", "does not know, as it is")],
)
def test_a_schema_of_another_version_stops_the_process(
    revision: str, words: str, own: Settings, migrated_empty: OwnDatabase
) -> None:
    run(migrated_empty, f"update alembic_version set version_num = '{revision}'")
    (problem,) = problems(own)
    assert words in problem


def test_a_login_role_that_may_not_take_the_roles_is_told_to_migrate(
    own: Settings, migrated_empty: OwnDatabase
) -> None:
    role = f"newcomer_{uuid4().hex[:8]}"
    run(migrated_empty, f"create role {role} login password 'x'")
    url = make_url(own.database.url).set(username=role, password="x").render_as_string(hide_password=False)
    (problem,) = problems(own.replace(database_url=url))
    assert "may not take the roles casemail_app and casemail_system. Run `casemail migrate`" in problem
    (problem,) = problems(own.replace(database_url=url.replace(":x@", ":wrong@")))
    assert problem.startswith("PostgreSQL refuses the connection")
    assert "authentication failed" in problem
    run(migrated_empty, f"drop role {role}")


def test_an_older_postgresql_is_refused() -> None:
    assert state.problem(SchemaState(17)) == "PostgreSQL has version 17; casemail needs PostgreSQL 18 or later."


def test_topics_that_are_missing_or_too_small_stop_a_process_that_needs_them(own: Settings, kafka: Kafka) -> None:
    with_kafka = own.replace(kafka_servers=kafka.servers, topic_prefix=f"{uuid4().hex[:8]}.", topic_partitions=1)
    settings = command_settings(with_kafka) | _keys(with_kafka) | {"TOPIC_PREFIX": with_kafka.topics.prefix}
    (problem,) = problems(with_kafka, kafka=True)
    assert "topics are missing, run `casemail topics`" in problem
    done = casemail_here("topics", **settings, TOPIC_PARTITIONS="1")
    assert done.exit_code == 0, done.output
    assert problems(with_kafka, kafka=True) == []
    larger = with_kafka.replace(topic_partitions=2)
    (problem,) = problems(larger, kafka=True)
    assert "has partitions 1, not 2" in problem
    assert "`casemail topics` adds topics and partitions" in problem
    done = casemail_here("topics", **settings, TOPIC_PARTITIONS="2")
    assert done.exit_code == 0, done.output
    assert "has 2 partitions now" in done.output
    assert problems(larger, kafka=True) == problems(with_kafka, kafka=True) == []
    (problem,) = problems(larger.replace(topic_replication=3), kafka=True)
    assert "has replication 1, not 3" in problem


def test_a_process_waits_for_a_postgresql_that_does_not_answer_yet(own: Settings) -> None:
    url = make_url(own.database.url)
    proxy, begun = Proxy(url.port), Event()
    away = own.replace(database_url=url.set(port=proxy.port).render_as_string(hide_password=False))

    def begin() -> None:
        start.check(away)
        begun.set()

    thread = Thread(target=begin, daemon=True)
    thread.start()
    assert not begun.wait(2.5)
    with proxy:
        assert begun.wait(60)
        thread.join()
