"""The processes of a role count together: the sums are right while processes start and die."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
from prometheus_client import CollectorRegistry

from ops.monitoring.collectors import BuildCollector, FolderCollector, ProcessCollector
from ops.monitoring.liveness import consumer_gauges, of_consumers
from ops.monitoring.private_folder import VARIABLE

PROCESS = """
from workers.broker.metrics import QueueStats, show
show("work", QueueStats(reading=True, rebuilt=1), QueueStats())
print("shown", flush=True)
input()
"""


def started(folder: Path) -> subprocess.Popen[bytes]:
    """Starts a process that exports a reading consumer that was rebuilt once; it ends when it reads a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROCESS],
        env=os.environ | {VARIABLE: str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"shown\n"
    return process


def test_a_killed_process_is_not_shown_any_more_but_what_it_counted_is(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    registry.register(FolderCollector(tmp_path))

    def shown() -> tuple[float | None, float | None]:
        queue = {"queue": "work"}
        reading = registry.get_sample_value("dramatiq_kafka_reading", queue)
        return reading, registry.get_sample_value("dramatiq_kafka_rebuilt_total", queue)

    with started(tmp_path) as first, started(tmp_path) as other:
        assert shown() == (2, 2)
        assert list(consumer_gauges(tmp_path, "dramatiq_kafka_reading")) == [("work", 1), ("work", 1)]
        first.kill()
        first.wait()
        # the gauges of a dead process say nothing, even before anybody has scraped
        assert list(consumer_gauges(tmp_path, "dramatiq_kafka_reading")) == [("work", 1)]
        assert shown() == (1, 2)
        other.communicate(b"\n")
    assert of_consumers(tmp_path)() == {}
    assert shown() == (None, 2)


def test_files_of_dead_processes_go_and_their_counts_stay(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    registry.register(FolderCollector(tmp_path))
    for round_ in (1, 2):
        with started(tmp_path) as process:
            process.communicate(b"\n")
        assert registry.get_sample_value("dramatiq_kafka_rebuilt_total", {"queue": "work"}) == round_
        assert {file.stem.rpartition("_")[2] for file in tmp_path.glob("*.db")} == {"ended"}


def test_the_figures_of_processes_are_those_of_a_process_and_its_children() -> None:
    registry = CollectorRegistry()
    registry.register(ProcessCollector())
    registry.register(BuildCollector("worker"))
    before = registry.get_sample_value("casemail_processes") or 0
    alone = registry.get_sample_value("process_resident_memory_bytes") or 0
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert registry.get_sample_value("casemail_processes") == before + 1
        assert (registry.get_sample_value("process_resident_memory_bytes") or 0) > alone / 2
        child.communicate(b"\n")
    assert (registry.get_sample_value("process_cpu_seconds_total") or 0) > 0
    assert registry.get_sample_value("process_start_time_seconds") == psutil.Process().create_time()
    (sample,) = next(metric for metric in registry.collect() if metric.name == "casemail_build_info").samples
    assert (sample.labels["role"], sample.value) == ("worker", 1)
