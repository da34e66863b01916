"""Reads figures for a scrape in separate threads, so that a slow or failing read delays neither the scrape nor the
process."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from threading import Lock, Thread

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Pace:
    """How long a scrape waits, and how often a part is read, in seconds.

    A scrape waits `patience` for the reads that it began; then it shows the figures of the last successful reads. After
    a read that took longer than `quick`, the next begins only after a pause of `rest` times that duration if it
    succeeded, `rest_failed` times if it failed.
    """

    patience: float = 2.0
    quick: float = 1.0
    rest: float = 20.0
    rest_failed: float = 5.0


PACE = Pace()


class Reading:
    """The figures of one part. `read` returns them; it runs in a separate thread, never twice at the same time."""

    def __init__(self, part: str, read: Callable[[], Iterable[Metric]], pace: Pace) -> None:
        self.part = part
        self._pace = pace
        self.figures: list[Metric] = []
        self.read_at: float | None = None
        self._read = read
        self._well = False
        self._thread: Thread | None = None
        self._again_at = float("-inf")

    @property
    def current(self) -> bool:
        """Whether the figures are up to date: the last read did not fail, and no read is running."""
        return self._well and not self._is_running

    def begin(self) -> bool:
        """Begins a read and returns True; returns False while a read is running or when it is too soon for the next."""
        if self._is_running or time.monotonic() < self._again_at:
            return False
        self._thread = Thread(target=self._work, name=f"read {self.part}", daemon=True)
        self._thread.start()
        return True

    def wait(self, until: float) -> None:
        """Waits for the running read to end, but not beyond `until` (monotonic time)."""
        if self._thread is not None:
            self._thread.join(max(0.0, until - time.monotonic()))

    @property
    def _is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _work(self) -> None:
        begun = time.monotonic()
        try:
            figures = list(self._read())
        except Exception as error:  # noqa: BLE001  # the scrape must show what can be read
            self._well = False
            _log.warning("not read for /metrics", part=self.part, error=str(error))
        else:
            self.figures, self.read_at, self._well = figures, time.monotonic(), True
        took = time.monotonic() - begun
        if took > self._pace.quick:
            rest = self._pace.rest if self._well else self._pace.rest_failed
            self._again_at = time.monotonic() + rest * took


class Readings:
    """All readings of a scrape. It waits up to `Pace.patience` for them; a second scrape meanwhile does not wait."""

    def __init__(self, parts: dict[str, Callable[[], Iterable[Metric]]], pace: Pace = PACE) -> None:
        self.patience = pace.patience
        self._all = [Reading(part, read, pace) for part, read in parts.items()]
        self._lock = Lock()

    def collect(self) -> Iterator[Metric]:
        """Yields the figures that were read last; for each part also whether it could be read now, and their age."""
        if self._lock.acquire(blocking=False):
            try:
                self._refresh()
            finally:
                self._lock.release()
        up = GaugeMetricFamily("casemail_up", "Whether a part could be read at this scrape.", labels=["part"])
        age = GaugeMetricFamily(
            "casemail_read_age_seconds", "Time since the figures of a part that are shown were read.", labels=["part"]
        )
        for reading in self._all:
            up.add_metric([reading.part], int(reading.current))
            if reading.read_at is not None:
                age.add_metric([reading.part], time.monotonic() - reading.read_at)
            yield from reading.figures
        yield from (up, age)

    def _refresh(self) -> None:
        begun = [reading for reading in self._all if reading.begin()]
        until = time.monotonic() + self.patience
        for reading in begun:
            reading.wait(until)
