"""Two actors in a row under load during a fault, and the outcome of each message."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dramatiq

from tests.contract.rig import Rig, eventually
from workers.broker import KafkaBroker, NotAcknowledged, ensure, queue_specs

#: Short timeouts, so that a fault of some seconds is longer.
IMPATIENT: dict[str, Any] = {
    "request_timeout_ms": 1_000,
    "delivery_timeout_ms": 2_500,
    "metadata_timeout_ms": 2_000,
    "session_timeout_ms": 3_000,
    "prefetch": 32,
}
MOST_RUNS = 15  # of one actor on one number: failed sends are repeated, ever later, as is work that was not committed
BACKLOG = 600  # numbers sent before the fault, so that it strikes in the middle of work
PAUSE_SECONDS = 0.02
WORK_SECONDS = 0.01


class Chain:
    """Numbers are sent to the actor `first`, which hands them on to `second`, on topics under the prefix of `rig`.

    `acknowledged` are the numbers whose send returned, `refused` the errors of the other sends; `firsts` and `seconds`
    have the number of each run of the two actors.
    """

    def __init__(self, rig: Rig, broker: KafkaBroker, *, replication: int = 1) -> None:
        self.acknowledged: list[int] = []
        self.refused: list[NotAcknowledged] = []
        self.firsts: list[int] = []
        self.seconds: list[int] = []
        self._rig = rig
        self._broker = broker
        self._next = 0
        self._stopping = threading.Event()
        self._sender = threading.Thread(target=self._send_on, name="sender")
        for queue in ("first", "second"):
            broker.declare_queue(queue)
            specs = queue_specs(queue, partitions=3, replication=replication, prefix=rig.prefix)
            ensure(rig.servers, specs)

        @dramatiq.actor(broker=broker, queue_name="first")
        def first(number: int) -> None:
            time.sleep(WORK_SECONDS)
            self.firsts.append(number)
            second.send(number)

        @dramatiq.actor(broker=broker, queue_name="second")
        def second(number: int) -> None:
            self.seconds.append(number)

        self._first = first

    @property
    def most_runs(self) -> int:
        """The highest number of runs of one actor on one number."""
        return max(max(Counter(runs).values()) for runs in (self.firsts, self.seconds))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Sends and works. The block begins in the middle of the work; at its end, checks that all work is done."""
        self._next = BACKLOG
        patient = self._rig.broker()  # a Kafka that has just started may need longer than the timeouts of the fault
        patient.declare_queue("first")
        patient.enqueue_many([self._first.message(number) for number in range(BACKLOG)])
        self.acknowledged += range(BACKLOG)
        with self._rig.working(self._broker):
            self._sender.start()
            try:
                eventually(lambda: len(self.seconds) > BACKLOG // 6)
                yield
            finally:
                self._stopping.set()
                self._sender.join()
            self._is_whole()

    def goes_on(self, seconds: float = 90.0) -> None:
        """Waits until a number that is sent from now on has gone through both actors; fails after `seconds`."""
        begin = self._next
        eventually(lambda: max(self.seconds) > begin, seconds)

    def _send(self) -> None:
        """Sends the next number, and notes whether it was acknowledged or refused."""
        self._next += 1
        number = self._next
        try:
            self._first.send(number)
            self.acknowledged.append(number)
        except NotAcknowledged as error:
            self.refused.append(error)

    def _is_whole(self, seconds: float = 60.0) -> None:
        """Waits until all acknowledged numbers went through both actors and are settled; none has failed for good."""
        eventually(lambda: set(self.acknowledged) <= set(self.seconds), seconds)
        eventually(lambda: self._rig.all_committed("first") and self._rig.all_committed("second"), seconds)
        assert self.most_runs <= MOST_RUNS
        assert set(self.firsts) == set(self.seconds)
        assert self._rig.count("first.XQ") == self._rig.count("second.XQ") == 0
        # every send was either acknowledged or refused
        assert len(self.acknowledged) + len(self.refused) == self._next

    def _send_on(self) -> None:
        while not self._stopping.wait(PAUSE_SECONDS):
            self._send()
