"""Numbers of cases: what a pattern and a typed number may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.lifecycle.numbers import LONGEST, number_problem, pattern_problem


@pytest.mark.parametrize(
    "pattern", ["{number}", "H-{number}", "{year}-{number:04}", "Fall {number:02}/{year}", "No. {number}"]
)
def test_a_pattern_counts_up_and_may_name_the_year(pattern: str) -> None:
    assert pattern_problem(pattern) == ""
    assert number_problem(pattern.format(number=7, year=2026)) == ""


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "H",
        "{year}",
        "{number!r}",
        "{number:1000000}",
        "{number.__class__}",
        "{}",
        "{0}",
        "{number}@x",
        "{number}{",
        "{number}" + "x" * LONGEST,
    ],
)
def test_any_other_pattern_is_refused_in_words(pattern: str) -> None:
    assert pattern_problem(pattern)


@given(st.text(max_size=60))
def test_a_pattern_that_is_allowed_makes_numbers(pattern: str) -> None:
    if not pattern_problem(pattern):
        assert pattern.format(number=1, year=2026) != pattern.format(number=2, year=2026)


@pytest.mark.parametrize("number", ["", " 7", "7 ", "a@b", "a\nb", "x" * (LONGEST + 1), "<b>"])
def test_a_number_that_would_break_a_subject_or_an_address_is_refused(number: str) -> None:
    assert number_problem(number)
