"""A tenant's choice of how strictly senders must be proven, and its effect on a mail with a given verdict."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from schemas.records import Verdict
from schemas.tables import Authentication, SenderVerdict, UnprovenMail, core
from storage.senders import VERDICT_DAYS

#: The verdicts that keep a mail from posting, for each choice of the tenant.
STOPPED_BY: dict[Authentication, frozenset[Verdict]] = {
    Authentication.OFF: frozenset(),
    Authentication.SHADOW: frozenset(),
    Authentication.LIMIT: frozenset({Verdict.DISOWNED, Verdict.NOT_COVERED}),
    Authentication.ENFORCE: frozenset(Verdict) - {Verdict.PROVEN},
}

_COUNTS = text(f"""
select verdict, count(*) as mails from sender_verdicts
where noted_at > now() - interval '{VERDICT_DAYS} days' group by verdict
""")  # noqa: S608  # only our own constant is put in

_NOTE_UNPROVEN = insert(core(UnprovenMail)).on_conflict_do_nothing()
_VERDICT = insert(core(SenderVerdict))
# a mail that is checked again gets the later verdict
_NOTE_VERDICT = _VERDICT.on_conflict_do_update(
    index_elements=["mail_id"], set_={name: _VERDICT.excluded[name] for name in ("verdict", "noted_at")}
)


class Outcome(StrEnum):
    """What happens to a mail that no other rule keeps from posting."""

    POSTED = "posted"
    UNVERIFIED = "posted as not verified"
    HELD = "held"


def outcome(authentication: Authentication, verdict: Verdict) -> Outcome:
    """Returns what happens to a mail with this verdict, by the tenant's choice."""
    if verdict in STOPPED_BY[authentication]:
        return Outcome.HELD
    limited = authentication is Authentication.LIMIT and verdict is not Verdict.PROVEN
    return Outcome.UNVERIFIED if limited else Outcome.POSTED


def verdicts(connection: Connection) -> dict[Verdict, int]:
    """Counts the verdicts of the last `VERDICT_DAYS` days on the tenant's mails that no other rule stopped."""
    return {Verdict(row.verdict): row.mails for row in connection.execute(_COUNTS)}


def would_have(counts: Mapping[Verdict, int]) -> dict[Authentication, dict[Outcome, int]]:
    """Returns how many of these mails each choice would have posted, marked as not verified, or held."""
    return {
        choice: {end: sum(n for verdict, n in counts.items() if outcome(choice, verdict) is end) for end in Outcome}
        for choice in Authentication
    }


def note_verdicts(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Notes the verdicts on mails that nothing else keeps from posting, as rows of `sender_verdicts`."""
    if rows:
        # in the order of their ids, so that two workers that note the same mails can't deadlock
        connection.execute(_NOTE_VERDICT, sorted(rows, key=lambda row: str(row["mail_id"])))


def note_unproven(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Notes the mails that post although *enforce* would have held them, as rows of `unproven_mails`."""
    if rows:
        connection.execute(_NOTE_UNPROVEN, rows)
