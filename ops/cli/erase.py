"""`casemail erase`: a person's mails, and their account, on request."""

import sys
from dataclasses import asdict

from sqlalchemy import text

from cases.addresses.compare import email_key
from cases.erasure.erase import Erased, NotErasableError, erase, in_words, preview
from cases.erasure.identity import Identity
from cases.outgoing.mime import one_line
from ops.cli.mail_parse import visible
from schemas.settings import Settings
from storage.resources import open_resources

USAGE_ERROR = 2

_TENANT = text("select id from tenants where slug = :slug")


def run(
    settings: Settings,
    slug: str,
    email: str,
    *,
    updates: bool,
    account: bool = False,
    dry_run: bool = False,
    yes: bool = False,
) -> int:
    """Shows what will go, asks, erases, and reports; 2 where that is not possible, 1 where mails are on their way."""
    database = open_resources(settings).database
    with database.system() as connection:
        tenant_id = connection.execute(_TENANT, {"slug": slug}).scalar()
    if tenant_id is None or not email_key(email):
        problem = f"{email!r} is no email address" if tenant_id else f"there is no tenant {slug!r}"
        return _fail(problem)
    try:
        who, told = preview(database, tenant_id, email, actor_id=None, updates=updates, account=account)
        print("\n".join(["This will go:", *_lines(who, told)]))
        if dry_run:
            return 1 if told.on_their_way else 0
        if not yes and not _confirmed(email):
            return _fail("nothing was erased; the address must be typed again, or --yes given")
        with database.tenant(tenant_id) as connection:
            done = erase(connection, tenant_id, email, actor_id=None, updates=updates, account=account)
    except NotErasableError as error:
        return _fail(str(error))
    print("\n".join(["Erased:", *_lines(who, done)]))
    print("The dispatcher deletes the bytes in its next turns.")
    return 1 if done.on_their_way else 0


def _lines(who: Identity, counts: Erased) -> list[str]:
    """The person, and what goes of them, each kind on a line, with its number."""
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


def _fail(words: str) -> int:
    print(f"casemail: {words}", file=sys.stderr)
    return USAGE_ERROR
