"""Mails that the fuzz run found, reduced to the essential."""

import pytest

from tests.builders import relative_cost
from tests.builders.small_mails import FROM, HEAD, mail, read, words
from workers.parse.text.reply import extract


def test_lines_of_white_space_in_a_field_cost_no_more_than_any_other() -> None:
    blank = "\r\n ".join([""] * 20_000)
    raw = mail(*[f"X-{number}: {blank}" for number in range(4)])
    assert relative_cost.at_most(120, lambda: read(raw)).author == "anna@x.example"


@pytest.mark.parametrize("body", ["--", "-- ", "--\n\n"])
def test_a_text_of_nothing_but_a_signature_separator_is_read(body: str) -> None:
    extract(body)
    assert words(read(mail(body=body))) == body.strip()


@pytest.mark.parametrize("field", ["From", "To", "Cc"])
def test_broken_base64_in_a_display_name_leaves_the_words_readable(field: str) -> None:
    name = "=?iso-2022-jp?B?GyRCPzkbKEIgGyRCMCY7UhsoQg=9?="
    head = tuple(line for line in (FROM, *HEAD[1:]) if not line.startswith(f"{field}:"))
    assert words(read(mail(head=(*head, f"{field}: {name} <anna@x.example>")))) == "Yes."


@pytest.mark.parametrize(
    "value",
    ["\r\n " * 20_000, " " * 60_000, "a" * 60_000 + " ", "(" * 60_000, '"' * 60_000, '"a" ' * 15_000, "<a> " * 15_000],
)
def test_a_from_field_of_any_shape_takes_linear_time(value: str) -> None:
    raw = mail(head=(f"From: {value}", *HEAD[1:]))
    assert relative_cost.at_most(40, lambda: read(raw)).author == ""
