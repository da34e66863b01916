"""Counts the mails that a sender wrote to a tenant lately; a sender of too many is a program, perhaps in a loop.

Anybody can forge the From field and the envelope, so no stranger's mail may count against a person. A mail that could
post is counted with some of the author's posted mails. For a proven mail: those that are not noted as unproven. For a
mail whose envelope sender is in the author's domain: those whose envelope sender is there, too. For any other mail:
those whose envelope sender is elsewhere. A mail that could not post anyway is counted by its envelope sender: then
the limit only keeps it from being forwarded.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cases.addresses.mail_domain import same_domain
from schemas.records import ParsedMail, Verdict


@dataclass(frozen=True)
class RateLimit:
    """How many mails a sender may write to a tenant in how many minutes; 0 mails means no limit."""

    mails: int = 0
    minutes: int = 0


#: SQL for a query `from tenants t` of one tenant: for each of several mails, in order, how many mails its envelope
#: sender sent in the minutes before it, itself included; stops counting at one over the limit. The count comes from the
#: ledger, so that every worker gets the same number at any time.
MAILS_OF_SENDERS = """array(
    select (select count(*) from (
        select from mails m
        where m.tenant_id = t.id and m.sender = k.sender and m.duplicate_of is null
          and m.received_at > k.received_at - make_interval(mins => :rate_minutes)
          and (m.received_at, m.id) <= (k.received_at, k.id) limit :rate_most) of_sender)
    from unnest(cast(:rate_ids as uuid[]), cast(:rate_senders as text[]),
        cast(:rate_times as timestamptz[])) with ordinality k(id, sender, received_at, place)
    order by k.place)"""
#: SQL for the same by author: counts the author's mails that posted, and the mail itself. Mails that are still on their
#: way are not counted: in a flood, as many mails over the limit may post as the tenant has in the topics.
MAILS_OF_AUTHORS = """array(
    select (select count(*) + 1 from (
        select from mails m
        where m.tenant_id = t.id and m.author = k.author and m.state = 'posted' and m.id <> k.id
          and m.received_at > k.received_at - make_interval(mins => :rate_minutes)
          and case when k.proven then not exists (select from unproven_mails n where n.mail_id = m.id)
            else k.own = (right('.' || lower(split_part(m.sender, '@', -1)), length(k.domain) + 1) = '.' || k.domain)
            end
        limit :rate_most) of_author)
    from unnest(cast(:rate_ids as uuid[]), cast(:rate_authors as text[]), cast(:rate_times as timestamptz[]),
        cast(:rate_proven as boolean[]), cast(:rate_own as boolean[]), cast(:rate_domains as text[]))
        with ordinality k(id, author, received_at, proven, own, domain, place)
    order by k.place)"""
#: Envelope senders that belong to nobody: the null sender, and the word that a source writes for an unknown sender.
_NOBODY = ("", "unknown")


def values(mails: Sequence[ParsedMail], limit: RateLimit) -> dict[str, object]:
    """Returns the parameters of `MAILS_OF_SENDERS` and `MAILS_OF_AUTHORS`."""
    custodies = [mail.custody for mail in mails]
    known = [limit.mails > 0 and custody.sender not in _NOBODY for custody in custodies]
    return {
        "rate_ids": [custody.mail_id for custody in custodies],
        "rate_senders": [custody.sender if counts else None for custody, counts in zip(custodies, known, strict=True)],
        "rate_authors": [mail.author if limit.mails and mail.author else None for mail in mails],
        "rate_times": [custody.received_at for custody in custodies],
        "rate_proven": [mail.proof is not None and mail.proof.verdict is Verdict.PROVEN for mail in mails],
        "rate_own": [same_domain(mail.custody.sender, mail.author) for mail in mails],
        "rate_domains": [mail.author.rpartition("@")[2].lower() for mail in mails],
        "rate_minutes": limit.minutes,
        "rate_most": limit.mails + 1,
    }
