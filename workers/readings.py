"""Reads figures for `/metrics` in threads of their own, again and again, so that a scrape never waits for a read."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from threading import Event, Thread

import structlog
from prometheus_client.core import Metric

from storage.scraped import Scraped

UP = Scraped("casemail_up", "Whether a part of the cluster's figures can be read.", "part")
READ_AGE = Scraped("casemail_read_age_seconds", "Time since the figures of a part that are shown were read.", "part")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Pace:
    """How often a part is read, in seconds.

    A read begins `period` after the last one began; after a read that took longer than `quick`, only after a pause of
    `rest` times that duration, so that it takes little of the database. A part whose read takes longer than `patience`
    is shown as one that can't be read.
    """

    period: float = 5.0
    patience: float = 2.0
    quick: float = 1.0
    rest: float = 5.0


PACE = Pace()


class Reading:
    """The figures of one part, read in a thread from `start` to `stop`."""

    def __init__(self, part: str, read: Callable[[], Iterable[Metric]], pace: Pace) -> None:
        self.part = part
        self.figures: list[Metric] = []
        self.read_at: float | None = None
        self._read = read
        self._pace = pace
        self._began_at: float | None = None
        self._well: bool | None = None
        self._stop = Event()
        self._thread = Thread(target=self._run, name=f"read {part}", daemon=True)

    @property
    def current(self) -> bool | None:
        """Whether the part can be read; None before the first read has ended, or has lasted too long."""
        began = self._began_at
        if began is not None and time.monotonic() - began > self._pace.patience:
            return False
        return self._well

    def start(self) -> None:
        """Begins to read."""
        self._thread.start()

    def stop(self) -> None:
        """Reads no more; does not wait for a read that is running."""
        self._stop.set()

    def join(self, seconds: float) -> None:
        """Waits up to `seconds` for a read that is still running after `stop`."""
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stop.is_set():
            began = self._began_at = time.monotonic()
            try:
                figures = list(self._read())
            except Exception as error:  # noqa: BLE001  # the scrape must show what can be read
                if self._well is not False:  # an outage is logged once
                    _log.warning("not read for /metrics", part=self.part, error=error)
                self._well = False
            else:
                self.figures, self.read_at, self._well = figures, time.monotonic(), True
            took, self._began_at = time.monotonic() - began, None
            pause = self._pace.rest * took if took > self._pace.quick else self._pace.period - took
            self._stop.wait(max(0.0, pause))


class Readings:
    """Readings of several parts, from `start` to `stop`."""

    def __init__(self, parts: Mapping[str, Callable[[], Iterable[Metric]]], pace: Pace = PACE) -> None:
        self.all = [Reading(part, read, pace) for part, read in parts.items()]

    def start(self) -> None:
        """Begins to read all parts."""
        for reading in self.all:
            reading.start()

    def stop(self) -> None:
        """Reads no more; does not wait for reads that are running."""
        for reading in self.all:
            reading.stop()

    def join(self, seconds: float) -> None:
        """Waits up to `seconds` for the reads that are still running after `stop`."""
        until = time.monotonic() + seconds
        for reading in self.all:
            reading.join(max(0.0, until - time.monotonic()))


def figures(readings: Iterable[Reading]) -> Iterator[Metric]:
    """Yields the figures that were read last; for each part also whether it can be read, and their age."""
    up, age = UP.family(), READ_AGE.family()
    for reading in readings:
        if (current := reading.current) is not None:
            up.add_metric([reading.part], int(current))
        if reading.read_at is not None:
            age.add_metric([reading.part], time.monotonic() - reading.read_at)
        yield from reading.figures
    yield from (up, age)
