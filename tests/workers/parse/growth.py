"""Doubles hostile mails and looks how the time grows: `python -m tests.workers.parse.growth --seconds 1800 --seed 1`.

A shape puts a unit of a few pieces (`hostile_pieces.py`) into a place of a mail (`hostile_places.py`) again and again.
It is read with `FACTOR` times the size in each step, up to the limit of the place. A finding is a mail at its limit
that takes more than `MOST_SECONDS` of CPU, or a time that grows faster than the size to the power of `MOST_POWER`. The
exit code is 1 if there are findings.
"""

import argparse
import heapq
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import log
from random import Random

from tests.workers.parse.hostile_places import PLACES

MOST_SECONDS = 5.0  # of CPU
MOST_POWER = 1.3
FACTOR = 4  # between two sizes of a mail
_STEPS = 3
_WORTH_COMPARING = 0.5  # seconds; the power of less is chance
_SLOWEST = 12


@dataclass(frozen=True)
class Shape:
    """A unit that is repeated in a place, between a beginning and an end."""

    place: str
    unit: str
    begin: str = ""
    end: str = ""

    def filled(self, size: int) -> str:
        """Returns about so many bytes."""
        return self.begin + self.unit * max(1, size // len(self.unit.encode("utf-8", "replace"))) + self.end


@dataclass
class Growth:
    """How the time of a shape grew: sizes in bytes, seconds of CPU."""

    shape: Shape
    sizes: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def power(self) -> float:
        """The power of the size with which the time grew in the last step, 0 if both times are short."""
        if len(self.seconds) < 2 or self.seconds[-1] < _WORTH_COMPARING:  # nothing to compare
            return 0.0
        return log(self.seconds[-1] / max(self.seconds[-2], 0.001)) / log(self.sizes[-1] / self.sizes[-2])

    @property
    def is_finding(self) -> bool:
        """Whether it takes too long, or grows too fast."""
        return self.seconds[-1] > MOST_SECONDS or self.power > MOST_POWER

    def __str__(self) -> str:
        times = ", ".join(f"{s:.2f} s for {n:,}" for s, n in zip(self.seconds, self.sizes, strict=True))
        return f"{self.shape.place}: {times} (power {self.power:.2f}): {self.shape!r}"


def measure(shape: Shape, share: int = 1) -> Growth:
    """Reads a shape in growing sizes, until it is at the limit of its place divided by `share`, or takes too long."""
    place, found = PLACES[shape.place], Growth(shape)
    for step in range(_STEPS - 1, -1, -1):
        size = place.most // share // FACTOR**step
        words = shape.filled(size)
        started = time.process_time()
        place.read(words)
        found.sizes.append(size)
        found.seconds.append(time.process_time() - started)
        if found.seconds[-1] > MOST_SECONDS:
            break
    return found


def shapes(random: Random) -> Iterator[Shape]:
    """Yields shapes: first each piece alone in each place, in any order, then units of several pieces."""
    alone = [Shape(name, piece) for name, place in PLACES.items() for piece in place.pieces]
    random.shuffle(alone)
    yield from alone
    names = list(PLACES)
    while True:
        name = random.choice(names)
        pieces = PLACES[name].pieces
        unit = "".join(random.choice(pieces) * random.choice((1, 1, 1, 2, 30)) for _ in range(random.randint(1, 4)))
        begin, end = (random.choice(("", "", random.choice(pieces), "On ", "a")) for _ in range(2))
        yield Shape(name, unit, begin, end)


def main() -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.workers.parse.growth", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    slowest: list[tuple[float, int, str]] = []
    findings = read = 0
    begin = time.monotonic()
    for read, shape in enumerate(shapes(Random(options.seed)), 1):  # the same seed, the same shapes
        growth = measure(shape)
        heapq.heappush(slowest, (max(growth.seconds), read, str(growth)))
        if len(slowest) > _SLOWEST:
            heapq.heappop(slowest)
        if growth.is_finding:
            findings += 1
            print(f"FINDING {growth}", flush=True)
        if time.monotonic() - begin > options.seconds:
            break
    print(f"{read} shapes in {options.seconds:.0f} s, seed {options.seed}; {findings} findings. The slowest:")
    print(*(line for _, _, line in sorted(slowest, reverse=True)), sep="\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
