# ruff: noqa: RUF001  # the data is in many alphabets
"""Words without a full stop in front of an attribution that begins with a name, a number or a date."""

import pytest

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
