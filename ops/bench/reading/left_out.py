"""Takes rows out of the reader's tables, to see what a mail program or language gets that they don't have."""

import re
import sys
from collections.abc import Mapping

from ops.bench.reading.programs import PROGRAMS
from workers.parse.text import languages, mail_programs

#: A module that has read the tables when it is imported.
_READER = "workers.parse.text.attributions"


def leave_out(without: Mapping[str, str]) -> None:
    """Takes the rows of a program or a language out, in this process, as long as it has not read a mail.

    Of a program, these are the entries of mail_programs.py that are in its ids and classes, and its products.
    """
    assert _READER not in sys.modules, "the reader has compiled its tables already"
    if code := without.get("language"):
        languages.LANGUAGES = tuple(row for row in languages.LANGUAGES if row.code.split("-")[0] != code)
    if name := without.get("program"):
        program = PROGRAMS[name]
        words = f"{program.name} {program.mobile}".lower()
        languages.PRODUCTS = tuple(product for product in languages.PRODUCTS if product not in words)
        for table, value in list(vars(mail_programs).items()):
            if isinstance(value, tuple | frozenset):
                kept = [entry for entry in value if not _is_of(entry, program.marks)]
                setattr(mail_programs, table, type(value)(kept))
            elif isinstance(value, re.Pattern) and _is_of(value.pattern, program.marks):
                setattr(mail_programs, table, re.compile("(?!)"))  # matches nothing


def _is_of(entry: object, marks: tuple[str, ...]) -> bool:
    """Returns whether an entry of a table, a name or a row of names, is of the program with these marks."""
    if isinstance(entry, str):
        return any(mark in entry for mark in marks)
    return isinstance(entry, tuple) and any(_is_of(each, marks) for each in entry)
