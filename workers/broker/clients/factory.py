"""Creates the three clients of kafka-python, with the configuration that is safe under Dramatiq.

No client is created at import time or before a fork: a client's threads do not survive a fork.
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
ADMIN_MS = 15_000  # for an answer; the client's default of 30 s is too long to wait for a silent node
OLDEST = (2, 4)  # the first version with incremental rebalances
FETCH_WAIT_MS = 1_000
HEADROOM_BYTES = 65_536  # for the headers that a dead letter has besides the message

COMMON = {
    "bootstrap_timeout_ms": BOOTSTRAP_MS,
    "metadata_max_age_ms": 60_000,  # until added partitions are read and written
    "reconnect_backoff_max_ms": 1_000,  # the metadata refresh waits for it too; the default is up to 30 s
}


class _ByKey(Partitioner):  # type: ignore[misc]
    """Maps each key to a partition by CRC-32: murmur2, as in Java's clients, takes a fifth of a hop's CPU in Python."""

    def partition(
        self, topic: str, key: Any, serialized_key: bytes | None, value: Any, payload: Any, cluster: Any
    ) -> int:
        del key, value, payload
        return crc32(serialized_key or b"") % len(cluster.partitions_for_topic(topic))


def make_consumer(servers: str, group: str, options: ClientOptions) -> Any:
    """Creates a consumer of `group`, without a subscription. Raises as `make_admin` does."""
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
        fetch_max_wait_ms=FETCH_WAIT_MS,  # records end the wait at once; an empty fetch costs both sides time
        request_timeout_ms=max(options.request_timeout_ms, 3 * FETCH_WAIT_MS),  # else it waits 30 s for a lost answer
        heartbeat_interval_ms=options.session_timeout_ms // 10,  # members learn about a rebalance from it
        max_poll_interval_ms=3
        * options.session_timeout_ms,  # a rebalance waits this long for a member whose poll thread hangs
        max_partition_fetch_bytes=options.max_partition_fetch_bytes,
        max_poll_records=2**31 - 1,  # the rest of a half-read batch may never be read
        metrics_enabled=False,
    )


def make_producer(servers: str, options: ClientOptions) -> Any:
    """Creates a producer that waits for all in-sync replicas. Raises as `make_admin` does.

    It is not idempotent: in kafka-python 3.0, an idempotent producer fails everything after a single refused record,
    and silently sends nothing more after a record that was retried and then timed out.
    """
    return _made(
        KafkaProducer,
        servers,
        options.security,
        enable_idempotence=False,
        max_in_flight_requests_per_connection=1,  # keeps records in order when some are retried: delays need it
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
    """Creates a client that creates and describes topics. Raises KafkaUnreachable, or its subclass KafkaRefused."""
    return _made(KafkaAdminClient, servers, security, request_timeout_ms=ADMIN_MS)


@contextmanager
def admin(servers: str, security: Security = PLAINTEXT) -> Iterator[Any]:
    """Opens an admin client for a `with` block. Raises KafkaUnreachable."""
    client = make_admin(servers, security)
    try:
        yield client
    finally:
        client.close()


def _made(kind: Any, servers: str, security: Security, **config: Any) -> Any:
    """Creates a client. If its constructor fails, no thread is left that tries to connect for ever."""
    connections: list[Any] = []

    def connect(**arguments: Any) -> Any:
        connections.append(kind.DEFAULT_CONFIG["kafka_client"](**arguments))
        return connections[0]

    config |= {"bootstrap_servers": servers.split(","), "kafka_client": connect}
    try:
        client = kind(**config, **security.client_arguments(), **COMMON)
    except KafkaError as error:
        connections[0].close()  # the client's own close() needs attributes that the constructor did not set
        raise explain(servers, security) from error
    version = connections[0].get_broker_version()
    if version < OLDEST:
        client.close()
        found, needed = (".".join(map(str, each)) for each in (version, OLDEST))
        raise KafkaRefused(f"Kafka at {servers} has version {found}: version {needed} or later is needed")
    return client
