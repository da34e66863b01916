"""`casemail erase`: a person's mails, and their account, on request."""

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from cases.addresses.compare import email_key
from cases.erasure.erase import NotErasableError, erase, preview
from cases.erasure.erased import Erased, in_words
from cases.erasure.identity import Identity
from cases.outgoing.mime import one_line
from ops.cli.errors import fail
from ops.cli.opened import opened
from ops.cli.tenants import tenant_of
from ops.cli.terminal import visible
from storage.database import Database

app = typer.Typer()


@app.command("erase")
def run(
    tenant: Annotated[str, typer.Option(help="Slug of the tenant.")],
    email: Annotated[str, typer.Option(help="The address that the mails are from.")],
    updates: Annotated[bool, typer.Option("--updates", help="Erase words and files of their updates, too.")] = False,
    account: Annotated[bool, typer.Option("--account", help="Erase their account, too.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Shows what will go, asks, erases and reports. Exit code 1 if mails are still on their way."""
    with opened() as resources:
        left = _erase(resources.database, tenant, email, updates=updates, account=account, dry_run=dry_run, yes=yes)
    raise typer.Exit(1 if left else 0)


def _erase(
    database: Database, tenant: str, email: str, *, updates: bool, account: bool, dry_run: bool, yes: bool
) -> int:
    """Shows what will go, asks, erases and reports; returns how many mails are still on their way."""
    with database.system() as connection:
        tenant_id = tenant_of(connection, tenant)
    if not email_key(email):
        fail(f"{email!r} is no email address")
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
