"""Text is made safe before a page shows it, and normalised when a form sends it."""

from datetime import datetime, timedelta, timezone

import pytest

from console.web.blob_responses import disposition
from console.web.forms import form_text, like
from console.web.pages import clear, utc


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Anna\r\nBcc: b", "Anna  Bcc: b"),
        ("a\x00b\x1b[31m", "a b [31m"),
        ("photo\u202egpj.exe", "photo[U+202E]gpj.exe"),
        ("\u2066a\u2069", "[U+2066]a[U+2069]"),
        ("\u200f\u05e9\u05dc", "\u05e9\u05dc"),
        ("👨\u200d👩 zwj", "👨\u200d👩 zwj"),
    ],
)
def test_a_line_can_neither_break_nor_turn(given: str, shown: str) -> None:
    assert clear(given) == shown


def test_a_text_keeps_its_lines_and_its_directions_but_no_override() -> None:
    assert clear("a\n\tb\u2028c\x07\x9b \u2068d\u2069 \u202ee", lines=True) == "a\n\tb\nc \u2068d\u2069 [U+202E]e"


def test_times_are_shown_in_utc_whatever_zone_they_come_in() -> None:
    berlin = datetime(2026, 7, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert utc(berlin).isoformat() == "2026-06-30T23:30:00+00:00"


def test_typed_text_has_plain_line_ends_and_no_nul() -> None:
    assert form_text("a\r\nb\rc\0d\n") == "a\nb\ncd\n"


def test_a_search_is_taken_by_the_letter() -> None:
    assert like(" 50%_\\ ") == "%50\\%\\_\\\\%"


def test_a_file_name_cannot_leave_its_quotes_or_its_folder() -> None:
    given = disposition('../a"; filename="b.exe')
    assert given.startswith('attachment; filename=".._a_; filename=_b.exe";')
    assert given.endswith("filename*=UTF-8''..%2Fa%22%3B%20filename%3D%22b.exe")
