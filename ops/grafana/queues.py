"""The board of the queues: what waits, who reads, and what is stuck; and the mail that waits to be sent."""

from ops.grafana.model import (
    MUST_BE_ZERO,
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

_QUEUE = '{queue=~"$queue"}'
_TOPIC = '{topic=~"$queue"}'


def _by_queue(title: str, gauge: str, shows: str, unit: Unit = Unit.NUMBER, limits: Limits | None = None) -> Panel:
    how = "max" if unit is Unit.SECONDS else "sum"
    return Panel(
        Kind.GRAPH, title, unit, shows, (Query(f"{how} by (queue) ({gauge}{_QUEUE})", "{{queue}}"),), limits, 6
    )


def _events(title: str, counter: str, shows: str) -> Panel:
    query = Query(f"sum by (queue) (increase({counter}{_QUEUE}[$__rate_interval]))", "{{queue}}")
    return Panel(Kind.GRAPH, title, Unit.NUMBER, shows, (query,), width=6)


_WAITING = Row(
    "What waits, and who reads",
    (
        Panel(
            Kind.GRAPH,
            "Records that wait, by topic",
            Unit.NUMBER,
            "It grows while workers are too few, dead, or wait for a server.",
            (Query(f"max by (topic) (casemail_consumer_lag{_TOPIC})", "{{topic}}"),),
            Limits(1000, 10000),
            leads_to=of_label("casemail-queues", "queue", "topic"),
        ),
        Panel(
            Kind.GRAPH,
            "How long a message waits, 95 %, by queue",
            Unit.SECONDS,
            "Until a consumer hands it out.",
            quantile_by("queue", "dramatiq_kafka_wait_seconds", _QUEUE),
            Limits(10, 60),
        ),
        Panel(
            Kind.BARS,
            "Consumers that Kafka knows, by topic",
            Unit.NUMBER,
            "0: nobody works on the topic.",
            (Query(f"min by (topic) (casemail_group_members{_TOPIC})", "{{topic}}"),),
            Limits(1, 1, below=True),
        ),
        _by_queue("Consumers that read", "dramatiq_kafka_reading", "As their processes say."),
        _by_queue("Messages worked on", "dramatiq_kafka_in_flight", "Or waiting until what they sent is acknowledged."),
        _by_queue("Records read and not worked on", "dramatiq_kafka_buffered", "Full for long: the threads are busy."),
        Panel(
            Kind.GRAPH,
            "Records put into the topics",
            Unit.PER_SECOND,
            "By the dispatcher. `again` must be rare.",
            rate_by("kind", "casemail_emitted_total"),
            width=6,
            stacked=True,
        ),
    ),
)

_STUCK = Row(
    "What is stuck",
    (
        _by_queue(
            "Standstill",
            "dramatiq_kafka_standstill_seconds",
            "Longest time since a partition settled its oldest message. Minutes: a worker hangs.",
            Unit.SECONDS,
            Limits(60, 300),
        ),
        _by_queue("Stopped consumers", "dramatiq_kafka_stopped", "Nearly all messages fail.", limits=MUST_BE_ZERO),
        _by_queue("Partitions held up", "dramatiq_kafka_full_windows", "By one message.", limits=MUST_BE_ZERO),
        _by_queue(
            "Commits refused for",
            "dramatiq_kafka_commits_refused_seconds",
            "Look at Kafka's replicas, coordinators and disks.",
            Unit.SECONDS,
            Limits(30, 120),
        ),
        _events("Messages tried again", "dramatiq_kafka_retries_total", "A server that a stage needs may be away."),
        _events("Dead letters", "dramatiq_kafka_dead_letters_total", "Must be 0: a message failed for good."),
        _events("Deliveries repeated", "dramatiq_kafka_redelivered_total", "Kafka did not acknowledge what was sent."),
        _events("Clients made again", "dramatiq_kafka_rebuilt_total", "A few after outages."),
    ),
)

_OUTBOX = Row(
    "Mail that goes out",
    (
        Panel(
            Kind.GRAPH,
            "Mails that wait to be sent",
            Unit.NUMBER,
            "By kind; nothing is shown while none waits.",
            (Query("sum by (kind) (casemail_outbox_waiting) or vector(0)", "{{kind}}"),),
            stacked=True,
        ),
        Panel(
            Kind.GRAPH,
            "The oldest of them",
            Unit.SECONDS,
            "The alert CasemailOutboxWaits fires after an hour.",
            (Query("max by (kind) (casemail_outbox_oldest_seconds) or vector(0)", "{{kind}}"),),
            Limits(300, 3600),
        ),
        Panel(
            Kind.GRAPH,
            "Attempts, by outcome",
            Unit.PER_SECOND,
            "Many `later`: the mail server is away. Many `refused`: it rejects our mail.",
            rate_by("outcome", "casemail_smtp_replies_total"),
        ),
    ),
)

_OVERALL = Row(
    "All queues together",
    (
        Panel(
            Kind.GRAPH,
            "How long a message waits",
            Unit.SECONDS,
            "Half, 95 % and 99 % waited shorter.",
            quantiles("dramatiq_kafka_wait_seconds", _QUEUE),
            Limits(10, 60),
            24,
        ),
    ),
)

BOARD = Board(
    "casemail-queues",
    "casemail: queues",
    "What waits in Kafka and in the outbox, who reads it, and what is stuck.",
    (_WAITING, _STUCK, _OUTBOX, _OVERALL),
    (Choice("queue", "Queue", "casemail_consumer_lag", "topic"),),
)
