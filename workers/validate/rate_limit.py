"""How many mails a sender wrote to a tenant in a while: what goes beyond that is a program, perhaps one in a loop.

Anybody can write any name into a mail and its envelope, so nothing that a stranger sends may count against a person.
A mail that could post is counted by what posted of its author, and only with what is as well known to be theirs: a
proven mail with proven ones, else one whose envelope sender is of the author's own domain with such ones, else with the
others. A mail that could not post anyway is counted by its envelope sender: it is only kept from being forwarded.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cases.addresses.mail_domain import same_domain
from schemas.records import ParsedMail, Verdict


@dataclass(frozen=True)
class RateLimit:
    """How many mails one sender may write to a tenant in how many minutes; 0 mails for no limit."""

    mails: int = 0
    minutes: int = 0


#: For a query `from tenants t`, of one tenant: for each of several mails, in their order, how many mails of its
#: envelope sender came in the time before it, with it; no more than one over the limit are counted. By the ledger, so
#: that whichever worker asks, and when, gets the same figure.
MAILS_OF_SENDERS = """array(
    select (select count(*) from (
        select from mails m
        where m.tenant_id = t.id and m.sender = k.sender and m.duplicate_of is null
          and m.received_at > k.received_at - make_interval(mins => :pace_minutes)
          and (m.received_at, m.id) <= (k.received_at, k.id) limit :pace_most) of_sender)
    from unnest(cast(:pace_ids as uuid[]), cast(:pace_senders as text[]),
        cast(:pace_times as timestamptz[])) with ordinality k(id, sender, received_at, place)
    order by k.place)"""
#: The same of its author: of those that posted, with it. What is on its way at the same time is not counted yet: of a
#: flood as many more may post as the tenant has in the topics.
MAILS_OF_AUTHORS = """array(
    select (select count(*) + 1 from (
        select from mails m
        where m.tenant_id = t.id and m.author = k.author and m.state = 'posted' and m.id <> k.id
          and m.received_at > k.received_at - make_interval(mins => :pace_minutes)
          and case when k.proven then not exists (select from unproven_mails n where n.mail_id = m.id)
            else k.own = (right('.' || lower(split_part(m.sender, '@', -1)), length(k.domain) + 1) = '.' || k.domain)
            end
        limit :pace_most) of_author)
    from unnest(cast(:pace_ids as uuid[]), cast(:pace_authors as text[]), cast(:pace_times as timestamptz[]),
        cast(:pace_proven as boolean[]), cast(:pace_own as boolean[]), cast(:pace_domains as text[]))
        with ordinality k(id, author, received_at, proven, own, domain, place)
    order by k.place)"""
#: Envelope senders that are nobody's in particular: the null sender, and what a source says that does not know.
_NOBODY = ("", "unknown")


def values(mails: Sequence[ParsedMail], pace: RateLimit) -> dict[str, object]:
    """The parameters of `MAILS_OF_SENDERS` and `MAILS_OF_AUTHORS`."""
    custodies = [mail.custody for mail in mails]
    known = [pace.mails > 0 and custody.sender not in _NOBODY for custody in custodies]
    return {
        "pace_ids": [custody.mail_id for custody in custodies],
        "pace_senders": [custody.sender if counts else None for custody, counts in zip(custodies, known, strict=True)],
        "pace_authors": [mail.author if pace.mails and mail.author else None for mail in mails],
        "pace_times": [custody.received_at for custody in custodies],
        "pace_proven": [mail.proof is not None and mail.proof.verdict is Verdict.PROVEN for mail in mails],
        "pace_own": [same_domain(mail.custody.sender, mail.author) for mail in mails],
        "pace_domains": [mail.author.rpartition("@")[2].lower() for mail in mails],
        "pace_minutes": pace.minutes,
        "pace_most": pace.mails + 1,
    }
