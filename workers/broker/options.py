"""The knobs of the Kafka clients, with defaults measured on Kafka 4.3 and kafka-python 3.0."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How this process talks to Kafka. Times in ms."""

    # consuming
    prefetch: int = 256  # messages of one queue with Dramatiq at once; in place of its own twice the threads
    session_timeout_ms: int = 10_000  # a dead process's partitions are taken over after this and about a second
    max_partition_fetch_bytes: int = 65_536  # at most this much of a partition per fetch, or one batch if it is larger
    commit_interval_ms: int = 1_000
    window: int = 10_000  # offsets of one partition kept behind a message that does not settle, then it pauses
    redeliver_after_ms: int = 1_000  # from a failed send to the next delivery of what was worked on; then doubled
    stall_after_ms: int = 15_000  # a partition with records and without progress for up to twice this: made again
    # producing
    linger_ms: int = 2
    batch_bytes: int = 65_536
    compression: str | None = None  # gzip, or lz4, snappy or zstd if its package is installed
    max_message_bytes: int = 1_000_000  # of an encoded message; Kafka's own limit for a batch is 1,048,588
    request_timeout_ms: int = 10_000
    delivery_timeout_ms: int = 20_000  # from a send to giving up; above request_timeout_ms + linger_ms
    metadata_timeout_ms: int = 10_000  # how long a send waits to learn of its topic
