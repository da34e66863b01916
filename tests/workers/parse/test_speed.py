"""The time for a text is linear in its length: 1 MB of anything takes less than a second."""

import time

import pytest

from workers.parse.reply import extract

MB = 1_000_000


def repeated(text: str) -> str:
    """So many of a text as make 1 MB."""
    return text * (MB // len(text.encode()))


TEXTS = (
    ("quoted lines", repeated("> a line\n")),
    ("signs", ">" * MB),
    ("signs on lines", repeated(">\n")),
    ("the word On", repeated("On ")),
    ("lines with the word On", repeated("On \n")),
    ("attributions", repeated("On 3 May 2024 at 10:00 Anna <a@x.example> wrote:\n")),
    ("attributions that nothing follows", repeated("On 3 May 2024 at 10:00 Anna wrote:\n\n")),
    ("attributions that do not end", repeated("On 3 May 2024 at 10:00 Anna <a@x.example>\n")),
    ("lines that end with a colon", repeated("a:\n")),
    ("three lines and a colon", repeated("On 3.5.\nb\nc\nd:\n")),
    ("spaces", " " * MB),
    ("underscores", "_" * MB),
    ("lines of underscores", repeated("_" * 40 + "\n")),
    ("lines of underscores and quotes", repeated("_" * 40 + "\n\n\n> a\n")),
    ("dashes", repeated("-- \n")),
    ("labels", repeated("From: a\n")),
    ("two labels", repeated("From: a\nSent: b\n")),
    ("telephones", repeated("\nSent from my iPhone\n")),
    ("links", repeated("<https://x.example/>")),
    ("empty lines", "\n" * MB),
    ("no-break spaces", repeated("\u00a0")),
    ("zero-width spaces", repeated("\u200b")),
    ("one long line and a colon", "a" * (MB - 1) + ":"),
    ("addresses", repeated("a@b.example ") + ":"),
    ("colons", ":" * MB),
    ("own lines between quotes", repeated("a\n> b\n")),
)


@pytest.mark.parametrize(("name", "text"), TEXTS, ids=[row[0] for row in TEXTS])
def test_a_megabyte_takes_less_than_a_second(name: str, text: str) -> None:
    start = time.process_time()
    extract(text)
    assert time.process_time() - start < 1.0
