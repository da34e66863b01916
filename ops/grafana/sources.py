"""The board of the ways in: mailboxes, and mail that is pushed."""

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
    number_by,
    quantile_by,
    quantiles,
    rate_by,
)

_OF = '{name=~"$source"}'


def _by_source(title: str, gauge: str, shows: str, unit: Unit, limits: Limits | None) -> Panel:
    query = Query(f"topk(10, max by (name) (casemail_source_{gauge}{_OF}))", "{{name}}")
    return Panel(Kind.BARS, title, unit, shows, (query,), limits)


_CLASSES = Row(
    "All mailboxes",
    (
        Panel(
            Kind.BARS,
            "By class",
            Unit.NUMBER,
            "Most should be `fine`. The panels below name those about which something is to be done.",
            (Query("max by (class) (casemail_sources)", "{{class}}"),),
            width=12,
        ),
        Panel(
            Kind.GRAPH,
            "About which something is to be done, by class",
            Unit.NUMBER,
            "Log-in refused, mails left behind, old mails to decide on, failing, or not read for two periods.",
            (Query('max by (class) (casemail_sources{class!~"fine|inactive|untested"})', "{{class}}"),),
            width=12,
            stacked=True,
        ),
    ),
)
_MAILBOXES = Row(
    "Mailboxes: $source",
    (
        _by_source(
            "Time since they were read",
            "success_age_seconds",
            "The ten that were read longest ago. The page of a source in the console has its last error.",
            Unit.SECONDS,
            Limits(900, 3600),
        ),
        _by_source("Failures in a row", "failures", "A few come and go.", Unit.NUMBER, Limits(3, 10)),
        _by_source(
            "Mails left behind",
            "left_behind",
            "The server lists them and does not return them.",
            Unit.NUMBER,
            MUST_BE_ZERO,
        ),
        _by_source(
            "Paused: log-in refused", "paused", "Correct the password, then resume it.", Unit.STATE, MUST_BE_ZERO
        ),
        _by_source(
            "Old mails to decide on", "undecided", "An admin must decide on them.", Unit.NUMBER, Limits(1, 1000)
        ),
        _by_source("Switched on", "active", "0: a person has it paused.", Unit.STATE, None),
        Panel(
            Kind.GRAPH,
            "How long a fetch takes",
            Unit.SECONDS,
            "Of all mailboxes: half, 95 % and 99 % were faster.",
            quantiles("casemail_fetch_seconds"),
            Limits(60, 300),
            12,
        ),
        Panel(
            Kind.GRAPH,
            "Batches, 95 %, by kind of source",
            Unit.SECONDS,
            "From the start of a fetch to the end state of its last mail.",
            quantile_by("source", "casemail_batch_latency_seconds"),
            Limits(60, 300),
            12,
        ),
    ),
)

_PUSHED = Row(
    "Mail that is pushed, and canaries",
    (
        Panel(
            Kind.GRAPH,
            "Refused, by cause",
            Unit.PER_SECOND,
            "All causes mean *try again*, but `domain`, `size` and `webhook`: there the client is at fault.",
            rate_by("cause", "casemail_push_refused_total"),
        ),
        Panel(
            Kind.STAT,
            "Intake",
            Unit.STATE,
            "1: the disk is nearly full, and no mail is taken in.",
            (Query("max(casemail_intake_stopped)"),),
            MUST_BE_ZERO,
            4,
        ),
        Panel(
            Kind.GRAPH,
            "Canaries, 95 %",
            Unit.SECONDS,
            "From the sending of a test mail to its end state, by kind of source. It counts the mail servers in front.",
            quantile_by("source", "casemail_canary_latency_seconds"),
            Limits(60, 600),
            12,
        ),
        Panel(
            Kind.BARS,
            "Files left out, by reason",
            Unit.NUMBER,
            "In the time that the board shows. `not_scanned`: does the scanner answer?",
            number_by("reason", "casemail_files_left_out_total"),
            width=24,
        ),
    ),
)

BOARD = Board(
    "casemail-sources",
    "casemail: ways in",
    "Are all mailboxes read, and is pushed mail taken?",
    (_CLASSES, _MAILBOXES, _PUSHED),
    (Choice("source", "Mailbox", "casemail_source_active", "name"),),
)
