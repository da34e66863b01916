"""The three clients of kafka-python, configured the way that is safe under Dramatiq.

No client is made at import time or before a fork: a client's threads do not survive one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zlib import crc32

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import KafkaError
from kafka.partitioner import Partitioner

from workers.broker.clients.diagnosis import explain
from workers.broker.errors import KafkaRefused
from workers.broker.options import PLAINTEXT, ClientOptions, Security

BOOTSTRAP_MS = 10_000
ADMIN_MS = 15_000  # for an answer; the client's own 30 s are more than a silent node is worth
OLDEST = (2, 4)  # rebalances step by step are of that version
FETCH_WAIT_MS = 1_000
HEADROOM_BYTES = 65_536  # a dead letter is the message as it came, and headers

COMMON = {
    "bootstrap_timeout_ms": BOOTSTRAP_MS,
    "metadata_max_age_ms": 60_000,  # until partitions that were added are read, and written to
    "reconnect_backoff_max_ms": 1_000,  # metadata refresh waits for it too, and by default up to 30 s
}


class _ByKey(Partitioner):  # type: ignore[misc]
    """One key, one partition. Not by the murmur2 of Java clients: in Python it costs a fifth of the CPU of a hop."""

    def partition(
        self, topic: str, key: Any, serialized_key: bytes | None, value: Any, payload: Any, cluster: Any
    ) -> int:
        del key, value, payload
        return crc32(serialized_key or b"") % len(cluster.partitions_for_topic(topic))


def make_consumer(servers: str, group: str, options: ClientOptions) -> Any:
    """A consumer of `group`, subscribed to nothing yet. Raises as `make_admin` does."""
    return _made(
        KafkaConsumer,
        servers,
        options.security,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        allow_auto_create_topics=False,
        partition_assignment_strategy=[CooperativeStickyAssignor],
        session_timeout_ms=options.session_timeout_ms,
        fetch_max_wait_ms=FETCH_WAIT_MS,  # records end the wait at once; each that ends without costs Kafka and us
        request_timeout_ms=max(options.request_timeout_ms, 3 * FETCH_WAIT_MS),  # else a lost answer is awaited for 30 s
        heartbeat_interval_ms=options.session_timeout_ms // 10,  # members learn of a rebalance by it
        max_poll_interval_ms=3 * options.session_timeout_ms,  # rebalances wait as long for one whose poll thread hangs
        max_partition_fetch_bytes=options.max_partition_fetch_bytes,
        max_poll_records=2**31 - 1,  # a batch left half-read in the client may never be read to its end
        metrics_enabled=False,
    )


def make_producer(servers: str, options: ClientOptions) -> Any:
    """A producer that waits for all in-sync replicas. Raises as `make_admin` does.

    Not the idempotent one: with kafka-python 3.0 that fails everything after one record that is refused, and sends
    nothing more, without an error, after one record that was tried again and then timed out.
    """
    return _made(
        KafkaProducer,
        servers,
        options.security,
        enable_idempotence=False,
        max_in_flight_requests_per_connection=1,  # records stay in order when some are tried again: delays need it
        acks="all",
        allow_auto_create_topics=False,
        linger_ms=options.linger_ms,
        batch_size=options.batch_bytes,
        compression_type=options.compression,
        max_request_size=options.max_message_bytes + HEADROOM_BYTES,
        request_timeout_ms=options.request_timeout_ms,
        delivery_timeout_ms=options.delivery_timeout_ms,
        max_block_ms=options.metadata_timeout_ms,
        partitioner=_ByKey(),
        metrics_enabled=False,
    )


def make_admin(servers: str, security: Security = PLAINTEXT) -> Any:
    """A client that makes and describes topics. Raises KafkaUnreachable, or KafkaRefused, its subclass."""
    return _made(KafkaAdminClient, servers, security, request_timeout_ms=ADMIN_MS)


@contextmanager
def admin(servers: str, security: Security = PLAINTEXT) -> Iterator[Any]:
    """An admin client for a while. Raises KafkaUnreachable."""
    client = make_admin(servers, security)
    try:
        yield client
    finally:
        client.close()


def _made(kind: Any, servers: str, security: Security, **config: Any) -> Any:
    """A client; a constructor that fails leaves no thread that tries to connect for ever."""
    connections: list[Any] = []

    def connect(**arguments: Any) -> Any:
        connections.append(kind.DEFAULT_CONFIG["kafka_client"](**arguments))
        return connections[0]

    config |= {"bootstrap_servers": servers.split(","), "kafka_client": connect}
    try:
        client = kind(**config, **security.client_arguments(), **COMMON)
    except KafkaError as error:
        connections[0].close()  # the client's own close() needs what the constructor did not get to
        raise explain(servers, security) from error
    version = connections[0].get_broker_version()
    if version < OLDEST:
        client.close()
        found, needed = (".".join(map(str, one)) for one in (version, OLDEST))
        raise KafkaRefused(f"Kafka at {servers} is of version {found}: version {needed} or later is needed")
    return client
