"""Receipts: letters that say to authors whether their mail posted, if the tenant wants that.

A receipt goes only to an active user of the tenant, at their address in the tenant, whatever the mail says; if the
tenant requires proof of senders, only to a proven sender; never to a machine. A user gets at most one receipt a day for
each reason, and one more for mails whose envelope sender is not in the author's domain. A mail has only one receipt, so
that no two contradict each other. Receipts are written in the transaction of the mail's end state.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from cases.addresses.compare import email_key
from cases.addresses.mail_domain import same_domain
from cases.outgoing import letters
from cases.outgoing.mime import one_line
from cases.people.directory import find_all
from schemas.files import NO_FILES
from schemas.reasons import REASONS, Disposition, Reason
from schemas.records import FilteredMail, Rejection
from schemas.tables import OutboxKind, Receipts, derived_id, now

#: The reasons for which an author gets a receipt: the author can do something about them. For all other reasons the
#: author is not known, a machine wrote the mail, or we must fix something and the mail may still post.
WITH_RECEIPT = frozenset(
    {
        Reason.REPLIES_OFF,
        Reason.UNKNOWN_ADDRESS,
        Reason.NOT_A_RECIPIENT,
        Reason.NOT_ALLOWED,
        Reason.GROUP_NOT_ALLOWED,
        Reason.REFUSED,
        Reason.TOO_LARGE,
    }
)
#: The longest Message-ID that a receipt refers to, in characters: a line of a header has at most 998 octets.
_LONGEST_ID = 500
_NEXT = {
    Disposition.FORWARD: "It was passed on to {tenant}.",
    Disposition.HOLD: "It is kept, and somebody at {tenant} can look at it.",
    Disposition.DROP: "Nothing more is done with it.",
}

_PEOPLE = text("""
select u.id, u.email, t.name as tenant from users u join tenants t on t.id = u.tenant_id
where u.active and u.id = any(cast(:ids as uuid[]))
""")
_CASES = text("""
select c.id as case_id, c.number, c.title, u.id, u.email, t.name as tenant
from unnest(cast(:cases as uuid[]), cast(:authors as uuid[])) k(case_id, author_id)
join cases c on c.id = k.case_id join users u on u.id = k.author_id join tenants t on t.id = c.tenant_id
where u.active
""")


@dataclass(frozen=True)
class _Receipt:
    """A receipt: the user it goes to, the mail it is about, and its text."""

    user_id: UUID
    email: str
    mail_id: UUID
    message_id: str
    reason: str
    subject: str
    text: str
    way: str


def of_posts(connection: Connection, receipts: Receipts, mails: Sequence[FilteredMail]) -> None:
    """Writes the receipts of posted mails of one tenant; does nothing when receipts are off."""
    wanted = [mail for mail in mails if receipts is Receipts.ALWAYS or (receipts is Receipts.PROBLEMS and _lost(mail))]
    wanted = [m for m in wanted if m.parsed.machine is None and m.custody.sender and not m.parsed.is_unproven]
    if not wanted:
        return
    values = {"cases": [m.target.case_id for m in wanted], "authors": [m.target.author_id for m in wanted]}
    found = {(row.case_id, row.id): row for row in connection.execute(_CASES, values)}
    rows = [(mail, found.get((mail.target.case_id, mail.target.author_id))) for mail in wanted]
    _write(connection, wanted[0].custody.tenant_id, [_of_post(mail, row) for mail, row in rows if row is not None])


def of_rejections(
    connection: Connection, receipts: Receipts, rejections: Sequence[Rejection], done: Mapping[UUID, Disposition]
) -> None:
    """Writes the receipts of mails of one tenant that did not post; `done` has their dispositions by mail id."""
    if receipts is Receipts.OFF:
        return
    # a mail in a later run got its receipt in the first run
    wanted = [
        rejection
        for rejection in rejections
        if rejection.reason in WITH_RECEIPT
        and rejection.by_person
        and rejection.custody.sender
        and not (rejection.may_be_forged or rejection.custody.run)
    ]
    if not wanted:
        return
    authors = find_all(connection, [email_key(rejection.author) for rejection in wanted])
    rows = connection.execute(_PEOPLE, {"ids": [author.id for author in authors if author]})
    people = {row.id: row for row in rows}
    made = [
        _of_rejection(rejection, people[author.id], done[rejection.custody.mail_id])
        for rejection, author in zip(wanted, authors, strict=True)
        if author and author.id in people
    ]
    _write(connection, wanted[0].custody.tenant_id, made)


def _lost(mail: FilteredMail) -> list[str]:
    """Returns the files of the mail that were left out, each with the reason; parts that are not files don't count."""
    lost = [item for item in mail.left_out if item.reason not in NO_FILES]
    return [f"{one_line(item.name) or 'a file'}: {item.why}" for item in lost]


def _of_post(mail: FilteredMail, row: Any) -> _Receipt:
    lost = _lost(mail)
    lines = [f"Your mail was posted to case {row.number}, {one_line(row.title)}."]
    if mail.files or lost:
        lines.append(f"{len(mail.files)} of {len(mail.files) + len(lost)} files are with it.")
    if lost:
        lines += ["Left out:", *(f"  {item}" for item in lost)]
    return _Receipt(
        user_id=row.id,
        email=row.email,
        mail_id=mail.custody.mail_id,
        message_id=mail.parsed.message_id,
        reason="files left out" if lost else "posted",
        subject=f"Posted to case {row.number}" + (", without some files" if lost else ""),
        text="\n".join([*lines, "", row.tenant, ""]),
        way=_way(mail.custody.sender, mail.parsed.author),
    )


def _of_rejection(rejection: Rejection, row: Any, disposition: Disposition) -> _Receipt:
    said = rejection.evidence.get("the form says", "")
    lines = [
        f"Your mail {one_line(rejection.subject)!r} was not posted to a case.",
        "",
        f"Why: {said or REASONS[rejection.reason].meaning}",
        _NEXT[disposition].format(tenant=one_line(row.tenant)),
        "",
        row.tenant,
        "",
    ]
    return _Receipt(
        user_id=row.id,
        email=row.email,
        mail_id=rejection.custody.mail_id,
        message_id=rejection.message_id,
        reason=rejection.reason,
        subject=f"Not posted: {rejection.subject}",
        text="\n".join(lines),
        way=_way(rejection.custody.sender, rejection.author),
    )


def _write(connection: Connection, tenant_id: UUID, receipts: Sequence[_Receipt]) -> None:
    for receipt in receipts:
        answered = _message_id(receipt.message_id)
        content = {"subject": receipt.subject, "text": receipt.text, "in_reply_to": answered, "references": answered}
        once = f"{now():%Y-%m-%d} {receipt.user_id} {receipt.reason}{receipt.way}"
        letters.post(
            connection,
            tenant_id,
            OutboxKind.RECEIPT,
            [(receipt.email, content)],
            id=derived_id(receipt.mail_id, "receipt"),
            mail_id=receipt.mail_id,
            once=once,
        )


def _way(sender: str, author: str) -> str:
    """Returns a suffix for the key that limits receipts, so that mails in a user's name from another domain don't use
    up the user's receipts."""
    return "" if same_domain(sender, author) else " by another way"


def _message_id(value: str) -> str:
    """Returns the Message-ID if it is safe in a header field of ours, else the empty string."""
    plain = value.strip()
    fits = plain.isascii() and plain.isprintable() and " " not in plain and len(plain) <= _LONGEST_ID
    return plain if fits and plain.startswith("<") and plain.endswith(">") else ""
