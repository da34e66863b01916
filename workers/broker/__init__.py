"""Dramatiq on Apache Kafka: a broker that loses no message when a worker, a node or Kafka dies.

    ensure("127.0.0.1:9092", queue_specs("work", partitions=4))  # create the topics of the queue
    dramatiq.set_broker(KafkaBroker("127.0.0.1:9092"))

Code outside this package uses only the names in `__all__`. The broker knows nothing about mail. The module `broker`
lists its guarantees. Inside: `reading` (records from Kafka to workers), `poison` (messages that kill workers),
`clients` (kafka-python).
"""

from workers.broker.broker import KafkaBroker
from workers.broker.errors import (
    KafkaRefused,
    KafkaUnreachable,
    MessageTooLargeError,
    NotAcknowledged,
    NotYetError,
    PoisonError,
    TopicError,
)
from workers.broker.members import groups_with_members
from workers.broker.metrics import QueueStats
from workers.broker.middleware import default_middleware
from workers.broker.options import ClientOptions, Security
from workers.broker.partitions import grow
from workers.broker.retries import Retries
from workers.broker.time_limit import TimeLimit
from workers.broker.topics import Group, QueueTopics, TopicSpec, check, ensure, groups, lag, queue_specs

__all__ = [
    "ClientOptions",
    "Group",
    "KafkaBroker",
    "KafkaRefused",
    "KafkaUnreachable",
    "MessageTooLargeError",
    "NotAcknowledged",
    "NotYetError",
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
    "groups",
    "groups_with_members",
    "grow",
    "lag",
    "queue_specs",
]
