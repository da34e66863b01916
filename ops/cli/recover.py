"""`casemail recover`."""

import time
from typing import Annotated

import typer

from ops.cli.opened import opened
from ops.cli.terminal import visible
from workers.recovery.recover import recover
from workers.recovery.report import Report

#: Seconds between two runs with `--follow`.
_PAUSE = 10.0

app = typer.Typer()


@app.command("recover")
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Also read each original, and notice damage.")] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Repeat until no answer waits for its update; needs running processes.")
    ] = False,
) -> None:
    """Recovers and reports. Exit code 1 if a person must look at something: originals or files that are missing."""
    with opened() as resources:
        report = recover(resources, dry=dry_run, verify=verify)
        _print(report, dry=dry_run)
        while follow and report.deferred and not dry_run:
            time.sleep(_PAUSE)
            report = recover(resources)
            _print(report, dry=False)
    raise typer.Exit(1 if report.held or report.files else 0)


def _print(report: Report, *, dry: bool) -> None:
    if dry:
        print("Nothing was changed. It would be:")
    print("\n".join(map(visible, (*report.details, *report.lines()))))
