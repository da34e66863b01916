"""Takes rows out of the reader's tables, to see what a mail program or language gets that they don't have."""

import re
import sys
from collections.abc import Mapping
from types import ModuleType

from ops.bench.reading.programs import PROGRAMS
from workers.parse.text import html_styles, languages, mail_programs

#: A module that has read the tables when it is imported.
_READER = "workers.parse.text.reply"
_NEVER = re.compile("(?!)")


def leave_out(without: Mapping[str, str]) -> None:
    """Takes the rows of a program or a language out, in this process, which must not have read a mail.

    Of a program, these are the names in its HTML, and the products in its name and its line below the words.
    """
    assert _READER not in sys.modules, "the reader has compiled its tables already"
    if code := without.get("language"):
        languages.LANGUAGES = tuple(row for row in languages.LANGUAGES if row.code != code)
    if name := without.get("program"):
        program = PROGRAMS[name]
        words = f"{program.name} {program.mobile}".lower()
        languages.PRODUCTS = tuple(product for product in languages.PRODUCTS if product not in words)
        for module in (mail_programs, html_styles):
            _leave_out(module, program.marks)


def _leave_out(module: ModuleType, marks: tuple[str, ...]) -> None:
    """Takes all names and styles with one of the marks out of the tables of a module."""
    for table, value in list(vars(module).items()):
        if isinstance(value, tuple | frozenset):
            setattr(module, table, type(value)(entry for entry in value if not _has(entry, marks)))
        elif isinstance(value, re.Pattern) and _has(value.pattern, marks):
            setattr(module, table, _NEVER)


def _has(entry: object, marks: tuple[str, ...]) -> bool:
    """Returns whether an entry of a table, a name or a row of names, has one of the marks."""
    if isinstance(entry, str):
        return any(mark in entry for mark in marks)
    return isinstance(entry, tuple) and any(_has(each, marks) for each in entry)
