"""Defines the counters and histograms of casemail.

The runner updates them for all stages, and the dispatcher for its jobs; `fetch` and the servers that accept mail update
their own.

The processes of a host share the folder in the environment variable PROMETHEUS_MULTIPROC_DIR, which must be set before
the first import; so any process can expose the sum.
"""

from prometheus_client import Counter, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)
_BATCH_SECONDS = (0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 150, 300, 600, 1800, 3600)

STAGE_SECONDS = Histogram(
    "casemail_stage_seconds", "Time a stage worked on one message of up to twenty records.", ["stage"], buckets=_SECONDS
)
STAGE_CPU = Counter("casemail_stage_cpu_seconds_total", "CPU time of the thread that worked on the records.", ["stage"])
STAGE_RECORDS = Counter(
    "casemail_stage_records_total",
    "Records worked on, by outcome: the record handed on, or what went wrong.",
    ["stage", "outcome"],
)
REJECTIONS = Counter("casemail_rejections_total", "Mails that do not post, by reason.", ["reason"])
LEFT_OUT = Counter(
    "casemail_files_left_out_total", "Parts of mails that did not become files of updates, by reason.", ["reason"]
)
BATCH_SECONDS = Histogram(
    "casemail_batch_latency_seconds",
    "From the start of a fetch to the end state of its last mail.",
    ["source"],
    buckets=_BATCH_SECONDS,
)
PUSH_REFUSED = Counter(
    "casemail_push_refused_total",
    "Mails and connections that were sent away for now, or for their size, by cause.",
    ["cause"],
)
#: What could not be read when a mail came in: the recipients, the sender, or (custody) everything but its bytes.
STEPS = ("recipients", "sender", "custody")
NOT_READ = Counter(
    "casemail_not_read_total",
    "Mails that entered without what could not be read of them; held for a person where that was the recipient.",
    ["step"],
)
for _step in STEPS:
    NOT_READ.labels(_step)
CANARY_SECONDS = Histogram(
    "casemail_canary_latency_seconds",
    "From the sending of a canary mail to its end state.",
    ["source"],
    buckets=_BATCH_SECONDS,
)
FETCH_SECONDS = Histogram("casemail_fetch_seconds", "How long a fetch of a source took.", buckets=_BATCH_SECONDS)
EMITTED = Counter("casemail_emitted_total", "Records the dispatcher put into the topics.", ["kind"])
STALLED = Counter("casemail_stalled_total", "Mails held because sending them again did not bring them through.")
ORIGINALS_DELETED = Counter(
    "casemail_originals_deleted_total", "Mails whose original was deleted, by cause: retention or erasure.", ["cause"]
)
DUTY_FAILURES = Counter("casemail_dispatcher_failures_total", "Duties of the dispatcher that failed.", ["duty"])
