"""Canaries: on a period, a mail of our own goes the whole way in, for each tenant and source, to its own end state.

It shows what no counter does: that mail which is sent to us comes in. Each has an address that only we can make
(cases.addresses.tokens), so that nobody else's mail ends as one by accident.
"""

import smtplib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID

import structlog
from sqlalchemy import Connection, insert, text

from cases.addresses.tokens import Address, AddressKind, Keys, new_handle, read, write
from schemas.mailboxes import LMTP_OTHERS
from schemas.reasons import Reason
from schemas.records import Rejection
from schemas.settings import Settings
from schemas.tables import Canary, SourceKind, core, now
from storage.resources import Resources
from workers.outbox.smtp import Sender

#: Most canaries that are sent in one turn, and the seconds that each step of sending may take.
MOST, TIMEOUT = 20, 10
#: For how long canaries are kept; those of the last day are looked for.
_KEPT_DAYS = 2

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Due:
    """A canary to send: its address, and the mailbox that the source fetches from, empty for one that pushes."""

    address: str
    mailbox: str


# one dispatcher at a time, so that none is sent twice
_TURN = text("select pg_try_advisory_xact_lock(hashtextextended('canaries', 0))")
_DUE = text("""
select s.id as source_id, coalesce(s.options->>'canary_address', '') as mailbox, t.id as tenant_id, t.mail_domain
from sources s
join tenants t on t.active and t.mail_domain <> '' and (s.tenant_id is null or s.tenant_id = t.id)
cross join lateral (
    select case when s.kind = 'lmtp' then case when s.name = :others then 0 else :seconds end
        when s.options->>'canary_address' <> '' then coalesce((s.options->>'canary_seconds')::int, 0)
        else 0 end as seconds
) period
where s.active and s.paused_for <> 'untested' and period.seconds > 0 and not exists (
    select 1 from canaries c where c.source_id = s.id and c.tenant_id = t.id
      and c.sent_at > now() - make_interval(secs => period.seconds)
)
limit :most
""")
_INSERT = insert(core(Canary))
_ARRIVED = text("update canaries set came_at = now() where handle = any(:handles) and came_at is null")
_COUNT = text("""
update canaries c set counted = true from sources s
where s.id = c.source_id and c.came_at is not null and not c.counted
returning s.kind, extract(epoch from c.came_at - c.sent_at)::float8
""")
_FORGET = text("delete from canaries where sent_at < now() - make_interval(days => :days)")
_MISSING = text("""
select t.slug, s.kind, count(c.handle) from canaries c
join tenants t on t.id = c.tenant_id join sources s on s.id = c.source_id
where not c.counted and c.came_at is null and c.sent_at < now() - make_interval(secs => :late)
  and c.sent_at > now() - interval '1 day'
group by t.slug, s.kind
""")


def due(connection: Connection, keys: Keys, period_seconds: int) -> list[Due]:
    """The canaries that are due, as the system role: of pushed mail every `period_seconds` (0: none), of a fetched
    source as its options say. They count as sent from now: one that can't be sent is missing, and that shows."""
    if not connection.execute(_TURN).scalar_one():
        return []
    rows = connection.execute(_DUE, {"seconds": period_seconds, "most": MOST, "others": LMTP_OTHERS}).all()
    if not rows:
        return []
    made = [(row, new_handle()) for row in rows]
    connection.execute(_INSERT, [_row(row.tenant_id, row.source_id, handle) for row, handle in made])
    connection.execute(_FORGET, {"days": _KEPT_DAYS})
    return [
        Due(write(keys, row.tenant_id, Address(AddressKind.CANARY, handle), "canary", row.mail_domain), row.mailbox)
        for row, handle in made
    ]


def _row(tenant_id: UUID, source_id: UUID, handle: str) -> dict[str, object]:
    return {"handle": handle, "tenant_id": tenant_id, "source_id": source_id, "sent_at": now(), "counted": False}


def send(canaries: Iterable[Due], settings: Settings) -> None:
    """Sends canaries: to a mailbox by the mail server for outgoing mail, else by the mail server in front of us, where
    `canary_smtp` names one, or to our own LMTP server. What fails is told in the log, and is missed later."""
    for canary in canaries:
        try:
            if canary.mailbox:
                _by_smtp(settings, canary.mailbox, canary)
            elif settings.canaries.smtp:
                host, _, port = settings.canaries.smtp.rpartition(":")
                with smtplib.SMTP(host, int(port), timeout=TIMEOUT) as front:
                    front.sendmail("", [canary.address], _mail(canary))
            else:
                with smtplib.LMTP(settings.lmtp.host, settings.lmtp.port, timeout=TIMEOUT) as ours:
                    ours.sendmail("", [canary.address], _mail(canary))
        except (OSError, smtplib.SMTPException) as error:
            _log.warning("canary not sent", address=canary.address, error=str(error))


def _by_smtp(settings: Settings, mailbox: str, canary: Due) -> None:
    with Sender(settings) as sender:
        outcome = sender.send("", mailbox, _mail(canary))
    if not outcome.sent:
        raise OSError(outcome.words)


def _mail(canary: Due) -> bytes:
    message = EmailMessage()
    message["From"] = canary.address
    message["To"] = canary.address
    message["Subject"] = "casemail canary"
    message["Date"] = format_datetime(now())
    message["Message-ID"] = f"<{canary.address}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("This mail shows that the way in works. It ends by itself.\n")
    return message.as_bytes().replace(b"\n", b"\r\n")


def arrived(connection: Connection, keys: Keys, rejections: Sequence[Rejection]) -> None:
    """Notes the canaries among mails of one tenant that have reached their end, in its scope."""
    local_parts = [
        (one.custody.tenant_id, one.custody.recipient.rpartition("@")[0])
        for one in rejections
        if one.reason is Reason.CANARY
    ]
    if local_parts:
        found = [read(keys, tenant_id, local) for tenant_id, local in local_parts]
        connection.execute(_ARRIVED, {"handles": [address.handle for address in found if address]})


def count(connection: Connection) -> list[tuple[SourceKind, float]]:
    """The kind of source and the latency in seconds of canaries that have arrived and were not counted before."""
    return [(SourceKind(kind), seconds) for kind, seconds in connection.execute(_COUNT)]


def missing(connection: Connection, late_seconds: int) -> list[tuple[str, str, int]]:
    """How many canaries of the last day have not come for `late_seconds`, by tenant's slug and kind of source."""
    return [(slug, kind, number) for slug, kind, number in connection.execute(_MISSING, {"late": late_seconds})]


def look(resources: Resources) -> list[Due]:
    """What one turn of the dispatcher has to send."""
    with resources.database.system() as connection:
        return due(connection, resources.settings.secrets.address_keys, resources.settings.canaries.seconds)
