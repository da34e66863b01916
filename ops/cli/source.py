"""What `casemail source` does: sources of mail that are fetched, for whoever runs casemail."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Row, text

from cases import audit
from cases.audit import Act
from cases.inbound import source_actions, source_state, sources
from ops.cli.mail_parse import visible
from schemas.mailboxes import AuthservId, Login, MailboxOptions, MailboxSecret
from schemas.settings import Settings
from schemas.tables import OPERATOR, PUSHING, OldMails, SourceKind
from storage.resources import Resources, open_resources
from storage.secret_box import SealError, SecretBox
from storage.source_rows import ensure_source
from workers.fetch.mailbox.connection_test import check

#: What a source without a period of its own, or fields, has.
_FIELDS = "Delivered-To,X-Original-To"
_LIST = text("""
select s.id, s.name, s.kind, s.active, s.paused_for, s.failures, s.last_error, s.last_success_at, s.old_mails,
    s.old_count, s.left_behind, s.withheld, s.login_failures, s.failing_since, coalesce(t.slug, '') as tenant
from sources s left join tenants t on t.id = s.tenant_id where s.kind <> all(:pushing)
order by t.slug nulls first, s.name
""")
_FIND = text("""
select s.id, s.tenant_id from sources s left join tenants t on t.id = s.tenant_id
where s.name = :name and coalesce(t.slug, '') = :tenant
""")
_TENANT = text("select id from tenants where slug = :slug")
_SECRETS = text("select id, name, secret from sources where secret is not null order by id for update")
_SEAL = text("update sources set secret = :secret where id = :id")


def words(error: ValueError) -> str:
    """What is wrong, for the caller."""
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'source'}: {one['msg']}" for one in error.errors())
    return str(error)


def show(settings: Settings) -> None:
    """Prints a line for each source."""
    with _open(settings) as resources, resources.database.system() as connection:
        rows = connection.execute(_LIST, {"pushing": sorted(PUSHING)}).all()
    for row in rows:
        owner = f"{row.tenant}/" if row.tenant else ""
        print(f"{visible(owner + row.name)}  {row.kind}  {visible(source_state.state_of(row))}")


def add(
    settings: Settings,
    name: str,
    kind: str,
    options: dict[str, object],
    period: int,
    fields: str,
    old_mails: str,
    tenant: str,
) -> None:
    """Adds a mailbox, its secret from standard input. Raises ValueError for what is not whole."""
    if kind not in (SourceKind.IMAP, SourceKind.POP3):
        raise ValueError("a source is of the kind imap, pop3 or maildir")
    wanted = MailboxOptions.model_validate(options)
    lines = [line.rstrip("\r\n") for line in ([_password()] if sys.stdin.isatty() else sys.stdin)] + ["", ""]
    if wanted.login is Login.PASSWORD:
        secret = MailboxSecret(password=lines[0])
    else:
        secret = MailboxSecret(client_secret=lines[0], refresh_token=lines[1])
    mailbox = sources.Wanted(name, SourceKind(kind), wanted, secret, period, fields or _FIELDS)
    mode, since = _old_mails(old_mails)
    with _open(settings) as resources:
        try:
            source_id, tenant_id = _add(resources, mailbox, mode, since, tenant)
        except SealError as error:
            raise ValueError(str(error)) from error
        _note(resources, tenant_id, "source.added", source_id, {"name": name, "kind": kind})
    print(f"added, and not fetched yet: `casemail source test {name}` tests it, and has it fetched if that goes well")
    print(f"(`casemail source resume {name}` has it fetched without a test)")


def _add(
    resources: Resources, mailbox: sources.Wanted, mode: OldMails, since: datetime | None, tenant: str
) -> tuple[UUID, UUID | None]:
    with resources.database.system() as connection:
        tenant_id = connection.execute(_TENANT, {"slug": tenant}).scalar() if tenant else None
        if tenant and tenant_id is None:
            raise ValueError(f"there is no tenant {tenant!r}")
        actor = sources.Actor(tenant_id, by_operator=True)
        seal = SecretBox.from_settings(resources.settings)
        return sources.add(connection, actor, seal, mailbox, old_mails=mode, since=since, untested=True), tenant_id


def add_maildir(
    settings: Settings, name: str, folder: Path, *, period: int, fields: str, options: dict[str, object]
) -> None:
    """Adds a Maildir of this machine. Raises ValueError when it is none."""
    if not (folder / "new").is_dir():
        raise ValueError(f"{folder} is no Maildir: it has no folder new")
    TypeAdapter(AuthservId).validate_python(options.get("authserv_id", ""))
    with _open(settings) as resources:
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
        _note(resources, None, "source.added", source_id, {"name": name, "kind": "maildir"})
    print("added")


def test(settings: Settings, name: str, tenant: str) -> int:
    """Prints the report of a connection test; 1 when a step failed, 2 when there is no such source."""
    with _open(settings) as resources:
        row = _find(resources, name, tenant)
        report = check(row.id, resources) if row else None
    if report is None:
        return _none(name)
    begins = False
    with _open(settings) as resources:
        if report.good and row is not None:
            with resources.database.system() as connection:
                begins = sources.tested(connection, row.id)
    print(visible(report.text()))
    if begins:
        print("It is fetched from now on.")
    return 0 if report.good else 1


def remove(settings: Settings, name: str, tenant: str, *, sure: Callable[[str], bool]) -> int:
    """Deletes a source with its secret if `sure` says so; 1 when not, 2 when there is no such source."""
    with _open(settings) as resources:
        row = _find(resources, name, tenant)
        if row is None:
            return _none(name)
        if not sure(f"Delete the source {visible(name)} and its secret? What came in by it stays."):
            return 1
        with resources.database.system() as connection:
            done = sources.remove(connection, sources.Actor(row.tenant_id, by_operator=True), row.id)
        if done:
            _note(resources, row.tenant_id, "source.removed", row.id, {"name": name})
    if not done:
        return _none(name)
    print("deleted")
    return 0


def act(settings: Settings, deed: str, name: str, tenant: str, which: str = "") -> int:
    """Does one of `SOURCE_ACTIONS`; 1 when there was nothing to do, 2 when there is no such source."""
    since = _old_mails(which)[1] if deed == "take_since" else None
    with _open(settings) as resources:
        row = _find(resources, name, tenant)
        if row is None:
            return _none(name)
        with resources.database.system() as connection:
            by = sources.Actor(row.tenant_id, by_operator=True)
            done = source_actions.act(connection, by, deed, row.id, since=since)
        if done:
            act_name = source_actions.SOURCE_ACTIONS[deed].act
            _note(resources, row.tenant_id, act_name, row.id, {"since": since.isoformat()} if since else {})
    print("done" if done else "there was nothing to do")
    return 0 if done else 1


def reseal(settings: Settings) -> int:
    """Seals all secrets anew with the first key; 1 when one can't be opened, which then is named and stays as it is."""
    seal, failed = SecretBox.from_settings(settings), 0
    with _open(settings) as resources, resources.database.system() as connection:
        rows = connection.execute(_SECRETS).all()
        for row in rows:
            try:
                connection.execute(_SEAL, {"id": row.id, "secret": seal.renew(bytes(row.secret))})
            except SealError as error:
                failed += 1
                print(f"casemail: {visible(row.name)}: {error}", file=sys.stderr)
    print(f"sealed {len(rows) - failed} secrets anew")
    return 1 if failed else 0


def _old_mails(which: str) -> tuple[OldMails, datetime | None]:
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


@contextmanager
def _open(settings: Settings) -> Iterator[Resources]:
    resources = open_resources(settings)
    try:
        yield resources
    finally:
        resources.database.close()


def _password() -> str:
    import getpass  # noqa: PLC0415  # only where somebody types

    return getpass.getpass("Password: ")


def _find(resources: Resources, name: str, tenant: str) -> Row[Any] | None:
    with resources.database.system() as connection:
        return connection.execute(_FIND, {"name": name, "tenant": tenant}).first()


def _none(name: str) -> int:
    print(f"casemail: there is no source {visible(name)} that is fetched", file=sys.stderr)
    return 2


def _note(resources: Resources, tenant_id: UUID | None, act: str, source_id: UUID, details: dict[str, str]) -> None:
    owner = tenant_id or OPERATOR
    with resources.database.tenant(owner) as connection:
        audit.record(connection, [Act(owner, None, act, source_id, {**details, "by": "whoever runs casemail"})])
