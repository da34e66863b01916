"""Adds the sources of `casemail source add`: mailboxes, and Maildirs of this machine."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from getpass import getpass
from pathlib import Path
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from cases import audit
from cases.audit import Act
from cases.inbound import sources
from cases.refusal import Refusal
from ops.cli.errors import fail
from ops.cli.opened import opened
from ops.cli.tenants import tenant_of
from schemas.mailboxes import AuthservId, Login, MailboxOptions, MailboxSecret
from schemas.tables import OPERATOR, OldMails, SourceKind
from storage.resources import Resources
from storage.secret_box import SealError, SecretBox
from storage.source_rows import ensure_source

#: The recipient fields of a source that names none.
_FIELDS = "Delivered-To,X-Original-To"


@contextmanager
def explained_mistakes() -> Iterator[None]:
    """Ends the command with a plain message for a ValueError or SealError in the block."""
    try:
        yield
    except ValidationError as error:
        fail(
            "; ".join(
                f"{'.'.join(map(str, problem['loc'])) or 'source'}: {problem['msg']}" for problem in error.errors()
            )
        )
    except (ValueError, SealError) as error:
        fail(str(error))


def add_mailbox(
    name: str, kind: str, options: dict[str, object], period: int, fields: str, old_mails: str, tenant: str
) -> None:
    """Adds a mailbox, its secret from standard input. Raises ValueError for options that are wrong or missing."""
    if kind not in (SourceKind.IMAP, SourceKind.POP3):
        raise ValueError("a source is of the kind imap, pop3 or maildir")
    wanted = MailboxOptions.model_validate(options)
    lines = [line.rstrip("\r\n") for line in ([_password()] if sys.stdin.isatty() else sys.stdin)] + ["", ""]
    if wanted.login is Login.PASSWORD:
        secret = MailboxSecret(password=lines[0])
    else:
        secret = MailboxSecret(client_secret=lines[0], refresh_token=lines[1])
    mailbox = sources.Wanted(name, SourceKind(kind), wanted, secret, period, fields or _FIELDS)
    mode, since = old_mails_of(old_mails)
    with opened() as resources:
        with resources.database.system() as connection:
            tenant_id = tenant_of(connection, tenant) if tenant else None
            actor = sources.Actor(tenant_id, by_operator=True)
            secret_box = SecretBox.from_settings(resources.settings)
            added = sources.add(connection, actor, secret_box, mailbox, old_mails=mode, since=since, untested=True)
        if isinstance(added, Refusal):
            fail(added.words)
        record(resources, tenant_id, "source.added", added, {"name": name, "kind": kind})
    print(f"added, and not fetched yet: `casemail source test {name}` tests it, and has it fetched if that goes well")
    print(f"(`casemail source resume {name}` has it fetched without a test)")


def add_maildir(name: str, folder: Path, *, period: int, fields: str, options: dict[str, object]) -> None:
    """Adds a Maildir of this machine. Raises ValueError when the folder is not a Maildir."""
    if not (folder / "new").is_dir():
        raise ValueError(f"{folder} is no Maildir: it has no folder new")
    TypeAdapter(AuthservId).validate_python(options.get("authserv_id", ""))
    with opened() as resources:
        with resources.database.system() as connection:
            source_id = ensure_source(
                connection,
                SourceKind.MAILDIR,
                name,
                location=str(folder.resolve()),
                recipient_fields=fields or _FIELDS,
                period_seconds=period,
                options=options,
            )
        record(resources, None, "source.added", source_id, {"name": name, "kind": "maildir"})
    print("added")


def old_mails_of(which: str) -> tuple[OldMails, datetime | None]:
    match which:
        case "ask":
            return OldMails.ASK, None
        case "all":
            return OldMails.ALL, None
        case "now":
            return OldMails.SINCE, datetime.now(UTC)
    try:
        return OldMails.SINCE, datetime.fromisoformat(which).replace(tzinfo=UTC)
    except ValueError:
        raise ValueError("old mails are: ask, all, now, or a date like 2026-11-01") from None


def _password() -> str:
    return getpass("Password: ")


def record(resources: Resources, tenant_id: UUID | None, act: str, source_id: UUID, details: dict[str, str]) -> None:
    """Writes an act of the operator to the audit of the tenant, or to the operator's if no tenant is given."""
    owner = tenant_id or OPERATOR
    with resources.database.tenant(owner) as connection:
        audit.record(connection, [Act(owner, None, act, source_id, {**details, "by": "the operator"})])
