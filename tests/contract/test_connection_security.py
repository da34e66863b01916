"""TLS and passwords with a real Kafka, and the errors when they are wrong."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import dramatiq
import pytest
from kafka.admin import UserScramCredentialDeletion, UserScramCredentialUpsertion

from tests.contract.rig import FAST, Rig, eventually, stats_of
from tests.servers.secure_kafka import PASSWORD, USER, SecureKafka
from workers.broker import KafkaBroker, KafkaRefused, NotAcknowledged, Security, check, ensure, lag, queue_specs
from workers.broker.clients import factory
from workers.broker.options import Mechanism


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the client give up sooner, for tests without a connection."""
    monkeypatch.setitem(factory.COMMON, "bootstrap_timeout_ms", 1_500)


def carries(servers: str, security: Security, closing: ExitStack) -> None:
    """Sends a message to its actor, waits until it is settled, and reads and empties its topics."""
    broker = KafkaBroker(servers, topic_prefix=f"{uuid.uuid4().hex[:8]}.", options=replace(FAST, security=security))
    closing.callback(broker.close)
    done: list[str] = []

    @dramatiq.actor(broker=broker, queue_name="work")
    def work(text: str) -> None:
        done.append(text)

    specs = queue_specs("work", partitions=1, prefix=broker.topic_prefix)
    assert ensure(servers, specs, security=security)
    assert check(servers, specs, security=security) == []
    work.send("hello")
    worker = dramatiq.Worker(broker, worker_threads=1, worker_timeout=50)
    worker.start()
    closing.callback(worker.stop, timeout=20_000)
    eventually(lambda: done == ["hello"])
    broker.join("work", timeout=60_000)
    topic = broker.topics("work").main
    assert lag(servers, broker.group("work"), [topic], security=security) == {topic: 0}
    broker.flush("work")


def refusal(servers: str, security: Security) -> str:
    """Returns the error text for Kafka at `servers`; checks that it is one line without the password and that no thread
    is left."""
    threads = threading.active_count()
    with pytest.raises(KafkaRefused) as caught:
        check(servers, [], security=security)
    assert threading.active_count() <= threads
    message = str(caught.value)
    assert "\n" not in message
    assert PASSWORD not in message
    assert servers in message
    return message


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"])
def test_a_message_makes_its_way_with_tls_and_a_password(
    mechanism: Mechanism, secure_kafka: SecureKafka, closing: ExitStack
) -> None:
    carries(secure_kafka.addresses["SASL_SSL"], secure_kafka.security(mechanism), closing)


def test_a_message_makes_its_way_with_a_certificate_of_ours(secure_kafka: SecureKafka, closing: ExitStack) -> None:
    security = Security("SSL", secure_kafka.ca_file, cert_file=secure_kafka.client_pem)
    carries(secure_kafka.addresses["SSL"], security, closing)


def test_a_message_makes_its_way_with_a_password_and_no_tls(secure_kafka: SecureKafka, closing: ExitStack) -> None:
    security = Security("SASL_PLAINTEXT", mechanism="SCRAM-SHA-256", username=USER, password=PASSWORD)
    carries(secure_kafka.addresses["SASL_PLAINTEXT"], security, closing)


@pytest.mark.usefixtures("impatient", "refused_connections")
class TestNoConnection:
    @pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"])
    def test_a_wrong_password_is_reported(self, mechanism: Mechanism, secure_kafka: SecureKafka) -> None:
        security = secure_kafka.security(mechanism, password="wrong-guess")
        message = refusal(secure_kafka.addresses["SASL_SSL"], security)
        assert f"refuses user {USER} by SASL_SSL with {mechanism}: check the user name, the password" in message
        assert "wrong-guess" not in message + repr(security)

    def test_an_untrusted_certificate_is_reported(self, secure_kafka: SecureKafka) -> None:
        security = secure_kafka.security(ca_file=secure_kafka.foreign_ca_file)
        assert "not trusted" in refusal(secure_kafka.addresses["SASL_SSL"], security)

    def test_a_certificate_for_another_name_is_reported(self, secure_kafka: SecureKafka) -> None:
        servers = secure_kafka.addresses["SASL_SSL"].replace("127.0.0.1", "localhost")
        assert "not valid for 'localhost'" in refusal(servers, secure_kafka.security())

    def test_an_invalid_ca_file_is_reported(self, secure_kafka: SecureKafka, tmp_path: Path) -> None:
        nonsense = tmp_path / "nonsense.pem"
        nonsense.write_text("no certificate")
        message = refusal(secure_kafka.addresses["SASL_SSL"], secure_kafka.security(ca_file=nonsense))
        assert "can't be read as PEM" in message

    def test_a_client_without_tls_is_reported(self, secure_kafka: SecureKafka) -> None:
        assert "does not answer to PLAINTEXT" in refusal(secure_kafka.addresses["SASL_SSL"], Security())

    def test_a_client_with_tls_for_a_kafka_without_is_reported(self, secure_kafka: SecureKafka) -> None:
        assert "there is no TLS with it" in refusal(secure_kafka.servers, Security("SSL", secure_kafka.ca_file))

    def test_a_client_without_the_certificate_that_kafka_wants_is_reported(self, secure_kafka: SecureKafka) -> None:
        message = refusal(secure_kafka.addresses["SSL"], Security("SSL", secure_kafka.ca_file))
        assert "whether it asks for a client certificate" in message

    def test_a_mechanism_that_kafka_does_not_have_is_reported(self, secure_kafka: SecureKafka) -> None:
        security = Security("SASL_PLAINTEXT", mechanism="PLAIN", username=USER, password=PASSWORD)
        message = refusal(secure_kafka.addresses["SASL_PLAINTEXT"], security)
        assert "by SASL_PLAINTEXT with PLAIN: check the user name, the password, the SASL mechanism" in message

    def test_a_password_that_is_not_valid_any_more_is_reported_once_and_work_goes_on_when_it_is(
        self, secure_kafka: SecureKafka, closing: ExitStack, caplog: pytest.LogCaptureFixture
    ) -> None:
        rig = Rig(secure_kafka.servers)
        closing.callback(rig.close)
        broker = rig.broker("work")
        security = Security("SASL_PLAINTEXT", mechanism="SCRAM-SHA-256", username="rotated", password=PASSWORD)
        locked_out = KafkaBroker(
            secure_kafka.addresses["SASL_PLAINTEXT"], topic_prefix=rig.prefix, options=replace(FAST, security=security)
        )
        closing.callback(locked_out.close)
        done: list[str] = []
        for side in (broker, locked_out):
            work = dramatiq.actor(broker=side, queue_name="work")(done.append)
        with pytest.raises(NotAcknowledged, match="refuses user rotated"):
            work.send("never")
        broker.enqueue(work.message("hello"))
        with rig.working(locked_out):
            eventually(lambda: stats_of(locked_out, "work").rebuilt == 2)
            assert not stats_of(locked_out, "work").reading
            [line] = [record.getMessage() for record in caplog.records if "can't be made" in record.getMessage()]
            assert "refuses user rotated by SASL_PLAINTEXT with SCRAM-SHA-256: check the user name" in line
            rig.admin.alter_user_scram_credentials([UserScramCredentialUpsertion("rotated", "SCRAM-SHA-256", PASSWORD)])
            eventually(lambda: done == ["hello"])
            eventually(lambda: stats_of(locked_out, "work").reading)

    def test_a_password_revoked_at_run_time_is_reported_and_work_goes_on_when_it_is_right_again(
        self, secure_kafka: SecureKafka, closing: ExitStack, caplog: pytest.LogCaptureFixture
    ) -> None:
        rig = Rig(secure_kafka.servers)
        closing.callback(rig.close)
        plain = rig.broker("work", "next")
        user: dict[str, Any] = {"user": "revoked", "mechanism": "SCRAM-SHA-256"}
        rig.admin.alter_user_scram_credentials([UserScramCredentialUpsertion(**user, password=PASSWORD)])
        security = Security("SASL_PLAINTEXT", mechanism="SCRAM-SHA-256", username="revoked", password=PASSWORD)
        options = replace(
            FAST, security=security, session_timeout_ms=3_000, request_timeout_ms=1_000, delivery_timeout_ms=2_000
        )
        broker = KafkaBroker(secure_kafka.addresses["SASL_PLAINTEXT"], topic_prefix=rig.prefix, options=options)
        closing.callback(broker.close)
        done: list[int] = []
        after = dramatiq.actor(broker=broker, queue_name="next", actor_name="after")(done.append)
        work = dramatiq.actor(broker=broker, queue_name="work", actor_name="work")(after.send)
        plain.enqueue(work.message(1))
        with rig.working(broker):
            eventually(lambda: done == [1] and stats_of(broker, "work").reading)
            rig.admin.alter_user_scram_credentials([UserScramCredentialDeletion(**user)])
            secure_kafka.kill()  # open connections would survive the deletion of the password
            secure_kafka.start()
            plain.enqueue(work.message(2))
            eventually(lambda: "refuses user revoked" in caplog.text and stats_of(broker, "work").rebuilt)
            assert not stats_of(broker, "work").reading
            with pytest.raises(NotAcknowledged):
                after.send(0)
            assert done == [1]
            rig.admin.alter_user_scram_credentials([UserScramCredentialUpsertion(**user, password=PASSWORD)])
            eventually(lambda: 2 in done and rig.all_committed("work"))


def test_a_password_that_is_missing_is_reported_before_anything_is_sent() -> None:
    with pytest.raises(ValueError, match="SASL_SSL needs a mechanism, a user name and a password"):
        Security("SASL_SSL", mechanism="PLAIN", username=USER)
