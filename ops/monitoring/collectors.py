"""Collectors of what the processes of a role count: added up from their folder, or from this process alone."""

import os
import platform
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from threading import Lock

import psutil
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from storage.scraped import Scraped

HEARTBEAT_AGE = Scraped(
    "casemail_heartbeat_age_seconds", "Time since a thread or event loop gave a sign of life.", "part"
)
BUILD = Scraped(
    "casemail_build_info",
    "1; the labels name the versions of casemail and Python, and the role.",
    "version",
    "python",
    "role",
)
CPU = Scraped("process_cpu_seconds_total", "CPU time of all processes of the role.")
MEMORY = Scraped("process_resident_memory_bytes", "Resident memory of all processes of the role.")
OPEN_FILES = Scraped("process_open_fds", "Open files of all processes of the role.")
THREADS = Scraped("process_threads", "Threads of all processes of the role.")
PROCESSES = Scraped("casemail_processes", "Processes of the role, those that read hostile bytes included.")
STARTED = Scraped("process_start_time_seconds", "Unix time at which the role started.")

#: In names of files: what processes counted that have ended.
_ENDED = "ended"
_OURS = ("casemail_", "dramatiq_")


class FolderCollector(Collector):
    """Adds up what the processes of a role have counted in their folder.

    The gauges of a process that has ended are removed, its counters and histograms go into one file for all such
    processes, so that the sums never fall and the number of files does not grow. One process at a time may collect.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sum = MultiProcessCollector(CollectorRegistry(), str(folder))  # type: ignore[no-untyped-call]
        self._lock = Lock()

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            self._fold_ended()
            yield from list(self._sum.collect())  # type: ignore[no-untyped-call]

    def _fold_ended(self) -> None:
        for file in self._folder.glob("*_*.db"):
            kind, _, process = file.stem.rpartition("_")
            if process == _ENDED or psutil.pid_exists(int(process)):
                continue
            if kind in {"counter", "histogram"}:
                _add(file, self._folder / f"{kind}_{_ENDED}.db")
            file.unlink()


def _add(ended: Path, to: Path) -> None:
    """Adds the values of a file of prometheus_client to those of another."""
    sums = MmapedDict(str(to))  # type: ignore[no-untyped-call]
    for key, value, stamp, _ in MmapedDict.read_all_values_from_file(str(ended)):  # type: ignore[no-untyped-call]
        before, _ = sums.read_value(key)  # type: ignore[no-untyped-call]
        sums.write_value(key, before + value, stamp)  # type: ignore[no-untyped-call]
    sums.close()  # type: ignore[no-untyped-call]


class OwnCollector(Collector):
    """What this process counts; not Python's own figures, which `ProcessCollector` has for all processes of a role."""

    def collect(self) -> Iterator[Metric]:
        yield from (metric for metric in REGISTRY.collect() if metric.name.startswith(_OURS))


class HeartbeatCollector(Collector):
    """How long ago each part of the process gave a sign of life; `ages` returns it in seconds."""

    def __init__(self, ages: Callable[[], dict[str, float]]) -> None:
        self._ages = ages

    def collect(self) -> Iterator[Metric]:
        gauge = HEARTBEAT_AGE.family()
        for part, age in self._ages().items():
            gauge.add_metric([part], age)
        yield gauge


class BuildCollector(Collector):
    """Which version of casemail and Python runs as which role."""

    def __init__(self, role: str) -> None:
        self._values = [version("casemail"), platform.python_version(), role]

    def collect(self) -> Iterator[Metric]:
        gauge = BUILD.family()
        gauge.add_metric(self._values, 1)
        yield gauge


class ProcessCollector(Collector):
    """CPU, memory and files of all processes of a role: `root` and what it started."""

    def __init__(self, root: int | None = None) -> None:
        self._root = root or os.getpid()
        self._cpu = 0.0

    def collect(self) -> Iterator[Metric]:
        members = self._members()
        memory = files = threads = 0
        cpu = 0.0
        for member in members:
            with suppress(psutil.Error), member.oneshot():
                times = member.cpu_times()
                cpu += times.user + times.system + times.children_user + times.children_system
                memory += member.memory_info().rss
                threads += member.num_threads()
                files += member.num_fds()
        self._cpu = max(self._cpu, cpu)  # the time of a child that was killed may be missing until it was waited for
        yield CPU.family(self._cpu)
        yield MEMORY.family(memory)
        yield OPEN_FILES.family(files)
        yield THREADS.family(threads)
        yield PROCESSES.family(len(members))
        with suppress(psutil.Error):
            yield STARTED.family(psutil.Process(self._root).create_time())

    def _members(self) -> list[psutil.Process]:
        with suppress(psutil.Error):
            root = psutil.Process(self._root)
            return [root, *root.children(recursive=True)]
        return []
