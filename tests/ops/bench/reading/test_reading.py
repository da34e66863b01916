"""Reading answers as mail programs write them loses no more own words, and posts no more quoted words, than it did.

The bounds are what the reading reaches today on these mails. Lower them when it gets better: the aims are 0 and 1 %.
"""

import pytest

from ops.bench.reading.figures import Tally
from ops.bench.reading.runs import Run, measure

_MOST_LOSING = 18  # mails
_MOST_POSTED = 0.09


@pytest.fixture(scope="module")
def tally() -> Tally:
    """Returns the figures of 600 answers, read without the update."""
    return measure([Run(seed=2026, mails=600, with_update=False)], 1)[0]


def test_own_words_are_not_lost(tally: Tally) -> None:
    assert tally.total.mails > 500
    assert tally.total.losing <= _MOST_LOSING, [(failure.seed, failure.kind) for failure in tally.failures]


def test_own_words_above_the_quote_are_never_lost(tally: Tally) -> None:
    above = dict(tally.values("position"))["above"]
    assert above.mails > 300
    assert above.losing == 0


def test_quoted_words_are_not_posted(tally: Tally) -> None:
    assert tally.total.posted <= _MOST_POSTED
