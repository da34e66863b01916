"""Validates an update that waits, so that it becomes visible and its notices go out, or returns or rejects it.

If it is returned or rejected, only its author and people who validate see it, and its author is mailed the reason. It
can still be validated later.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases import audit
from cases.lifecycle import change
from cases.outgoing import letters
from cases.people.directory import may_validate
from cases.refusal import Refusal
from cases.updates import posting, recipients
from cases.updates.recipients import Audience
from schemas.tables import Decision, OutboxKind, Role, now

# if two people validate at once, the second waits for the row, and then finds it validated
_VALIDATE = text("""
update updates u set validated = true, to_tell = '{}', decision = '', decided_by = null, decided_at = null,
    decision_note = ''
from cases c, tenants t, access_groups g
where u.id = :update_id and u.case_id = :case_id and not u.validated
  and c.id = u.case_id and t.id = u.tenant_id and g.id = u.access_group_id and :role = any(g.may_see)
returning u.tenant_id, u.author_id, c.manager_id, u.access_group_id, old.to_tell, u.refresh_last_update,
    t.replies_on, t.closed_cases = 'reopen' and not c.open and c.archived_at is null as reopens
""")
# `waits` is false for an update that a person returned or rejected: their decision stands
_VERIFY = text("""
update updates u set unverified = false from users a, access_groups g
where u.id = any(:ids) and u.unverified and a.id = u.author_id and g.id = u.access_group_id
returning u.id, u.case_id, u.tenant_id, a.role, g.require_validation, not u.validated and u.decision = '' as waits
""")
_RELEASE = text("""
update updates u set validated = true, to_tell = '{}'
from cases c, tenants t
where u.id = :update_id and not u.validated and c.id = u.case_id and t.id = u.tenant_id
returning u.tenant_id, u.author_id, c.manager_id, u.access_group_id, old.to_tell, u.refresh_last_update,
    t.replies_on, t.closed_cases = 'reopen' and not c.open and c.archived_at is null as reopens
""")
_DECIDE = text("""
update updates u set decision = :decision, decided_by = :by, decided_at = :at, decision_note = :note
from cases c, tenants t, access_groups g, users author, users decider
where u.id = :update_id and u.case_id = :case_id and not u.validated and u.decision <> :decision
  and c.id = u.case_id and t.id = u.tenant_id and g.id = u.access_group_id and :role = any(g.may_see)
  and author.id = u.author_id and decider.id = :by
returning u.tenant_id, u.text, c.number, c.title, t.name as tenant, t.slug, t.mail_domain, author.name as author,
    author.email, author.active and author.id <> decider.id as hears, decider.name as decider
""")

#: The longest note to the author, and the longest quote of the author's text in the letter, in characters.
MAX_NOTE, _QUOTED = 2_000, 1_000
_LETTER = """\
{author},

{decider} has {decision} your update on case {number}, {title}. Nobody was sent it, and nobody sees it but you and
who validates updates.

{note}
{then}
You wrote:

{quote}

The case: {link}

{tenant}
"""
_THEN = {
    Decision.RETURNED: "\nWrite it once more on the page of the case.\n",
    Decision.REJECTED: "",
}


def validate(connection: Connection, case_id: UUID, update_id: UUID, *, by: UUID, role: Role) -> bool:
    """Validates a waiting update of the case for the user `by`, whose role is `role`, and sends its notices.

    Its recipients are looked up again: a user who was archived meanwhile gets no notice. Returns False when the role
    may not validate it, or the update does not wait.
    """
    row = (
        may_validate(role)
        and connection.execute(_VALIDATE, {"update_id": update_id, "case_id": case_id, "role": role}).first()
    )
    if not row:
        return False
    audit.record(connection, [audit.Act(row.tenant_id, by, "update.validated", update_id)])
    _show(connection, case_id, update_id, row)
    return True


def verify(connection: Connection, update_ids: Sequence[UUID]) -> None:
    """Marks updates as verified, after another copy of their mail arrived that proves the author.

    An update that waited only because its author was not proven becomes visible.
    """
    for found in connection.execute(_VERIFY, {"ids": list(update_ids)}).all():
        audit.record(connection, [audit.Act(found.tenant_id, None, "update.verified", found.id)])
        if found.waits and not (found.require_validation and not may_validate(Role(found.role))):
            row = connection.execute(_RELEASE, {"update_id": found.id}).one()
            _show(connection, found.case_id, found.id, row)


def _show(connection: Connection, case_id: UUID, update_id: UUID, row: Row[Any]) -> None:
    """Queues the notices of an update that no longer waits, and sets the case's time of the last update."""
    audience = Audience(
        update_id=update_id,
        tenant_id=row.tenant_id,
        case_id=case_id,
        author_id=row.author_id,
        manager_id=row.manager_id,
        group_id=row.access_group_id,
        chosen=row.to_tell,
        answers=None,
        with_address=row.replies_on,
    )
    at = now()
    (people,) = recipients.find(connection, [audience])
    recipients.notify(connection, [(audience, people)], at)
    if row.refresh_last_update:
        posting.refresh(connection, [(case_id, at)])
    if row.reopens:
        change.reopen(connection, case_id, by=None, how="an update")


def decide(
    connection: Connection,
    case_id: UUID,
    update_id: UUID,
    decision: Decision,
    note: str,
    *,
    by: UUID,
    role: Role,
    console_url: str,
) -> Refusal | None:
    """Returns a waiting update of the case to its author, or rejects it, for the user `by`, whose role is `role`.

    Mails the `note` to the author. Returns why it was refused, or None.
    """
    note = note.strip()
    if decision is Decision.NONE or not may_validate(role):
        return Refusal("Your role does not validate updates.")
    if not 0 < len(note) <= MAX_NOTE:
        return Refusal(f"Write to its author why, in at most {MAX_NOTE:,} characters.")
    values = {"update_id": update_id, "case_id": case_id, "role": role, "by": by, "at": now()}
    row = connection.execute(_DECIDE, {**values, "decision": decision, "note": note}).mappings().first()
    if row is None:
        return Refusal("That update does not wait any more.")
    audit.record(connection, [audit.Act(row["tenant_id"], by, f"update.{decision}", update_id, {"note": note})])
    if row["hears"]:
        link = f"{console_url}/cases/{case_id}?tenant={row['slug']}#u-{update_id}"
        quote = "\n".join(f"> {line}" for line in row["text"][:_QUOTED].splitlines())
        words = _LETTER.format(**row, decision=decision, note=note, then=_THEN[decision], quote=quote, link=link)
        root = f"<case.{case_id}@{row['mail_domain']}>"  # in the thread of the case
        subject = f"[{row['number']}] Your update was {decision}"
        content = {"subject": subject, "text": words, "in_reply_to": root, "references": root}
        letters.post(connection, row["tenant_id"], OutboxKind.DECISION, [(row["email"], content)])
    return None
