"""What somebody wants to post: the same record from the web form and from mail."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from schemas.records import Cut, LeftOut, StoredFile
from schemas.tables import Via, new_id


@dataclass(frozen=True)
class NewUpdate:
    """An update that is to be posted.

    `recipients` are the users chosen on the form. An answer by mail chooses nobody: None means the author and the
    recipients of the answered update.

    `access_group` is the group chosen on the form. None means that of the answered update, and for what answers no
    update the tenant's default. An answer is never moved to another group: that would show it to other people.

    `unverified`: nothing proved who wrote the mail, so it has the rights of a client, who has the fewest: it waits for
    approval unless a client's need not, and it posts only where clients see it.

    `message` is what all copies of a mail share: one of them posts on a case. `update_id` comes from the form, so that
    a form which is sent twice posts once.
    """

    tenant_id: UUID
    case_id: UUID
    author_id: UUID
    text: str
    via: Via
    written_at: datetime
    posted_at: datetime
    recipients: tuple[UUID, ...] | None = ()
    answers: UUID | None = None
    files: tuple[StoredFile, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    cut: tuple[Cut, ...] = ()
    mail_id: UUID | None = None
    message: bytes | None = None
    unverified: bool = False
    access_group: UUID | None = None
    update_id: UUID = field(default_factory=new_id)
