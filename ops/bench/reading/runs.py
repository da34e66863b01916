"""Measures many answers in several processes, each with its own tables of the reader."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

from ops.bench.reading.answers import Answer, draw
from ops.bench.reading.figures import Failure, Tally

_SHARE = 500  # mails


@dataclass(frozen=True)
class Run:
    """What is measured: `mails` answers of a `seed`, with the values of `only`, read `with_update` or without it.

    `without` is a program or language, as in `only`, whose rows the reader's tables lack.
    """

    seed: int
    mails: int
    only: Mapping[str, str] = field(default_factory=dict)
    with_update: bool = True
    without: Mapping[str, str] = field(default_factory=dict)


def measure(runs: Sequence[Run], processes: int) -> list[Tally]:
    """Returns the figures of each run."""
    if processes <= 1 and not any(run.without for run in runs):
        return [_measured(run, 0, run.mails) for run in runs]
    tallies = [Tally() for _ in runs]
    # a process that has read a mail can't take rows out of the tables any more: each gets the shares of one run
    for group in _groups(runs):
        limit = 1 if runs[group[0][0]].without else None
        context = get_context("forkserver")
        context.set_forkserver_preload(["ops.bench.reading.runs", "schemas.records", "mailparser"])
        with ProcessPoolExecutor(processes, mp_context=context, max_tasks_per_child=limit) as pool:
            found = pool.map(_share, [(runs[index], start, stop) for index, start, stop in group])
            for (index, _, _), tally in zip(group, found, strict=True):
                tallies[index] += tally
    return tallies


def _groups(runs: Sequence[Run]) -> Iterator[list[tuple[int, int, int]]]:
    """Yields the shares of the runs with all tables, then those of the runs whose tables lack rows."""
    shares = [
        (index, start, min(start + _SHARE, run.mails))
        for index, run in enumerate(runs)
        for start in range(0, run.mails, _SHARE)
    ]
    for lacking in (False, True):
        if group := [share for share in shares if bool(runs[share[0]].without) is lacking]:
            yield group


def _share(share: tuple[Run, int, int]) -> Tally:
    return _measured(*share)


def _measured(run: Run, start: int, stop: int) -> Tally:
    if run.without:
        from ops.bench.reading.left_out import leave_out  # noqa: PLC0415  # imports the tables

        leave_out(run.without)
    from ops.bench.reading.compare import read  # noqa: PLC0415  # imports the reader, which compiles its tables

    tally = Tally()
    for number in range(start, stop):
        answer = draw(f"{run.seed}.{number}", run.only)
        if answer.needs_update and not run.with_update:
            tally.skipped += 1
            continue
        outcome = read(answer, with_update=run.with_update)
        groups = [tally.by_value[key] for key in (*answer.values().items(), ("kind", kind(answer)))]
        for figures in (tally.total, *groups):
            figures.add(lost=bool(outcome.lost), left=outcome.left, quoted=outcome.quoted)
        if outcome.lost:
            tally.failures.append(Failure(answer.seed, kind(answer), outcome.lost[0], outcome.text))
    return tally


def kind(answer: Answer) -> str:
    """Returns the kind of an answer in words: program, damage and position."""
    return f"{answer.program.name}, {answer.damage}, {answer.position}"
