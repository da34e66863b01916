"""Checks of Kafka, the disk, DNS and the mail server for outgoing mail."""

from collections.abc import Sequence

from dramatiq.errors import BrokerError
from sqlalchemy import text

from ops.doctor.findings import Context, Finding, warning, well, wrong
from ops.kafka import check_topics, make_broker
from schemas.tables import OPERATOR
from workers.authenticate.dns_lookup import Names
from workers.broker import groups_with_members
from workers.fetch.disk_space import DiskSpace
from workers.outbox.smtp import probe
from workers.pipeline import STAGES

#: How many times the reserve of the disk should be free.
_AMPLE = 3
#: The most mail domains that are looked up.
_MOST_DOMAINS = 20
_DOMAINS = text("select mail_domain from tenants where active and id <> :operator and mail_domain <> '' order by slug")


def topics(context: Context) -> Sequence[Finding]:
    """Kafka answers, and the topics are there, as the settings ask for."""
    try:
        check_topics(context.settings)
    except BrokerError as error:
        return [wrong(f"{error}.", "Run `casemail topics`.")]
    if context.settings.topics.replication == 1:
        return [
            warning("They have one replica: mail waits while its node is away.", "Set CASEMAIL_TOPIC_REPLICATION=3.")
        ]
    return well("They are there, as the settings ask for.")


def consumers(context: Context) -> Sequence[Finding]:
    """Each topic is read by a member of its group."""
    broker = make_broker(context.settings)
    groups = {broker.group(stage.topic): stage for stage in STAGES}
    read = groups_with_members(context.settings.kafka.servers, groups, security=broker.options.security)
    unread = sorted(stage.name for name, stage in groups.items() if name not in read)
    if unread:
        roles = sorted({_role(name) for name in unread})
        return [
            wrong(
                f"Nobody reads {', '.join(unread)}.", f"Start {' and '.join(f'`casemail {role}`' for role in roles)}."
            )
        ]
    return well("Each topic is read.")


def _role(stage_name: str) -> str:
    stage = next(stage for stage in STAGES if stage.name == stage_name)
    return "courier" if stage.waits else "heavy" if stage.heavy else "worker"


def disk(context: Context) -> Sequence[Finding]:
    """The disk of the blob store has room."""
    free, reserve = DiskSpace(context.settings).free, context.settings.intake.disk_reserve
    if free is None:
        return well("The blob store is no folder.")
    words = f"{free / 1e9:.1f} GB are free, and no mail is taken below {reserve / 1e9:.1f} GB."
    if free < reserve:
        return [wrong(words, "Make room, or enlarge the disk.")]
    return [warning(words, "Make room soon.")] if free < _AMPLE * reserve else well(words)


def domains(context: Context) -> Sequence[Finding]:
    """The resolver works, and the mail domains of the tenants lead to a mail server and name their senders."""
    with context.resources.database.system() as connection:
        names = list(connection.execute(_DOMAINS, {"operator": OPERATOR}).scalars())
    found: list[Finding] = []
    for name in names[:_MOST_DOMAINS]:
        found += _domain(name, Names(context.settings.authentication.dns_servers))
    return found or well(f"{min(len(names), _MOST_DOMAINS)} of {len(names)} mail domains have MX and SPF.")


def _domain(name: str, resolver: Names) -> list[Finding]:
    found = []
    if not resolver.exchangers(name):
        found.append(warning(f"{name} has no MX record.", "Publish one that leads to the mail server before casemail."))
    policies = [each for each in resolver.texts(name) if each.lower().split(" ")[0] == "v=spf1"]
    if not policies:
        found.append(warning(f"{name} has no SPF record.", "Publish one that names the server for outgoing mail."))
    if len(policies) > 1:  # RFC 7208 section 4.5
        found.append(wrong(f"{name} has {len(policies)} SPF records, so none counts.", "Leave one of them."))
    return found


def smtp(context: Context) -> Sequence[Finding]:
    """The mail server for outgoing mail takes a connection, the encryption and the log-in; nothing is sent."""
    where = f"{context.settings.smtp.host}:{context.settings.smtp.port}"
    outcome = probe(context.settings)
    if not outcome.sent:
        return [wrong(f"{where}: {outcome.words}.", "Check CASEMAIL_SMTP_*; mail waits in the outbox meanwhile.")]
    return well(f"{where} takes mail.")
