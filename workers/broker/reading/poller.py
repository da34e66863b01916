"""The poll thread: the only thread that touches the KafkaConsumer of a queue.

It always polls, so the group never considers it dead. It reads whole batches into the buffer, pauses partitions when
the buffer is full, commits settled offsets, and replaces a client that has stalled. kafka-python 3.0 stalls in two
ways: the rest of a half-read batch of a paused partition may never be read, and it may never finish joining its group.
"""

import logging
import threading
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from dramatiq.errors import BrokerError
from kafka import ConsumerRebalanceListener, OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError, RetriableError

from workers.broker.clients.factory import make_consumer
from workers.broker.errors import TopicError
from workers.broker.options import ClientOptions
from workers.broker.reading.buffer import RecordBuffer
from workers.broker.reading.takeover import open_new, try_alone
from workers.broker.reading.watchdog import Stalled, Watchdog

logger = logging.getLogger(__name__)

IDLE_POLL_MS = 500
BUSY_POLL_MS = 100  # while a record waits for its time or for room; with a shorter poll the client misses joins
REPORT_SECONDS = 60.0
REFUSED_SECONDS = 30.0  # commits that are refused for longer are not refused because of a rebalance
CLOSE_MS = 3_000


class Poller(threading.Thread):
    """Reads `topics` as a member of `group` into `buffer`, until `stop` is called."""

    def __init__(
        self, servers: str, group: str, topics: Collection[str], buffer: RecordBuffer, options: ClientOptions
    ) -> None:
        super().__init__(name=f"poll {group}", daemon=True)
        self._servers = servers
        self._group = group
        self._topics = list(topics)
        self._buffer = buffer
        self._options = options
        self._stopping = threading.Event()
        self._session = options.session_timeout_ms / 1000
        self._alive_at = time.monotonic()
        self._next_commit = 0.0
        self._refused_since: float | None = None
        self._took_over = 0.0  # monotonic time when nothing was left to take over
        self._reported = ""
        self._report_again_at = 0.0
        self._member = False
        self.client: Any = None
        self.rebuilt = 0
        self.last_commit: float | None = None

    @property
    def reading(self) -> bool:
        """Whether it is a member of its group, and polls."""
        return self._member and self.silent < self._session

    @property
    def silent(self) -> float:
        """Seconds since it last polled, or tried to create a client."""
        return time.monotonic() - self._alive_at

    @property
    def refused(self) -> float:
        """Seconds for which Kafka has refused all commits; 0 if it accepted the last commit."""
        since = self._refused_since
        return 0.0 if since is None else time.monotonic() - since

    def stop(self, seconds: float) -> None:
        """Commits settled offsets, leaves the group and ends the thread; waits up to `seconds` for that."""
        self._stopping.set()
        self.join(seconds)

    def run(self) -> None:
        while not self._stopping.is_set():
            self._alive_at = time.monotonic()
            try:
                self._read()
            except Stalled as stall:
                logger.warning("the consumer of group %s is made again: %s", self._group, stall)
            except (KafkaError, BrokerError) as error:
                self._report(error)
                self._stopping.wait(self._options.retry_after_ms / 1000)
            except Exception:
                logger.exception("the consumer of group %s is made again soon", self._group)
                self._stopping.wait(self._options.retry_after_ms / 1000)
            self.rebuilt += not self._stopping.is_set()

    def _report(self, error: Exception, what: str = "") -> None:
        """Logs a fault for a person to fix: `what`, or that no client can be created; each at most once a minute."""
        fault, now = what or str(error), time.monotonic()
        if fault != self._reported or now >= self._report_again_at:
            self._reported, self._report_again_at = fault, now + REPORT_SECONDS
            what = what or "can't be made, it tries again and again"
            logger.error("the consumer of group %s %s: %s", self._group, what, error)

    def _read(self) -> None:
        """Creates a client, and reads with it until `stop` is called, or until it fails or stalls."""
        client = self.client = make_consumer(self._servers, self._group, self._options)
        try:
            self._subscribe(client)
            watch = Watchdog(client, self._servers, self._options)
            self._alive_at = self._took_over = time.monotonic()
            while not self._stopping.is_set():
                self._tick(client)
                self._member = watch.check(client.paused())
                self._buffer.held_until = self._alive_at + self._session
        finally:
            self._member = False
            self._leave(client)

    def _subscribe(self, client: Any) -> None:
        if missing := set(self._topics) - client.topics():
            raise TopicError(f"topics are missing, create them with workers.broker.topics.ensure(): {sorted(missing)}")
        client.subscribe(self._topics, listener=_Listener(self, client))
        client.topics()  # if it learns of the topics only after its first join, it joins twice and stalls

    def _check_pause(self) -> None:
        """Raises Stalled if this process was suspended for longer than a session.

        Other processes have taken over its partitions by then, but the client may join as if it still owned them, and
        commit old offsets.
        """
        if self._late():
            self._buffer.drop()
            raise Stalled(f"it stood still for {time.monotonic() - self._alive_at:.0f} s")
        self._alive_at = time.monotonic()

    def _late(self) -> bool:
        return time.monotonic() - self._alive_at > self._session

    def _tick(self, client: Any) -> None:
        self._check_pause()
        tried = self._take_over(client)
        self._buffer.release_due()
        paused, wanted = client.paused(), self._buffer.paused()
        client.pause(*(wanted - paused))
        client.resume(*(paused - wanted))
        try:
            records = client.poll(timeout_ms=BUSY_POLL_MS if wanted or tried or self._buffer.timed else IDLE_POLL_MS)
            self._check_pause()
            self._buffer.put(records)
        except RetriableError as error:
            logger.info("reading as group %s: %s", self._group, error)
            self._stopping.wait(BUSY_POLL_MS / 1000)
        except ValueError as error:  # the topic was created again: old offsets mean nothing
            self._buffer.drop()
            raise Stalled(str(error)) from error
        # a record that passed its trial must not be blamed for the next death
        if tried or time.monotonic() >= self._next_commit:
            self._next_commit = time.monotonic() + self._options.commit_interval_ms / 1000
            self.commit(client, self._buffer.committable())

    def _take_over(self, client: Any) -> bool:
        """Opens new partitions, and releases suspects. Returns whether any was released. Raises Stalled."""
        try:
            open_new(client, self._buffer, self._options)
            tried = try_alone(client, self._buffer, self._topics, self._options)
        except (KafkaError, KeyError) as error:  # in a rebalance, or without Kafka or a leader: again next tick
            longest = self._session + self._options.join_margin_ms / 1000
            if (seconds := time.monotonic() - self._took_over) > longest:
                self._report(error, "can't take over its partitions")
                raise Stalled(f"it could not take over for {seconds:.0f} s") from error
            logger.debug("group %s can't take over yet: %s", self._group, error)
            return False
        self._took_over = time.monotonic()
        return tried

    def commit(self, client: Any, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        """Starts to commit `offsets`. If a rebalance refuses them, they are committed at a later tick."""
        if offsets and not self._late():
            client.commit_async(dict(offsets), callback=self._on_commit)

    def _on_commit(self, offsets: Mapping[TopicPartition, OffsetAndMetadata], outcome: object) -> None:
        if isinstance(outcome, Exception):
            if self._refused_since is None:
                self._refused_since = time.monotonic()
                logger.info("group %s can't commit now: %s", self._group, outcome)
            elif self.refused > REFUSED_SECONDS:
                self._report(outcome, "can't commit what is settled; it will be worked on again when this process ends")
            return
        self._refused_since = None
        self._buffer.committed({name: committed.offset for name, committed in offsets.items()})
        self.last_commit = time.time()

    def _leave(self, client: Any) -> None:
        """Commits, so that the next owner starts where we ended; leaves the group, so that it starts at once."""
        try:
            if offsets := self._buffer.final_commits():
                client.commit(offsets, timeout_ms=CLOSE_MS)
        except KafkaError as error:
            logger.info("the last commit of group %s was refused: %s", self._group, error)
        self._buffer.drop()
        try:
            client.close(autocommit=False, timeout_ms=CLOSE_MS)
        except KafkaError as error:
            logger.info("group %s was not left cleanly: %s", self._group, error)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Follows the assignment of partitions. Runs in the client's own thread: it must not wait."""

    def __init__(self, poller: Poller, client: Any) -> None:
        self._poller = poller
        self._client = client

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self._poller._buffer.assign(assigned)

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        self._poller.commit(self._client, self._poller._buffer.final_commits(revoked))
        self._poller._buffer.drop(revoked)

    def on_partitions_lost(self, lost: Collection[TopicPartition]) -> None:
        self._poller._buffer.drop(lost)
