"""The board of one stage, or of several: how much they do, how long it takes, and what they wait for."""

from ops.grafana.model import (
    Board,
    Choice,
    Kind,
    Limits,
    Panel,
    Query,
    Row,
    Unit,
    of_label,
    quantile_by,
    quantiles,
    rate_by,
)

_OF = '{stage=~"$stage"}'
_PER_RECORD = (
    f"sum by (stage) (rate(casemail_stage_seconds_sum{_OF}[$__rate_interval]))"
    f" / sum by (stage) (rate(casemail_stage_records_total{_OF}[$__rate_interval]))"
)

_WORK = Row(
    "Stages: $stage",
    (
        Panel(
            Kind.GRAPH,
            "Records a second",
            Unit.PER_SECOND,
            "By stage.",
            rate_by("stage", "casemail_stage_records_total", _OF),
            leads_to=of_label("casemail-stages", "stage", "stage"),
        ),
        Panel(
            Kind.GRAPH,
            "Records a second, by outcome",
            Unit.PER_SECOND,
            "`failed` and `apart` are errors, which are tried again; the worker's log has them.",
            rate_by("outcome", "casemail_stage_records_total", _OF),
            stacked=True,
        ),
        Panel(
            Kind.GRAPH,
            "CPU, in cores",
            Unit.NUMBER,
            "Near the number of cores: add workers.",
            rate_by("stage", "casemail_stage_cpu_seconds_total", _OF),
            stacked=True,
        ),
        Panel(
            Kind.GRAPH,
            "Time for a message of up to twenty records",
            Unit.SECONDS,
            "Half, 95 % and 99 % were faster.",
            quantiles("casemail_stage_seconds", _OF),
            Limits(10, 60),
        ),
        Panel(
            Kind.GRAPH,
            "Time for a message, 95 %, by stage",
            Unit.SECONDS,
            "The stage that became slow.",
            quantile_by("stage", "casemail_stage_seconds", _OF),
            Limits(10, 60),
            leads_to=of_label("casemail-stages", "stage", "stage"),
        ),
        Panel(
            Kind.GRAPH,
            "Time for a record, by stage",
            Unit.SECONDS,
            "On average. Long with little CPU: the stage waits for the database, the blob store or a server.",
            (Query(_PER_RECORD, "{{stage}}"),),
        ),
    ),
)

_STORES = Row(
    "What all stages wait for",
    (
        Panel(
            Kind.GRAPH,
            "Round trips to PostgreSQL, 95 %, by role",
            Unit.SECONDS,
            "Slow: PostgreSQL lacks CPU or disk, or a lock is held.",
            quantile_by("role", "casemail_database_seconds"),
            Limits(0.1, 1),
            6,
        ),
        Panel(
            Kind.GRAPH,
            "Round trips to PostgreSQL",
            Unit.PER_SECOND,
            "By role.",
            rate_by("role", "casemail_sql_statements_total"),
            width=6,
            stacked=True,
        ),
        Panel(
            Kind.GRAPH,
            "Connections to PostgreSQL in use",
            Unit.NUMBER,
            "By role, of all processes.",
            (Query("sum by (role) (casemail_database_connections_in_use)", "{{role}}"),),
            width=6,
        ),
        Panel(
            Kind.GRAPH,
            "Blob store, 95 %, by operation",
            Unit.SECONDS,
            "Slow: the disk or the object store.",
            quantile_by("operation", "casemail_blob_seconds"),
            Limits(0.5, 5),
            6,
        ),
    ),
)

BOARD = Board(
    "casemail-stages",
    "casemail: stages",
    "What the stages of the pipeline do, and what they wait for.",
    (_WORK, _STORES),
    (Choice("stage", "Stage", "casemail_stage_records_total", "stage"),),
)
