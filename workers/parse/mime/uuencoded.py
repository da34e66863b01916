"""Finds uuencoded files within a plain text, as old Outlook and Unix programs send them (POSIX uuencode)."""

import binascii
import re
from typing import NamedTuple

_BEGIN = re.compile(r"^begin [0-7]{3,4} (\S[^\r\n]{0,250})\r?$", re.MULTILINE)
_LONGEST_LINE = 90  # 45 bytes make 61 characters; some programs add a checksum
_END = "end"


class Uuencoded(NamedTuple):
    """A file within a text: its name, and its start and stop, which include the lines "begin" and "end"."""

    name: str
    start: int
    stop: int


def find_uuencoded(text: str) -> list[Uuencoded]:
    """Returns the complete files in a text. A file that lacks its end, or has a malformed line, stays text."""
    found: list[Uuencoded] = []
    stop = 0
    for match in _BEGIN.finditer(text) if "\nend" in text else ():
        if match.start() >= stop:
            stop = _end(text, match.end() + 1)
            if stop:
                found.append(Uuencoded(match[1], match.start(), stop))
            stop = max(stop, match.end())
    return found


def _end(text: str, at: int) -> int:
    """Returns the end of the file whose lines begin at `at`; 0 if it lacks its end or has a malformed line."""
    begin = at
    while at < len(text):
        newline = text.find("\n", at, at + _LONGEST_LINE)
        line = text[at : newline if newline >= 0 else at + _LONGEST_LINE].rstrip("\r")
        if line == _END:
            return at + len(line) if at > begin else 0
        if newline < 0 or not _is_line(line):
            return 0
        at = newline + 1
    return 0


def _is_line(line: str) -> bool:
    try:
        binascii.a2b_uu(line.encode("ascii"))
    except (binascii.Error, UnicodeEncodeError):
        return False
    return bool(line.strip())
