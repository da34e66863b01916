"""What the poll thread does with a partition that is new: it finds out whether workers died over it, and then lets out
its first records one by one. Raises KafkaError, or the client's own KeyError, when that has to wait."""

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
TRY_SECONDS = 0.1  # then it polls
GIVE_WAY_SECONDS = 0.2


def open_new(client: Any, inbox: RecordBuffer, options: ClientOptions) -> None:
    """Look how new partitions were held before, and commit that they are held now: only then are they worked on, or the
    death of a worker that dies at once would leave no trace."""
    for name in inbox.unopened():
        committed = client.committed(name, metadata=True, timeout_ms=ASK_MS)
        offset = committed.offset if committed else _begin(client, inbox, name)
        succession = ownership.succeed(ownership.read(committed.metadata) if committed else None, offset, inbox.owner)
        careful_until = 0
        if succession.deaths:
            end = client.end_offsets([name], timeout_ms=ASK_MS)[name]
            if succession.careful(end - offset):  # no more than the prefetch was out; a few more may be settled
                careful_until = min(end, offset + options.prefetch)
        if careful_until > offset:
            logger.error("workers died over %s from offset %d on: trying its records alone", name, offset)
        held = Ownership("held", offset, succession.deaths, succession.alone, inbox.owner)
        client.commit({name: held.commit()}, timeout_ms=ASK_MS)
        inbox.open(name, succession, offset, careful_until)


def _begin(client: Any, inbox: RecordBuffer, name: TopicPartition) -> int:
    """Where a group begins that has committed nothing: with what was read already, which is behind the position."""
    first = inbox.first(name)
    return first if first is not None else int(client.position(name, timeout_ms=ASK_MS))


def try_alone(client: Any, inbox: RecordBuffer, topics: Iterable[str], options: ClientOptions) -> bool:
    """Commit which record is tried alone now, then let it out; one after the other, for a while. Was there any?

    It is left to the other owners to go first for as long as what they try may hold up others, and one who has died may
    seem to try.
    """
    until, tried = time.monotonic() + TRY_SECONDS, False
    patience = solo_turn.SECONDS + options.session_timeout_ms / 1000
    while (left := until - time.monotonic()) > 0 and (asked := inbox.ask(left)):
        name, mine, seconds = asked
        if seconds < patience and not _may_try(client, inbox, topics, name, mine):
            break
        client.commit({name: mine._replace(kind="trying").commit()}, timeout_ms=ASK_MS)
        inbox.begin(name)
        tried = True
    return tried


def _may_try(client: Any, inbox: RecordBuffer, topics: Iterable[str], name: TopicPartition, mine: Ownership) -> bool:
    """Whether the group's other owners leave the trial to us now; see `tenure.may_try`."""
    everywhere = {TopicPartition(topic, at) for topic in topics for at in client.partitions_for_topic(topic) or ()}
    if not (others := everywhere - client.assignment()):
        return True
    client.commit({name: mine.commit()}, timeout_ms=ASK_MS)
    found = client._coordinator.fetch_committed_offsets(list(others), timeout_ms=ASK_MS)  # all in one request
    answer = ownership.may_try(
        mine, name, {other: ownership.read(committed.metadata) for other, committed in found.items()}
    )
    if answer == "later" and (held := inbox.give_way(name, GIVE_WAY_SECONDS)):
        client.commit({name: held}, timeout_ms=ASK_MS)
    return answer == "now"
