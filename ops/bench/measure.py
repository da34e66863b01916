"""Readings before and after a phase: CPU time by process and by stage, statements, memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.request import urlopen

import psutil
from prometheus_client.parser import text_string_to_metric_families

from ops.cluster import Cluster


@dataclass(frozen=True)
class Snapshot:
    """CPU seconds by process and by stage, round trips to PostgreSQL, resident memory in bytes by process."""

    cpu: Mapping[str, float]
    stages: Mapping[str, float]
    statements: float
    memory: Mapping[str, int]


def snapshot(cluster: Cluster, others: Mapping[str, int]) -> Snapshot:
    """Takes a reading now; `others` are further processes by name and pid."""
    pids = {name: process.pid for name, process in cluster.processes.items()} | dict(others)
    if cluster.kafka is not None:
        pids["kafka"] = cluster.kafka.pid
    if cluster.postgres is not None:
        pids["postgres"] = cluster.postgres.pid
    cpu, memory = {}, {}
    for name, pid in pids.items():
        parent = psutil.Process(pid)
        family = [parent, *parent.children(recursive=True)]
        times = [member.cpu_times() for member in family]
        cpu[name] = sum(each.user + each.system for each in times) + times[0].children_user + times[0].children_system
        memory[name] = sum(member.memory_info().rss - member.memory_info().shared for member in family)
    stages, statements = _metrics(cluster)
    return Snapshot(cpu, stages, statements, memory)


def _metrics(cluster: Cluster) -> tuple[dict[str, float], float]:
    url = f"http://{cluster.settings.metrics.host}:{cluster.settings.metrics.port}/metrics"
    with urlopen(url, timeout=30) as response:  # our own metrics, on this machine
        families = {each.name: each for each in text_string_to_metric_families(response.read().decode())}
    stages = {
        sample.labels["stage"]: sample.value
        for sample in getattr(families.get("casemail_stage_cpu_seconds"), "samples", ())
        if sample.name.endswith("_total")
    }
    statements = sum(
        sample.value
        for sample in getattr(families.get("casemail_sql_statements"), "samples", ())
        if sample.name.endswith("_total")
    )
    return stages, statements
