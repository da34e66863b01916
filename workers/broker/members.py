"""Tells which consumer groups have members."""

import time
from collections.abc import Iterable

from kafka.errors import RetriableError

from workers.broker.clients.factory import admin
from workers.broker.errors import KafkaUnreachable
from workers.broker.options import PLAINTEXT, Security
from workers.broker.topics import GROUP_SECONDS


def groups_with_members(servers: str, groups: Iterable[str], *, security: Security = PLAINTEXT) -> set[str]:
    """Returns those of the groups that have a member now. Raises KafkaUnreachable.

    Tries again while a coordinator is moving or being created.
    """
    wanted = list(groups)
    deadline = time.monotonic() + GROUP_SECONDS
    with admin(servers, security) as client:
        while True:
            try:
                described = client.describe_groups(wanted)
            except RetriableError as error:
                if time.monotonic() > deadline:
                    raise KafkaUnreachable(f"Kafka has no coordinator for its groups: {error}") from error
                time.sleep(0.2)
            else:
                return {name for name, group in described.items() if group["members"]}
