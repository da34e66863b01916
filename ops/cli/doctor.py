"""`casemail doctor`: checks the whole installation."""

import json
from contextlib import closing
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.checks.start import StartError, open_blobs
from ops.cli.terminal import visible
from ops.doctor.checks import CHECKS
from ops.doctor.findings import SECONDS, Context, Finding, Status, run
from schemas.settings import load
from storage.database import open_database
from storage.resources import Resources

_STYLES = {Status.OK: ("ok", "green"), Status.WARNING: ("warning", "yellow"), Status.WRONG: ("wrong", "bold red")}

app = typer.Typer()


@app.command("doctor")
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    seconds: Annotated[float, typer.Option(min=1, help="Most seconds for each check.")] = SECONDS,
    held_hours: Annotated[float, typer.Option(min=0, help="Hours that a held mail may wait for a person.")] = 72,
) -> None:
    """Check servers, keys, topics, names, sources and mails; say what to do. Exit code 0: all well, 1: warnings, 2:
    something is wrong. Changes nothing and sends no mail."""
    settings = load()
    problems: list[str] = []
    blobs = open_blobs(settings, problems)
    if blobs is None:
        raise StartError(problems)
    with closing(open_database(settings)) as database:
        found = run(CHECKS, Context(settings, Resources(settings, database, blobs), held_hours), seconds)
    worst = max(finding.status for findings in found.values() for finding in findings)
    if as_json:
        print(json.dumps({"status": _STYLES[worst][0], "checks": _plain(found)}, indent=2))
    else:
        Console().print(table(found))
    raise typer.Exit(int(worst))


def table(found: dict[str, list[Finding]]) -> Table:
    """Returns the findings as a table for people."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("check", "", "what was found", "what to do"):
        made.add_column(heading, no_wrap=heading in {"check", ""}, overflow="fold")
    for name, findings in found.items():
        for number, finding in enumerate(findings):
            word, style = _STYLES[finding.status]
            words, remedy = (Text(visible(each)) for each in (finding.words, finding.remedy))
            made.add_row("" if number else name, Text(word, style), words, remedy)
    return made


def _plain(found: dict[str, list[Finding]]) -> list[dict[str, str]]:
    return [
        {"check": name, "status": _STYLES[each.status][0], "found": each.words, "remedy": each.remedy}
        for name, findings in found.items()
        for each in findings
    ]
