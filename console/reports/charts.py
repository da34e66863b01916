"""Where the parts of a chart lie, in units of its SVG. Pure functions; the template draws the parts."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: The chart's size, and the space that it leaves at its edges: for the numbers at its left, and for the days below.
WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM, TOP = 960, 220, 44, 16, 24, 10
_PLOT = HEIGHT - BOTTOM - TOP
_GAP = 0.25  # of a bar's place
_LABELS = 7  # days that are named


@dataclass(frozen=True)
class Part:
    """A piece of a bar: which series it belongs to, and its rectangle."""

    series: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Tick:
    """A line across the chart, or a name below it, at the place `at`."""

    at: float
    words: str


def step(most: float) -> float:
    """Returns the distance of the lines across a chart whose highest value is `most`: 1, 2 or 5 times a power of ten,
    so that there are at most five lines."""
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most / 4))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power * 5 >= most)


def top(most: float) -> float:
    """Returns the highest line of a chart whose highest value is `most`."""
    return math.ceil(most / step(most) - 1e-9) * step(most) if most > 0 else 1.0


def lines(most: float, words: Callable[[float], str]) -> list[Tick]:
    """Returns the lines across the chart, the lowest first, each with its value in `words`."""
    count = round(top(most) / step(most))
    return [Tick(_height(number * step(most), most), words(number * step(most))) for number in range(count + 1)]


def names(names: Sequence[str]) -> list[Tick]:
    """Returns the names below the chart: all, or evenly spaced ones up to the last."""
    every = max(1, math.ceil(len(names) / _LABELS))
    return [
        Tick(_middle(place, len(names)), name)
        for place, name in enumerate(names)
        if (len(names) - 1 - place) % every == 0
    ]


def stacks(rows: Sequence[Sequence[tuple[str, float]]], most: float) -> list[list[Part]]:
    """Returns the parts of each bar, from the bottom up; parts of height 0 are left out."""
    width = _place(len(rows)) * (1 - _GAP)
    bars = []
    for place, row in enumerate(rows):
        below, bar = 0.0, []
        for series, value in row:
            if value:
                upper, lower = _height(below + value, most), _height(below, most)
                bar.append(
                    Part(
                        series,
                        round(_middle(place, len(rows)) - width / 2, 2),
                        upper,
                        round(width, 2),
                        round(lower - upper, 2),
                    )
                )
                below += value
        bars.append(bar)
    return bars


def line(values: Sequence[float | None], most: float) -> list[list[tuple[float, float]]]:
    """Returns the points of a line in pieces, which end where a value is missing."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append((_middle(place, len(values)), _height(value, most)))
    return [piece for piece in pieces if piece]


def _place(count: int) -> float:
    return (WIDTH - LEFT - RIGHT) / max(1, count)


def _middle(place: int, count: int) -> float:
    return round(LEFT + (place + 0.5) * _place(count), 2)


def _height(value: float, most: float) -> float:
    return round(TOP + _PLOT * (1 - value / top(most)), 2)
