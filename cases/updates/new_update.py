"""An update that somebody wants to post: the same record from the web form and from mail."""

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

    `access_group` is the group chosen on the form. None means the group of the answered update, or the tenant's default
    group if the update answers none. An answer never moves to another group: that would show it to other people.

    `unverified`: nothing proved who wrote the mail, so it has the rights of a client, the role with the fewest. It
    waits for approval unless the named author is a client whose updates need none, and it posts only in a group that
    clients see.

    `sends_notices`: without it the recipients are logged and get their reply addresses, but no notice is sent: the
    tenant's application mails the update itself.

    `message` is the part of the content key that all copies of a mail share: only one copy posts on a case. `update_id`
    comes from the form, so that a form that is sent twice posts once; that of a mail follows from the mail.
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
    sends_notices: bool = True
    update_id: UUID = field(default_factory=new_id)
