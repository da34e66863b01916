"""Reading answers as mail programs write them loses no more own words, and posts no more quoted words, than it did.

The bounds are what the reading reaches today on these mails. Lower them when it gets better: the aims are 0 and 1 %.
"""

from typing import NamedTuple

import pytest

from ops.bench.reading.figures import Tally
from ops.bench.reading.runs import Run, measure


class Reached(NamedTuple):
    """The figures of 600 answers, and their bounds: how many mails lose words, how many of those with the words above
    the quote, and which share of the quoted words posts."""

    tally: Tally
    losing: int
    above: int
    posted: float


@pytest.fixture(
    scope="module", params=[(False, 18, 0, 0.10), (True, 54, 6, 0.11)], ids=["without update", "with update"]
)
def reached(request: pytest.FixtureRequest) -> Reached:
    """Returns the figures with the update that was answered, and without it."""
    with_update, *bounds = request.param
    (tally,) = measure([Run(seed=2026, mails=600, with_update=with_update)], 1)
    return Reached(tally, *bounds)


def test_own_words_are_not_lost(reached: Reached) -> None:
    found = reached.tally
    assert found.total.mails > 500
    assert found.total.losing <= reached.losing, [(failure.seed, failure.kind) for failure in found.failures]


def test_own_words_above_the_quote_are_kept(reached: Reached) -> None:
    above = dict(reached.tally.values("position"))["above"]
    assert above.mails > 300
    assert above.losing <= reached.above


def test_quoted_words_are_not_posted(reached: Reached) -> None:
    assert reached.tally.total.posted <= reached.posted
