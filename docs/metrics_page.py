"""Makes the page of metrics: name, type, labels and meaning come from the code, the advice from the tables below."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from prometheus_client import REGISTRY, Counter, Gauge, Histogram

from ops.monitoring import collectors
from schemas.tables import OutboxKind
from storage.figures import SOURCE_CLASSES
from storage.scraped import SCRAPED
from workers import exporter, metrics
from workers.broker import metrics as broker_metrics

#: Importing them defines their metrics; those of the database and the blob store come with them.
MODULES = (collectors, exporter, metrics, broker_metrics)
_PROMETHEUS = Path(__file__).parents[1] / "ops" / "prometheus"
_OURS = ("casemail_", "dramatiq_kafka_")


def _values(values: Iterable[str]) -> str:
    """Returns the values of a label in backticks."""
    return ", ".join(f"`{value}`" for value in values)


HEAD = """# Metrics

<!-- Made by `make docs` from the code and docs/metrics_page.py. Do not edit it by hand. -->

Every metric that a role serves at `/metrics` ([watching](watching.md) says where). Times are in seconds. A counter only
grows, until its process starts again: look at its `rate` or `increase`. A histogram has the series `_bucket`, `_sum`
and `_count`. Each alert has a section in the [runbook](runbook.md).

| label | means |
|---|---|
"""

LABELS = {
    "tenant": "the tenant's short name; `(others)` sums up the tenants that have nothing to tell",
    "place": _values(exporter.PLACES),
    "source": "a source's id; of batches and canaries, the kind of source",
    "source_kind": f"{_values(metrics.SOURCES)}; `command` is `casemail ingest`, `removed` a source that was deleted",
    "name": "the source's name",
    "stage": "a stage of the [pipeline](../architecture.md)",
    "outcome": "of a stage: the record handed on, or what went wrong; of a sent mail: `sent`, `later`, `refused`",
    "reason": "why a mail does not post ([reasons](../administer/reasons.md)), or a file was left out",
    "cause": f"why a pushed mail was refused: {_values(metrics.PushCause)}; or an original was deleted",
    "step": f"what could not be read of a mail: {_values(metrics.STEPS)} (`custody`: all but its bytes)",
    "kind": f"of outgoing mail: {_values(OutboxKind)}; of what was put into the topics: {_values(metrics.EMISSIONS)}",
    "class": f"of a fetched source, the first that it fits: {_values(SOURCE_CLASSES)}",
    "topic": "a topic of Kafka, without prefix",
    "queue": "a queue: a topic, or with `.DQ` its messages that wait for a later try",
    "error": "the class of an error, or `other`",
    "duty": "a periodic job of the dispatcher",
    "part": "of the figures of the cluster, or of a process: what is read, or what must show signs of life",
    "role": "of the database: the role in PostgreSQL; of a build: the casemail role, such as `worker`",
    "operation": "`put`, `get` or `delete`",
    "version": "the version of casemail",
    "python": "the version of Python",
}


@dataclass(frozen=True)
class Metric:
    """What the code says of a metric."""

    type: str
    labels: tuple[str, ...]
    meaning: str


@dataclass(frozen=True)
class Group:
    """A section of the page: its heading, and by metric the advice besides that of the runbook."""

    heading: str
    advice: Mapping[str, str]


GROUPS = (
    Group(
        "Mails",
        {
            "casemail_mails": "`unaccounted` must be 0. If `in_flight` grows, look at the queues; if `held`, people "
            "must "
            "decide, or a reason has become frequent.",
            "casemail_oldest_in_flight_seconds": "Usually seconds. If it grows, look at the queues and the dispatcher.",
            "casemail_oldest_held_seconds": "Remind the tenant's admins of their held mails.",
            "casemail_conservation_drift": "Ask who changed rows by hand, or restored single tables.",
            "casemail_conservation_check_age_seconds": "Over two days: the check does not run, or its statement is "
            "cancelled.",
            "casemail_mail_seconds": "Compare the stages: which takes longest, and where do records wait?",
            "casemail_batch_latency_seconds": "Compare the stages; of fetched mail, see also `casemail_fetch_seconds`.",
            "casemail_rejections_total": "If one reason jumps, look at some of its mails with `casemail find`.",
            "casemail_not_read_total": "Single mails: an attack or a broken program. Many: a fault of casemail.",
            "casemail_files_left_out_total": "If one reason jumps, look at the tenants' rules for files; if it is "
            "`not_scanned`, at the scanner.",
            "casemail_originals_deleted_total": "Deletions by retention follow the tenants' settings; those by erasure "
            "follow a person's request.",
            "casemail_archived_total": "Follows the settings of the archive; `casemail archive verify` checks it.",
        },
    ),
    Group(
        "Ways in",
        {
            "casemail_fetch_seconds": "Slow: the server, or a large mailbox. `casemail source test` shows each step.",
            "casemail_sources": "Most should be `fine`; those of the first five classes are named one by one.",
            "casemail_source_success_age_seconds": "Several periods: the source is not read; its page has the error.",
            "casemail_source_failures": "A few come and go. If it grows, the page of the source has the error.",
            "casemail_source_left_behind": "Must be 0: the server lists mails that it does not return.",
            "casemail_source_paused": "Its log-in was refused: correct the password, then resume it.",
            "casemail_source_undecided": "An admin must decide on the mailbox's old mails.",
            "casemail_source_active": "0: a person has it paused. Ask whether that is still meant.",
            "casemail_push_refused_total": "All causes mean *try again*, but `domain`, `size` and `webhook`: there "
            "the client "
            "is at fault.",
            "casemail_canary_latency_seconds": "Longer than the batches: the mail servers in front are slow.",
            "casemail_canaries_missing": "Must be 0: mail of this tenant may not arrive.",
            "casemail_disk_free_bytes": "Enlarge the disk, or keep originals for a shorter time.",
            "casemail_intake_stopped": "Must be 0: the disk is full, and no mail is taken in.",
        },
    ),
    Group(
        "Ways out",
        {
            "casemail_outbox_waiting": "It grows when the mail server that sends is away, or too few couriers run.",
            "casemail_outbox_oldest_seconds": "Usually seconds; minutes after an outage of the mail server.",
            "casemail_smtp_replies_total": "Many `later`: the mail server is away or overloaded. Many `refused`: it "
            "rejects our mail, see the courier's log.",
        },
    ),
    Group(
        "Stages",
        {
            "casemail_stage_seconds": "Long with little CPU time: the stage waits for the database, the blob store or "
            "a server.",
            "casemail_stage_cpu_seconds_total": "Near the number of cores: add workers ([sizing](sizing.md)).",
            "casemail_stage_records_total": "Outcomes `failed` and `apart` are errors, which are tried again; the "
            "worker's log has them.",
        },
    ),
    Group(
        "Dispatcher",
        {
            "casemail_emitted_total": "`admitted` follows the mail that comes in. `again` must be rare.",
            "casemail_stalled_total": "Must not grow: something in a mail kills each worker that reads it.",
            "casemail_dispatcher_failures_total": "One failure passes. If they repeat, the dispatcher's log has the "
            "error.",
            "casemail_exporter_leader": "One dispatcher shows 1. None: no figures of the cluster; look at PostgreSQL.",
            "casemail_up": "0: the figures of this part are old, as `casemail_read_age_seconds` says.",
            "casemail_read_age_seconds": "Over a minute: PostgreSQL or Kafka is slow or away.",
        },
    ),
    Group(
        "Queues",
        {
            "casemail_consumer_lag": "It grows while workers are too few, dead, or wait for a server.",
            "casemail_group_members": "Must not be 0: nobody works on the topic.",
            "dramatiq_kafka_reading": "Lower than the number of processes: a consumer can't join its group; look at "
            "Kafka.",
            "dramatiq_kafka_buffered": "Bounded by the prefetch. Full for long: the worker's threads are busy.",
            "dramatiq_kafka_in_flight": "Full for long: the threads wait for something; see `casemail_stage_seconds`.",
            "dramatiq_kafka_wait_seconds": "How long a message waits for a worker. If it grows, add workers.",
            "dramatiq_kafka_standstill_seconds": "Minutes: a message does not settle; a worker hangs.",
            "dramatiq_kafka_full_windows": "For minutes: one message holds up its partition; see the standstill.",
            "dramatiq_kafka_stopped": "Must be 0: nearly all messages fail, and the rest are held back.",
            "dramatiq_kafka_retries_total": "Many: a server that a stage needs is away; the worker's log names it.",
            "dramatiq_kafka_redelivered_total": "Many: Kafka does not acknowledge what workers hand on.",
            "dramatiq_kafka_dead_letters_total": "Must not grow: a message failed for good.",
            "dramatiq_kafka_commits_refused_seconds": "Minutes: look at Kafka's replicas, coordinators and disks.",
            "dramatiq_kafka_rebuilt_total": "A few after outages. If it goes on: the network to Kafka, or one of its "
            "brokers.",
            "dramatiq_kafka_producers_rebuilt_total": "As `dramatiq_kafka_rebuilt_total`.",
            "dramatiq_kafka_heartbeat_timestamp_seconds": "A minute ago or more: the consumer is stuck, as `/livez` "
            "says.",
        },
    ),
    Group(
        "Database and blob store",
        {
            "casemail_sql_statements_total": "It grows with the mails. Without mail: people in the console, or short "
            "periods.",
            "casemail_database_seconds": "Slow: PostgreSQL lacks CPU or disk, or a lock is held. All stages wait for "
            "it.",
            "casemail_database_connections_in_use": "High for long: transactions last, PostgreSQL is slow or a lock "
            "is held.",
            "casemail_blob_seconds": "Slow: the disk or the object store. All stages wait for it.",
        },
    ),
    Group(
        "Processes",
        {
            "casemail_build_info": "Two versions for long: an upgrade has not ended.",
            "casemail_heartbeat_age_seconds": "Over `CASEMAIL_METRICS_STUCK_SECONDS`: it is stuck; restart the "
            "process.",
            "casemail_processes": "It grows without end: processes that read hostile bytes are not ended; report it.",
            "process_cpu_seconds_total": "All cores in use while mail waits: add machines ([sizing](sizing.md)).",
            "process_resident_memory_bytes": "Beyond what [sizing](sizing.md) says, or growing for days: report it.",
            "process_open_fds": "Near the limit of the system (`ulimit -n`): raise it, and report growth without end.",
            "process_threads": "Growth without end is a fault: report it.",
            "process_start_time_seconds": "Changes often: the process dies and is started again; its log says why.",
        },
    ),
)


def defined() -> dict[str, Metric]:
    """Returns all metrics of casemail by name, as the code defines them."""
    found = {each.name: Metric(each.type, each.labels, each.meaning) for each in SCRAPED.values()}
    for metric in list(REGISTRY._collector_to_names):  # collect() names no labels of what has no series
        if isinstance(metric, Counter | Gauge | Histogram):
            name, labels = metric._name, tuple(metric._labelnames)
            if name.startswith(_OURS):
                total = "_total" if isinstance(metric, Counter) else ""
                found[name + total] = Metric(metric._type, labels, metric._documentation)
    return found


def alerts() -> dict[str, list[str]]:
    """Returns the names of the alerts that watch each metric, by its name; through recording rules, too."""
    rules = [
        rule
        for file in ("alerts.yml", "slo.yml")
        for group in yaml.safe_load((_PROMETHEUS / file).read_text())["groups"]
        for rule in group["rules"]
    ]
    recorded = {rule["record"]: rule["expr"] for rule in rules if "record" in rule}
    found: dict[str, list[str]] = {}
    for rule in rules:
        if "alert" in rule:
            expression = re.sub(r"casemail:\w+:\w+", lambda name: recorded[name[0]], rule["expr"])
            names = re.findall(r"\b(?:casemail|dramatiq)_\w+", expression)
            for name in {re.sub("_(bucket|count|sum)$", "", name) for name in names}:
                found.setdefault(name, []).append(rule["alert"])
    return found


def metrics_page() -> str:
    """Returns the page of metrics as Markdown."""
    known, watching = defined(), alerts()
    lines = [HEAD, *(f"| `{label}` | {meaning} |\n" for label, meaning in LABELS.items())]
    for group in GROUPS:
        lines.append(f"\n## {group.heading}\n\n")
        lines.append("| metric | type | labels | shows | when it looks wrong |\n|---|---|---|---|---|\n")
        for name, advice in group.advice.items():
            metric = known[name]
            labels = ", ".join(f"`{label}`" for label in metric.labels)
            links = "".join(f" [{alert}](runbook.md#{alert.lower()})" for alert in watching.get(name, ()))
            lines.append(f"| `{name}` | {metric.type} | {labels} | {metric.meaning} | {advice}{links} |\n")
    return "".join(lines)
