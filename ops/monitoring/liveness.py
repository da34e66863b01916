"""Signs of life: of the threads and event loops of this process, or of the consumers that Dramatiq's processes run."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Lock

import psutil
from prometheus_client.mmap_dict import MmapedDict

#: Seconds between two signs of life of an event loop.
BEAT_SECONDS = 1.0
#: Returns, for each part of a role, the seconds since its last sign of life.
Ages = Callable[[], dict[str, float]]


class Heartbeats:
    """The signs of life of this process, by part; a part counts from its first sign on."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}
        self._lock = Lock()

    def beat(self, part: str) -> None:
        """Notes a sign of life of a part."""
        with self._lock:
            self._last[part] = time.monotonic()

    def ages(self) -> dict[str, float]:
        """Returns the seconds since the last sign of life of each part."""
        with self._lock:
            return {part: time.monotonic() - last for part, last in self._last.items()}

    async def of_event_loop(self) -> None:
        """Gives signs of life of the running event loop until cancelled."""
        while True:
            self.beat("event loop")
            await asyncio.sleep(BEAT_SECONDS)


def of_consumers(folder: Path) -> Ages:
    """Returns a function for the ages of the consumers that count in `folder`, by queue: of several, the oldest."""

    def ages() -> dict[str, float]:
        last: dict[str, float] = {}
        for queue, at in consumer_gauges(folder, "dramatiq_kafka_heartbeat_timestamp_seconds"):
            last[queue] = min(at, last.get(queue, at))
        return {f"consumer of {queue}": max(0.0, time.time() - at) for queue, at in last.items()}

    return ages


def consumer_gauges(folder: Path, name: str) -> Iterator[tuple[str, float]]:
    """Yields queue and value of a gauge of the broker for each living process that counts in `folder`."""
    for file in folder.glob("gauge_live*.db"):
        if psutil.pid_exists(int(file.stem.rpartition("_")[2])):
            for key, value, _, _ in MmapedDict.read_all_values_from_file(str(file)):  # type: ignore[no-untyped-call]
                metric, _, labels, _ = json.loads(key)
                if metric == name:
                    yield labels["queue"], value
