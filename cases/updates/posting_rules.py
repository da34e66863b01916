"""The rules that an update must pass to be posted, from the form and from mail."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, text

from cases.files.types import ending, stored_type, unsupported
from cases.people.directory import may_post
from cases.refusal import Refusal
from cases.updates.new_update import NewUpdate
from schemas.files import FILE_REASONS, FilePolicy, FileReason
from schemas.reasons import Reason
from schemas.records import StoredFile
from schemas.tables import Role, Via
from schemas.visible_text import is_blank

#: The longest text, in characters, that a tenant may allow for an update.
MAX_TEXT = 50_000

# The facts on case, tenant, author and access group that the rules need, for each of several updates.
_SITUATIONS = text("""
select k.place, t.active as tenant_active, t.replies_on, t.receipts, t.file_policy, t.most_text, t.text_required,
    c.open, c.open or (t.closed_cases = 'reopen' and c.archived_at is null) as takes_updates, c.manager_id, u.role,
    u.active as author_active,
    exists (select 1 from case_members m where m.case_id = c.id and m.user_id = u.id) as member,
    g.id as group_id, g.require_validation, g.refresh_last_update, g.include_in_documents,
    coalesce(u.role = any(g.may_post), false) as may_use_group,
    coalesce('client' = any(g.may_see), false) as clients_see
from unnest(cast(:case_ids as uuid[]), cast(:author_ids as uuid[]), cast(:group_ids as uuid[]),
    cast(:answers as uuid[])) with ordinality k(case_id, author_id, group_id, answers, place)
join cases c on c.id = k.case_id join tenants t on t.id = c.tenant_id
join users u on u.tenant_id = c.tenant_id and u.id = k.author_id
left join updates a on a.id = k.answers
left join lateral (
    select * from access_groups g where g.tenant_id = c.tenant_id and case
        when k.group_id is not null then g.id = k.group_id
        when k.answers is not null then g.id = a.access_group_id
        else g.is_default end) g on true
""")


def situations(connection: Connection, news: Sequence[NewUpdate]) -> Mapping[int, Row[Any]]:
    """Returns the facts that the rules need on several updates of one tenant, by the index of the update in `news`.

    An update whose case or author does not exist has no entry.
    """
    found = connection.execute(
        _SITUATIONS,
        {
            "case_ids": [new.case_id for new in news],
            "author_ids": [new.author_id for new in news],
            "group_ids": [new.access_group for new in news],
            "answers": [new.answers for new in news],
        },
    )
    return {row.place - 1: row for row in found}


def refusal(new: NewUpdate, situation: Row[Any] | None) -> Refusal | None:
    """Returns why the update can't be posted: the first rule that it breaks, or None."""
    if situation is None:
        return Refusal("There is no such case or no such author.", Reason.NOT_ALLOWED)
    by_mail, has_text = new.via is Via.EMAIL, not is_blank(new.text)
    role = Role(situation.role)
    rules = (
        (situation.tenant_active, Reason.TENANT_INACTIVE, "This account is not active."),
        (situation.replies_on or not by_mail, Reason.REPLIES_OFF, "Email update replies are switched off."),
        (situation.author_active, Reason.AUTHOR_INACTIVE, "The author's user account is archived."),
        (may_post(role, member=situation.member), Reason.NOT_ALLOWED, "The author may not post on this case."),
        (situation.may_use_group, Reason.GROUP_NOT_ALLOWED, "The author may not post in this access group."),
        (
            situation.clients_see or not new.unverified,
            Reason.UNVERIFIED_IN_PRIVATE,
            "The sender is not verified, and clients can't see this access group.",
        ),
        (situation.takes_updates, Reason.REFUSED, "The case is closed: no update can be posted on it."),
        (has_text or new.files, Reason.REFUSED, "The update has neither text nor a file."),
        (
            has_text or not situation.text_required,
            Reason.REFUSED,
            "The update has no text: files alone are not enough here.",
        ),
        (
            len(new.text) <= situation.most_text,
            Reason.REFUSED,
            f"The text is longer than {situation.most_text:,} characters.",
        ),
    )
    broken = next((Refusal(words, reason) for holds, reason, words in rules if not holds), None)
    return broken or (_files_refusal(new.files, situation.file_policy) if new.files else None)


def _files_refusal(files: Sequence[StoredFile], file_policy: dict[str, Any]) -> Refusal | None:
    """Applies the tenant's current policy to files whose content was examined before."""
    policy = FilePolicy.model_validate(file_policy)
    rules = (
        (len(files) <= policy.most_files, too_many(policy)),
        *((not (why := unsupported(file.name, policy)), cant_post(file.name, why or "")) for file in files),
        *((stored_type(file.name) == file.content_type, cant_post(file.name, _misnamed(file))) for file in files),
        *((file.size <= policy.most_bytes, cant_post(file.name, FILE_REASONS[FileReason.TOO_LARGE])) for file in files),
        (sum(file.size for file in files) <= policy.most_bytes_together, too_large_together(policy)),
    )
    return next((refused for holds, refused in rules if not holds), None)


def _misnamed(file: StoredFile) -> str:
    return f"its content is {file.content_type}, not what {ending(file.name)!r} says"


def too_many(policy: FilePolicy) -> Refusal:
    """Refuses more files than the policy allows."""
    return Refusal(f"An update has at most {policy.most_files} file{'' if policy.most_files == 1 else 's'}.")


def too_large_together(policy: FilePolicy) -> Refusal:
    """Refuses files that are larger together than the policy allows."""
    return Refusal(f"The files of an update have at most {policy.most_bytes_together / 1_000_000:g} MB together.")


def cant_post(name: str, why: str) -> Refusal:
    """Refuses a file that can't be posted."""
    return Refusal(f"The file {name} can't be posted: {why}.")
