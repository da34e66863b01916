# ruff: noqa: E501  # a line of a mail stays on one line
"""The generator writes answers as the mail programs do."""

from datetime import UTC, datetime

import pytest

from ops.bench.reading.answers import Answer, draw
from ops.bench.reading.programs import PROGRAMS
from ops.bench.reading.wordings import LANGUAGES, Facts, attribution
from ops.bench.reading.written import html_text, plain_text

_FACTS = Facts(
    "Bo Lind", "bo@office.example", "Ann Berg", "ann@people.example", "Papers", datetime(2026, 11, 23, 9, 12, 33, tzinfo=UTC)
)  # fmt: skip
_ABOVE = {"position": "above", "damage": "none", "length": "a line", "quoted": "another mail"}

_ATTRIBUTIONS = (
    ("Gmail", "en", "On Mon, Nov 23, 2026 at 9:12\u202fAM Bo Lind <bo@office.example> wrote:"),
    ("Gmail", "de", "Am Mo., 23. Nov. 2026 um 09:12 Uhr schrieb Bo Lind <bo@office.example>:"),
    ("Gmail", "fr", "Le lun. 23 nov. 2026 à 09:12, Bo Lind <bo@office.example> a écrit :"),
    ("Gmail", "hu", "Bo Lind <bo@office.example> ezt írta (időpont: 2026. nov. 23., H, 9:12):"),
    ("Gmail", "ja", "2026年11月23日(月) 9:12 Bo Lind <bo@office.example>:"),
    ("iPhone", "de", "Am 23.11.2026 um 09:12 schrieb Bo Lind <bo@office.example>:"),
    ("Apple Mail", "pl", "Wiadomość napisana przez Bo Lind <bo@office.example> w dniu 23 lis 2026, o godz. 09:12:"),
    ("Thunderbird", "sv", "Den 2026-11-23 kl. 09:12, skrev Bo Lind:"),
    ("Yahoo", "de", "Am Montag, 23. November 2026 um 09:12:33 MEZ hat Bo Lind <bo@office.example> Folgendes geschrieben:"),
    ("Yahoo mobile", "fr", "  On Mon, Nov 23, 2026 at 9:12 AM, Bo Lind<bo@office.example> wrote:"),
    ("Outlook", "de", ("-----Ursprüngliche Nachricht-----\nVon: Bo Lind <bo@office.example>\n"
     "Gesendet: Montag, 23. November 2026 09:12\nAn: Ann Berg <ann@people.example>\nBetreff: Papers\n")),
    ("Outlook Mac", "en", ("From: Bo Lind <bo@office.example>\nDate: Monday, November 23, 2026 9:12 AM\n"
     "To: Ann Berg <ann@people.example>\nSubject: Papers\n")),
    ("Samsung", "fr", ("-------- Message d'origine --------\nDe: Bo Lind <bo@office.example> \n"
     "Date: 23/11/2026  09:12  (GMT+01:00) \nÀ: ann@people.example \nObjet: Papers \n")),
    ("QQ", "zh", ("------------------ 原始邮件 ------------------\n发件人: \"Bo Lind\" <bo@office.example>;\n"
     "发送时间: 2026年11月23日(星期一) 上午9:12\n收件人: \"Ann Berg\" <ann@people.example>;\n主题: Papers\n")),
    ("Mail.ru", "ru", "понедельник, 23 ноября 2026, 9:12 +03:00 от Bo Lind <bo@office.example>:"),
    ("Yandex", "ru", '23.11.2026, 09:12, "Bo Lind" <bo@office.example>:'),
    ("Evolution", "de", "On Mon, 2026-11-23 at 09:12 +0100, Bo Lind wrote:"),
    ("GroupWise", "nl", ">>> Bo Lind <bo@office.example> 23.11.26 09:12 >>>"),
    ("The Bat!", "uk", "Monday, November 23, 2026, 9:12:33 AM, you wrote:"),
    ("Polymail", "en", "Bo Lind <bo@office.example>\nTo: ann@people.example\n"),
)  # fmt: skip

_MARKS = (
    ("Gmail", '<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">'),
    ("Outlook", '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in">'),
    ("Outlook web", '<div id="divRplyFwdMsg" dir="ltr">'),
    ("Thunderbird", '<div class="moz-cite-prefix">'),
    ("iPhone", '<blockquote type="cite"><div dir="ltr">'),
    ("Yahoo", "yahoo_quoted"),
    ("Proton", '<blockquote class="protonmail_quote" type="cite">'),
    ("Zoho", '<div class="zmail_extra"'),
    ("Spark", '<div name="messageReplySection">'),
    ("NetEase", '<blockquote id="isReplyContent"'),
)


def _answer(form: str, only: dict[str, str]) -> Answer:
    """Returns the first answer of this form that has no signature."""
    drawn = (draw(f"9.{number}", _ABOVE | only) for number in range(1_000))
    return next(answer for answer in drawn if answer.form == form and answer.signature == "none")


@pytest.mark.parametrize(("program", "language", "expected"), _ATTRIBUTIONS)
def test_attributions_are_those_of_the_program(program: str, language: str, expected: str) -> None:
    assert attribution(PROGRAMS[program].attribution, LANGUAGES[language], _FACTS) == expected


@pytest.mark.parametrize(("program", "mark"), _MARKS)
def test_html_has_the_marks_of_the_program(program: str, mark: str) -> None:
    assert mark in html_text(_answer("html", {"program": program}))


def test_gmail_quotes_with_signs_below_the_words() -> None:
    answer = _answer("plain", {"program": "Gmail", "language": "en"})
    own, attribution_line, *quote = plain_text(answer).strip().split("\n\n")
    assert own == answer.own[0]
    assert attribution_line.startswith("On ")
    assert all(line.startswith(">") for line in "\n".join(quote).split("\n"))


def test_outlook_quotes_without_signs_below_a_header_block() -> None:
    text = plain_text(_answer("plain", {"program": "Outlook", "language": "de"}))
    head, _, quote = text.partition(
        "-----Ursprüngliche Nachricht-----\nVon: Kanzlei Hafenstraße <fristen@office.example>"
    )
    assert head
    assert quote
    assert ">" not in quote.replace("people.example>", "")


def test_yahoo_on_phones_writes_the_quote_on_the_line_of_the_attribution() -> None:
    answer = _answer("plain", {"program": "Yahoo mobile", "language": "en"})
    assert f"wrote:   {answer.quoted.plain[0]}" in plain_text(answer)


def test_thunderbird_breaks_lines_softly() -> None:
    only = {"program": "Thunderbird", "language": "en", "length": "long"}
    text = plain_text(_answer("plain", only))
    assert any(line.endswith(" ") and not line.startswith(">") for line in text.split("\n"))


def test_an_answer_between_the_lines_stands_below_the_question() -> None:
    drawn = (draw(f"9.{number}", {"program": "Mutt", "position": "between", "damage": "none"}) for number in range(50))
    answer = next(answer for answer in drawn if answer.cuts == (1,) and answer.kind == "another mail")
    text = plain_text(answer)
    assert text.index("> ") < text.index(answer.own[0].split("\n")[0])
