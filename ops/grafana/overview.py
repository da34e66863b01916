"""The board to look at first: is every mail accounted for, are the objectives met, and what is not as it should be."""

from collections.abc import Iterator

from ops.grafana.model import (
    MUST_BE_ZERO,
    Board,
    Kind,
    Limits,
    Panel,
    Query,
    Row,
    Unit,
    number_by,
    of_label,
    quantile_by,
    quantiles,
    rate_by,
)
from ops.prometheus.slo import BURNS, OBJECTIVES, Objective, recorded

#: The slowest and the fastest burn rate that raise an alert.
_BURNS = sorted(burn.rate for _, burns in BURNS.values() for burn in burns)
_WINDOWS = ("5m", "1h", "6h", "3d")

_CONSERVATION = Row(
    "Is every mail accounted for?",
    (
        Panel(
            Kind.STAT,
            "Unaccounted",
            Unit.NUMBER,
            "Mails taken in that have no end state and are not in flight; must be 0, but for a moment.",
            (Query('sum(abs(casemail_mails{place="unaccounted"}))'),),
            MUST_BE_ZERO,
            4,
            "casemail-tenant",
        ),
        Panel(
            Kind.STAT,
            "In flight",
            Unit.NUMBER,
            "Mails that have not come to an end state.",
            (Query('sum(casemail_mails{place="in_flight"})'),),
            width=4,
            leads_to="casemail-queues",
        ),
        Panel(
            Kind.STAT,
            "Oldest in flight",
            Unit.SECONDS,
            "Usually seconds. The alert CasemailMailStuck fires after 15 minutes.",
            (Query("max(casemail_oldest_in_flight_seconds)"),),
            Limits(60, 900),
            4,
            "casemail-queues",
        ),
        Panel(
            Kind.STAT,
            "Held for a person",
            Unit.NUMBER,
            "Mails that wait for a decision of their tenant.",
            (Query('sum(casemail_mails{place="held"})'),),
            width=4,
            leads_to="casemail-tenant",
        ),
        Panel(
            Kind.STAT,
            "Canaries missing",
            Unit.NUMBER,
            "Test mails that are late; must be 0. 0 also where no canaries are sent.",
            (Query("sum(casemail_canaries_missing) or vector(0)"),),
            MUST_BE_ZERO,
            4,
            "casemail-sources",
        ),
        Panel(
            Kind.STAT,
            "Free on the disk",
            Unit.BYTES,
            "Of the blob store. When it is nearly full, no mail is taken in.",
            (Query("min(casemail_disk_free_bytes)"),),
            Limits(20e9, 5e9, below=True),
            4,
        ),
    ),
)


def _objective(objective: Objective) -> Iterator[Panel]:
    budget = 1 - objective.share
    yield Panel(
        Kind.STAT,
        f"{objective.share:.1%} of {objective.what}",
        Unit.SHARE,
        "The share in time over three days. Without mail there is no figure.",
        (Query(f"1 - {recorded(objective, '3d')}"),),
        Limits(objective.share, objective.share - budget, below=True),
        6,
    )
    yield Panel(
        Kind.GRAPH,
        "How fast its error budget burns",
        Unit.NUMBER,
        "At 1 the budget of 30 days lasts 30 days. The lines are the slowest and the fastest rate that raise an alert.",
        tuple(Query(f"{recorded(objective, window)} / {round(budget, 6)}", window) for window in _WINDOWS),
        Limits(_BURNS[0], _BURNS[-1]),
        18,
    )


_OBJECTIVES = Row("Are the objectives met?", tuple(panel for each in OBJECTIVES for panel in _objective(each)))

_FLOW = Row(
    "What comes in, and where it goes",
    (
        Panel(
            Kind.GRAPH,
            "Mails that end, by kind of source",
            Unit.PER_SECOND,
            "Mails a second; they are counted when their batch has finished.",
            rate_by("source_kind", "casemail_mail_seconds_count"),
            stacked=True,
            leads_to="casemail-sources",
        ),
        Panel(
            Kind.GRAPH,
            "From custody to the end",
            Unit.SECONDS,
            "Half, 95 % and 99 % of the mails were faster.",
            quantiles("casemail_mail_seconds"),
            Limits(10, 60),
            leads_to="casemail-stages",
        ),
        Panel(
            Kind.GRAPH,
            "Batches, 95 %, by kind of source",
            Unit.SECONDS,
            "From the start of a fetch to the end state of its last mail.",
            quantile_by("source", "casemail_batch_latency_seconds"),
            Limits(60, 300),
        ),
        Panel(
            Kind.BARS,
            "Mails that do not post, by reason",
            Unit.NUMBER,
            "In the time that the board shows. If one reason jumps, look at some of its mails with `casemail find`.",
            number_by("reason", "casemail_rejections_total"),
        ),
        Panel(
            Kind.BARS,
            "In flight, by tenant",
            Unit.NUMBER,
            "The ten with the most. The backlog of one tenant delays nobody else.",
            (Query('topk(10, casemail_mails{place="in_flight"})', "{{tenant}}"),),
            leads_to=of_label("casemail-tenant", "tenant", "tenant"),
        ),
        Panel(
            Kind.GRAPH,
            "Attempts to send a mail, by outcome",
            Unit.PER_SECOND,
            "Many `later`: the mail server is away. Many `refused`: it rejects our mail.",
            rate_by("outcome", "casemail_smtp_replies_total"),
            leads_to="casemail-queues",
        ),
    ),
)

_FAULTS = Row(
    "What is wrong?",
    (
        Panel(
            Kind.TABLE,
            "Alerts",
            Unit.STATE,
            "Those that fire, and those that will if it goes on (pending). Each has a section in the runbook.",
            (Query('sum by (alertname, alertstate, severity) (ALERTS{alertname=~"Casemail.*"})'),),
        ),
        Panel(
            Kind.BARS,
            "Processes that answer, by job",
            Unit.NUMBER,
            "Prometheus reaches them.",
            (Query('sum by (job) (up{job=~"casemail.*"})', "{{job}}"),),
            Limits(1, 1, below=True),
        ),
        Panel(
            Kind.BARS,
            "Figures that can't be read",
            Unit.STATE,
            "1: what this board shows of the part is old. See CasemailPartUnreadable in the runbook.",
            (Query("1 - min by (part) (casemail_up)", "{{part}}"),),
            MUST_BE_ZERO,
        ),
        Panel(
            Kind.GRAPH,
            "Errors",
            Unit.NUMBER,
            "All must be 0 but for single events: dead letters, mails put into the topics again, mails given up, "
            "mails that could not be read, and failures of the dispatcher.",
            (
                Query("sum(increase(dramatiq_kafka_dead_letters_total[$__rate_interval]))", "dead letters"),
                Query('sum(increase(casemail_emitted_total{kind="again"}[$__rate_interval]))', "sent again"),
                Query("sum(increase(casemail_stalled_total[$__rate_interval]))", "given up"),
                Query("sum(increase(casemail_not_read_total[$__rate_interval]))", "not read"),
                Query("sum(increase(casemail_dispatcher_failures_total[$__rate_interval]))", "dispatcher"),
            ),
            MUST_BE_ZERO,
        ),
        Panel(
            Kind.GRAPH,
            "CPU, by job",
            Unit.NUMBER,
            "In cores.",
            (Query('sum by (job) (rate(process_cpu_seconds_total{job=~"casemail.*"}[$__rate_interval]))', "{{job}}"),),
            stacked=True,
        ),
        Panel(
            Kind.GRAPH,
            "Memory, by job",
            Unit.BYTES,
            "Resident memory of all processes.",
            (Query('sum by (job) (process_resident_memory_bytes{job=~"casemail.*"})', "{{job}}"),),
            stacked=True,
        ),
    ),
)

BOARD = Board(
    "casemail",
    "casemail: overview",
    "Is every mail accounted for, are the objectives met, and what is wrong?",
    (_CONSERVATION, _OBJECTIVES, _FLOW, _FAULTS),
)
