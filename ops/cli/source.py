"""`casemail source`: adds, tests, pauses and removes the mailboxes and folders that mail is fetched from."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from sqlalchemy import Row, text

from cases.inbound import source_actions, source_state, sources
from ops.cli.errors import fail
from ops.cli.new_source import add_mailbox, add_maildir, explained_mistakes, old_mails_of, record
from ops.cli.opened import opened
from ops.cli.terminal import visible
from schemas.tables import PUSHING, SourceKind
from storage.resources import Resources
from storage.secret_box import SealError, SecretBox
from workers.fetch.mailbox.connection_check import check

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
_SECRETS = text("select id, name, secret from sources where secret is not null order by id for update")
_SEAL = text("update sources set secret = :secret where id = :id")


_Tenant = Annotated[str, typer.Option(help="Slug of the tenant that it belongs to; default: the operator.")]
_Name = Annotated[str, typer.Argument(help="Name of the source.")]

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_sources() -> None:
    """List the sources with their state."""
    with opened() as resources, resources.database.system() as connection:
        rows = connection.execute(_LIST, {"pushing": sorted(PUSHING)}).all()
    for row in rows:
        owner = f"{row.tenant}/" if row.tenant else ""
        print(f"{visible(owner + row.name)}  {row.kind}  {visible(source_state.state_of(row))}")


@app.command("add")
def add(
    name: _Name,
    host: Annotated[str, typer.Option(help="Mail server; for a Maildir: nothing.")] = "",
    user: Annotated[str, typer.Option(help="User name there.")] = "",
    kind: Annotated[str, typer.Option(help="imap, pop3 or maildir.")] = "imap",
    port: Annotated[int, typer.Option(help="Port; 0: the usual one.")] = 0,
    security: Annotated[str, typer.Option(help="tls, starttls or none.")] = "tls",
    login: Annotated[str, typer.Option(help="password, microsoft, google or oauth2.")] = "password",
    client_id: Annotated[str, typer.Option(help="For OAuth 2.0.")] = "",
    directory: Annotated[str, typer.Option(help="For microsoft: the tenant of Entra ID.")] = "",
    token_url: Annotated[str, typer.Option(help="For oauth2: where tokens come from.")] = "",
    folder: Annotated[str, typer.Option(help="Folder to read; for a Maildir: its path.")] = "INBOX",
    after: Annotated[str, typer.Option(help="Once in custody: move, flag, delete or leave.")] = "",
    move_to: Annotated[str, typer.Option(help="Folder to move mails to.")] = "casemail",
    period: Annotated[int, typer.Option(min=10, help="Seconds from fetch to fetch.")] = 300,
    fields: Annotated[str, typer.Option(help="Header fields with the recipient, in order.")] = "",
    canary_address: Annotated[str, typer.Option(help="The mailbox's own address, for canary mails.")] = "",
    canary_minutes: Annotated[int, typer.Option(min=0, help="From one to the next; 0: none.")] = 0,
    authserv_id: Annotated[
        str,
        typer.Option(
            help="Name under which its server writes Authentication-Results; default: by the host, where that is a "
            "known provider; none: its word does not count."
        ),
    ] = "",
    authserv_fields: Annotated[int, typer.Option(min=1, max=10, help="Most such fields in one mail.")] = 1,
    old_mails: Annotated[str, typer.Option(help="ask, all, now, or from a date: 2026-11-01.")] = "ask",
    tenant: _Tenant = "",
) -> None:
    """Add a source. What is secret is read from standard input: a password; for OAuth 2.0 the client secret, and
    in a second line the refresh token."""
    edge: dict[str, object] = {"authserv_id": authserv_id, "authserv_fields": authserv_fields}
    options: dict[str, object] = {
        "host": host,
        "username": user,
        "port": port,
        "security": security,
        "login": login,
        "client_id": client_id,
        "directory": directory,
        "token_url": token_url,
        "folder": folder,
        "move_to": move_to,
        "canary_address": canary_address,
        "canary_seconds": canary_minutes * 60,
        "after": after or ("move" if kind == "imap" else "delete"),
        **edge,
    }
    with explained_mistakes():
        if kind == SourceKind.MAILDIR:
            add_maildir(name, Path(folder), period=period, fields=fields, options=edge)
        else:
            add_mailbox(name, kind, options, period, fields, old_mails, tenant)


@app.command("test")
def run_test(name: _Name, tenant: _Tenant = "") -> None:
    """Test the connection step by step and print a report without secrets; a new source is fetched from when it
    went well. Exit code 1 if a step failed."""
    with opened() as resources:
        row = _find(resources, name, tenant)
        report = check(row.id, resources)
        if report is None:
            _fail_missing(name)
        begins = False
        if report.good:
            with resources.database.system() as connection:
                begins = sources.tested(connection, row.id)
    print(visible(report.text()))
    if begins:
        print("It is fetched from now on.")
    raise typer.Exit(0 if report.good else 1)


@app.command("pause")
def pause(name: _Name, tenant: _Tenant = "") -> None:
    """Fetch it no more until it is resumed."""
    _act("pause", name, tenant)


@app.command("resume")
def resume(name: _Name, tenant: _Tenant = "") -> None:
    """Fetch it again, also after log-ins that were refused; or a new one without a test."""
    _act("resume", name, tenant)


@app.command("fetch")
def fetch(name: _Name, tenant: _Tenant = "") -> None:
    """Have it fetched now."""
    _act("fetch", name, tenant)


@app.command("remove")
def remove(
    name: _Name,
    tenant: _Tenant = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete it with its password or token. Mails, and the batches that they came in, stay."""
    with opened() as resources:
        row = _find(resources, name, tenant)
        question = f"Delete the source {visible(name)} and its secret? What came in by it stays."
        if not yes and not typer.confirm(question):
            raise typer.Exit(1)
        with resources.database.system() as connection:
            done = sources.remove(connection, sources.Actor(row.tenant_id, by_operator=True), row.id)
        if not done:
            _fail_missing(name)
        record(resources, row.tenant_id, "source.removed", row.id, {"name": name})
    print("deleted")


@app.command("old-mails")
def old_mails(
    name: _Name,
    which: Annotated[str, typer.Argument(help="all, now, or a date: 2026-11-01.")],
    tenant: _Tenant = "",
) -> None:
    """Decide what is done with the mails that were there before it was a source."""
    if which == "all":
        _act("take_all", name, tenant)
    else:
        with explained_mistakes():
            _, since = old_mails_of(which)
        _act("take_since", name, tenant, since)


@app.command("reseal")
def reseal() -> None:
    """Seal all secrets with the first key of CASEMAIL_SECRET_KEYS, after which the others can go. Exit code 1 if a
    secret can't be opened; it is named, and stays as it is."""
    failed = 0
    with opened() as resources, resources.database.system() as connection:
        secret_box = SecretBox.from_settings(resources.settings)
        rows = connection.execute(_SECRETS).all()
        for row in rows:
            try:
                connection.execute(_SEAL, {"id": row.id, "secret": secret_box.renew(bytes(row.secret))})
            except SealError as error:
                failed += 1
                print(f"casemail: {visible(row.name)}: {error}", file=sys.stderr)
    print(f"sealed {len(rows) - failed} secrets with the first key")
    raise typer.Exit(1 if failed else 0)


def _act(deed: str, name: str, tenant: str, since: datetime | None = None) -> None:
    """Does one of `SOURCE_ACTIONS`. Exit code 1 when there was nothing to do."""
    with opened() as resources, explained_mistakes():
        row = _find(resources, name, tenant)
        with resources.database.system() as connection:
            by = sources.Actor(row.tenant_id, by_operator=True)
            done = source_actions.act(connection, by, deed, row.id, since=since)
        if done:
            details = {"since": since.isoformat()} if since else {}
            record(resources, row.tenant_id, source_actions.SOURCE_ACTIONS[deed].act, row.id, details)
    print("done" if done else "there was nothing to do")
    raise typer.Exit(0 if done else 1)


def _find(resources: Resources, name: str, tenant: str) -> Row[Any]:
    """Returns the id and tenant of a source, or ends the command if no source has this name."""
    with resources.database.system() as connection:
        row = connection.execute(_FIND, {"name": name, "tenant": tenant}).first()
    return row or _fail_missing(name)


def _fail_missing(name: str) -> NoReturn:
    fail(f"there is no source {visible(name)} that is fetched")
