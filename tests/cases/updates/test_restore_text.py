"""Text that was cut is put back where it stood, whatever other text is put back before or after it."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.updates.restore_text import put_back, take_out


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


_CUT = st.tuples(st.integers(0, 9), st.sampled_from(["x", "y\nz", "\n", "q\n", "> a\n> b"]))


@settings(max_examples=300, deadline=None)
@given(st.text("ab\n", max_size=8), st.lists(_CUT, min_size=1, max_size=4), st.lists(st.integers(0, 3), max_size=12))
def test_what_was_put_back_and_taken_out_again_in_any_order_leaves_the_text_as_it_was(
    words: str, pieces: list[tuple[int, str]], presses: list[int]
) -> None:
    cuts = [cut(min(before, len(words)), text) for before, text in sorted(pieces)]
    text, now, back = words, cuts, set[int]()
    for number in (press % len(cuts) for press in presses):
        text, now = (take_out if number in back else put_back)(text, now, number)
        back ^= {number}
        assert {place for place, piece in enumerate(now) if piece.get("restored")} == back
        assert all(cuts[place]["text"] in text for place in back)
    for number in sorted(back):
        text, now = take_out(text, now, number)
    assert (text, now) == (words, cuts)
