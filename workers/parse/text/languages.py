"""Loads the wordings of each language from `languages.toml`; its head explains the fields and how to add a language."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from workers.parse.text.lines import visible


class Language(NamedTuple):
    """The wordings of one language. `from_`, `sent`, `to` and `subject` are labels of Outlook's header block."""

    code: str
    wrote: tuple[str, ...] = ()
    you_wrote: tuple[str, ...] = ()
    weekdays: tuple[str, ...] = ()
    telling: tuple[str, ...] = ()
    joining: tuple[str, ...] = ()
    from_: tuple[str, ...] = ()
    sent: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    subject: tuple[str, ...] = ()
    original: tuple[str, ...] = ()
    forwarded: tuple[str, ...] = ()
    mobile: tuple[str, ...] = ()
    own_device: tuple[str, ...] = ()
    on_the_go: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    apologies: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    brief_closings: tuple[str, ...] = ()
    closing_words: tuple[str, ...] = ()
    thanks: tuple[str, ...] = ()
    closings: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    notice_words: tuple[str, ...] = ()
    banners: tuple[str, ...] = ()
    footers: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    forward_prefix: tuple[str, ...] = ()
    auto_reply: tuple[str, ...] = ()


def _language(code: str, table: dict[str, list[str]]) -> Language:
    return Language(code, **{"from_" if name == "from" else name: tuple(values) for name, values in table.items()})


_FILE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
LANGUAGES = tuple(_language(code, table) for code, table in _FILE.items() if code != "products")

#: Product names: a "Sent from ..." line without one of them, or of `devices`, may be the person's own words.
PRODUCTS = tuple(_FILE["products"])


def pattern_of(wordings: Iterable[str]) -> str:
    """Returns a regular expression that matches any of the wordings; `*` stands for up to 300 characters."""
    patterns = {r".{0,300}?".join(map(re.escape, visible(wording).split("*"))) for wording in wordings}
    return "|".join(sorted(patterns, key=len, reverse=True))
