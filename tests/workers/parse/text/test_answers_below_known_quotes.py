"""Answers below and between the lines of a quote that only the update shows to be one, in a thread too."""

import pytest

from schemas.own_mail import REPLY_MARKER
from tests.builders.answered_updates import notice_of, sent_update
from workers.parse.text.known_quotes import own_words
from workers.parse.text.reply import extract

UPDATE = "Can the plumber come on Friday at 10?\n\nWhich key fits the cellar door of the yellow house?"
SENT = sent_update(UPDATE, footer="Housing Trust, 1 High Street")
NOTICE = notice_of(SENT)
WROTE = "On Fri, 3 May 2024 at 10:12, Bert Brown (Housing) <updates@in.example> wrote:"

HEADERS = {
    "Outlook": "From: {who}\nSent: Friday, May 3, 2024 10:12 AM\nTo: Anna Smith <anna@x.example>\nSubject: {subject}",
    "Outlook in Swedish": "Från: {who}\nSkickat: den 3 maj 2024 10:12\nTill: Anna <anna@x.example>\nÄmne: {subject}",
    "Outlook in Polish": "Od: {who}\nWysłane: 3 maja 2024 10:12\nDo: Anna <anna@x.example>\nTemat: {subject}",
    "Samsung": "-------- Original message --------\nFrom: {who}\nDate: 03/05/2024 10:12 (GMT+1)\nSubject: {subject}",
    "Gmail": WROTE,
}
ENDS = {
    "nothing": "",
    "a name": "\n\nAnna Smith\n0171 5550123",
    "a closing": "\n\nKind regards\nAnna Smith",
    "a German closing": "\n\nMit freundlichen Grüßen\nAnna Smith",
    "a separator": "\n\n-- \nAnna Smith",
    "a program's line": "\n\nSent from my iPhone",
}


def above(header: str) -> str:
    """Returns what the program writes above a quote of the notice."""
    return header.format(who="Bert Brown (Housing) <updates@in.example>", subject="[1042] A leak in the roof")


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("own", ["Friday is fine.", "Ja.\n\nDer blaue Schlüssel.", "はい。", "- two keys\n- no dog"])
def test_answers_below_a_quote_without_signs_come_back(own: str, header: str, end: str) -> None:
    body = own_words(extract(f"{above(header)}\n\n{NOTICE}\n\n{own}{end}"), [SENT], author="Anna Smith")
    assert body.text.startswith(own)
    assert "plumber" not in body.text
    assert REPLY_MARKER not in body.text


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("marker", [True, False])
def test_answers_between_and_below_the_last_line_come_back(header: str, marker: bool) -> None:
    answered = notice_of(SENT, marker=marker).replace("at 10?", "at 10?\n\nFriday is fine.")
    answered = answered.replace("yellow house?", "yellow house?\n\nThe blue one.\n\nIt hangs on the wall.")
    for text in (answered, answered.partition("\n\nThe case:")[0]):
        lines = own_words(extract(f"{above(header)}\n\n{text}"), [SENT]).text.split("\n")
        assert [
            line for line in ("Friday is fine.", "The blue one.", "It hangs on the wall.") if line not in lines
        ] == []


OLDER = {
    "marked": f"{WROTE}\n> The roof was dry all of last winter.\n> Is it wet now?",
    "marked, from another person": "Am 02.05.2024 um 08:00 schrieb Carl:\n> Das Dach war trocken.\n> Roof.",
    "two levels": f"{WROTE}\n> The roof.\n> {WROTE}\n> > It was dry.",
    "header block": "From: Carl <c@x.example>\nSent: 2 May 2024\nTo: Anna\nSubject: Roof\n\nThe roof was dry.",
}


def quoted(text: str) -> str:
    """Returns the text with a quote sign in front of each line."""
    return "\n".join(f"> {line}" for line in text.split("\n"))


@pytest.mark.parametrize("older", OLDER.values(), ids=OLDER)
@pytest.mark.parametrize("between", ["", "\n> \n> Friday is fine."])
def test_older_mails_in_a_thread_do_not_come_back(between: str, older: str) -> None:
    quote = quoted(f"{NOTICE}\n\n{older}").replace("at 10?", f"at 10?{between}")
    for text in (f"{WROTE}\n{quote}\n\nNo dog.", f"No dog.\n\n{WROTE}\n{quote}"):
        # a quote between own words stays a quote
        own = [line for line in own_words(extract(text), [SENT]).text.split("\n") if not between or line[:1] != ">"]
        assert "No dog." in own
        assert not any(word in line.lower() for word in ("roof.", "dry", "trocken", "carl") for line in own)


@pytest.mark.parametrize("own", ["Tak.", "Takk!", "Merci.", "Thanks", "Danke!"])
def test_a_word_of_thanks_with_a_name_is_the_answer_if_there_are_no_other_words(own: str) -> None:
    quote = f"{above(WROTE)}\n\n{NOTICE}"
    body = own_words(extract(f"{quote}\n\n{own}\n\nAnna Smith\n0171 5550123"), [SENT], author="Anna Smith")
    assert body.text.startswith(own)
    assert "plumber" not in body.text
