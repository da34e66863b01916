"""The wording of each language, read from `languages.toml`, which says what each field is and how to add to it."""

import tomllib
from pathlib import Path
from typing import NamedTuple


class Language(NamedTuple):
    """The wording of one language. `from_`, `sent`, `to` and `subject` are labels of a quoted header block."""

    code: str
    wrote: tuple[str, ...] = ()
    from_: tuple[str, ...] = ()
    sent: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    subject: tuple[str, ...] = ()
    original: tuple[str, ...] = ()
    forwarded: tuple[str, ...] = ()
    mobile: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    closings: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    footers: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    forward_prefix: tuple[str, ...] = ()
    auto_reply: tuple[str, ...] = ()


def _language(code: str, table: dict[str, list[str]]) -> Language:
    return Language(code, **{"from_" if name == "from" else name: tuple(values) for name, values in table.items()})


_FILE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
LANGUAGES = tuple(_language(code, table) for code, table in _FILE.items() if code != "products")

#: Names of which, or of whose like in `devices`, a "Sent from ..." line has one; else it may be the person's own.
PRODUCTS = tuple(_FILE["products"])
