"""Any damage of an answer and its update leaves a body with every character, whatever lines its texts have."""

import re
from random import Random

import pytest

from schemas.own_mail import SentUpdate
from schemas.records import Body, Cut, CutKind
from tests.builders.answered_updates import make, sent_update, update_text
from tests.builders.cut_text import restored, squeezed
from workers.parse.text.known_quotes import own_words
from workers.parse.text.reply import extract, extract_html
from workers.parse.text.squashed import squash

#: What stands in the texts of mail that may change how many lines or characters a text has.
PIECES = (
    *("\n", "\n\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\t", "\u00a0", "\u3000", "\0"),
    *("HL>", "HL> ", "\u0416>", "ab>\n", ">", "> > ", "\uff1e", "|", "o  ", "\u00a7\t", "o\u00a0", "<", "[", "(", "]"),
    *("&#10;", "&NewLine;", "&nbsp;", "&lt;", "&#13;", "&amp;#10;", "&", ";", "\u0130", "\ufb03", "\u1e9e", "\u0345"),
    *("<https://x.example/", " (mailto:a@x.example)", "[cid:a@x]", "[image: a", "https://x.example/" + "a" * 60 + "\n"),
    *("www.x.example/a_b", "\ufffd", "\u200b", "\u202b", "\ud800", "\u0e33", "\u2611", "\U0001f44d", "\u0301", "-- \n"),
)  # fmt: skip


def damaged(random: Random, text: str) -> str:
    """Returns the text with pieces put in, taken out, exchanged and doubled."""
    for _ in range(random.randint(1, 25)):
        at = random.randint(0, len(text))
        end = min(len(text), at + random.choice((0, 0, 0, 1, 2, 40)))
        text = text[:at] + random.choice((*PIECES, text[at:end] * 2)) + text[end:]
    return text


def initials(random: Random, text: str) -> str:
    """Returns the text as The Bat! quotes it, with the initials of the writer."""
    sign = random.choice(("HL>", " HL>", "\u0418\u041f>", "B> ", "abc>"))
    return "\n".join(f"{sign} {line}".rstrip() if random.random() < 0.9 else line for line in text.split("\n"))


@pytest.mark.parametrize("start", range(0, 1600, 200))
def test_no_damage_makes_the_reading_fail_or_lose_a_character(start: int) -> None:
    for seed in range(start, start + 200):
        random, answer = Random(seed), make(seed)
        text = damaged(random, initials(random, answer.text) if seed % 4 == 0 else answer.text)
        above, words, below, _ = answer.sent
        other = SentUpdate(damaged(random, above), damaged(random, words), damaged(random, below))
        sent = random.choice((answer.sent, other))
        before = (extract_html if answer.is_html else extract)(text)
        after = own_words(before, [sent, answer.sent], author=random.choice(("", "Anna Smith")))
        assert bare(restored(after)) == bare(restored(before)), seed


def bare(text: str) -> str:
    """Returns the characters of a text besides white space and quote signs."""
    return re.sub(r"[>\uff1e]", "", squeezed(text))


@pytest.mark.parametrize("seed", range(40))
def test_any_body_of_a_record_is_read_also_if_no_rule_would_cut_so(seed: int) -> None:
    random = Random(seed)
    update = update_text(random, "English")
    for _ in range(20):
        pieces = [damaged(random, random.choice((update, "", "Yes."))) for _ in range(3)]
        cut = tuple(
            Cut(kind=random.choice(list(CutKind)), before=random.choice((0, len(pieces[0]))), text=text, confidence=0.9)
            for text in pieces[1:]
        )
        last = random.randint(0, pieces[0].count("\n") + 3)
        body = own_words(Body(text=pieces[0], cut=cut, quoted=((0, last),)), [sent_update(update)])
        assert isinstance(body, Body)


@pytest.mark.parametrize("seed", range(40))
def test_squashed_lines_are_as_many_as_the_lines(seed: int) -> None:
    random = Random(seed)
    for _ in range(50):
        lines = ["".join(random.choices((*PIECES, "word", " "), k=random.randint(0, 9))) for _ in range(6)]
        lines = [line.replace("\n", "") for line in lines]
        assert len(squash(lines).starts) == len(lines) + 1, lines
