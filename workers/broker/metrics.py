"""The broker's metrics for Prometheus, by queue; a delay queue has Dramatiq's name for it, `work.DQ`.

With several processes on a host, prometheus_client sums over the living processes: see PROMETHEUS_MULTIPROC_DIR.
"""

from typing import NamedTuple

from prometheus_client import Counter, Gauge, Histogram


class QueueStats(NamedTuple):
    """The figures of a queue in this process."""

    buffered: int = 0  # records that were read and that no worker has
    in_flight: int = 0  # messages with Dramatiq, or waiting until their sends are acknowledged
    rebuilt: int = 0  # times that the client was replaced
    redelivered: int = 0  # repeated deliveries, because sends of the earlier delivery were not acknowledged
    last_commit: float | None = None  # Unix time
    reading: bool = False  # it is a member of its group; False while it joins, or Kafka is away
    stopped: bool = False  # it holds messages back, as nearly all end as dead letters
    full: int = 0  # partitions not read any further because a message does not settle
    standstill: float = 0.0  # longest time, in seconds, since a partition settled its oldest message
    refused: float = 0.0  # seconds for which Kafka has refused all commits


def _gauge(name: str, text: str, mode: str = "livesum") -> Gauge:
    return Gauge(f"dramatiq_kafka_{name}", text, ["queue"], multiprocess_mode=mode)  # type: ignore[arg-type]


READING = _gauge("reading", "Consumers that are members of their group and read.")
BUFFERED = _gauge("buffered", "Records read and not worked on.")
IN_FLIGHT = _gauge("in_flight", "Messages worked on, or waiting until what they sent is acknowledged.")
STOPPED = _gauge("stopped", "Consumers that hold messages back because nearly all end as dead letters.")
FULL = _gauge("full_windows", "Partitions not read on because one of their messages does not settle.")
STANDSTILL = _gauge("standstill_seconds", "Longest time since a partition settled its oldest message.", "livemax")
REFUSED = _gauge("commits_refused_seconds", "Time for which Kafka has refused all commits.", "livemax")
HEARTBEAT = _gauge("heartbeat_timestamp_seconds", "Unix time at which the consumer last asked for messages.", "livemin")
REBUILT = Counter("dramatiq_kafka_rebuilt_total", "Clients made again after a stall or an error.", ["queue"])
REDELIVERED = Counter(
    "dramatiq_kafka_redelivered_total", "Deliveries after one that failed for what it sent.", ["queue"]
)
PRODUCERS_REBUILT = Counter("dramatiq_kafka_producers_rebuilt_total", "Producers that took the place of a stalled one.")
DEAD_LETTERS = Counter("dramatiq_kafka_dead_letters_total", "Messages that failed for good.", ["queue", "error"])
RETRIES = Counter("dramatiq_kafka_retries_total", "Messages whose actor failed, and that are tried again.", ["queue"])
WAIT = Histogram(
    "dramatiq_kafka_wait_seconds",
    "Time from the sending of a message until a consumer handed it out.",
    ["queue"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800, 3600),
)
#: The classes of errors that have a series of their own; all others count as `other`.
ERRORS = ("PoisonError", "DecodeError", "ActorNotFound", "MessageTooLargeError", "TimeLimitExceeded", "Undecided")
OTHER = "other"

_GAUGES = (
    (READING, "reading"),
    (BUFFERED, "buffered"),
    (IN_FLIGHT, "in_flight"),
    (STOPPED, "stopped"),
    (FULL, "full"),
    (STANDSTILL, "standstill"),
    (REFUSED, "refused"),
)
_COUNTERS = ((REBUILT, "rebuilt"), (REDELIVERED, "redelivered"))


def show(queue: str, now: QueueStats, before: QueueStats) -> None:
    """Updates the metrics of `queue`; `before` has the figures of the last call."""
    for gauge, field in _GAUGES:
        gauge.labels(queue).set(getattr(now, field))
    for counter, field in _COUNTERS:
        counter.labels(queue).inc(getattr(now, field) - getattr(before, field))
    HEARTBEAT.labels(queue).set_to_current_time()


def declare(queue: str) -> None:
    """Creates the series of a queue, at 0: a series that is born with its first event shows no increase."""
    for counter in (REBUILT, REDELIVERED, RETRIES):
        counter.labels(queue)
    WAIT.labels(queue)
    for error in (*ERRORS, OTHER):
        DEAD_LETTERS.labels(queue, error)


def count_dead_letter(queue: str, error: BaseException) -> None:
    """Counts a message that failed for good."""
    name = type(error).__name__
    DEAD_LETTERS.labels(queue, name if name in ERRORS else OTHER).inc()
