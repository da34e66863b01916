"""Figures for a scrape that are read beside it: what can't be read, or takes long, holds up neither the scrape nor the
work of the process."""

import time
from collections.abc import Callable, Iterable, Iterator
from threading import Lock, Thread

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric

#: Seconds that a scrape waits for what it began to read; then it shows what was read before.
PATIENCE_SECONDS = 2.0
#: A reading that took longer than this rests many times as long as it took: after it succeeded, and after it failed.
QUICK_SECONDS, RESTS = 1.0, {True: 20, False: 5}

_log = structlog.get_logger(__name__)


class Reading:
    """What one part is asked for: `read` gives its figures, in a thread of its own, never twice at a time."""

    def __init__(self, part: str, read: Callable[[], Iterable[Metric]]) -> None:
        self.part = part
        self.figures: list[Metric] = []
        self.read_at: float | None = None
        self._read = read
        self._well = False
        self._thread: Thread | None = None
        self._again_at = float("-inf")

    @property
    def current(self) -> bool:
        """Whether the figures are what was last to be read: nothing failed, and nothing is still on its way."""
        return self._well and not self._runs

    def begin(self) -> bool:
        """Begins to read, unless that is on its way already, or it is too soon; returns whether it began."""
        if self._runs or time.monotonic() < self._again_at:
            return False
        self._thread = Thread(target=self._work, name=f"read {self.part}", daemon=True)
        self._thread.start()
        return True

    def wait(self, until: float) -> None:
        """Waits for what is being read, until that monotonic time at most."""
        if self._thread is not None:
            self._thread.join(max(0.0, until - time.monotonic()))

    @property
    def _runs(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _work(self) -> None:
        begun = time.monotonic()
        try:
            figures = list(self._read())
        except Exception as error:  # noqa: BLE001  # the scrape must show what can be shown
            self._well = False
            _log.warning("not read for /metrics", part=self.part, error=str(error))
        else:
            self.figures, self.read_at, self._well = figures, time.monotonic(), True
        took = time.monotonic() - begun
        if took > QUICK_SECONDS:
            self._again_at = time.monotonic() + RESTS[self._well] * took


class Readings:
    """The readings of a scrape together. One scrape waits for them, a while; another at the same time does not."""

    def __init__(self, parts: dict[str, Callable[[], Iterable[Metric]]]) -> None:
        self._all = [Reading(part, read) for part, read in parts.items()]
        self._turn = Lock()

    def collect(self) -> Iterator[Metric]:
        """The figures read last, whether each part could be read at this scrape, and how old its figures are."""
        if self._turn.acquire(blocking=False):
            try:
                self._refresh()
            finally:
                self._turn.release()
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
        until = time.monotonic() + PATIENCE_SECONDS
        for reading in begun:
            reading.wait(until)
