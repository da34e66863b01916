"""A parser of Authentication-Results (RFC 8601 section 2.2).

It is strict where it matters: text in comments or quotes is never a result; a field whose quotes or comments do not end
has no results; a result with anything left over, or with a property twice, is unclear, which is not a pass. It is
lenient where providers are: a field without a name, a value without quotes, properties without a type (Microsoft's
`action=none`), a semicolon at the end.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas.errors import CasemailError

#: Longest field that is read, in characters.
LONGEST = 20_000
#: Most results of one field.
MOST = 50
#: The outcome of a result that can't be read.
UNCLEAR = "unclear"

_SPACE = re.compile(r"[ \t\r\n]+")
_KEYWORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?", re.ASCII)
_NUMBER = re.compile(r"[0-9]+", re.ASCII)
#: A piece of a value: a quoted string (RFC 5322 section 3.2.4), or characters without a special meaning.
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_PLAIN = re.compile(r'[^\s;()"\\\x00-\x1f\x7f]+')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class Result:
    """One result: the method, its outcome, its properties such as `header.d`, and its comments."""

    method: str
    outcome: str
    properties: dict[str, str] = field(default_factory=dict)
    comments: tuple[str, ...] = ()


def read(value: str) -> tuple[str, list[Result]]:
    """Returns the authserv-id of a field, in lower case, empty if it has none, and its results.

    A field that can't be read has its id, but no results: it is still the field of that server, and no field below
    replaces it.

        read("mx.example; spf=pass smtp.mailfrom=a.example")
        # ("mx.example", [Result("spf", "pass", {"smtp.mailfrom": "a.example"})])
    """
    text, identity = _Text(value[:LONGEST]), UNCLEAR
    try:
        identity = _identity(text)
        found = list(_results(text))
    except _UnreadableError:
        found = []
    return identity, found if len(value) <= LONGEST else []


def shown(found: Iterable[Result]) -> str:
    """Returns the results in short, for a person."""
    return "; ".join(f"{result.method}={result.outcome}" for result in found) or "nothing that can be read"


class _UnreadableError(CasemailError):
    """The text does not follow the grammar."""


class _Text:
    """The text of a field, read up to `at`. Its methods raise `_UnreadableError` where it breaks the grammar."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.comments: list[str] = []

    @property
    def ended(self) -> bool:
        """Whether all text has been read."""
        return self.at >= len(self.text)

    def next(self) -> str:
        """Returns the next character, empty at the end."""
        return self.text[self.at : self.at + 1]

    def take(self, char: str) -> bool:
        """Reads this character if it is next, apart from white space and comments; returns whether it was."""
        begin = self.at
        self.skip()
        if self.next() == char:
            self.at += 1
            return True
        self.at = begin
        return False

    def match(self, pattern: re.Pattern[str]) -> str:
        """Reads and returns what matches; empty for nothing."""
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found[0] if found else ""

    def skip(self) -> bool:
        """Reads white space and comments (CFWS); returns whether there were any."""
        begin = self.at
        while self.match(_SPACE) or self._comment():
            pass
        return self.at > begin

    def keyword(self) -> str:
        """Reads and returns a word of the grammar, in lower case."""
        self.skip()
        word = self.match(_KEYWORD)
        if not word:
            raise _UnreadableError("a word is missing")
        return word.lower()

    def number(self) -> str:
        """Reads and returns digits, empty for none."""
        self.skip()
        return self.match(_NUMBER)

    def value(self) -> str:
        """Reads and returns a value: adjacent quoted strings and plain pieces, as in `"a b"@example.org`."""
        self.skip()
        pieces = []
        while not self.ended:
            if quoted := self.match(_QUOTED):
                pieces.append(_ESCAPED.sub(r"\1", quoted[1:-1]))
            elif plain := self.match(_PLAIN):
                pieces.append(plain)
            else:
                break
        if not pieces:
            raise _UnreadableError("a value is missing")
        return "".join(pieces)

    def _comment(self) -> bool:
        if self.next() != "(":
            return False
        begin, depth = self.at, 0
        while not self.ended:
            char = self.next()
            self.at += 2 if char == "\\" else 1
            depth += (char == "(") - (char == ")")
            if depth == 0:
                self.comments.append(self.text[begin + 1 : self.at - 1])
                return True
        self.at = begin
        raise _UnreadableError("a comment does not end")


def _identity(text: _Text) -> str:
    """Reads the authserv-id and the version after it; returns the id in lower case."""
    begin = text.at
    identity = text.value()
    method = _KEYWORD.match(identity)
    if "=" in identity and method:
        # no id: the field begins with its first result
        text.at = begin
        text.comments.clear()
        return ""
    text.number()
    text.skip()
    if not text.ended and text.next() != ";":
        if text.next() == "=" and method:  # `spf = pass`, without an id
            text.at = begin
            return ""
        raise _UnreadableError("something follows the name")
    text.take(";")
    return identity.lower()


def _results(text: _Text) -> Iterable[Result]:
    for _ in range(MOST):
        text.skip()
        if text.ended:
            return
        if text.take(";"):
            continue
        yield from _result(text)
        text.skip()
        if not (text.ended or text.take(";")):
            raise _UnreadableError("a result does not end")
    raise _UnreadableError("too many results")


def _result(text: _Text) -> Iterable[Result]:
    """Yields the result at this place; an unreadable result is skipped up to the next semicolon."""
    text.comments.clear()
    method = text.match(_KEYWORD).lower()
    try:
        yield from _rest_of(method, text)
    except _UnreadableError:
        _skip_result(text)
        if method:
            yield Result(method, UNCLEAR)


def _rest_of(method: str, text: _Text) -> Iterable[Result]:
    if text.take("/") and not text.number():
        raise _UnreadableError("a version is missing")
    if text.take("="):
        yield Result(method, text.keyword(), _properties(text), tuple(text.comments))
    elif method != "none":  # RFC 8601's no-result
        raise _UnreadableError("there is no result")


def _properties(text: _Text) -> dict[str, str]:
    found: dict[str, str] = {}
    while True:
        separated = text.skip()
        if text.ended or text.next() == ";":
            return found
        if not separated:
            raise _UnreadableError("something follows a value without a space")
        name = text.keyword()
        if text.take("."):
            name += f".{text.keyword()}"
        if not text.take("="):
            raise _UnreadableError("a property has no value")
        if name in found:
            raise _UnreadableError("a property is there twice")
        found[name] = text.value()


def _skip_result(text: _Text) -> None:
    while not text.ended and text.next() != ";":
        if not (text.skip() or text.match(_QUOTED) or text.match(_PLAIN)):
            raise _UnreadableError("a quoted string does not end, or there is a character that can't be there")
