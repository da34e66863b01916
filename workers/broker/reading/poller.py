"""The poll thread: the one thread that touches the KafkaConsumer of a queue.

It always polls, so the group never takes it for dead; it reads whole batches into the buffer, holds reading back by
pausing, commits what is settled, and makes the client anew when it has stalled. kafka-python 3.0 stalls in two ways: a
half-read batch of a paused partition may never be read on, and a join to the group may be forgotten half-way.
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
from workers.broker.reading.watchdog import JOIN_MARGIN_SECONDS, Stalled, Watchdog

logger = logging.getLogger(__name__)

IDLE_POLL_MS = 500
BUSY_POLL_MS = 100  # when something waits for its time, or for room; a shorter poll makes the client miss joins
RETRY_SECONDS = 3.0
REPORT_SECONDS = 60.0
REFUSED_SECONDS = 30.0  # commits refused for as long are no rebalance
CLOSE_MS = 3_000


class Poller(threading.Thread):
    """Reads `topics` as a member of `group` into `buffer`, until `stop`."""

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
        self._took_over = 0.0  # when all that was to be opened or tried was, for the last time
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
        """For how many seconds it has not polled, nor tried to make a client."""
        return time.monotonic() - self._alive_at

    @property
    def refused(self) -> float:
        """For how many seconds Kafka has refused all commits; 0 when it took the last one."""
        since = self._refused_since
        return 0.0 if since is None else time.monotonic() - since

    def stop(self, seconds: float) -> None:
        """Commit what is settled, leave the group and end; waits up to `seconds` for it."""
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
                self._stopping.wait(RETRY_SECONDS)
            except Exception:
                logger.exception("the consumer of group %s is made again soon", self._group)
                self._stopping.wait(RETRY_SECONDS)
            self.rebuilt += not self._stopping.is_set()

    def _report(self, error: Exception, what: str = "") -> None:
        """Log what is wrong for a person to mend: `what`, or that no client can be made; the same again only after a
        while."""
        told, now = what or str(error), time.monotonic()
        if told != self._reported or now >= self._report_again_at:
            self._reported, self._report_again_at = told, now + REPORT_SECONDS
            what = what or "can't be made, it tries again and again"
            logger.error("the consumer of group %s %s: %s", self._group, what, error)

    def _read(self) -> None:
        """Make a client and read with it until told to stop, or until it fails or stalls."""
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
        client.topics()  # what it learns of the topics only after its first join makes it join twice, and stall

    def _check_pause(self) -> None:
        """Notice that this process stood still for longer than a session (stopped, suspended): others have worked off
        what it held, but the client may join again as if it held it still, and commit what is long past."""
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
        except ValueError as error:  # the topic is another by now: what was settled of the old one says nothing
            self._buffer.drop()
            raise Stalled(str(error)) from error
        if tried or time.monotonic() >= self._next_commit:  # who came through a trial is not to be blamed for the next
            self._next_commit = time.monotonic() + self._options.commit_interval_ms / 1000
            self.commit(client, self._buffer.committable())

    def _take_over(self, client: Any) -> bool:
        """Open what is new, and try what is to be tried; whether anything was. Raises Stalled if it never succeeds."""
        try:
            open_new(client, self._buffer, self._options)
            tried = try_alone(client, self._buffer, self._topics, self._options)
        except (KafkaError, KeyError) as error:  # in a rebalance, or Kafka is away, or a leader: at a later tick
            if (seconds := time.monotonic() - self._took_over) > self._session + JOIN_MARGIN_SECONDS:
                self._report(error, "can't take over its partitions")
                raise Stalled(f"it could not take over for {seconds:.0f} s") from error
            logger.debug("group %s can't take over yet: %s", self._group, error)
            return False
        self._took_over = time.monotonic()
        return tried

    def commit(self, client: Any, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        """Start to commit `offsets`; refused in the middle of a rebalance, they are committed at a later tick."""
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
        """Commit, so that the next owner starts where we end, and leave the group, so that it starts at once."""
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
    """Follows the assignment. Runs in the client's own thread: it must not wait for anything."""

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
