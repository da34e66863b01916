"""The `casemail` command reports errors that the caller can fix in plain lines, and exits with 2."""

from pathlib import Path

import pytest

from ops.embedded import Kafka, Postgres
from ops.embedded.process import free_port
from schemas.settings import load
from tests.builders.command import casemail
from tests.servers.secure_kafka import PASSWORD, USER, SecureKafka

REQUIRED = ("KAFKA_SERVERS", "DATABASE_URL", "BLOB_URL", "ADDRESS_KEYS", "SESSION_SECRET")


@pytest.fixture
def good(tmp_path: Path) -> dict[str, str]:
    """Returns valid settings for servers that do not answer."""
    return {
        "KAFKA_SERVERS": f"127.0.0.1:{free_port()}",
        "DATABASE_URL": f"postgresql://nobody@127.0.0.1:{free_port()}/none",
        "BLOB_URL": str(tmp_path),
        "ADDRESS_KEYS": "a:mfrggzdfmztwq2lknnwg23tpoa",
        "SESSION_SECRET": "s" * 32,
    }


@pytest.mark.parametrize("command", ["migrate", "topics", "worker", "courier", "dispatch", "lmtp", "console"])
def test_every_missing_setting_is_named_at_once(command: str) -> None:
    done = casemail(command)
    assert done.returncode == 2
    assert all(f"CASEMAIL_{name} is missing" in done.stderr for name in REQUIRED)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("command", "words"), [("topics", "Kafka"), ("worker", "Kafka"), ("migrate", "database")])
def test_a_server_that_does_not_answer_is_reported_in_a_line(command: str, words: str, good: dict[str, str]) -> None:
    done = casemail(command, **good)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_benchmark_whose_servers_do_not_answer_ends_and_says_so(good: dict[str, str]) -> None:
    done = casemail("bench", **good)
    assert done.returncode == 2, done.stderr
    assert "the database says" in done.stderr


def test_a_worker_without_topics_says_how_to_make_them(kafka: Kafka, postgres: Postgres, good: dict[str, str]) -> None:
    settings = good | {"KAFKA_SERVERS": kafka.servers, "DATABASE_URL": postgres.url, "TOPIC_PREFIX": "none."}
    done = casemail("worker", **settings)
    assert done.returncode == 2
    assert "casemail topics" in done.stderr
    assert "none.inbound.parse" in done.stderr


@pytest.mark.parametrize("command", ["topics", "worker"])
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"PASSWORD": "wrong-password"}, "check the user name, the password"),
        ({"CA_FILE": "foreign_ca_file"}, "check the CA file"),
    ],
    ids=["password", "CA"],
)
def test_a_kafka_that_refuses_the_log_in_is_reported_in_one_line(
    command: str, wrong: dict[str, str], words: str, good: dict[str, str], secure_kafka: SecureKafka
) -> None:
    wire = {"CA_FILE": "ca_file", "PASSWORD": PASSWORD} | wrong
    wire["CA_FILE"] = str(getattr(secure_kafka, wire["CA_FILE"]))
    wire |= {"SERVERS": secure_kafka.addresses["SASL_SSL"], "SECURITY_PROTOCOL": "SASL_SSL", "USERNAME": USER}
    done = casemail(command, **good | {f"KAFKA_{name}": value for name, value in wire.items()})
    assert done.returncode == 2, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if "Kafka" in line]
    assert words in line, done.stderr
    assert wire["PASSWORD"] not in done.stderr


def test_the_settings_take_a_new_key(monkeypatch: pytest.MonkeyPatch, good: dict[str, str]) -> None:
    for name, value in (good | {"ADDRESS_KEYS": casemail("key").stdout.strip()}).items():
        monkeypatch.setenv(f"CASEMAIL_{name}", value)
    ((key_id, secret),) = load().secrets.address_keys
    assert key_id == "a"
    assert len(secret) == 20
