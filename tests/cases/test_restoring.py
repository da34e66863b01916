"""What was cut goes back to where it stood, whatever else goes back before or after it."""

from itertools import permutations
from typing import Any

import pytest

from cases.restoring import put_back


def cut(before: int, text: str) -> dict[str, Any]:
    return {"kind": "quote", "before": before, "text": text, "confidence": 0.9}


WORDS = "Yes.\nNo."
CUTS = [cut(0, "Dear all,"), cut(0, "hello"), cut(len(WORDS), "-- \nAnna"), cut(len(WORDS), "> What?\n> When?")]
WHOLE = "Dear all,\nhello\nYes.\nNo.\n-- \nAnna\n> What?\n> When?"


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_in_whatever_order_the_cuts_go_back_the_mail_is_whole_again(order: tuple[int, ...]) -> None:
    words, cuts = WORDS, CUTS
    for number in order:
        words, cuts = put_back(words, cuts, number)
    assert words == WHOLE
    assert all(piece["restored"] for piece in cuts)


def test_a_cut_in_the_middle_stands_on_lines_of_its_own() -> None:
    assert put_back("ab", [cut(1, "x")], 0)[0] == "a\nx\nb"
    assert put_back("a\nb", [cut(2, "x")], 0)[0] == "a\nx\nb"
    assert put_back("a\nb", [cut(1, "x")], 0)[0] == "a\nx\nb"


def test_a_place_beyond_the_text_is_its_end() -> None:
    assert put_back("a", [cut(99, "x")], 0)[0] == "a\nx"
    assert put_back("", [cut(0, "x")], 0)[0] == "x"


def test_the_cuts_that_are_given_stay_as_they_are() -> None:
    given = [cut(0, "x")]
    put_back("a", given, 0)
    assert given == [cut(0, "x")]
