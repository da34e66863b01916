"""Adds partitions to topics that exist."""

import time
from collections.abc import Iterable
from typing import Any

from kafka.errors import KafkaError

from workers.broker.clients.factory import admin
from workers.broker.errors import TopicError
from workers.broker.options import PLAINTEXT, Security
from workers.broker.topics import GROUP_SECONDS, TopicSpec, partition_counts


def grow(servers: str, specs: Iterable[TopicSpec], *, security: Security = PLAINTEXT) -> dict[str, int]:
    """Adds the partitions that existing topics lack; returns how many these topics have now, by name.

    Running processes read and write the added partitions within a minute (`metadata_max_age_ms`), from their first
    record on: a group without a commit begins there. Keys then choose other partitions than before, which moves no
    message and breaks no promise, as messages have no order. Raises TopicError, KafkaUnreachable.
    """
    wanted = {spec.name: spec.partitions for spec in specs}
    with admin(servers, security) as client:
        lacking = _lacking(client, wanted)
        if lacking:
            _add(client, lacking)
    return lacking


def _lacking(client: Any, wanted: dict[str, int]) -> dict[str, int]:
    found = partition_counts(client, wanted)
    return {name: count for name, count in wanted.items() if found.get(name, count) < count}


def _add(client: Any, partitions: dict[str, int]) -> None:
    try:
        client.create_partitions(partitions)
    except KafkaError as error:
        if _lacking(client, partitions):  # else another process added them first
            raise TopicError(f"Kafka refused to add partitions: {error}") from error
    deadline = time.monotonic() + GROUP_SECONDS
    while lacking := _lacking(client, partitions):
        if time.monotonic() > deadline:
            raise TopicError(f"Kafka does not show the added partitions of {', '.join(lacking)}; try again")
        time.sleep(0.2)
