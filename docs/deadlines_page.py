"""The page of deadlines: each connection of casemail, how long it may be silent, and what happens then.

A test finds all places in the code that open or accept connections: each needs a row here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ops import hard_stop
from ops.cli import worker
from ops.http import server
from ops.http.limits import HttpLimits
from ops.monitoring import monitor
from schemas.settings import PREFIX, variables
from storage import deadlines
from storage.blobs import bucket
from workers import canaries
from workers.authenticate import dns_lookup
from workers.broker.clients import diagnosis, factory
from workers.broker.options import ClientOptions
from workers.fetch.mailbox import connection_check, transport
from workers.fetch.pull import idle
from workers.fetch.push import group_commit, lmtp, lmtp_limits, sns, webhook
from workers.outbox import smtp

HEAD = """# Deadlines

<!-- Made by `make docs` from docs/deadlines_page.py and the code. Do not edit it by hand. -->

No server that stops answering stops casemail: each connection has a deadline, and what waited is done again. Nothing
needs a restart afterwards. The figures are seconds; a variable can be set, the figure beside it is its default.

| connection | roles | seconds | then |
|---|---|---|---|
"""

FOOT = """
## A role that stops

At SIGTERM or SIGINT a role takes no new work and ends what it has begun:

{stops}
* Whatever else hangs, the process ends after **{grace} s** with exit code 1, and its log shows where each thread hung.
  Nothing is lost: what was not settled is delivered again, and mail that was not acknowledged stays with its
  sender. A mail that was just being sent may go out twice. The units, the compose file and the chart wait longer than
  that before they kill.

## What has no deadline

* The disk of a blob store in a folder: a network disk that hangs stops the threads that use it. Intake then answers as
  in the table, `/readyz` says it, and `/livez` of the role fails after `CASEMAIL_METRICS_STUCK_SECONDS` if it is
  stuck as a whole.
* Names of servers that the operator configures are looked up by the system's resolver: see `timeout` and `attempts` in
  resolv.conf(5).
* Statements of `casemail migrate` and other commands of the owner: a dead connection is noticed, a slow one is not.
"""


@dataclass(frozen=True)
class Row:
    """A connection: what it leads to, the roles that use it, its deadlines, what happens after them, and the files of
    the code that open it."""

    connection: str
    roles: str
    seconds: str
    then: str
    files: tuple[str, ...]


def _setting(name: str) -> str:
    variable = PREFIX + name
    return f"`{variable}` ({variables()[variable].default:g})"


_KAFKA = ClientOptions()
_HTTP = HttpLimits()
_ALIVE = deadlines.ALIVE
_DEAD = _ALIVE["keepalives_idle"] + _ALIVE["keepalives_interval"] * _ALIVE["keepalives_count"]
_OUTAGE = "counts as an outage: stages are tried again, intake answers 451 or 503, pages 503; one thread asks on"

ROWS = (
    Row(
        "PostgreSQL: connecting, an answer that needs no work, bytes that are not acknowledged",
        "all",
        _setting("DATABASE_CONNECT_SECONDS"),
        f"the connection is replaced; if that fails, it {_OUTAGE}",
        ("storage/deadlines.py", "storage/database.py", "storage/migrations/state.py"),
    ),
    Row(
        "PostgreSQL: a connection at rest (TCP keepalive)",
        "all",
        f"{_DEAD}",
        "the kernel closes it; it is replaced at its next use",
        ("storage/database.py",),
    ),
    Row(
        "PostgreSQL: a statement on the rows of one tenant",
        "worker, courier, console, api",
        f"{_setting('DATABASE_STATEMENT_SECONDS')}, and {deadlines.MARGIN_SECONDS:g} for a silent server",
        "PostgreSQL ends it, or the connection is dropped; the stage is tried again, the page answers 503",
        ("storage/database.py",),
    ),
    Row(
        "PostgreSQL: a statement across tenants",
        "all",
        f"{_setting('DATABASE_SYSTEM_SECONDS')}, and {deadlines.MARGIN_SECONDS:g} for a silent server",
        "as above; intake answers 451 or 503, a duty of the dispatcher runs again",
        ("storage/database.py",),
    ),
    Row(
        "PostgreSQL: a lock; an idle transaction",
        "all",
        f"{_setting('DATABASE_LOCK_SECONDS')}; {_setting('DATABASE_IDLE_SECONDS')}",
        "PostgreSQL ends it; tried again",
        ("storage/database.py",),
    ),
    Row(
        "PostgreSQL, as the owner of the tables",
        "migrate, tenant, user, erase, restore",
        f"{_ALIVE['connect_timeout']} to connect, {_DEAD} of a dead network",
        "the command fails, and can be run again",
        (
            "storage/migrations/run.py",
            "storage/migrations/env.py",
            "storage/migrations/for_restore.py",
            "storage/deletions.py",
            "ops/cli/owner.py",
            "ops/backup/pg_tools.py",
        ),
    ),
    Row(
        "Kafka: the first connection; a question of the dispatcher's metrics and of `topics`",
        "worker, courier, heavy, dispatch",
        f"{factory.BOOTSTRAP_MS / 1000:g}; {factory.ADMIN_MS / 1000:g}",
        "tried again; `/metrics` says `casemail_up 0`",
        ("workers/broker/clients/factory.py",),
    ),
    Row(
        "Kafka: an answer",
        "worker, courier, heavy, dispatch",
        f"{_KAFKA.request_timeout_ms / 1000:g}",
        "the client connects again",
        ("workers/broker/clients/factory.py",),
    ),
    Row(
        "Kafka: a message that is sent",
        "worker, courier, heavy, dispatch",
        f"{_KAFKA.delivery_timeout_ms / 1000:g}",
        "what it came from is delivered again; a mail that was being admitted waits again in the ledger",
        ("workers/broker/clients/factory.py",),
    ),
    Row(
        "Kafka: a consumer without a sign of life; without progress",
        "worker, courier, heavy",
        f"{_KAFKA.session_timeout_ms / 1000:g}; {_KAFKA.stall_after_ms / 1000:g} to {_KAFKA.stall_after_ms / 500:g}",
        "others take its partitions over; its client is made again",
        ("workers/broker/clients/factory.py",),
    ),
    Row(
        "Kafka: which of the servers can be reached, for the message of an error",
        "worker, courier, heavy, dispatch",
        f"{diagnosis.PROBE_SECONDS:g} each",
        "the message says so",
        ("workers/broker/clients/diagnosis.py",),
    ),
    Row(
        "The blob store over HTTP: connecting; a request",
        "all",
        f"{bucket.CONNECT_SECONDS}; {bucket.REQUEST_SECONDS}, none again after {bucket.RETRY_SECONDS}",
        "intake answers 451 or 503, stages are tried again",
        ("storage/blobs/bucket.py",),
    ),
    Row(
        "Custody of a mail, whatever hangs",
        "lmtp, webhook",
        f"{group_commit.CUSTODY_SECONDS:g}",
        "451 or 503, and at once for further mails while it hangs; a mail that enters late all the same is known when "
        "it comes again",
        ("workers/fetch/push/group_commit.py",),
    ),
    Row(
        "LMTP: a client's next command, or its mail",
        "lmtp",
        f"{lmtp.TIMEOUT}",
        "the connection is closed; the mail stays with the client",
        ("workers/fetch/push/lmtp.py",),
    ),
    Row(
        "HTTP from clients: header; body; response",
        "console, api, webhook",
        f"{_HTTP.header_seconds:g}; {_HTTP.body_seconds:g}; {_HTTP.write_seconds:g}, and more by their size",
        "408 or the connection is closed",
        ("ops/http/server.py",),
    ),
    Row(
        "A request to the webhook in all",
        "webhook",
        f"{webhook.READ_SECONDS:g}",
        "503: the provider tries again",
        ("ops/http/server.py",),
    ),
    Row(
        "Amazon SNS: a certificate, a confirmation",
        "webhook",
        f"{sns.SECONDS}",
        "503: SNS tries again",
        ("workers/fetch/push/sns.py",),
    ),
    Row(
        "A mailbox (IMAP, POP3) and the server of its tokens: connecting; a silence; a fetch in all",
        "courier",
        f"{transport.CONNECT_SECONDS:g}; {_setting('SOURCE_TIMEOUT')}; {_setting('SOURCE_SECONDS')}",
        "the fetch ends, its lease is given back, and the source is due again in its period",
        ("workers/fetch/mailbox/transport.py",),
    ),
    Row(
        "A mailbox that is listened to (IDLE)",
        "courier",
        f"{idle.REISSUE_SECONDS}",
        "it is opened again; the mailbox is also read in its period",
        ("workers/fetch/mailbox/transport.py",),
    ),
    Row(
        "A mailbox that a person tests: a silence; in all",
        "console",
        f"{connection_check.SILENCE:g}; {connection_check.SECONDS:g}",
        "the page says at which step",
        ("workers/fetch/mailbox/transport.py",),
    ),
    Row(
        "The mail server: a step; the reply to a mail",
        "courier",
        f"{_setting('SMTP_TIMEOUT')}; {smtp.PATIENCE} times that",
        "the mail waits, and is tried again for five days; one mail in ten seconds tries whether the server is back",
        ("workers/outbox/smtp.py",),
    ),
    Row(
        "The mail server that takes canaries",
        "dispatch",
        f"{canaries.TIMEOUT}",
        "the canary counts as missing",
        ("workers/canaries.py",),
    ),
    Row(
        "DNS, for the proof of a sender: a query; all of a mail",
        "courier",
        f"{dns_lookup.QUERY_SECONDS:g}; {dns_lookup.SECONDS:g}",
        "tried again later, then the mail is held",
        ("workers/authenticate/dns_lookup.py",),
    ),
    Row(
        "clamd: a file",
        "worker, heavy, console, api",
        _setting("CLAMD_SECONDS"),
        "the update posts without the file, which is scanned again later",
        ("cases/files/malware.py",),
    ),
    Row(
        "`/metrics`, `/livez` and `/readyz`: a client's request",
        "all",
        f"{monitor.CLIENT_SECONDS}",
        "the connection is closed",
        ("ops/monitoring/monitor.py", "ops/deploy/healthy.py"),
    ),
)

#: For each role how long it has for what, at most, when it stops.
STOPS: dict[str, Callable[[], str]] = {
    "worker, courier, heavy": lambda: f"{worker.SHUTDOWN_MS // 1000} s for the messages in work",
    "dispatch": lambda: "the duty that runs",
    "lmtp": lambda: f"{lmtp_limits.GRACE_SECONDS:g} s for mails that are arriving",
    "webhook, console, api": lambda: f"{server.STOP_SECONDS} s for requests",
}


def deadlines_page() -> str:
    """Returns the page of deadlines as Markdown."""
    lines = [f"| {row.connection} | {row.roles} | {row.seconds} | {row.then} |\n" for row in ROWS]
    stops = "\n".join(f"* {roles}: {seconds()}." for roles, seconds in STOPS.items())
    return HEAD + "".join(lines) + FOOT.format(grace=hard_stop.GRACE_SECONDS, stops=stops)
