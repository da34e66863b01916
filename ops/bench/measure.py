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
    stages: dict[str, float] = {}
    statements = 0.0
    for name, process in cluster.processes.items():
        if not process.running:
            continue
        url = f"{cluster.metrics(name)}/metrics"
        with urlopen(url, timeout=30) as response:  # noqa: S310  # our own metrics, on this machine
            families = list(text_string_to_metric_families(response.read().decode()))
        for sample in (sample for family in families for sample in family.samples):
            if sample.name == "casemail_stage_cpu_seconds_total":
                stages[sample.labels["stage"]] = stages.get(sample.labels["stage"], 0) + sample.value
            elif sample.name == "casemail_sql_statements_total":
                statements += sample.value
    return stages, statements
