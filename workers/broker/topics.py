"""Names, creates and checks the topics of a queue, and measures the lag of groups. Kafka's auto-creation is not used.

A queue `inbound.parse` has the topics `inbound.parse`, one `inbound.parse.DQ.<delay>` per delay, and
`inbound.parse.XQ` for dead letters; its groups are named after the queues that they read.
"""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dramatiq.common import dq_name, xq_name
from kafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec
from kafka.errors import GroupIdNotFoundError, KafkaError, RetriableError, TopicAlreadyExistsError

from workers.broker.clients.factory import HEADROOM_BYTES, admin
from workers.broker.delays import TIERS, Tier
from workers.broker.errors import KafkaUnreachable, TopicError
from workers.broker.options import PLAINTEXT, Security

logger = logging.getLogger(__name__)

DAY_MS = 24 * 3_600_000
BATCH_BYTES = 1_048_588  # Kafka's default, stated so that a topic with less is noticed: it would refuse many sends
CONFIG = {"retention.ms": str(7 * DAY_MS), "max.message.bytes": str(BATCH_BYTES)}
# Kafka sets the time of delayed records: otherwise a sender whose clock is ahead would delay the records behind its own
DELAY_CONFIG = CONFIG | {"message.timestamp.type": "LogAppendTime"}
DEAD_LETTER_CONFIG = {"retention.ms": str(30 * DAY_MS), "max.message.bytes": str(BATCH_BYTES + HEADROOM_BYTES)}
GROUP_SECONDS = 10.0  # how long to retry while a group's coordinator moves or is being created, or topics are new
_AT_LEAST = ("partitions", "replication")  # more of these does no harm
NODES_SECONDS = 5.0  # how long a topic may be unknown to a node: under load, nodes can lag behind


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """The specification of a topic; `config` has Kafka topic settings, as text."""

    name: str
    partitions: int
    replication: int = 1
    config: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QueueTopics:
    """The names of the topics of `queue`; `prefix` separates installations (and tests) in one cluster."""

    queue: str
    prefix: str = ""

    @property
    def main(self) -> str:
        """The topic that the actors of the queue read."""
        return self.prefix + self.queue

    @property
    def delays(self) -> dict[str, int]:
        """The delay in ms of each delay topic."""
        return {self.delay(tier): tier.delay_ms for tier in TIERS}

    @property
    def dead_letters(self) -> str:
        """The topic of messages that failed for good."""
        return self.prefix + xq_name(self.queue)

    def delay(self, tier: Tier) -> str:
        return f"{self.prefix}{dq_name(self.queue)}.{tier.name}"


def queue_specs(
    queue: str, *, partitions: int, delay_partitions: int = 1, replication: int = 1, prefix: str = ""
) -> list[TopicSpec]:
    """Returns all topics of `queue`. At most `partitions` processes can share it."""
    copies = {"min.insync.replicas": str(max(1, replication - 1))}  # one replica may be down
    topics = QueueTopics(queue, prefix)
    return [
        TopicSpec(topics.main, partitions, replication, CONFIG | copies),
        *(TopicSpec(name, delay_partitions, replication, DELAY_CONFIG | copies) for name in topics.delays),
        TopicSpec(topics.dead_letters, 1, replication, DEAD_LETTER_CONFIG | copies),
    ]


def ensure(servers: str, specs: Iterable[TopicSpec], *, security: Security = PLAINTEXT) -> list[str]:
    """Creates the missing topics, waits until they can be used, and returns their names.

    Raises TopicError if existing topics have less than `specs` want, or other settings: they are never changed (`grow`
    adds partitions). Raises KafkaUnreachable.
    """
    wanted = {spec.name: spec for spec in specs}
    with admin(servers, security) as client:
        missing = [name for name in wanted if name not in partition_counts(client, wanted)]
        if missing:
            _create(client, [wanted[name] for name in missing])
        _refuse_differing(client, wanted)
    return missing


def check(servers: str, specs: Iterable[TopicSpec], *, security: Security = PLAINTEXT) -> list[str]:
    """Returns the names of the missing topics, after waiting up to `NODES_SECONDS`.

    Raises TopicError if existing topics have less than `specs` want, or other settings; KafkaUnreachable.
    """
    wanted = {spec.name: spec for spec in specs}
    with admin(servers, security) as client:
        found = partition_counts(client, wanted)
        deadline = time.monotonic() + NODES_SECONDS
        while len(found) < len(wanted) and time.monotonic() < deadline:
            time.sleep(0.2)
            found |= partition_counts(client, wanted)  # it exists if any node knows it
        missing = [name for name in wanted if name not in found]
        _refuse_differing(client, {name: wanted[name] for name in found}, missing)
        _warn_of_more(found, wanted)
    return missing


def lag(servers: str, group: str, topics: Iterable[str], *, security: Security = PLAINTEXT) -> dict[str, int]:
    """Returns the number of records of each topic that `group` has not settled. Raises TopicError, KafkaUnreachable."""
    with admin(servers, security) as client:
        return group_lag(client, group, list(topics))


class Group(NamedTuple):
    """How many records a group has not settled, and how many consumers are members of it."""

    lag: int
    members: int


def groups(servers: str, topics: Mapping[str, str], *, security: Security = PLAINTEXT) -> dict[str, Group]:
    """Returns the figures of each group; `topics` maps a group to the topic that it reads. Raises as `lag` does."""
    with admin(servers, security) as client:
        return {
            group: Group(group_lag(client, group, [topic])[topic], _members(client, group))
            for group, topic in topics.items()
        }


def _members(client: Any, group: str) -> int:
    try:
        return len(client.describe_groups([group])[group]["members"])
    except GroupIdNotFoundError:  # nobody has ever read
        return 0


def group_lag(client: Any, group: str, topics: Sequence[str]) -> dict[str, int]:
    """Does what `lag` does, with an open admin client."""
    partitions = _all_partitions(client, topics)
    # commits are read before ends: a lag of 0 then means that all records up to those ends were settled
    committed = _committed(client, group, partitions)
    first = client.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.EARLIEST))
    end = client.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
    totals = dict.fromkeys(topics, 0)
    for partition in partitions:
        start = max(first[partition].offset, committed.get(partition, 0))
        totals[partition.topic] += max(0, end[partition].offset - start)
    return totals


def empty(servers: str, topics: Sequence[str], *, security: Security = PLAINTEXT) -> None:
    """Deletes all records of `topics`. Raises TopicError for a missing topic, KafkaUnreachable."""
    with admin(servers, security) as client:
        partitions = _all_partitions(client, topics)
        ends = client.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
        client.delete_records({partition: end.offset for partition, end in ends.items()})


def _all_partitions(client: Any, topics: Sequence[str]) -> list[TopicPartition]:
    found = partition_counts(client, topics)
    if missing := [name for name in topics if name not in found]:
        raise TopicError(f"topics are missing, create them with workers.broker.topics.ensure(): {', '.join(missing)}")
    return [TopicPartition(name, number) for name, count in found.items() for number in range(count)]


def partition_counts(client: Any, names: Iterable[str]) -> dict[str, int]:
    """Returns the number of partitions of each topic that exists."""
    described = client.describe_topics(list(names))
    return {topic["name"]: len(topic["partitions"]) for topic in described if topic["partitions"]}


def _create(client: Any, specs: list[TopicSpec]) -> None:
    try:
        client.create_topics(
            {
                spec.name: {
                    "num_partitions": spec.partitions,
                    "replication_factor": spec.replication,
                    "configs": dict(spec.config),
                }
                for spec in specs
            }
        )
    except TopicAlreadyExistsError:
        pass  # another process created them first
    except KafkaError as error:
        raise TopicError(f"Kafka refused to create topics: {error}") from error
    client.wait_for_topics([spec.name for spec in specs])


def _warn_of_more(found: Mapping[str, int], wanted: Mapping[str, TopicSpec]) -> None:
    more = {name: count for name, count in found.items() if count > wanted[name].partitions}
    if more:
        logger.warning("topics have more partitions than the settings ask for, which does no harm: %s", more)


def _refuse_differing(client: Any, wanted: Mapping[str, TopicSpec], missing: Sequence[str] = ()) -> None:
    if wanted and (differing := _differences(client, wanted)):
        problems, remedies = zip(*differing, strict=True)
        raise TopicError(
            "topics have less than the settings ask for, or other settings; change them: "
            f"{'; '.join(problems)}. What changes them: {'; '.join(remedies)}"
            + (f". Topics are missing, too: {', '.join(missing)}" if missing else "")
        )


def _differences(client: Any, wanted: Mapping[str, TopicSpec]) -> list[tuple[str, str]]:
    """Returns each difference from `wanted`, and the command that would remove it."""
    found = []
    for topic, settings in _described(client, wanted):
        spec = wanted[topic["name"]]
        has: dict[str, Any] = {
            "partitions": len(topic["partitions"]),
            "replication": len(topic["partitions"][0]["replica_nodes"]),
        }
        has |= {name: settings[name]["value"] for name in spec.config}
        wants: dict[str, Any] = {"partitions": spec.partitions, "replication": spec.replication, **spec.config}
        found += [
            (f"{spec.name} has {name} {has[name]}, not {want}", _remedy(spec.name, name, want))
            for name, want in wants.items()
            if (has[name] < want if name in _AT_LEAST else has[name] != want)
        ]
    return found


def _remedy(topic: str, setting: str, wanted: Any) -> str:
    """Returns how an operator removes a difference."""
    if setting == "partitions":
        return f"kafka-topics.sh --alter --topic {topic} --partitions {wanted}"
    if setting == "replication":
        return f"kafka-reassign-partitions.sh, with {wanted} replicas for each partition of {topic}"
    return f"kafka-configs.sh --alter --topic {topic} --add-config {setting}={wanted}"


def _described(client: Any, wanted: Mapping[str, TopicSpec]) -> list[tuple[Any, Any]]:
    """Returns Kafka's description of each topic and its settings; retries while a node knows only some of them."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in wanted]
    deadline = time.monotonic() + GROUP_SECONDS
    while True:
        configs = client.describe_configs(resources, config_filter="all").get("topic", {})
        topics = client.describe_topics(list(wanted))
        if all(
            topic["partitions"] and wanted[topic["name"]].config.keys() <= configs.get(topic["name"], {}).keys()
            for topic in topics
        ):
            return [(topic, configs.get(topic["name"], {})) for topic in topics]
        if time.monotonic() > deadline:
            raise TopicError(f"Kafka does not describe its topics: {', '.join(wanted)}; try again")
        time.sleep(0.2)


def _committed(client: Any, group: str, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
    """Returns the commits of `group`; retries while its coordinator is moving or being created."""
    deadline = time.monotonic() + GROUP_SECONDS
    while True:
        try:
            offsets = client.list_group_offsets({group: partitions})[group]
        except RetriableError as error:
            if time.monotonic() > deadline:
                raise KafkaUnreachable(f"Kafka has no coordinator for group {group}: {error}") from error
            time.sleep(0.2)
        else:
            return {partition: found.offset for partition, found in offsets.items() if found.offset >= 0}
