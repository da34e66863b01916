"""The MIME tree of a mail, built by the standard library's parser (the one under mail-parser) within limits.

The limits are kept while the tree grows, by the part class that the parser is given, so they hold for what the parser
does and not for what a scan before it guesses. Policy compat32 only: `email.policy.default` takes minutes on hostile
header fields.
"""

from collections.abc import Callable, Iterator
from email.feedparser import BytesFeedParser
from email.message import Message
from email.policy import Policy, compat32
from typing import Any

from workers.parse.limits import Limits, check
from workers.parse.mime.charsets import decode_8bit
from workers.parse.mime.uuencoded import find_uuencoded

_AS_IT_IS: tuple[list[str], ...] = ([], ["7bit"], ["8bit"], ["binary"])  # values of Content-Transfer-Encoding

#: Octets that the parser is given at a time.
_PIECE = 8192


class Part(Message):
    """A part of the tree. message/* is opaque: its content is kept byte for byte and never parsed as a mail.

    `cut_off` is set where the mail ends before the part is surely complete.
    """

    _payload: "list[Part] | str | None"

    def __init__(self, policy: Policy, limits: Limits, lines: int) -> None:
        super().__init__(policy)
        self.depth = 0
        self.cut_off = False
        self._limits = limits
        self._lines = lines
        self._fields = 0
        self._type = ""
        self._by_name: dict[str, list[str]] = {}
        self._parameters: dict[str, dict[str, str | tuple[str, str, str]]] = {}

    def declared_type(self) -> str:
        """The content type in lower case as the part states it (RFC 2045 section 5), text/plain when it does not."""
        if not self._type:
            kind = super().get_content_type()
            self._type = kind if kind.strip("/") == kind else "text/plain"
        return self._type

    def get_content_type(self) -> str:
        """What the parser goes by; it would recurse into message/*."""
        kind = self.declared_type()
        return "application/octet-stream" if kind.startswith("message/") else kind

    def parameter(self, field: str, name: str) -> str | tuple[str, str, str]:
        """A parameter of a MIME field, "" if absent; a tuple (charset, language, bytes as Latin-1) by RFC 2231.

        With `*` at its end the name asks for the tuple alone, where the field has both forms.
        The parameters of a field are parsed once: the standard library takes quadratic time for them.
        """
        if field not in self._parameters:
            found: list[tuple[str, Any]]  # the standard library's types leave out the tuples
            try:
                found = self.get_params([], field)
            except (TypeError, ValueError):  # a broken RFC 2231 section number
                found = []
            extended = {f"{key.lower()}*": value for key, value in reversed(found) if isinstance(value, tuple)}
            self._parameters[field] = extended | {key.lower(): value for key, value in reversed(found)}
        return self._parameters[field].get(name, "")

    def get_boundary(self, failobj: Any = None) -> Any:
        """The boundary as the parser is to see it; RFC 2231 has no use for one, and a charset of its own costs time."""
        value = self.parameter("content-type", "boundary")
        return value.rstrip() if isinstance(value, str) and value else failobj

    def set_raw(self, name: str, value: str) -> None:
        """Take one header field from the parser; raises `OverLimit`."""
        self._fields += 1
        self._type = ""
        check("fields", self._fields, self._limits)
        if name[:8].lower() == "content-":
            check("part_field", len(value), self._limits)
            value = decode_8bit(value)
        self._by_name.setdefault(name.lower(), []).append(value)
        super().set_raw(name, value)

    def attach(self, payload: "Part") -> None:  # type: ignore[override]
        """Take one child from the parser; raises `OverLimit`."""
        payload.depth = self.depth + 1
        check("nesting", payload.depth, self._limits)
        check("line_work", payload.depth * self._lines, self._limits)
        super().attach(payload)

    def children(self) -> "list[Part]":
        """The parts of a multipart; empty for a leaf."""
        return self._payload if isinstance(self._payload, list) else []

    def content(self) -> bytes:
        """The content of a leaf as it lies in the mail, with its transfer encoding."""
        return self._payload.encode("ascii", "surrogateescape") if isinstance(self._payload, str) else b""

    def take_uuencoded(self) -> "list[Part]":
        """The files that stand uuencoded in a plain text, as parts of their own; takes them out of the text."""
        if self.children() or self.get_content_type() != "text/plain" or self.get_content_disposition() == "attachment":
            return []
        if self.field_values("content-transfer-encoding") not in _AS_IT_IS or not isinstance(self._payload, str):
            return []
        text, found = self._payload, find_uuencoded(self._payload)
        for file in reversed(found):
            self._payload = self._payload[: file.start] + self._payload[file.stop :]
        return [self._uuencoded(file.name, text[file.start : file.stop]) for file in found]

    def _uuencoded(self, name: str, content: str) -> "Part":
        part = Part(self.policy, self._limits, self._lines)
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        part.set_raw("Content-Type", "application/octet-stream")
        part.set_raw("Content-Disposition", f'attachment; filename="{quoted}"')
        part.set_raw("Content-Transfer-Encoding", "x-uuencode")
        part._payload = content
        return part

    def field_values(self, name: str) -> list[str]:
        """The raw values of a field, in order, by its name in lower case; bytes above 127 are surrogates (PEP 383)."""
        return self._by_name.get(name, [])


def _factory(limits: Limits, lines: int) -> Callable[..., Part]:
    made = -1  # the parser makes one part only to see whether it can

    def make(policy: Policy = compat32) -> Part:
        nonlocal made
        made += 1
        check("parts", made, limits)
        return Part(policy, limits, lines)

    return make


def build(raw: bytes, limits: Limits, lines: int) -> Part:
    """Parse a mail that passed the pre-scan into its tree; `lines` is the number of lines in it. Raises `OverLimit`."""
    parser: BytesFeedParser[Part] = BytesFeedParser(_factory(limits, lines))  # compat32 by default
    for at in range(0, len(raw), _PIECE):  # message_from_bytes would make four octets of each first
        parser.feed(raw[at : at + _PIECE])
    return parser.close()


def walk(part: Part) -> Iterator[Part]:
    """The part and every part below it, in the order of the mail."""
    yield part
    for child in part.children():
        yield from walk(child)
