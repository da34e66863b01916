"""The exporter adds up the metrics of all processes of a host."""

import os
import subprocess
import sys
from pathlib import Path

from prometheus_client import CollectorRegistry

from workers.exporter import HostCollector

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
        env=os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"shown\n"
    return process


def test_a_killed_process_is_not_shown_any_more_but_what_it_counted_is(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    registry.register(HostCollector(tmp_path))

    def shown() -> tuple[float | None, float | None]:
        queue = {"queue": "work"}
        reading = registry.get_sample_value("dramatiq_kafka_reading", queue)
        return reading, registry.get_sample_value("dramatiq_kafka_rebuilt_total", queue)

    with started(tmp_path) as first, started(tmp_path) as other:
        assert shown() == (2, 2)
        first.kill()
        first.wait()
        assert shown() == (1, 2)
        other.communicate(b"\n")
    assert shown() == (None, 2)
