"""Reads and saves the settings that a tenant's admins choose. Every change has an entry in the audit.

The settings on one page of the console are saved together. Other modules hold three of the choices: what is done with
mail that does not post (`cases.inbound.dispositions`), file types (`cases.files.file_policy`) and templates
(`cases.outgoing.templates`).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from cases import audit
from cases.addresses import mail_domain
from cases.addresses.compare import plain_address
from cases.files import file_policy
from cases.inbound import decisions, dispositions
from cases.inbound.decisions import Decider
from cases.lifecycle import numbers
from cases.refusal import FieldRefusal
from schemas.files import FilePolicy
from schemas.reasons import Disposition, Reason
from schemas.tables import Authentication, ClosedCases, Receipts
from storage import tenants
from storage.database import Database

_NOT_PLAIN = "Write one plain email address, such as helpdesk@example.org, or leave the field empty."
_LOOP = (
    "That address is in a domain whose email casemail itself receives: every forwarded email would come back. "
    "Write an address that another email system receives."
)

#: The lowest limit, in characters, that a tenant may set for the text of an update.
LEAST_TEXT = 100
#: The most days that an address can be set to work: a hundred years.
MOST_DAYS = 36_500
#: The most forwarders that a tenant can trust.
MOST_SEALERS = 20
#: The fewest and the most days that originals may be kept: people need some days to look at them, but not for ever.
KEEP_RAW_DAYS = (7, 3650)


@dataclass(frozen=True)
class General:
    """Settings for replies, updates and cases: `catch_all` is an address or empty, `most_text` in characters.

    `case_pattern` makes the numbers of new cases (`cases.lifecycle.numbers`).
    """

    replies_on: bool
    catch_all: str
    receipts: Receipts
    most_text: int
    text_required: bool
    closed_cases: ClosedCases
    case_pattern: str


@dataclass(frozen=True)
class SenderRules:
    """For how long addresses work, and how senders must be proven.

    `reply_days` are the days that a reply address works, `grace_days` those of a replaced case address. `arc_sealers`
    are the domains of trusted forwarders, and `answer_score` is one of `answer_signs.LEAST_SCORES`.
    """

    reply_days: int
    grace_days: int
    authentication: Authentication
    answer_score: int
    arc_sealers: tuple[str, ...]


_GENERAL = """
select replies_on, catch_all, receipts, most_text, text_required, closed_cases, case_pattern
from tenants where id = :id
"""
_READ_GENERAL = text(_GENERAL)
# locked: if two admins switch replies on at once, only the first releases the held mails
_LOCK_GENERAL = text(f"{_GENERAL} for no key update")
_SAVE_GENERAL = text("""
update tenants set replies_on = :replies_on, catch_all = :catch_all, receipts = :receipts, most_text = :most_text,
    text_required = :text_required, closed_cases = :closed_cases, case_pattern = :case_pattern where id = :id
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


def check_general(database: Database, wanted: General) -> General | FieldRefusal:
    """Returns the settings with a plain address of the catch-all, or why they can't be saved."""
    address = plain_address(wanted.catch_all)
    if address is None:
        return FieldRefusal(_NOT_PLAIN, field="catch_all")
    if comes_back(database, address):
        return FieldRefusal(_LOOP, field="catch_all")
    if problem := numbers.pattern_problem(wanted.case_pattern):
        return FieldRefusal(problem, field="case_pattern")
    return replace(wanted, catch_all=address)


def save_general(connection: Connection, wanted: General, while_off: Disposition | None, decider: Decider) -> int:
    """Saves the general settings, and what is done with mail while replies are off (None leaves that as it is).

    When replies are switched on, replays the mails that were held because replies were off. Returns their number.
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
    """Returns whether casemail itself would receive mail to this address.

    It would if the domain of the address, or a parent domain, is the mail domain of a tenant.
    """
    if not address:
        return False
    labels = address.rpartition("@")[2].split(".")
    with database.system() as connection:
        return tenants.any_receives(connection, [".".join(labels[start:]) for start in range(len(labels))])


def sender_rules(connection: Connection, tenant_id: UUID) -> SenderRules:
    """Reads the rules on addresses and senders, in the tenant's scope."""
    row = connection.execute(_READ_SENDER_RULES, {"id": tenant_id}).one()
    rules = row.reply_days, row.grace_days, Authentication(row.authentication), row.answer_score
    return SenderRules(*rules, tuple(row.arc_sealers))


def sealers_in(words: str) -> tuple[str, ...] | None:
    """Returns the domains of trusted forwarders in a text, separated by spaces, commas or line ends, without repeats.

    Returns None if a word is not a domain, or if the text has more than `MOST_SEALERS`.
    """
    domains = [mail_domain.plain(word) for word in words.replace(",", " ").split()]
    return None if not all(domains) or len(domains) > MOST_SEALERS else tuple(dict.fromkeys(domains))


def save_sender_rules(connection: Connection, tenant_id: UUID, wanted: SenderRules, *, by: UUID) -> None:
    """Saves the rules on addresses and senders."""
    was, will_be = _shown(sender_rules(connection, tenant_id)), _shown(wanted)
    connection.execute(_SAVE_SENDER_RULES, {"id": tenant_id, **will_be})
    changes = {name: f"{was[name]} to {value}" for name, value in will_be.items() if was[name] != value}
    _record(connection, tenant_id, by, changes)


def keep_raw_days(connection: Connection, tenant_id: UUID) -> int:
    """Returns for how many days originals are kept."""
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
    """Returns whether mail from `ann+home@x` counts as mail from the user `ann@x`."""
    return bool(connection.execute(_READ_STRIPS, {"id": tenant_id}).scalar_one())


def save_strips_sub_addresses(connection: Connection, tenant_id: UUID, strips: bool, *, by: UUID) -> None:
    """Saves whether mail from `ann+home@x` counts as mail from the user `ann@x`."""
    if connection.execute(_SAVE_STRIPS, {"id": tenant_id, "strips": strips}).rowcount:
        _record(connection, tenant_id, by, {"strip sub-addresses": "on" if strips else "off"})


def save_files(connection: Connection, tenant_id: UUID, wanted: FilePolicy, *, by: UUID) -> None:
    """Saves the policy on the files that updates may have."""
    _record(connection, tenant_id, by, file_policy.save(connection, tenant_id, wanted))


def _general(connection: Connection, statement: TextClause, tenant_id: UUID) -> General:
    row = connection.execute(statement, {"id": tenant_id}).one()
    return General(
        row.replies_on,
        row.catch_all,
        Receipts(row.receipts),
        row.most_text,
        row.text_required,
        ClosedCases(row.closed_cases),
        row.case_pattern,
    )


def _shown(rules: SenderRules) -> dict[str, object]:
    """Returns the rules as plain values, for the database and for the audit."""
    return asdict(rules) | {"authentication": rules.authentication.value, "arc_sealers": list(rules.arc_sealers)}


def _record(connection: Connection, tenant_id: UUID, by: UUID | None, changes: Mapping[str, str]) -> None:
    if changes:
        audit.record(connection, [audit.Act(tenant_id, by, "settings.changed", tenant_id, changes)])
