"""The settings that a tenant's admins choose: their limits, and saving them with an entry in the audit.

Those of one page of the console are saved together. Choices with tables of their own are elsewhere: what is done with
mail that does not post (`cases.inbound.dispositions`), file types (`cases.files.file_policy`), templates
(`cases.outgoing.templates`).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from cases import audit
from cases.addresses import mail_domain
from cases.files import file_policy
from cases.inbound import decisions, dispositions
from cases.inbound.decisions import Decider
from schemas.files import FilePolicy
from schemas.reasons import Disposition, Reason
from schemas.tables import Authentication, Receipts
from storage import tenants
from storage.database import Database

#: Fewest characters that an update may be limited to.
LEAST_TEXT = 100
#: Most days for which addresses can be set to work: a hundred years.
MOST_DAYS = 36_500
#: Most forwarders that can be trusted.
MOST_SEALERS = 20
#: Days that originals may be kept, at least and at most: they are looked at for some days, and not for ever.
KEEP_RAW_DAYS = (7, 3650)


@dataclass(frozen=True)
class General:
    """Settings for replies and updates: `catch_all` is an address or empty, `most_text` in characters."""

    replies_on: bool
    catch_all: str
    receipts: Receipts
    most_text: int
    text_required: bool


@dataclass(frozen=True)
class SenderRules:
    """For how long addresses work, and what is asked of senders.

    `arc_sealers` are the domains of trusted forwarders, `answer_score` one of `answer_signs.LEAST_SCORES`.
    """

    reply_days: int
    grace_days: int
    authentication: Authentication
    answer_score: int
    arc_sealers: tuple[str, ...]


_GENERAL = "select replies_on, catch_all, receipts, most_text, text_required from tenants where id = :id"
_READ_GENERAL = text(_GENERAL)
# locked: of two admins who switch replies on at once, only one releases the held mails
_LOCK_GENERAL = text(f"{_GENERAL} for no key update")
_SAVE_GENERAL = text("""
update tenants set replies_on = :replies_on, catch_all = :catch_all, receipts = :receipts, most_text = :most_text,
    text_required = :text_required where id = :id
""")
_READ_SENDER_RULES = text("""
select reply_days, grace_days, authentication, answer_score, arc_sealers from tenants where id = :id
""")
_SAVE_SENDER_RULES = text("""
update tenants set reply_days = :reply_days, grace_days = :grace_days, authentication = :authentication,
    arc_sealers = :arc_sealers, answer_score = :answer_score where id = :id
""")
_READ_KEEP = text("select keep_raw_days from tenants where id = :id")
_LOCK_KEEP = text("select keep_raw_days from tenants where id = :id for no key update")
_SAVE_KEEP = text("update tenants set keep_raw_days = :days where id = :id")
_READ_STRIPS = text("select strip_sub_addresses from tenants where id = :id")
_SAVE_STRIPS = text("""
update tenants set strip_sub_addresses = :strips where id = :id and strip_sub_addresses <> :strips
""")


def general(connection: Connection, tenant_id: UUID) -> General:
    """Reads the general settings, in the tenant's scope."""
    return _general(connection, _READ_GENERAL, tenant_id)


def save_general(connection: Connection, wanted: General, while_off: Disposition | None, decider: Decider) -> int:
    """Saves the general settings, and what is done with mail while replies are off (None leaves that as it is).

    When replies are switched on, the mails that were held because they were off go through the rules again; returns
    how many.
    """
    before = _general(connection, _LOCK_GENERAL, decider.tenant_id)
    connection.execute(_SAVE_GENERAL, {"id": decider.tenant_id, **asdict(wanted)})
    was = asdict(before)
    changes = {name: str(value) for name, value in asdict(wanted).items() if value != was[name]}
    if while_off is not None:
        changes |= dispositions.choose(connection, decider.tenant_id, {Reason.REPLIES_OFF: while_off})
    _record(connection, decider.tenant_id, decider.user_id, changes)
    if wanted.replies_on and not before.replies_on:
        return decisions.replay_held(connection, decider, Reason.REPLIES_OFF)
    return 0


def comes_back(database: Database, address: str) -> bool:
    """Returns whether mail to the address comes back to casemail: a tenant's mail domain is its domain, or above it."""
    if not address:
        return False
    labels = address.rpartition("@")[2].split(".")
    with database.system() as connection:
        return tenants.any_receives(connection, [".".join(labels[start:]) for start in range(len(labels))])


def sender_rules(connection: Connection, tenant_id: UUID) -> SenderRules:
    """Reads what is asked of senders, in the tenant's scope."""
    row = connection.execute(_READ_SENDER_RULES, {"id": tenant_id}).one()
    rules = row.reply_days, row.grace_days, Authentication(row.authentication), row.answer_score
    return SenderRules(*rules, tuple(row.arc_sealers))


def sealers_in(words: str) -> tuple[str, ...] | None:
    """Reads the domains of trusted forwarders from text, between spaces, commas or line ends, each of them once.

    Returns None if a word is not a domain, or if there are more than `MOST_SEALERS`.
    """
    domains = [mail_domain.plain(word) for word in words.replace(",", " ").split()]
    return None if not all(domains) or len(domains) > MOST_SEALERS else tuple(dict.fromkeys(domains))


def save_sender_rules(connection: Connection, tenant_id: UUID, wanted: SenderRules, *, by: UUID) -> None:
    """Saves what is asked of senders."""
    was, will_be = _shown(sender_rules(connection, tenant_id)), _shown(wanted)
    connection.execute(_SAVE_SENDER_RULES, {"id": tenant_id, **will_be})
    changes = {name: f"{was[name]} to {value}" for name, value in will_be.items() if was[name] != value}
    _record(connection, tenant_id, by, changes)


def keep_raw_days(connection: Connection, tenant_id: UUID) -> int:
    """Reads for how many days originals are kept."""
    return int(connection.execute(_READ_KEEP, {"id": tenant_id}).scalar_one())


def save_rejected_mail(
    connection: Connection, tenant_id: UUID, days: int, wanted: Mapping[Reason, Disposition], *, by: UUID
) -> None:
    """Saves for how many days originals are kept, and what is done with mail that does not post.

    Raises `ValueError` for a disposition that is not offered for its reason.
    """
    before = connection.execute(_LOCK_KEEP, {"id": tenant_id}).scalar_one()
    connection.execute(_SAVE_KEEP, {"id": tenant_id, "days": days})
    changes = dispositions.choose(connection, tenant_id, wanted)
    _record(connection, tenant_id, by, changes | ({"keep_raw_days": str(days)} if days != before else {}))


def strips_sub_addresses(connection: Connection, tenant_id: UUID) -> bool:
    """Reads whether an author is also found without the sub-address of their mailbox."""
    return bool(connection.execute(_READ_STRIPS, {"id": tenant_id}).scalar_one())


def save_strips_sub_addresses(connection: Connection, tenant_id: UUID, strips: bool, *, by: UUID) -> None:
    """Saves whether an author is also found without the sub-address of their mailbox."""
    if connection.execute(_SAVE_STRIPS, {"id": tenant_id, "strips": strips}).rowcount:
        _record(connection, tenant_id, by, {"strip sub-addresses": "on" if strips else "off"})


def save_files(connection: Connection, tenant_id: UUID, wanted: FilePolicy, *, by: UUID) -> None:
    """Saves which files updates may have."""
    _record(connection, tenant_id, by, file_policy.save(connection, tenant_id, wanted))


def _general(connection: Connection, statement: TextClause, tenant_id: UUID) -> General:
    row = connection.execute(statement, {"id": tenant_id}).one()
    return General(row.replies_on, row.catch_all, Receipts(row.receipts), row.most_text, row.text_required)


def _shown(rules: SenderRules) -> dict[str, object]:
    """Returns the rules as the database takes them and as the audit shows them."""
    return asdict(rules) | {"authentication": rules.authentication.value, "arc_sealers": list(rules.arc_sealers)}


def _record(connection: Connection, tenant_id: UUID, by: UUID | None, changes: Mapping[str, str]) -> None:
    if changes:
        audit.record(connection, [audit.Act(tenant_id, by, "settings.changed", tenant_id, changes)])
