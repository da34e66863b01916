"""`casemail erase`: a person's mails, and their account, on request."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cases.addresses.compare import email_key
from cases.erasure.erase import NotErasableError, erase, preview
from cases.erasure.erased import Erased, in_words
from cases.erasure.identity import Identity, identify
from cases.outgoing.mime import one_line
from ops.cli.errors import fail
from ops.cli.opened import opened
from ops.cli.tenants import tenant_of
from ops.cli.terminal import visible
from storage.archive import search
from storage.archive.files import ArchiveError
from storage.database import Database
from storage.resources import Resources

app = typer.Typer()


@app.command("erase")
def run(
    tenant: Annotated[str, typer.Option(help="Slug of the tenant.")],
    email: Annotated[str, typer.Option(help="The address that the mails are from.")],
    updates: Annotated[bool, typer.Option("--updates", help="Erase words and files of their updates, too.")] = False,
    account: Annotated[bool, typer.Option("--account", help="Erase their account, too.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    archive: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Folder of the archive; default: CASEMAIL_ARCHIVE_FOLDER."),
    ] = None,
) -> None:
    """Shows what will go, asks, erases and reports. Exit code 1 if mails are still on their way."""
    with opened() as resources:
        folder = archive or resources.settings.archive.folder
        if folder and not folder.is_dir():
            fail(f"nothing was erased: the folder of the archive is not there: {folder}")
        # before the account goes: its name and aliases are in the archive, too
        person = _person(resources.database, tenant, email)
        left = _erase(resources.database, tenant, email, updates=updates, account=account, dry_run=dry_run, yes=yes)
        if folder and not dry_run:
            _erase_archived(resources, tenant, folder, person, named=account or person.id is None)
    raise typer.Exit(1 if left else 0)


def _person(database: Database, tenant: str, email: str) -> Identity:
    if not email_key(email):
        fail(f"{email!r} is no email address")
    with database.system() as connection:
        tenant_id = tenant_of(connection, tenant)
    with database.tenant(tenant_id) as connection:
        return identify(connection, email)


def _erase_archived(resources: Resources, tenant: str, folder: Path, person: Identity, *, named: bool) -> None:
    """Takes the rows that name the person out of the archive."""
    with resources.database.system() as connection:
        tenant_id = tenant_of(connection, tenant)
    pattern = person.named if named else person.within
    try:
        gone = search.erase(resources.database, folder, tenant_id, pattern)
    except (OSError, ArchiveError) as error:
        fail(f"the person is not erased from all of the archive: {error}", "mend the file, and run this again")
    print(f"{gone:,} rows of the archive are gone.")


def _erase(
    database: Database, tenant: str, email: str, *, updates: bool, account: bool, dry_run: bool, yes: bool
) -> int:
    """Shows what will go, asks, erases and reports; returns how many mails are still on their way."""
    with database.system() as connection:
        tenant_id = tenant_of(connection, tenant)
    try:
        who, counts = preview(database, tenant_id, email, by=None, updates=updates, account=account)
        print("\n".join(["This will go:", *_lines(who, counts)]))
        if not dry_run:
            if not yes and not _confirmed(email):
                fail("nothing was erased; the address must be typed again, or --yes given")
            with database.tenant(tenant_id) as connection:
                counts = erase(connection, tenant_id, email, by=None, updates=updates, account=account)
    except NotErasableError as error:
        fail(str(error))
    if not dry_run:
        print("\n".join(["Erased:", *_lines(who, counts)]))
        print("The dispatcher deletes the bytes in its next turns.")
    return counts.on_their_way


def _lines(who: Identity, counts: Erased) -> list[str]:
    """Returns a line for the person, and a line with the count of each kind of thing that goes."""
    named = f" ({one_line(who.name)})" if who.id else " (no account)"
    lines = [visible(f"  of {', '.join(who.forms)}{named}")]
    lines += [f"  {words}" for words in in_words(asdict(counts)) or ["nothing"]]
    if counts.kept:
        lines.append(f"{counts.kept:,} of their updates stay" + (", under an erased person" if counts.account else ""))
    if counts.on_their_way:
        lines.append(f"{counts.on_their_way} mails are still on their way: run this again when they have ended")
    return lines


def _confirmed(email: str) -> bool:
    if not sys.stdin.isatty():
        return False
    return email_key(input("Nobody can take this back. Type the address again to erase: ")) == email_key(email)
