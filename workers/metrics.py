"""Defines the counters and histograms of casemail, each with a series for every value of its labels that is known.

The runner updates them for all stages, and the dispatcher for its jobs; `fetch`, `outbox` and the servers that accept
mail update their own. The labels of stages are in `pipeline`, those of jobs in `dispatcher`.
"""

from enum import StrEnum

from prometheus_client import Counter, Histogram

from schemas.files import FileReason
from schemas.reasons import Reason
from schemas.tables import SourceKind
from storage.archive.rows import Kind
from storage.labels import known

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)
#: The objective for pushed mail is 10 s.
_MAIL_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600)
_BATCH_SECONDS = (0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 150, 300, 600, 1800, 3600)
#: The kinds of sources, and `removed` for a source that was deleted meanwhile.
SOURCES = (*SourceKind, "removed")


class PushCause(StrEnum):
    """Why a pushed mail, or a connection, was not taken. All but `domain`, `size` and `webhook` are for now only."""

    CUSTODY = "custody"  # it could not be stored: database or blob store
    DISK = "disk"  # the disk is nearly full
    MEMORY = "memory"  # too much mail at once
    CONNECTIONS = "connections"  # too many connections
    REQUESTS = "requests"  # too many requests
    OCTETS = "octets"  # too much is being sent
    SLOW = "slow"  # the client is slow while others wait
    HEADER = "header"  # the header of a request is too large
    SIZE = "size"  # the mail is larger than the limit
    RECIPIENT = "recipient"  # the recipient could not be checked
    RECIPIENTS = "recipients"  # too many recipients
    DOMAIN = "domain"  # no tenant has the recipient's mail domain
    WEBHOOK = "webhook"  # a request to a webhook that is wrong


class SmtpOutcome(StrEnum):
    """What became of one attempt to send a mail."""

    SENT = "sent"
    LATER = "later"  # the server asks to try later, or can't be reached
    REFUSED = "refused"  # the server refuses the mail, or it can't be written: it fails for good


STAGE_SECONDS = Histogram(
    "casemail_stage_seconds", "Time a stage worked on one message of up to twenty records.", ["stage"], buckets=_SECONDS
)
STAGE_CPU = Counter("casemail_stage_cpu_seconds_total", "CPU time of the thread that worked on the records.", ["stage"])
STAGE_RECORDS = Counter(
    "casemail_stage_records_total",
    "Records worked on, by outcome: the record handed on, or what went wrong.",
    ["stage", "outcome"],
)
REJECTIONS = known(Counter("casemail_rejections_total", "Mails that do not post, by reason.", ["reason"]), Reason)
LEFT_OUT = known(
    Counter("casemail_files_left_out_total", "Parts of mails that did not become files, by reason.", ["reason"]),
    FileReason,
)
BATCH_SECONDS = known(
    Histogram(
        "casemail_batch_latency_seconds",
        "From the start of a fetch to the end state of its last mail.",
        ["source"],
        buckets=_BATCH_SECONDS,
    ),
    SOURCES,
)
MAIL_SECONDS = known(
    Histogram(
        "casemail_mail_seconds",
        "From custody to the posted update, of the mails of finished batches.",
        ["source_kind"],
        buckets=_MAIL_SECONDS,
    ),
    SOURCES,
)
PUSH_REFUSED = known(
    Counter("casemail_push_refused_total", "Mails, recipients and connections that were refused, by cause.", ["cause"]),
    PushCause,
)
SMTP_REPLIES = known(
    Counter("casemail_smtp_replies_total", "Attempts to send a mail, by outcome.", ["outcome"]), SmtpOutcome
)
#: What could not be read when a mail came in: the recipients, the sender, or (custody) everything but its bytes.
STEPS = ("recipients", "sender", "custody")
NOT_READ = known(
    Counter(
        "casemail_not_read_total",
        "Mails that entered without what could not be read of them; held for a person where that was the recipient.",
        ["step"],
    ),
    STEPS,
)
CANARY_SECONDS = known(
    Histogram(
        "casemail_canary_latency_seconds",
        "From the sending of a canary mail to its end state.",
        ["source"],
        buckets=_BATCH_SECONDS,
    ),
    SOURCES,
)
FETCH_SECONDS = Histogram("casemail_fetch_seconds", "How long a fetch of a source took.", buckets=_BATCH_SECONDS)
#: What the dispatcher puts into the topics.
EMISSIONS = ("admitted", "again", "outbox", "fetch", "files")
EMITTED = known(Counter("casemail_emitted_total", "Records the dispatcher put into the topics.", ["kind"]), EMISSIONS)
STALLED = Counter("casemail_stalled_total", "Mails held because sending them again did not bring them through.")
ORIGINALS_DELETED = known(
    Counter("casemail_originals_deleted_total", "Mails whose original was deleted, by cause.", ["cause"]),
    ("retention", "erasure"),
)
ARCHIVED = known(Counter("casemail_archived_total", "Rows that left the database for the archive.", ["kind"]), Kind)
DUTY_FAILURES = Counter("casemail_dispatcher_failures_total", "Duties of the dispatcher that failed.", ["duty"])
