"""`casemail bench fairness`: how much the slow mails of one tenant delay other tenants.

Quiet and noisy spells take turns in one run, so that other load on the machine affects both.
"""

from itertools import cycle
from pathlib import Path
from random import Random
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ops.bench.neighbours import Neighbours, neighbours
from ops.demo.waiting import wait_until
from ops.demo.world import PEOPLE

#: Objects of a slow PDF: about three seconds of CPU time.
OBJECTS = 100_000
#: Who posts the forms, by turns: as many photos of one person within a minute would be heavy work.
WRITERS = ("rosa", "tom", "ines", "wen")
#: The highest allowed p95, as a multiple of the p95 without the slow mails.
MOST = 2.0

_out = Console()
app = typer.Typer()


@app.command("fairness")
def command(
    mails: Annotated[int, typer.Option(min=1, help="Slow mails in each noisy spell.")] = 200,
    samples: Annotated[int, typer.Option(min=20, help="Plain mails, and forms, in each spell.")] = 40,
    rounds: Annotated[int, typer.Option(min=1, help="Quiet and noisy spells.")] = 2,
) -> None:
    """Runs the benchmark."""
    raise typer.Exit(run(mails=mails, samples=samples, rounds=rounds))


def run(*, mails: int, samples: int, rounds: int) -> int:
    """Measures and prints; returns 0 if the neighbours wait at most twice as long, else 1."""
    plain: dict[bool, list[float]] = {False: [], True: []}
    forms: dict[bool, list[float]] = {False: [], True: []}
    with TemporaryDirectory(prefix="casemail-bench-") as name, neighbours(Path(name)) as scene:
        _sample(scene, samples, [], [], seed=2 * rounds)  # until the page of the case is as long as it becomes
        for number in range(rounds):
            _sample(scene, samples, plain[False], forms[False], number)
            noise = scene.start_noise(mails, OBJECTS)
            wait_until(lambda: scene.still_open() > 0, seconds=60, what="the first slow mail")
            _sample(scene, samples, plain[True], forms[True], number + rounds)
            noise.join()
            _out.print(f"Round {number + 1}: {scene.still_open()} of {mails} slow mails were there at its end")
            scene.give_up()
    return _report(plain, forms)


def _sample(scene: Neighbours, samples: int, plain: list[float], forms: list[float], seed: int) -> None:
    browsers = cycle([scene.log_in(PEOPLE[name]) for name in WRITERS])
    chance = Random(seed)  # noqa: S311  # pictures, not secrets
    for _ in range(samples):
        plain.append(scene.plain_mail())
        forms.append(scene.photo_form(next(browsers), chance))


def _report(plain: dict[bool, list[float]], forms: dict[bool, list[float]]) -> int:
    table = Table(title="Beside a tenant that sends slow files", title_justify="left")
    for column in ("", "idle p50", "idle p95", "beside p50", "beside p95", "p95, times"):
        table.add_column(column, justify="left" if not column else "right")
    worst = 0.0
    for name, seconds in (("plain mail", plain), ("form with a photo", forms)):
        (idle_50, idle_95), (busy_50, busy_95) = _middle_and_95(seconds[False]), _middle_and_95(seconds[True])
        worst = max(worst, busy_95 / idle_95)
        figures = (idle_50, idle_95, busy_50, busy_95)
        table.add_row(name, *(f"{figure * 1_000:.0f} ms" for figure in figures), f"{busy_95 / idle_95:.2f}")
    _out.print(table)
    return 0 if worst <= MOST else 1


def _middle_and_95(seconds: list[float]) -> tuple[float, float]:
    cuts = quantiles(seconds, n=20, method="inclusive")
    return cuts[9], cuts[18]
