"""Takes over newly assigned partitions: finds out whether workers died over their records, and tries these alone.

Runs in the poll thread. The functions raise KafkaError, or the client's own KeyError, when they must be called again.
"""

import logging
import time
from collections.abc import Iterable
from typing import Any

from kafka import TopicPartition

from workers.broker.options import ClientOptions
from workers.broker.poison import ownership, solo_turn
from workers.broker.poison.ownership import Ownership
from workers.broker.reading.buffer import RecordBuffer

logger = logging.getLogger(__name__)

ASK_MS = 2_000
TRY_SECONDS = 0.1  # how long trials may take between two polls
GIVE_WAY_SECONDS = 0.2


def open_new(client: Any, buffer: RecordBuffer, options: ClientOptions) -> None:
    """Reads the previous ownership of new partitions, and commits that this owner holds them now.

    Only then are their records worked on: otherwise a worker that dies at once would leave no trace.
    """
    for name in buffer.unopened():
        committed = client.committed(name, metadata=True, timeout_ms=ASK_MS)
        offset = committed.offset if committed else _begin(client, buffer, name)
        takeover = ownership.take_over(ownership.read(committed.metadata) if committed else None, offset, buffer.owner)
        careful_until = 0
        if takeover.deaths:
            end = client.end_offsets([name], timeout_ms=ASK_MS)[name]
            if takeover.careful(end - offset):  # at most the prefetch was out; a few more may be settled
                careful_until = min(end, offset + options.prefetch)
        if careful_until > offset:
            logger.error("workers died over %s from offset %d on: trying its records alone", name, offset)
        held = Ownership("held", offset, takeover.deaths, takeover.alone, buffer.owner)
        client.commit({name: held.commit()}, timeout_ms=ASK_MS)
        buffer.open(name, takeover, offset, careful_until)


def _begin(client: Any, buffer: RecordBuffer, name: TopicPartition) -> int:
    """Returns the offset where a group without a commit begins: the first record already read, else the position."""
    first = buffer.first(name)
    return first if first is not None else int(client.position(name, timeout_ms=ASK_MS))


def try_alone(client: Any, buffer: RecordBuffer, topics: Iterable[str], options: ClientOptions) -> bool:
    """Releases suspects one at a time, each after a commit says so. Returns whether any record was released.

    Other owners may go first, but for `patience` seconds at most: the commit of a dead owner still says that it tries.
    """
    until, tried = time.monotonic() + TRY_SECONDS, False
    patience = solo_turn.SECONDS + options.session_timeout_ms / 1000
    while (left := until - time.monotonic()) > 0 and (asked := buffer.ask(left)):
        name, mine, seconds = asked
        if seconds < patience and not _may_try(client, buffer, topics, name, mine):
            break
        client.commit({name: mine._replace(kind="trying").commit()}, timeout_ms=ASK_MS)
        buffer.begin(name)
        tried = True
    return tried


def _may_try(client: Any, buffer: RecordBuffer, topics: Iterable[str], name: TopicPartition, mine: Ownership) -> bool:
    """Returns whether the other owners of the group allow this trial now; see `ownership.may_try`."""
    everywhere = {TopicPartition(topic, at) for topic in topics for at in client.partitions_for_topic(topic) or ()}
    if not (others := everywhere - client.assignment()):
        return True
    client.commit({name: mine.commit()}, timeout_ms=ASK_MS)
    found = client._coordinator.fetch_committed_offsets(list(others), timeout_ms=ASK_MS)  # all in one request
    answer = ownership.may_try(
        mine, name, {other: ownership.read(committed.metadata) for other, committed in found.items()}
    )
    if answer == "later" and (held := buffer.give_way(name, GIVE_WAY_SECONDS)):
        client.commit({name: held}, timeout_ms=ASK_MS)
    return answer == "now"
