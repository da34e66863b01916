"""Reads an answer as casemail does, and compares the result with the words that its person wrote."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from ops.bench.reading.answers import Answer
from ops.bench.reading.mail import write
from ops.bench.reading.updates import quoted
from ops.bench.reading.wordings import other
from ops.bench.reading.written import words
from schemas.own_mail import SentUpdate
from schemas.records import Custody, ParsedMail
from workers.parse.read import read_mail
from workers.parse.text.known_quotes import own_words

# In scripts without spaces between words, a letter counts as a word.
_TOKEN = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\s\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+")
_TARGET = "(http"  # the reader writes the target of a link behind its text
_TAKEN = "\1"


@dataclass(frozen=True)
class Outcome:
    """What reading an answer gave.

    `lost` are the own paragraphs that are not in the result whole and in order, `left` the quoted words in it, out of
    `quoted`. `text` is the result, or the error of the reading.
    """

    lost: tuple[str, ...]
    left: int
    quoted: int
    text: str


def read(answer: Answer, *, with_update: bool) -> Outcome:
    """Writes the answer as a mail, reads it, also `with_update` as validation does, and compares."""
    raw = write(answer)
    custody = Custody(
        mail_id=UUID(int=1), tenant_id=UUID(int=2), raw="", size=len(raw), recipient=answer.quoted.reply_to,
        sender=f"{answer.language.person[1]}@people.example", received_at=datetime(2026, 11, 30, tzinfo=UTC),
    )  # fmt: skip
    result = read_mail(raw, custody)
    if not isinstance(result, ParsedMail):
        return compare(answer, "", f"rejected: {result.reason} {result.evidence}")
    if result.machine is not None:
        return compare(answer, "", f"taken for a machine: {result.machine} {result.machine_evidence}")
    assert result.body is not None  # it is in the record until it is stored
    body = result.body
    if with_update:
        try:
            body = own_words(body, _sent(answer), author=result.author_name)
        except Exception as error:  # noqa: BLE001  # an error is a result: all words are lost
            return compare(answer, "", f"raised: {error!r}")
    return compare(answer, body.text)


def _sent(answer: Answer) -> list[SentUpdate]:
    """Returns the updates that the person was sent: the answered one, or another of which the mail says nothing."""
    sent = answer.quoted.update or quoted(other(answer.language), "update with marker", 0).update
    return [sent] if sent else []


def compare(answer: Answer, text: str, problem: str = "") -> Outcome:
    """Returns how a text compares with what a reader should find in the answer."""
    expected = words(answer)
    rest = "\0" + "\0".join(tokens(text)) + "\0"
    lost, at = [], 0
    for paragraph in expected.own:
        run = "\0" + "\0".join(tokens(paragraph)) + "\0"
        found = rest.find(run, at)
        if found < 0:
            lost.append(paragraph)
            continue
        at = found + len(_TAKEN) + 1
        rest = f"{rest[:found]}\0{_TAKEN}\0{rest[found + len(run) :]}"
    left = _counted(token for token in rest.split("\0") if token and token != _TAKEN)
    for paragraph in (*expected.may, *lost):
        left -= _counted(tokens(paragraph))
    quoted = sum(_counted(tokens(text)).total() for text in expected.quoted)
    return Outcome(tuple(lost), left.total(), quoted, problem or text)


def tokens(text: str) -> list[str]:
    """Returns the words of a text without quote signs, bullets, rules and invisible characters."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", text) if c.isascii() or unicodedata.category(c) != "Cf")
    found = (token.strip("><|*_-") for token in _TOKEN.findall(plain))
    return [token for token in found if token and not token.startswith(_TARGET)]


def _counted(found: Iterable[str]) -> Counter[str]:
    return Counter(token for token in found if any(c.isalnum() for c in token))
