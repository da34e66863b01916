"""Lists of cases and people from CSV files: read with bounds, imported line by line, and reported."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from ops.cli.errors import fail
from ops.cli.terminal import visible
from schemas.settings import Settings
from storage.database import open_database

#: The largest file, in bytes, and the most lines; the lines that share a transaction.
MOST_BYTES, MOST_LINES, TOGETHER = 20_000_000, 100_000, 200
#: How many refused lines are shown on a terminal; `--json` has all.
_SHOWN = 50

#: What became of a line, and why if it was refused.
CREATED, CHANGED, UNCHANGED, REFUSED = "created", "changed", "unchanged", "refused"


@dataclass(frozen=True)
class Line:
    """What became of a line of the file; `number` counts from 1, with the head."""

    number: int
    name: str
    outcome: str
    why: str = ""


def read(file: Path, columns: Sequence[str], required: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yields the lines of a CSV file with their numbers, each as a value for each of the `columns`.

    The file is UTF-8 and begins with the names of its columns, of which the `required` must be there; commas or
    semicolons part its values. Ends the command with what is wrong with the file.
    """
    try:
        if file.stat().st_size > MOST_BYTES:
            fail(f"{file} has more than {MOST_BYTES // 1_000_000} MB: split it")
        content = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        fail(f"{file} can't be read: {error.strerror}")
    except UnicodeDecodeError as error:
        number = error.object[: error.start].count(b"\n") + 1
        fail(f'{file} is not UTF-8: see line {number}. Export it as "CSV UTF-8".')
    lines = content.splitlines(keepends=True)
    if len(lines) > MOST_LINES:
        fail(f"{file} has more than {MOST_LINES:,} lines: split it")
    head = lines[0] if lines else ""
    reader = csv.DictReader(lines, delimiter=";" if head.count(";") > head.count(",") else ",")
    given = [name.strip().lower() for name in reader.fieldnames or ()]
    reader.fieldnames = given
    if unknown := [name for name in given if name not in columns]:
        fail(f"{file} has a column {unknown[0]!r}; known are {', '.join(columns)}")
    if missing := [name for name in required if name not in given]:
        fail(f"{file} needs the column {missing[0]!r} in its first line")
    try:
        for row in reader:
            yield reader.line_num, {name: (row.get(name) or "").strip() for name in columns}
    except csv.Error as error:
        fail(f"{file}, line {reader.line_num}: {error}")


def run(
    settings: Settings,
    tenant_id: UUID,
    rows: Iterator[tuple[int, dict[str, str]]],
    work: Callable[[Connection, dict[str, str]], tuple[str, str]],
    *,
    name: str,
    dry: bool,
) -> list[Line]:
    """Does `work` for each line in the tenant's scope, which returns the outcome and why; `name` is a column that names
    a line. With `dry` nothing is kept."""
    lines: list[Line] = []
    rows_left = list(rows)
    database = open_database(settings)
    try:
        for start in range(0, len(rows_left), TOGETHER):
            with database.tenant(tenant_id) as connection:
                for number, values in rows_left[start : start + TOGETHER]:
                    lines.append(Line(number, values[name], *work(connection, values)))
                if dry:
                    connection.rollback()
    finally:
        database.close()
    return lines


def report(lines: Sequence[Line], *, dry: bool, as_json: bool) -> int:
    """Prints what became of the lines; returns the exit code: 1 if any was refused, else 0."""
    counts = Counter(line.outcome for line in lines)
    refused = [line for line in lines if line.outcome == REFUSED]
    if as_json:
        print(json.dumps({"dry_run": dry, "counts": counts, "lines": [vars(line) for line in lines]}))
        return 1 if refused else 0
    if refused:
        table = Table(title="Refused", title_justify="left")
        for column in ("line", "what", "why"):
            table.add_column(column, justify="right" if column == "line" else "left")
        for line in refused[:_SHOWN]:
            table.add_row(str(line.number), visible(line.name), visible(line.why))
        Console().print(table)
        if len(refused) > _SHOWN:
            print(f"and {len(refused) - _SHOWN} more: --json shows all")
    words = ", ".join(f"{counts[outcome]} {outcome}" for outcome in (CREATED, CHANGED, UNCHANGED, REFUSED))
    print(f"{words}{'; nothing was kept: this was a dry run' if dry else ''}")
    return 1 if refused else 0
