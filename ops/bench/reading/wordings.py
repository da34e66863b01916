"""Loads the languages, and writes dates and attributions in them."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from string import Template

from babel.dates import format_datetime

_FOLDER = Path(__file__).parent / "languages"
_DATE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class Language:
    """A language: its code, and the wordings of its file by name."""

    code: str
    wordings: Mapping[str, str]
    labels: tuple[str, ...]
    translated: tuple[str, ...]
    own: tuple[str, ...]
    update: tuple[str, ...]
    author: tuple[str, str]
    person: tuple[str, str]

    def __hash__(self) -> int:
        return hash(self.code)

    def say(self, name: str) -> str:
        """Returns a wording by its name; the English one if this language has none."""
        return self.wordings.get(name) or ENGLISH.wordings[name]


def _load(path: Path) -> Language:
    table = tomllib.loads(path.read_text("utf-8"))
    lists = {name: tuple(table.pop(name)) for name in ("labels", "translated", "own", "update", "author", "person")}
    return Language(code=path.stem, wordings=table, **lists)


LANGUAGES = {path.stem: _load(path) for path in sorted(_FOLDER.glob("*.toml"))}
ENGLISH = LANGUAGES["en"]


def other(language: Language) -> Language:
    """Returns a language other than this."""
    return LANGUAGES["de"] if language is ENGLISH else ENGLISH


@dataclass(frozen=True)
class Facts:
    """What an attribution or a header block says: who wrote the quoted mail, to whom, when, about what."""

    name: str
    address: str
    to: str
    to_address: str
    title: str
    sent: datetime


def attribution(style: str, language: Language, facts: Facts) -> str:
    """Returns an attribution or header block.

    `style` is the name of a wording in the languages, or a template. A template with the label `$FROM` is in the
    language, with its labels `$FROM`, `$SENT`, `$TO`, `$SUBJECT`, `$ORIGINAL` and its `$date`; another is English.
    """
    if not style.isidentifier():
        return fill(style, language if "$FROM" in style else ENGLISH, facts)
    known = style in language.wordings
    return fill(language.say(style), language if known else ENGLISH, facts)


def fill(template: str, language: Language, facts: Facts) -> str:
    """Returns a template with its dates and names filled in."""
    dated = _DATE.sub(lambda match: _date(facts.sent, match[1], language.say("locale")), template)
    from_, sent, to, subject = language.labels
    return Template(dated).substitute(
        name=facts.name, address=facts.address, to=facts.to, mail=facts.to_address, title=facts.title,
        FROM=from_, SENT=sent, TO=to, SUBJECT=subject, ORIGINAL=language.say("original"), DATED=language.say("dated"),
        date=_date(facts.sent, language.say("sent"), language.say("locale")),
    )  # fmt: skip


@cache
def _date(sent: datetime, pattern: str, locale: str) -> str:
    return str(format_datetime(sent, pattern, locale=locale))
