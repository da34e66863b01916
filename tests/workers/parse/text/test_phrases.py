"""Phrases are found wherever they stand, also within words, whatever the table looks at first."""

import pytest

from workers.parse.text.phrases import Phrases

TABLE = Phrases(["intended recipient", "you are not the", "unsubscribe", "an sie gerichtet ist", "本邮件来自外部"])


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("", []),
        ("if you are not the intended recipient, ...", [3, 19]),
        ("the unintended recipients of this", [6]),
        ("unsubscribed", [0]),
        ("whether you are not then asked", [8]),
        ("danke, dass es an sie gerichtet ist", [15]),
        ("請注意 本邮件来自外部。 unsubscribe", [4, 13]),
        ("unsubscribe or unsubscribe", [0]),
        ("are you not the recipient who was intended?", []),
        ("you  are not the", []),
        ("you are nothing", []),
    ],
)
def test_each_phrase_is_found_where_it_first_begins(text: str, places: list[int]) -> None:
    assert TABLE.places_in(text) == places


def test_a_table_finds_what_a_search_for_each_phrase_finds() -> None:
    phrases = ["a b", "a b c", "b c", "c d e", "é f g"]
    text = "xa b cy c d e é f g"
    assert Phrases(phrases).places_in(text) == sorted(text.find(phrase) for phrase in phrases if phrase in text)
