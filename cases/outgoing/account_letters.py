"""Letters that notify a person of changes to their account and of log-ins from new devices. They contain no link.

A letter is put into the outbox in the transaction of the change.
"""

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection, text

from cases.outgoing import letters
from cases.outgoing.mime import one_line
from schemas.tables import OutboxKind, now


class Event(StrEnum):
    """The events on an account about which its owner is notified."""

    PASSWORD = "password"  # noqa: S105  # the name of the event
    ROLE = "role"
    ALIAS_ASKED = "alias asked"
    ALIAS_CONFIRMED = "alias confirmed"
    NEW_DEVICE = "new device"


#: The subject of each event, and the sentence about it, with the names of its details.
_WORDS: Mapping[Event, tuple[str, str]] = {
    Event.PASSWORD: ("Your password was set", "Your password at {tenant} was set. All your sessions have ended."),
    Event.ROLE: (
        "Your role was changed",
        "Your role at {tenant} was changed from {before} to {after}. All your sessions have ended.",
    ),
    Event.ALIAS_ASKED: (
        "An email address was added",
        "{address} was added to your addresses at {tenant}. Mail from there counts as yours once it is confirmed.",
    ),
    Event.ALIAS_CONFIRMED: (
        "An email address was confirmed",
        "{address} was confirmed: mail from there counts as yours at {tenant} from now on.",
    ),
    Event.NEW_DEVICE: (
        "A log-in from a new device",
        "Somebody logged in to {tenant} with your password, with {agent}, from the address {address}.",
    ),
}
_LETTER = """\
{person},

{happened}

It was on {at:%Y-%m-%d} at {at:%H:%M} UTC.

If you know of this, do nothing. If not, tell an admin of {tenant}, and set another password: your profile shows
where you are logged in, and ends what is not yours.
"""
_TO = text("""
select u.email, u.name, t.name as tenant from users u join tenants t on t.id = u.tenant_id
where u.id = :user_id and u.active and t.active
""")


def post(
    connection: Connection, tenant_id: UUID, user_id: UUID, event: Event, *, once: str | None = None, **details: str
) -> None:
    """Notifies the person of the event; `details` fill in its sentence. An archived person gets no letter.

    Of several letters with the same `once`, only the first is written.
    """
    row = connection.execute(_TO, {"user_id": user_id}).first()
    if row is None:
        return
    subject, happened = _WORDS[event]
    tenant, person = one_line(row.tenant), one_line(row.name)
    happened = happened.format(tenant=tenant, **{name: one_line(value) for name, value in details.items()})
    words = _LETTER.format(person=person, happened=happened, at=now(), tenant=tenant)
    content = {"subject": f"{subject} at {tenant}", "text": words}
    letters.post(connection, tenant_id, OutboxKind.SECURITY, [(row.email, content)], once=once)
