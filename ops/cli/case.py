"""`casemail case`: the cases of a tenant."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy import Connection, Row, text

from cases.addresses.tokens import Keys
from cases.lifecycle import change
from cases.lifecycle.create import NewCase, create
from cases.people import directory, members
from cases.refusal import Refusal
from ops.cli import csv_list
from ops.cli.csv_list import CHANGED, CREATED, REFUSED, UNCHANGED
from ops.cli.owner import owner
from ops.cli.tenants import tenant_of
from schemas.settings import load

COLUMNS = ("number", "title", "type", "manager", "clients", "status", "reason")
_CASE = text("""
select id, title, kind, open, (select count(*) from case_members where case_id = cases.id) as members
from cases where lower(number) = lower(:number)
""")
_MEMBERS = text("select count(*) from case_members where case_id = :case_id")

app = typer.Typer(no_args_is_help=True)


@app.callback()
def commands() -> None:
    """The cases of a tenant; people work on them in the console."""


@app.command("import")
def import_cases(
    file: Annotated[Path, typer.Argument(help=f"CSV in UTF-8, with a first line of {', '.join(COLUMNS)}.")],
    tenant: Annotated[str, typer.Option("--tenant", help="Short name of the tenant.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Create and change cases from a file. `title` and `manager` (an email address) are needed; `clients` are addresses
    between spaces, `status` is open or closed. A case with the number of a line is changed, so that the same file can
    be imported again. Members are added, never removed. Exit code 1 if a line was refused."""
    settings = load()
    with owner(settings) as connection:
        tenant_id = tenant_of(connection, tenant, operator=False)
    rows = csv_list.read(file, COLUMNS, ("title", "manager"))
    work = partial(_put, settings.secrets.address_keys, tenant_id)
    lines = csv_list.run(settings, tenant_id, rows, work, name="title", dry=dry_run)
    raise typer.Exit(csv_list.report(lines, dry=dry_run, as_json=as_json))


@dataclass(frozen=True)
class _There:
    """A case that a line created or found: what was done to it, and whether it is open."""

    id: UUID
    outcome: str
    open: bool


def _put(keys: Keys, tenant_id: UUID, connection: Connection, values: dict[str, str]) -> tuple[str, str]:
    """Creates or changes one case; returns the outcome, and why it was refused."""
    with connection.begin_nested() as savepoint:
        case = _create_or_change(keys, tenant_id, connection, values)
        outcome = case if isinstance(case, Refusal) else _set_status(connection, case, values)
        if isinstance(outcome, Refusal):
            savepoint.rollback()
            return REFUSED, outcome.words
    return outcome, ""


def _create_or_change(keys: Keys, tenant_id: UUID, connection: Connection, values: dict[str, str]) -> _There | Refusal:
    clients = values["clients"].replace(";", " ").replace(",", " ").split()
    there = connection.execute(_CASE, {"number": values["number"]}).first() if values["number"] else None
    if there is not None:
        return _change(keys, connection, there, clients, values)
    manager = directory.find(connection, values["manager"])
    if manager is None:
        return Refusal(f"Nobody here has the address {values['manager']!r}.")
    new = NewCase(values["title"], manager.id, values["type"], values["number"], clients)
    made = create(connection, keys, tenant_id, new, by=None)
    return made if isinstance(made, Refusal) else _There(made, CREATED, open=True)


def _change(
    keys: Keys, connection: Connection, there: Row[Any], clients: Sequence[str], values: dict[str, str]
) -> _There | Refusal:
    if refused := change.edit(connection, there.id, title=values["title"], kind=values["type"], by=None):
        return refused
    for email in clients:
        if refusal := members.add(connection, keys, there.id, email, by=None):
            return refusal
    same = (there.title, there.kind) == (values["title"], values["type"])
    added = connection.execute(_MEMBERS, {"case_id": there.id}).scalar_one() != there.members
    return _There(there.id, UNCHANGED if same and not added else CHANGED, there.open)


def _set_status(connection: Connection, case: _There, values: dict[str, str]) -> str | Refusal:
    """Closes or reopens the case as the line says; returns the outcome of the whole line."""
    status = values["status"].lower()
    if status not in {"", "open", "closed"}:
        return Refusal(f"The status is open or closed, not {values['status']!r}.")
    if not status or case.open == (status == "open"):
        return case.outcome
    if status == "open":
        change.reopen(connection, case.id, by=None)
    elif refused := change.close(connection, case.id, values["reason"], by=None):
        return refused
    return CREATED if case.outcome == CREATED else CHANGED
