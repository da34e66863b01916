"""The mail that is answered: an update mail as casemail composes it, with or without the marker, or another mail."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from html import escape, unescape
from random import Random
from uuid import UUID, uuid5

from cases.outgoing.notices import Notice, as_sent, compose
from ops.bench.reading.wordings import Language
from schemas.own_mail import REPLY_MARKER, SentUpdate

#: What an answer may quote.
KINDS = ("update with marker", "update without marker", "another mail")
#: How many updates there are of each kind and language.
EACH = 12

_URL = "https://cases.example"
_KEYS = (("a", b"a secret of the benchmark only...."),)
_NAMESPACE = UUID("6f5d0c1e-6f53-4b6e-9a50-7f6b3d5c1a2b")
_BEGIN = datetime(2026, 11, 23, 9, 12, 33, tzinfo=UTC)
_BLOCK = re.compile(r"<(p|div)\b([^>]*)>(.*?)</\1>", re.DOTALL)
_LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_WITH_INTRO, _WITH_FOOTER, _WITH_FILES = 4, 3, 3  # one in so many


@dataclass(frozen=True)
class Quoted:
    """A mail that is quoted.

    `plain` are the paragraphs of its plain text, `rich` those of its HTML, as (HTML, text) each. `text` is the text of
    the update, empty for another mail. `update` is what casemail knows of the update.
    """

    name: str
    address: str
    title: str
    sent: datetime
    plain: tuple[str, ...]
    rich: tuple[tuple[str, str], ...]
    text: str
    reply_to: str
    update: SentUpdate | None = None

    def between(self, *, rich: bool) -> tuple[int, int]:
        """Returns the range of the paragraphs that hold the words of the mail, without what casemail adds."""
        texts = [text for _, text in self.rich] if rich else list(self.plain)
        body = set(self.text.split("\n\n")) if self.text else set(texts)
        places = [index for index, text in enumerate(texts) if text.strip() in body]
        return places[0], places[-1] + 1


@cache
def quoted(language: Language, kind: str, number: int) -> Quoted:
    """Returns the mail of this number, from 0 to `EACH`."""
    random = Random(f"{language.code}.{kind}.{number}")  # noqa: S311  # a load, not a secret
    count = random.choice((1, 2, 3, len(language.update)))
    paragraphs = random.sample(language.update, min(count, len(language.update)))
    sent = _BEGIN + timedelta(days=number, minutes=number * 37)
    if kind == "another mail":
        name, address = language.author[0], f"{language.author[1]}@office.example"
        rich = tuple((f"<p>{escape(text)}</p>", text) for text in paragraphs)
        return Quoted(name, address, "Papers", sent, tuple(paragraphs), rich, "", address)
    notice = _notice(language, random, "\n\n".join(paragraphs), sent)
    mail = message_from_bytes(compose(notice, _KEYS, _URL), policy=default)
    assert isinstance(mail, EmailMessage)
    shown = _content(mail, "plain").strip()
    plain = tuple(text for text in re.split(r"\n\n+", shown) if text.strip())
    blocks = tuple(_blocks(_content(mail, "html")))
    if kind == "update without marker":
        plain = tuple(text for text in plain if REPLY_MARKER not in text)
        blocks = tuple(block for block in blocks if REPLY_MARKER not in block[1])
    name = f"{notice.author_name} ({notice.tenant_name})"
    address, title = f"updates@{notice.mail_domain}", str(mail["Subject"])
    return Quoted(name, address, title, sent, plain, blocks, notice.text, mail["Reply-To"], as_sent(notice, _URL))


def _notice(language: Language, random: Random, text: str, sent: datetime) -> Notice:
    ids = [uuid5(_NAMESPACE, f"{language.code}{index}") for index in range(4)]
    return Notice(
        recipient_id=ids[0], recipient_email=f"{language.person[1]}@people.example", handle="a" * 16, tenant_id=ids[1],
        tenant_name="Casework", mail_domain="cases.example", case_id=ids[2], case_number="2026-77",
        case_title="Hafenstr. 7", author_name=language.author[0], author_email="author@cases.example", text=text,
        posted_at=sent, files=() if random.randrange(_WITH_FILES) else ("plan.pdf",), update_id=ids[3],
        intro="" if random.randrange(_WITH_INTRO) else f"{language.author[0]}: 2026-77",
        footer="" if random.randrange(_WITH_FOOTER) else f"{language.author[0]}\nTel. 030 5550100",
        tenant_slug="casework",
    )  # fmt: skip


def _content(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


def _blocks(html: str) -> list[tuple[str, str]]:
    """Returns the paragraphs of the update mail, each as HTML and as the text that a mail program makes from it.

    The words of the update, which are in one element, become an element for each paragraph, as when a person answers
    between them.
    """
    found = []
    for tag, attributes, inner in _BLOCK.findall(html):
        for piece in inner.strip().split("\n\n"):
            text = unescape(_TAG.sub("", _LINK.sub(r"\2 &lt;\1&gt;", piece)))
            found.append((f"<{tag}{attributes}>{piece}</{tag}>", text))
    return found
