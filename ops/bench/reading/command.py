"""`casemail bench reading`: own words lost and quoted words posted in answers as mail programs write them."""

import os
from collections.abc import Mapping
from typing import Annotated

import typer
from rich.console import Console

from ops.bench.reading import report
from ops.bench.reading.answers import DIMENSIONS, draw
from ops.bench.reading.figures import Tally
from ops.bench.reading.mail import write
from ops.bench.reading.runs import Run, kind, measure

app = typer.Typer()
_LEFT_OUT = ("program", "language")


@app.command("reading")
def command(
    mails: Annotated[int, typer.Option(help="How many answers are read.")] = 50_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same answers.")] = 1,
    only: Annotated[
        list[str] | None, typer.Option(help="Only such answers, as in program=Gmail or position=below.")
    ] = None,
    without_update: Annotated[bool, typer.Option(help="Read as if the answered update was not known.")] = False,
    leave_out: Annotated[
        int, typer.Option(help="Also read so many mails of each program and language without its rows in the tables.")
    ] = 0,
    rows: Annotated[int, typer.Option(help="How many rows a table has at most; 0 for all.")] = 12,
    processes: Annotated[int, typer.Option(help="How many processes read.")] = os.cpu_count() or 1,
    show: Annotated[str, typer.Option(help="Only show the answer of this seed, as in 1.77, and what is read.")] = "",
) -> None:
    """Runs the benchmark; the exit code is 1 if own words are lost, or over 1 % of the quoted words post."""
    fixed = _fixed(only or [])
    if show:
        raise typer.Exit(_show(show, fixed, with_update=not without_update))
    raise typer.Exit(
        run(
            Run(seed, mails, fixed, with_update=not without_update),
            processes=processes,
            rows=rows,
            leave_out=leave_out,
        )
    )


def _fixed(only: list[str]) -> dict[str, str]:
    """Returns the values of `--only` by dimension. Raises `BadParameter` for a value that there is not."""
    fixed = {}
    for each in only:
        dimension, _, value = each.partition("=")
        if dimension not in DIMENSIONS:
            raise typer.BadParameter(f"{each}: dimensions are {', '.join(DIMENSIONS)}")
        known = {name.lower(): name for name in DIMENSIONS[dimension]}
        if value.lower() not in known:
            raise typer.BadParameter(f"{each}: values are {', '.join(DIMENSIONS[dimension])}")
        fixed[dimension] = known[value.lower()]
    return fixed


def run(asked: Run, *, processes: int, rows: int, leave_out: int) -> int:
    """Measures and prints; returns 1 if own words are lost or over 1 % of the quoted words post, else 0."""
    console = Console()
    (tally,) = measure([asked], processes)
    report.by_dimension(console, tally, rows)
    if leave_out:
        report.left_out(console, _left_out(asked, leave_out, processes))
    report.total(console, tally)
    report.failures(console, tally)
    return 0 if not tally.total.losing and tally.total.posted < report.MOST_POSTED else 1


def _left_out(asked: Run, mails: int, processes: int) -> list[tuple[str, Tally, Tally]]:
    """Measures each program and language without its rows and with them; returns name and both figures."""
    values = [(dimension, value) for dimension in _LEFT_OUT for value in DIMENSIONS[dimension]]
    runs = [
        Run(asked.seed, mails, {**asked.only, dimension: value}, asked.with_update, without)
        for dimension, value in values
        for without in ({dimension: value}, {})
    ]
    found = measure(runs, processes)
    names = [f"{dimension} {value}" for dimension, value in values]
    return list(zip(names, found[::2], found[1::2], strict=True))


def _show(seed: str, only: Mapping[str, str], *, with_update: bool) -> int:
    from ops.bench.reading.compare import read  # noqa: PLC0415  # imports the reader, which compiles its tables

    answer = draw(seed, only)
    outcome = read(answer, with_update=with_update)
    console = Console(markup=False, highlight=False)
    console.rule(kind(answer))
    console.print(write(answer).decode("utf-8", "replace").replace("\r\n", "\n"))
    for title, text in (("words", "\n\n".join(answer.own)), ("read", outcome.text)):
        console.rule(title)
        console.print(text)
    console.rule(f"lost {len(outcome.lost)} paragraphs, {outcome.left} of {outcome.quoted} quoted words posted")
    return 1 if outcome.lost else 0
