"""`casemail bench`: the table of its commands. Each benchmark's module has both the command and the work."""

from collections.abc import Mapping
from typing import ClassVar

import typer

from ops.bench import run
from ops.cli.lazy import Command, LazyGroup


class Benchmarks(LazyGroup):
    """The commands of `casemail bench`."""

    TABLE: ClassVar[Mapping[str, Command]] = {
        "broker": Command(
            "ops.bench.broker",
            "Measure the broker beside Dramatiq on Redis and in memory: hops a second, CPU and latency of a hop.",
        ),
        "fetch": Command(
            "ops.bench.fetch",
            "Measure custody: mails a second by LMTP, from a Maildir and by IMAP, next to doing nothing with them.",
        ),
        "parse": Command("ops.bench.parse", "Measure what reading a mail costs, next to mail-parser alone."),
        "reading": Command(
            "ops.bench.reading.command",
            "Measure how well a person's own words are found in answers as mail programs write them.",
        ),
        "attachments": Command(
            "ops.bench.attachments",
            "Measure what files of 1, 5 and 25 MB mails cost in time and memory, next to a bare base64 decode.",
        ),
        "fairness": Command(
            "ops.bench.fairness",
            "Measure how long others wait while one tenant sends mails of five slow PDFs.",
        ),
        "api": Command("ops.bench.api", "Measure how long each route of the API takes with many cases and mails."),
        "tenants": Command("ops.bench.tenants", "Measure how long a quiet tenant waits while many have a backlog."),
        "scale": Command(
            "ops.bench.scale",
            "Measure what processes and people wait for with many tenants and mails, and what the archive frees.",
        ),
    }


app = typer.Typer(cls=Benchmarks, invoke_without_command=True)


@app.callback()
def mails(context: typer.Context, mails: int = 3_000, seed: int = 1, processes: int = 1) -> None:
    """Runs the benchmark of the whole pipeline, unless a subcommand is called."""
    if not context.invoked_subcommand:
        raise typer.Exit(run.run(mails=mails, seed=seed, processes=processes))
