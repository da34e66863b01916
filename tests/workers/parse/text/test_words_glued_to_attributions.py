# ruff: noqa: RUF001  # the data is in many alphabets
"""Words without a full stop in front of an attribution that begins with a name, a number or a date."""

import pytest

from tests.builders.answered_updates import notice_of, sent_update
from workers.parse.text.known_quotes import own_words
from workers.parse.text.reply import extract, extract_html

Q = "> May we come?\n> Please tell us.\n"

#: The attributions begin with a name or a date; a row: the person's words, the attribution.
GLUED = (
    ("わかりました", "2026年3月5日(木) 8:30 Help Desk <help@x.example>:"),
    ("三月五日に伺います", "2026年3月5日(木) 8:30 Help Desk <help@x.example>:"),
    ("可以", "Help Desk <help@x.example> 于2026年3月5日周四 08:30写道："),
    ("可以", "办公室 于 2026/3/5 8:30 写道:"),
    ("没问题 谢谢", "Help Desk <help@x.example> 于2026年3月5日周四 08:30写道："),
    ("Evet uygun", "Help Desk <help@x.example>, 5 Mar 2026 Per, 08:30 tarihinde şunu yazdı:"),
    ("4 Nisan günü gelirim", "Help Desk <help@x.example>, 5 Mar 2026 Per, 08:30 tarihinde şunu yazdı:"),
    ("Olur tabii", "Help Desk <help@x.example> şunları yazdı (5 Mar 2026 08:30):"),
    ("Kyllä käy", "Help Desk <help@x.example> kirjoitti 5.3.2026 kello 8.30:"),
    ("Joo, tulen", "Help Desk <help@x.example> kirjoitti 5.3.2026 kello 8.30:"),
    ("Согласна", '05.03.2026, 08:30, "Help Desk" <help@x.example>:'),
    ("Mit mondjak", "Help Desk <help@x.example> ezt írta (időpont: 2026. márc. 5., Cs, 8:30):"),
    ("14", "05.03.2026 08:30, Help Desk пишет:"),
    ("Room 2 B", "5 Mar 2026, 08:30 by help@x.example:"),
    ("Passt so", "Help Desk <help@x.example> schrieb am Do., 5. März 2026, 08:30:"),
    ("all fine", "Help Desk <help@x.example> writes:"),
    ("ใช่ครับ", "2026/03/05 08:30 Help Desk <help@x.example>:"),
)


@pytest.mark.parametrize(("words", "line"), GLUED)
def test_a_line_stays_if_its_first_words_may_be_the_persons(words: str, line: str) -> None:
    for text in (f"{words} {line}\n{Q}", f"{words} {line}\n\n{Q}", f"Hello,\n{words} {line}\n{Q}"):
        reply = extract(text)
        assert words in reply.text
        assert "May we" not in reply.text
    escaped = line.replace("<", "&lt;").replace(">", "&gt;")
    assert words in extract_html(f'<div>{words} {escaped}<blockquote type="cite">May we?</blockquote></div>').text


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("I paid 1250 on the bank. 3 May and 80 on 1 May.", "On Fri, 5 Mar 2026 at 08:30, Desk <d@x.example> wrote:"),
        (
            "Я заплатил 1250,40 руб. 3 февраля и 80 руб. 1 марта.",
            "пʼятниця, 5 березня 2026 року о 08:30 Desk <d@x.example> написала:",
        ),
        (
            "I paid 80 on the bank. 3 May and 1 May.",
            "Päivänä 4. joulukuuta 2026 klo 15:59 Desk <d@x.example> kirjoitti:",
        ),
        ("Ich kam am Montag. 3. Februar um 8:30 Uhr.", "Am Fr., 5. März 2026 um 08:30 Uhr schrieb Desk <d@x.example>:"),
    ],
)
def test_a_line_with_dates_directly_above_an_attribution_stays_whole(words: str, line: str) -> None:
    assert extract(f"{words}\n{line}\n{Q}").text.split("\n")[0] == words


@pytest.mark.parametrize(("words", "line"), GLUED)
def test_the_quote_below_such_a_line_is_cut_also_above_an_answer(words: str, line: str) -> None:
    reply = extract(f"{words} {line}\n{Q}\nI come.\n\nAt ten.\n")
    assert reply.text.endswith("\n\nI come.\n\nAt ten.")
    assert words in reply.text
    assert "May we" not in reply.text
    between = [cut for cut in reply.cut if 0 < cut.before < len(reply.text)]
    assert ["May we" in cut.text for cut in between] == [True]
    assert reply.text[: between[0].before] in line or words in reply.text[: between[0].before]


@pytest.mark.parametrize(("words", "line"), GLUED)
def test_answers_between_the_lines_below_such_a_line_stay(words: str, line: str) -> None:
    reply = extract(f"{words} {line}\n> May we come?\n\nYes.\n\n> Please tell us.\n\nAt ten.\n")
    assert words in reply.text
    assert reply.text.endswith("Yes.\n\n> Please tell us.\n\nAt ten.")
    assert "May we" not in reply.text


#: The line reads like a sentence of the person, so the quote below stays with it.
SENTENCES = (
    ("承知です", "2026/03/05 8:30、Help Desk <help@x.example>のメール:"),
    ("Да мы придём", '05.03.2026, 08:30, "Help Desk" <help@x.example>:'),
    ("we take it", "Help Desk <help@x.example> writes:"),
)


@pytest.mark.parametrize(("words", "line"), SENTENCES)
def test_a_line_that_reads_like_a_sentence_stays(words: str, line: str) -> None:
    assert f"{words} {line}" in extract(f"{words} {line}\n{Q}").text


#: Attributions with nothing in front.
WHOLE = (
    *sorted({line for _, line in GLUED}),
    "Amt am Hafen <amt@x.example> schrieb am Do., 5. März 2026, 08:30:",
    "Help Desk of the Northern Harbour <help@x.example> writes:",
    "Desk, Help <help@x.example> schrieb am 05.03.2026 08:30:",
    '"Help, Desk and Office" <help@x.example> schrieb am 05.03.2026 08:30:',
    "Ludwig van der Berg <l@x.example> schrieb am 05.03.2026 08:30:",
    "办公室 <b@x.example> 于2026年3月5日周四 08:30写道：",
    "辦公室 於 2026/3/5 下午 08:30 寫道:",
    "Help Desk 于 2026/3/5 8:30 写道:",
    "help@x.example schrieb am 05.03.2026 um 08:30:",
)


@pytest.mark.parametrize("line", WHOLE)
def test_an_attribution_with_nothing_in_front_is_cut_with_its_quote(line: str) -> None:
    assert extract(f"{line}\n{Q}").text == ""
    assert extract(f"I come.\n\n{line}\n\n{Q}").text == "I come."
    assert extract(f"I come.\n{line}\n{Q}").text == "I come."


def test_below_own_words_and_a_blank_line_an_attribution_in_an_unknown_language_is_cut() -> None:
    line = "Zblorp 05.03.2026 08:30, Help Desk <help@x.example>:"
    assert extract(f"I come.\n\n{line}\n{Q}").text == "I come."


SENT = sent_update("May we come on Friday at ten?\n\nPlease tell us which key fits.")
NAME, ADDRESS = SENT.signs[1], SENT.signs[0]


def quoted(*, marker: bool) -> str:
    """Returns the notice as a quote."""
    return "\n".join(f"> {line}" for line in notice_of(SENT, marker=marker).split("\n"))


@pytest.mark.parametrize("marker", [True, False])
@pytest.mark.parametrize(("words", "line"), GLUED)
def test_a_line_that_names_the_author_of_the_update_stays_too(words: str, line: str, marker: bool) -> None:
    line = line.replace("Help Desk", NAME).replace("办公室", NAME).replace("help@x.example", ADDRESS)
    quote = quoted(marker=marker)
    for text in (f"{words} {line}\n{quote}", f"{words} {line}\n\n{quote}", f"Hello,\n{words} {line}\n{quote}"):
        reply = own_words(extract(text), [SENT])
        assert words in reply.text
        assert "May we" not in reply.text


#: Attributions in languages that casemail does not know, and as programs break them.
UNKNOWN = (
    f"Noong 5 Mayo 2026, si {NAME} <{ADDRESS}> ay sumulat",
    f"Zblorp 05.03.2026 08:30, {NAME} <{ADDRESS}>:",
    f"Zblorp 5 kuuta 2026 klo 12:17 {NAME}\n<{ADDRESS}> kirjoitti:",
    f"Zblorp 5 martie 2026, 15:59, {NAME.replace(' (', chr(10) + '(')}\n<{ADDRESS}> a scris:",
    f"{NAME} <{ADDRESS}>\nTo: anna@x.example",
    f"Feladó: {NAME}\n<{ADDRESS}>\nElküldve: 2026. december 4. 15:59\nTárgy: {SENT.signs[2]}",
)


@pytest.mark.parametrize("line", UNKNOWN)
def test_an_attribution_with_the_name_of_the_author_of_the_update_is_cut(line: str) -> None:
    quote = quoted(marker=False)
    assert own_words(extract(f"{line}\n\n{quote}\n\nI come."), [SENT]).text == "I come."
    reply = own_words(extract(f"I come.\n\n{line}\n\n{quote}"), [SENT]).text
    assert reply.split("\n\n")[0] == "I come."
    assert ADDRESS not in reply


BROKEN = (
    f"  On Tue, Nov 24, 2026 at 9:49 AM, {NAME.replace(' (', chr(10) + '(')}<{ADDRESS}> wrote:",
    f"---- On Thu, 26 Nov 2026 11:03:33 +0100 {NAME.replace(' (', chr(10) + '(')} <{ADDRESS}> wrote ---",
)


@pytest.mark.parametrize("line", BROKEN)
def test_answers_below_come_back_also_if_a_part_of_the_attribution_stays(line: str) -> None:
    text = f"{line} {notice_of(SENT)}\n\nI come.\n\nTen is fine.\n\n-- \nAnna"
    assert own_words(extract(text), [SENT]).text.endswith("I come.\n\nTen is fine.")
    text = f"{line}\n{notice_of(SENT)}\n\nI come.\n\nTen is fine.\n\n-- \nAnna"
    assert own_words(extract(text), [SENT]).text.endswith("I come.\n\nTen is fine.")
