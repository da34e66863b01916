"""Mails with files that passed validation, as the attachments stage takes them."""

from base64 import encodebytes
from pathlib import Path
from uuid import UUID

from schemas.records import FilteredMail, ParsedMail, Rejection, Target, ValidatedMail
from storage import stored_files
from storage.blobs.store import of_batch
from storage.resources import Resources
from tests.builders.rows import run
from tests.builders.world import World, in_ledger
from workers.attachments.stage import select
from workers.parse.read import read_mail
from workers.post.stage import post

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def mail_with(author: str, to: str, *files: tuple[str, bytes], words: str = "See the files.") -> bytes:
    """Returns a mail with these files, by name, as attachments in base64."""
    parts = [f"Content-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n".encode()]
    for name, content in files:
        head = (
            f'Content-Type: application/octet-stream; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
            f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
        )
        parts.append(head.encode() + encodebytes(content).replace(b"\n", b"\r\n"))
    header = (
        f"MIME-Version: 1.0\r\nFrom: {author}\r\nTo: {to}\r\nSubject: Re: A leak\r\nMessage-ID: <1@people.example>\r\n"
        'Content-Type: multipart/mixed; boundary="mix"\r\n\r\n'
    )
    return header.encode() + b"".join(b"--mix\r\n" + part for part in parts) + b"--mix--\r\n"


def let_through(
    resources: Resources, world: World, *files: tuple[str, bytes], author: str = "client", cut_off: int = 0
) -> ValidatedMail:
    """Returns a validated mail of this author with these files, which is in the ledger and may post on the case.

    Its last `cut_off` bytes are missing.
    """
    to = f"case-1@{world.mail_domain}"
    raw = mail_with(world.email(author), to, *files)
    raw = raw[: len(raw) - cut_off]
    blob = resources.blobs.put(world.tenant_id, of_batch(world.case_id), raw)
    custody = in_ledger(world, recipient=to, raw=blob, sender=world.email(author))
    parsed = read_mail(raw, custody)
    assert isinstance(parsed, ParsedMail), parsed
    return ValidatedMail(
        parsed=parsed, target=Target(case_id=world.case_id, author_id=world.people[author], answers=None)
    )


def post_one(mail: ValidatedMail | FilteredMail, resources: Resources) -> Rejection | ValidatedMail | UUID:
    """Chooses and stores the files, and posts; returns the id of the update, or the result that came instead."""
    filtered = select(mail, resources) if isinstance(mail, ValidatedMail) else mail
    (result,) = post([filtered], resources)
    if result is not None:
        return result
    with resources.database.tenant(mail.custody.tenant_id) as connection:
        row = connection.exec_driver_sql(f"select id from updates where mail_id = '{mail.custody.mail_id}'").one()
    update_id: UUID = row.id
    return update_id


def age(world: World, hours: int = 4) -> None:
    """Moves the times of the tenant's stored files into the past, as if `hours` had passed."""
    run(
        world,
        "update stored_contents set touched_at = touched_at - make_interval(hours => :hours),"
        " due_at = due_at - make_interval(hours => :hours) where tenant_id = :tenant",
        hours=hours,
        tenant=world.tenant_id,
    )


def stored(world: World) -> list[str]:
    """Returns the keys of all files that the database has for this tenant."""
    rows = run(world, "select blob from stored_contents where tenant_id = :id order by blob", id=world.tenant_id)
    return [row.blob for row in rows]


def sweep(resources: Resources) -> None:
    """Deletes the stored files that are due for a check and that no update has."""
    while stored_files.sweep(resources.database, resources.blobs, most=1_000):
        pass


def in_store(resources: Resources) -> set[str]:
    """Returns the keys of all files on the disk."""
    root = Path(resources.settings.blobs.url)
    return {str(path.relative_to(root)) for path in root.glob("*/file/*/*")}


def blobs_of(world: World, update_id: UUID) -> list[str]:
    """Returns the keys of an update's files, in order."""
    rows = run(world, "select blob from update_files where update_id = :id order by position", id=update_id)
    return [row.blob for row in rows]
