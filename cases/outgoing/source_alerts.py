"""Mails to the admins of a tenant about its mail sources; each mail is sent once."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases.outgoing import letters
from schemas.tables import OutboxKind, new_id

_ADMINS = text("select id, email from users where role = 'admin' and active order by id")


def post_state(connection: Connection, console_url: str, row: Row[Any]) -> None:
    """Mails the admins that a source fails, or that it works again."""
    name, link = row.name, f"{console_url}/settings/sources/{row.id}"
    if row.failing_since is None:
        subject = f"Mail source {name} works again"
        words = f"casemail reads the mail source {name} again.\n\nWhether time was missed is shown here:\n{link}\n"
        once = f"source {row.id} works again after {row.told_at:%Y-%m-%dT%H:%M:%S.%f}"
    else:
        subject = f"Mail source {name} can't be read"
        paused = "It is paused: give it the right password, then resume it.\n\n" if row.paused_for else ""
        words = (
            f"casemail can't read the mail source {name} since {row.failing_since:%Y-%m-%d %H:%M} UTC.\n\n"
            f"{row.last_error}\n\n{paused}"
            f"Mails wait there until it can be read again. Its state, and a connection test:\n{link}\n"
        )
        once = f"source {row.id} fails since {row.failing_since:%Y-%m-%dT%H:%M:%S.%f}"
    _post(connection, row.tenant_id, subject, words, once)


def post_withheld_mail(connection: Connection, console_url: str, row: Row[Any], ref: str) -> None:
    """Mails the admins that the server does not give out the mail with the id `ref`."""
    subject = f"Mail source {row.name}: a mail that Exchange does not give"
    words = (
        f"In the mail source {row.name} is a mail that Microsoft Exchange can't convert: it gives a note in its place. "
        "casemail takes no such note for a mail, and leaves the mail where it is. Open it there, in Outlook or on the "
        "web, and answer it or forward it to the address that it was sent to; then move it to another folder.\n\n"
        f"How many there are:\n{console_url}/settings/sources/{row.id}\n"
    )
    _post(connection, row.tenant_id, subject, words, f"source {row.id} withholds {ref}")


def post_old_mails(connection: Connection, console_url: str, row: Row[Any], count: int) -> None:
    """Mails the admins that a mailbox has `count` old mails, and that nothing is fetched until they decide."""
    subject = f"Mail source {row.name}: what about the old mails?"
    words = (
        f"The mail source {row.name} has {count} mails from before it was added. casemail takes none of them, "
        "and no new ones, before you have chosen: take all, or only those from now on or from a date.\n\n"
        f"{console_url}/settings/sources/{row.id}\n"
    )
    _post(connection, row.tenant_id, subject, words, f"source {row.id} asks {new_id()}")


def _post(connection: Connection, tenant_id: UUID, subject: str, words: str, once: str) -> None:
    for admin in connection.execute(_ADMINS).all():
        content = {"subject": subject, "text": words}
        letters.post(connection, tenant_id, OutboxKind.SOURCE, [(admin.email, content)], once=f"{once} to {admin.id}")
