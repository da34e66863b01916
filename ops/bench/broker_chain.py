"""The measured work of a broker, in the process that does it: a chain of actors, or a bare kafka-python loop.

It is longer than other modules, since all of it must be importable by one fresh process.
"""

import gc
import itertools
import statistics
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import dramatiq
import psutil
from dramatiq.brokers.stub import StubBroker
from kafka import TopicPartition

from workers.broker import ClientOptions, KafkaBroker, default_middleware
from workers.broker.clients.factory import make_consumer, make_producer

WARM_UP = 100  # messages before the clock starts, so that all consumers have joined
IDLE_A_SECOND = 20.0  # messages sent into the chain a second: so few that each travels alone
BATCH = 500  # messages sent together while a queue is filled
TICK = 0.01  # seconds
STALL_SECONDS = 60.0  # a measurement without progress for so long fails

_Hop = dramatiq.Actor[[int, float], None]


@dataclass(frozen=True)
class Backend:
    """The server of a broker: `name` is Kafka, Redis or Stub; the server's address (Redis: its URL) and its pid."""

    name: str
    address: str = ""
    pid: int | None = None


@dataclass(frozen=True)
class Job:
    """`items` messages, each through `stages` actors; then latency for `seconds` each idle and at half load, if any.

    `prefix` begins the names of topics and keys.
    """

    backend: Backend
    prefix: str
    stages: int
    items: int
    threads: int
    seconds: float = 0.0


class Flow(NamedTuple):
    """The cost of a backlog: hops a second, CPU ms a hop of worker and server, bytes of the worker's own memory."""

    rate: float
    cpu: float
    server_cpu: float
    memory: int


class Latency(NamedTuple):
    """Milliseconds from sending a message to the start of its actor, at `rate` hops a second."""

    rate: float
    p50: float
    p99: float


class Measured(NamedTuple):
    """The result of a job. `wrong` counts how often an item missed a stage or reached it again."""

    flow: Flow
    latencies: tuple[Latency, ...]
    wrong: int


class Mark(NamedTuple):
    """A reading: hops so far, monotonic time, CPU seconds of this process and of the server."""

    hops: int
    time: float
    cpu: float
    server_cpu: float


def mark(hops: int, server: int | None) -> Mark:
    """Takes a reading after `hops`; `server` is the server's pid."""
    times = psutil.Process(server).cpu_times() if server else None
    return Mark(hops, time.monotonic(), time.process_time(), times.user + times.system if times else 0.0)


def flow_between(begin: Mark, end: Mark) -> Flow:
    """Returns the cost of the hops between two readings, in this process."""
    hops = end.hops - begin.hops
    memory = psutil.Process().memory_info()
    return Flow(
        hops / (end.time - begin.time),
        (end.cpu - begin.cpu) * 1_000 / hops,
        (end.server_cpu - begin.server_cpu) * 1_000 / hops,
        memory.rss - memory.shared,
    )


class Stall:
    """Raises TimeoutError once the count of `what` has not changed for STALL_SECONDS."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._last: object = None
        self._deadline = 0.0

    def check(self, count: object) -> None:
        """Compares `count` with the count of the last call. Raises TimeoutError, with the count."""
        if count != self._last:
            self._last, self._deadline = count, time.monotonic() + STALL_SECONDS
        elif time.monotonic() > self._deadline:
            raise TimeoutError(f"no progress for {STALL_SECONDS:.0f} s: {count} {self._what}")


class Chain:
    """Actors that only pass items on, and note the items at each stage and the seconds that messages took to arrive.

    The first actor works only while `gate` is set, so that a backlog can build up.
    """

    def __init__(self, broker: dramatiq.Broker, job: Job) -> None:
        self._broker = broker
        self._server = job.backend.pid
        self._sent = 0
        self.gate = threading.Event()
        self.items: list[list[int]] = [[] for _ in range(job.stages)]
        self.waits: list[float] = []
        following: _Hop | None = None
        for stage in reversed(range(job.stages)):
            following = self._actor(stage, following)
        assert following is not None
        self._first = following

    def _actor(self, stage: int, following: _Hop | None) -> _Hop:
        items, waits = self.items[stage], self.waits
        gate = None if stage else self.gate

        @dramatiq.actor(broker=self._broker, queue_name=queue(stage), actor_name=queue(stage))
        def hop(item: int, sent: float) -> None:
            if gate is not None:
                gate.wait()
            waits.append(time.monotonic() - sent)
            items.append(item)
            if following is not None:
                following.send(item, time.monotonic())

        return hop

    def mark(self) -> Mark:
        return mark(sum(len(items) for items in self.items), self._server)

    def fill(self, count: int) -> None:
        """Sends `count` more items to the first actor, in batches."""
        for start in range(0, count, BATCH):
            self.send(min(BATCH, count - start))

    def send(self, count: int) -> None:
        """Sends `count` more items to the first actor, together if the broker can do that."""
        items = range(self._sent, self._sent + count)
        self._sent += count
        messages = [self._first.message(item, time.monotonic()) for item in items]
        if isinstance(self._broker, KafkaBroker):
            self._broker.enqueue_many(messages)
        else:
            for message in messages:
                self._broker.enqueue(message)

    def wait(self) -> None:
        """Waits until every item sent has reached the last actor. Raises TimeoutError when no item moves."""
        stall = Stall(f"items at each actor, of {self._sent} sent")
        while len(self.items[-1]) < self._sent:
            stall.check([len(items) for items in self.items])
            time.sleep(TICK)

    def latency(self, rate: float, seconds: float) -> Latency:
        """Sends `rate` items a second for `seconds`, and returns how long their hops took."""
        self.waits.clear()
        begin = self.mark()
        total, sent = max(1, round(rate * seconds)), 0
        while sent < total:
            due = min(total, int((time.monotonic() - begin.time) * rate) + 1)
            self.send(due - sent)
            sent = due
            time.sleep(max(TICK, begin.time + sent / rate - time.monotonic()))
        self.wait()
        end = self.mark()
        percentiles = statistics.quantiles(self.waits, n=100, method="inclusive")
        rate = (end.hops - begin.hops) / (end.time - begin.time)
        return Latency(rate, percentiles[49] * 1_000, percentiles[98] * 1_000)

    def wrong(self) -> int:
        """Waits until the broker is empty; returns the count for `Measured.wrong`."""
        for stage in range(len(self.items)):
            self._broker.join(queue(stage), timeout=int(STALL_SECONDS * 1_000))
        arrived = [Counter(items) for items in self.items]
        sent = range(self._sent)
        return sum(abs(seen[item] - (item in sent)) for seen in arrived for item in {*sent, *seen})


def queue(stage: int) -> str:
    return f"stage-{stage}"


def make_broker(backend: Backend, prefix: str) -> dramatiq.Broker:
    """Returns a broker on `backend`."""
    if backend.name == "Kafka":
        return KafkaBroker(backend.address, topic_prefix=prefix)
    middleware = default_middleware()[1:]  # Deliveries is the first
    if backend.name == "Redis":
        from dramatiq.brokers.redis import RedisBroker  # noqa: PLC0415  # its client is not always installed

        return RedisBroker(  # type: ignore[no-untyped-call]
            url=backend.address, namespace=prefix, middleware=middleware
        )
    return StubBroker(middleware=middleware)


def work(job: Job) -> Measured:
    """Does `job` in this process. Raises TimeoutError if messages are lost."""
    broker = make_broker(job.backend, job.prefix)
    chain = Chain(broker, job)
    gc.collect()
    gc.freeze()  # as casemail's own workers do
    worker = dramatiq.Worker(broker, worker_threads=job.threads)
    worker.queue_prefetch = ClientOptions().prefetch  # the default of our broker, good for the other brokers, too
    worker.start()
    chain.gate.set()
    chain.send(WARM_UP)
    chain.wait()
    chain.gate.clear()
    chain.fill(job.items)
    begin = chain.mark()
    chain.gate.set()
    chain.wait()
    flow = flow_between(begin, chain.mark())
    rates = (IDLE_A_SECOND, flow.rate / job.stages / 2) if job.seconds else ()
    return Measured(flow, tuple(chain.latency(rate, job.seconds) for rate in rates), chain.wrong())


def work_bare(job: Job) -> Measured:
    """Moves the messages of `job` from its first topic to its second by kafka-python alone, with our broker's options.

    The consumer assigns all partitions to itself, so that no rebalance is measured. Raises TimeoutError
    when no more messages arrive.
    """
    broker = KafkaBroker(job.backend.address, topic_prefix=job.prefix)
    Chain(broker, job).fill(job.items)
    source, target = (broker.topics(queue(stage)).main for stage in range(2))
    producer = make_producer(broker.servers, broker.options)
    consumer = make_consumer(broker.servers, job.prefix + "bare", broker.options)
    partitions = [TopicPartition(source, partition) for partition in consumer.partitions_for_topic(source)]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    begin: Mark | None = None
    moved, stall = 0, Stall(f"messages moved by kafka-python alone, of {job.items}")
    while moved < job.items:
        stall.check(moved)
        for record in itertools.chain.from_iterable(consumer.poll(timeout_ms=100).values()):
            moved += 1
            if moved == WARM_UP:
                begin = mark(moved, job.backend.pid)
            producer.send(target, value=record.value, key=record.key)
    producer.flush()
    assert begin is not None
    return Measured(flow_between(begin, mark(moved, job.backend.pid)), (), abs(moved - job.items))
