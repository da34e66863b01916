"""Prints the figures of reading as tables, the worst rows first."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from ops.bench.reading.answers import DIMENSIONS
from ops.bench.reading.figures import Figures, Tally

#: The highest share of quoted words that may post.
MOST_POSTED = 0.01
_WORST_KINDS = 10
_FAILURES = 12
_BAR = 10  # characters
_BAR_FULL = 0.2  # the share at which a bar is full


def total(console: Console, tally: Tally) -> None:
    """Prints the two figures of all mails, with their spread."""
    figures = tally.total
    lost = f"{figures.losing} of {figures.mails:,} mails"
    most = f"(at 95 %: under {figures.most_losing:.2%} of mails)"
    console.print(f"own words lost:       {_colored(lost, figures.losing == 0)} {most}")
    posted = f"{figures.posted:.2%} ±{figures.posted_spread * 100:.2f}"
    where = f"of {figures.quoted:,}, in {figures.leaving:,} mails"
    console.print(f"quoted words posted:  {_colored(posted, figures.posted < MOST_POSTED)} {where}")
    if tally.skipped:
        console.print(f"left out:             {tally.skipped:,} mails that nobody can read without the update")


def by_dimension(console: Console, tally: Tally, rows: int) -> None:
    """Prints a table for each dimension with its `rows` worst values; 0 for all."""
    for dimension in DIMENSIONS:
        values = tally.values(dimension)
        _table(console, dimension, values[: rows or None], more=len(values) - len(values[: rows or None]))
    _table(console, "worst kinds", tally.worst_kinds(_WORST_KINDS))


def failures(console: Console, tally: Tally) -> None:
    """Prints the seeds of mails that lost own words."""
    for failure in tally.failures[:_FAILURES]:
        console.print(
            f"  {failure.seed}  {failure.kind}: [red]{_line(failure.lost)}[/]", highlight=False, soft_wrap=True
        )
    more = tally.total.losing - min(len(tally.failures), _FAILURES)
    if more > 0:
        console.print(f"  and {more} more; `--show SEED` shows a mail and what was read")


def left_out(console: Console, rows: Iterable[tuple[str, Tally, Tally]]) -> None:
    """Prints what each program and language gets without its own rows, next to what it gets with them."""
    table = _new("without the rows of", "lost", "posted", "with them", "posted")
    found = sorted(rows, key=lambda row: (-row[1].total.losing, -row[1].total.posted))
    for name, without, with_rows in found:
        known = with_rows.total
        table.add_row(name, *_cells(without.total)[1:3], _count(known), f"{known.posted:.2%}")
    console.print(table)


def _table(console: Console, title: str, values: Sequence[tuple[str, Figures]], more: int = 0) -> None:
    table = _new(title, "mails", "lost", "posted", "")
    for value, figures in values:
        table.add_row(value, *_cells(figures))
    if more:
        table.add_row(f"[dim]{more} more are better[/]")
    console.print(table)


def _new(title: str, *columns: str) -> Table:
    table = Table(box=None, pad_edge=False, title_justify="left")
    table.add_column(title, min_width=24, no_wrap=True)
    for column in columns:
        table.add_column(column, justify="left" if not column else "right", no_wrap=True)
    return table


def _cells(figures: Figures) -> tuple[str, ...]:
    posted = f"{figures.posted:.2%} ±{figures.posted_spread * 100:.2f}"
    bar = "█" * round(min(figures.posted / _BAR_FULL, 1) * _BAR)
    return (f"{figures.mails:,}", _count(figures), _colored(posted, figures.posted < MOST_POSTED), bar)


def _count(figures: Figures) -> str:
    return f"[red]{figures.losing}[/]" if figures.losing else "0"


def _colored(text: str, good: bool) -> str:
    return f"[{'green' if good else 'red'}]{text}[/]"


def _line(text: str) -> str:
    return " ".join(text.split())[:60].replace("[", r"\[")
