"""Builds the MIME tree of a mail with the standard library's parser (which mail-parser uses, too), within limits.

The parser makes parts of the class `Part`, which checks the limits while the tree grows: so the limits apply to the
real tree, not to an estimate. The policy must be compat32: `email.policy.default` takes minutes on hostile fields.
"""

import re
from collections.abc import Callable, Iterator
from email.feedparser import BytesFeedParser
from email.message import Message
from email.policy import Policy, compat32
from typing import Any

from workers.parse.limits import Limits, check
from workers.parse.mime.prescan import Scan
from workers.parse.mime.uuencoded import find_uuencoded

_UNENCODED: tuple[list[str], ...] = ([], ["7bit"], ["8bit"], ["binary"])  # values of Content-Transfer-Encoding

#: The standard library can't parse a field with octets above 127: they are kept as characters for private use.
_OCTETS = {0xDC00 + octet: 0xF700 + octet for octet in range(0x80, 0x100)}
_BACK = {private: octet for octet, private in _OCTETS.items()}
# A content type without what programs write around it, such as quotation marks, or parameters after a comma or blank.
_TYPE = re.compile(r"[\"'\s]{0,9}([^\s/;,:\"'()<>=]{1,127})\s{0,9}/\s{0,9}([^\s/;,:\"'()<>=]{1,127})")
# "multipart", "multipart/" and "multipart/multipart/mixed" are multiparts, too.
_MULTIPART = re.compile(r"[\"'\s]{0,9}multipart\b(?:[\s/]{1,9}([\w.+-]{1,99}+)(?![\w.+-]*+=)){0,4}", re.IGNORECASE)
#: The fields that say what a part contains.
OF_CONTENT = ("content-type", "content-transfer-encoding", "content-disposition")

#: The number of octets given to the parser at a time.
_PIECE = 8192


class Part(Message):
    """A part of the tree. The content of message/* is kept byte for byte, and never parsed as a mail.

    `cut_off`: the mail ends within this part, which may be incomplete. `signed`: it was opaque signed data, which was
    opened. `spare`: a text that counts only if the mail has no other. `sealed`: it must not be opened further. `notes`
    say what was done to it, in words for a person.
    """

    _payload: "list[Part] | str | None"

    def __init__(self, policy: Policy, limits: Limits, lines: int, make: "Callable[..., Part]") -> None:
        super().__init__(policy)
        self.depth = 0
        self.cut_off = self.signed = self.spare = self.sealed = False
        self.notes: list[str] = []
        self._make = make
        self._limits = limits
        self._lines = lines
        self._fields = 0
        self._type = ""
        self._octets: set[str] = set()
        self._by_name: dict[str, list[str]] = {}
        self._parameters: dict[str, dict[str, str | tuple[str, str, str]]] = {}

    def declared_type(self) -> str:
        """Returns the declared content type in lower case (RFC 2045 section 5); text/plain if there is none."""
        if not self._type:
            value = "".join(self.field_values("content-type")[:1])
            found = _TYPE.match(value)
            if multipart := _MULTIPART.match(value):
                self._type = f"multipart/{multipart[1] or 'mixed'}".lower()
            elif found:
                self._type = f"{found[1]}/{found[2]}".lower()
            else:
                self._type = "text/plain" if value else self.get_default_type()
        return self._type

    def get_content_type(self) -> str:
        """Returns the content type for the parser, which must not recurse into message/*."""
        kind = self.declared_type()
        return "application/octet-stream" if kind.startswith("message/") else kind

    def parameter(self, field: str, name: str) -> str | tuple[str, str, str]:
        """Returns a parameter of a MIME field, "" if absent; by RFC 2231 a tuple (charset, language, bytes as Latin-1).

        Octets above 127 that are not UTF-8 are surrogates (PEP 383). With a name that ends with `*`, only the form of
        RFC 2231 is returned, as a field may have both forms. The parameters of a field are parsed only once: the
        standard library takes quadratic time for that.
        """
        if field not in self._parameters:
            found: list[tuple[str, Any]]  # the standard library's types leave out the tuples
            try:
                found = self.get_params([], field)
            except (TypeError, ValueError):  # a broken RFC 2231 section number
                found = []
            if field in self._octets:
                found = [(key, _with_octets(value)) for key, value in found]
            extended = {f"{key.lower()}*": value for key, value in reversed(found) if isinstance(value, tuple)}
            self._parameters[field] = extended | {key.lower(): value for key, value in reversed(found)}
        return self._parameters[field].get(name, "")

    def get_boundary(self, failobj: Any = None) -> Any:
        """Returns the boundary for the parser; `failobj` if absent, or in the form of RFC 2231 (slow to decode)."""
        value = self.parameter("content-type", "boundary")
        return value.rstrip() if isinstance(value, str) and value else failobj

    def set_raw(self, name: str, value: str) -> None:
        """Adds a header field; the parser calls this. Raises `OverLimitError`."""
        self._fields += 1
        self._type = ""
        if self._fields > self._limits.fields:
            check("fields", self._fields, self._limits)
        key = name.lower()
        if key.startswith("content-"):
            check("part_field", len(value), self._limits)
            value, decoded = _without_octets(value)
            if value != decoded:
                self._octets.add(key)
            super().set_raw(name, value)
            value = decoded
        else:
            super().set_raw(name, value)
        self._by_name.setdefault(key, []).append(value)

    def attach(self, payload: "Part") -> None:  # type: ignore[override]
        """Adds a child; the parser calls this. Raises `OverLimitError`."""
        payload.depth = self.depth + 1
        check("nesting", payload.depth, self._limits)
        check("line_work", payload.depth * self._lines, self._limits)
        super().attach(payload)

    def children(self) -> "list[Part]":
        """Returns the parts of a multipart; empty for a leaf."""
        return self._payload if isinstance(self._payload, list) else []

    def append(self, content: bytes) -> None:
        """Adds content to that of a leaf: its rest, which the parser would only copy line by line."""
        assert isinstance(self._payload, str)
        self._payload += content.decode("ascii", "surrogateescape")

    def content(self) -> bytes:
        """Returns the content of a leaf as it is in the mail, still in its transfer encoding."""
        return self._payload.encode("ascii", "surrogateescape") if isinstance(self._payload, str) else b""

    def take_uuencoded(self) -> "list[Part]":
        """Removes the uuencoded files from a plain text, and returns them as parts."""
        if self.children() or self.get_content_type() != "text/plain" or self.get_content_disposition() == "attachment":
            return []
        if self.field_values("content-transfer-encoding") not in _UNENCODED or not isinstance(self._payload, str):
            return []
        text, found = self._payload, find_uuencoded(self._payload)
        made = [self._uuencoded(file.name, text[file.start : file.stop]) for file in found]
        places = zip((0, *(file.stop for file in found)), (*(file.start for file in found), len(text)), strict=True)
        self._payload = "".join([text[start:stop] for start, stop in places])
        return made

    def _uuencoded(self, name: str, content: str) -> "Part":
        fields = {"Content-Disposition": f"attachment; {quoted('filename', name)}"}
        return self.leaf({"Content-Type": "application/octet-stream", **fields}, content, "x-uuencode")

    def leaf(self, fields: dict[str, str], content: str, encoding: str) -> "Part":
        """Returns a part with these fields and this content (bytes above 127 are surrogates)."""
        part = self._make()
        for name, value in (*fields.items(), ("Content-Transfer-Encoding", encoding)):
            part.set_raw(name, value)
        part._payload = content
        return part

    def parse(self, entity: bytes) -> "Part":
        """Parses an entity that was found within this part. Its parts count among the parts of the mail."""
        return _parse(entity, self._make)

    def become(self, entity: "Part") -> None:
        """Puts an entity in the place of this part, which keeps its other header fields. Raises `OverLimitError`."""
        self._by_name.update({name: [] for name in OF_CONTENT})
        self._parameters = {}
        for name in OF_CONTENT:
            del self[name]
            for value in entity.field_values(name):
                self.set_raw(name, value)
        self._type = ""
        self.defects = [*self.defects, *entity.defects]
        self.contain(entity._payload)

    def contain(self, payload: "list[Part] | str | None") -> None:
        """Puts other content in the place of this part's content. Raises `OverLimitError`."""
        self._payload = payload
        for child in self.children():
            deeper = self.depth + 1 - child.depth
            for part in walk(child):
                part.depth += deeper
                check("nesting", part.depth, self._limits)
                check("line_work", part.depth * self._lines, self._limits)

    def field_values(self, name: str) -> list[str]:
        """Returns the raw values of a field (name in lower case) in order; bytes above 127 are surrogates (PEP 383)."""
        return self._by_name.get(name, [])


def _without_octets(value: str) -> tuple[str, str]:
    """Returns a value without surrogates for the parser, and as text; both the same if it is UTF-8."""
    octets = value.encode("utf-8", "surrogateescape")
    try:
        text = octets.decode()
    except UnicodeError:
        return value.translate(_OCTETS), octets.decode("latin-1")
    return text, text


def _with_octets(value: Any) -> Any:
    return tuple(map(_with_octets, value)) if isinstance(value, tuple) else value and value.translate(_BACK)


def _factory(limits: Limits, lines: int) -> Callable[..., Part]:
    made = -1  # the parser first makes a part only to test the factory

    def make(policy: Policy = compat32) -> Part:
        nonlocal made
        made += 1
        check("parts", made, limits)
        return Part(policy, limits, lines, make)

    return make


def build(raw: bytes, scan: Scan, limits: Limits) -> Part:
    """Parses a mail, which `prescan` has measured, into its tree. Raises `OverLimitError`."""
    make, size = _factory(limits, scan.lines), len(scan.header)
    if size == len(raw) or b"multipart" in scan.header.lower():
        return _parse(raw, make)
    size += 2 if raw.startswith(b"\r\n", size) else 1  # with the blank line, at which the header ends at the latest
    root = _parse(raw[:size], make)
    root.append(raw[size:])
    return root


def _parse(raw: bytes, make: Callable[..., Part]) -> Part:
    parser: BytesFeedParser[Part] = BytesFeedParser(make)  # compat32 by default
    for at in range(0, len(raw), _PIECE):  # message_from_bytes would need four times the memory
        parser.feed(raw[at : at + _PIECE])
    return parser.close()


def quoted(name: str, value: str) -> str:
    """Returns a parameter of a MIME field with its value in quotation marks."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}="{escaped}"'


def walk(part: Part) -> Iterator[Part]:
    """Yields the part and every part below it, in the order of the mail."""
    yield part
    for child in part.children():
        yield from walk(child)
