"""How many mails a sender wrote to a tenant in a while: what goes beyond that is a program, perhaps one in a loop."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.records import ParsedMail


@dataclass(frozen=True)
class Pace:
    """How many mails one sender may write to a tenant in how many minutes; 0 mails for no limit."""

    mails: int = 0
    minutes: int = 0


#: For a query `from tenants t`, of one tenant: for each of several mails, in their order, how many mails of its sender
#: came in the time before it, with it; no more than one over the limit are counted. Of the same envelope sender, by the
#: ledger, so that whichever worker asks, and when, gets the same figure; and of the same author those that posted, for
#: programs that write from a new envelope sender each time.
MAILS_OF_SENDERS = """array(
    select greatest(
        (select count(*) from (
            select from mails m
            where m.tenant_id = t.id and m.sender = k.sender and m.duplicate_of is null
              and m.received_at > k.received_at - make_interval(mins => :pace_minutes)
              and (m.received_at, m.id) <= (k.received_at, k.id) limit :pace_most) of_sender),
        (select count(*) + 1 from (
            select from mails m
            where m.tenant_id = t.id and m.author = k.author and m.state = 'posted' and m.id <> k.id
              and m.received_at > k.received_at - make_interval(mins => :pace_minutes) limit :pace_most) of_author))
    from unnest(cast(:pace_ids as uuid[]), cast(:pace_senders as text[]), cast(:pace_authors as text[]),
        cast(:pace_times as timestamptz[])) with ordinality k(id, sender, author, received_at, place)
    order by k.place)"""
#: Envelope senders that are nobody's in particular: the null sender, and what a source says that does not know.
_NOBODY = ("", "unknown")


def values(mails: Sequence[ParsedMail], pace: Pace) -> dict[str, object]:
    """The parameters of `MAILS_OF_SENDERS`."""
    custodies = [mail.custody for mail in mails]
    known = [pace.mails > 0 and custody.sender not in _NOBODY for custody in custodies]
    return {
        "pace_ids": [custody.mail_id for custody in custodies],
        "pace_senders": [custody.sender if counts else None for custody, counts in zip(custodies, known, strict=True)],
        "pace_authors": [mail.author if pace.mails and mail.author else None for mail in mails],
        "pace_times": [custody.received_at for custody in custodies],
        "pace_minutes": pace.minutes,
        "pace_most": pace.mails + 1,
    }
