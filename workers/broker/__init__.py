"""Dramatiq on Apache Kafka: a broker that loses no message when a worker, a node or Kafka dies.

From outside: what is named here. `topics` makes and checks topics, `KafkaBroker` is given to `dramatiq.set_broker`.
The rest is private to this room, and this room knows nothing of mail.
"""

from workers.broker.broker import KafkaBroker
from workers.broker.errors import (
    KafkaRefused,
    KafkaUnreachable,
    MessageTooLargeError,
    NotAcknowledged,
    PoisonError,
    TopicError,
)
from workers.broker.metrics import QueueStats
from workers.broker.middleware import default_middleware
from workers.broker.options import ClientOptions, Security
from workers.broker.retries import Retries
from workers.broker.time_limit import TimeLimit
from workers.broker.topics import QueueTopics, TopicSpec, check, ensure, lag, lags, queue_specs

__all__ = [
    "ClientOptions",
    "KafkaBroker",
    "KafkaRefused",
    "KafkaUnreachable",
    "MessageTooLargeError",
    "NotAcknowledged",
    "PoisonError",
    "QueueStats",
    "QueueTopics",
    "Retries",
    "Security",
    "TimeLimit",
    "TopicError",
    "TopicSpec",
    "check",
    "default_middleware",
    "ensure",
    "lag",
    "lags",
    "queue_specs",
]
