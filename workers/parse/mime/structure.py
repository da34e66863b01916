"""Opens what holds parts of a mail: broken multiparts, and data of other kinds in which a mail is packed.

What was opened takes the place of the part, so that all later steps see a tree of ordinary parts.
"""

import re

from workers.parse.limits import DEFAULT, Limits, UnreadableError
from workers.parse.mime.charsets import clean, one_line
from workers.parse.mime.multiparts import found_multipart
from workers.parse.mime.nearby_charset import nearby_charset
from workers.parse.mime.parts import Leaf, file_name, leaves, payload
from workers.parse.mime.prescan import prescan
from workers.parse.mime.smime import enclosed, may_be_smime
from workers.parse.mime.tnef import TNEF_TYPES, may_be_tnef, unpack
from workers.parse.mime.transfer import Payload
from workers.parse.mime.tree import OF_CONTENT, Part, build, quoted

_DEEPEST = 3  # S/MIME within S/MIME: a gateway signs what a person signed
_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}")
_NOT_VERIFIED = "signed with S/MIME: it was opened, and its signature is not verified"


class OpenedMail:
    """A parsed mail; `payload` decodes its parts on demand."""

    def __init__(self, leaves: tuple[Leaf, ...]) -> None:
        self._leaves = leaves

    def payload(self, part: int) -> Payload:
        """Returns the decoded bytes of the leaf with this number. Raises `IndexError` for a number without a leaf."""
        if not 0 <= part < len(self._leaves):
            raise IndexError(f"The mail has {len(self._leaves)} parts, numbered from 0; there is no part {part}.")
        return payload(self._leaves[part].part)


def open_parts(raw: bytes, limits: Limits = DEFAULT) -> OpenedMail:
    """Parses a mail to decode its files: `open_parts(raw).payload(attachment.part).data`.

    Raises `OverLimitError`, `TooManyHopsError` or `UnreadableError` for a mail that `read_mail` would have rejected.
    """
    root = build(raw, prescan(raw, limits), limits)
    open_within(root, limits)
    return OpenedMail(leaves(root, nearby_charset(root)))


def open_within(root: Part, limits: Limits) -> None:
    """Opens all leaves of a tree that hold parts, and what they hold, a few levels deep.

    Raises `OverLimitError`, and `UnreadableError` for a part with two different types, encodings or dispositions, and
    for a multipart whose parts can't be found.
    """
    waiting = [(root, 0)]
    while waiting:
        part, level = waiting.pop()
        _check_single_fields(part)
        if not part.children() and level < _DEEPEST and _open(part, limits):
            waiting.append((part, level + 1))
        else:
            waiting += [(child, level) for child in part.children()]


def _open(part: Part, limits: Limits) -> bool:
    """Puts what a leaf holds in its place; returns whether it holds anything."""
    if multipart := found_multipart(part):
        part.become(multipart)
        return True
    kind, name = part.declared_type(), file_name(part)
    if may_be_smime(kind, name):
        return _open_smime(part, limits)
    if not part.sealed and may_be_tnef(kind, name):
        return _open_tnef(part)
    return False


def _open_smime(part: Part, limits: Limits) -> bool:
    entity = enclosed(payload(part).data, limits.mail)
    if not entity:
        return False
    inner = part.parse(entity)
    if inner.declared_type() == "message/rfc822":  # a whole mail, so that its header is signed (RFC 8551 section 3.1)
        inner = part.parse(inner.content())
    part.become(inner)
    part.signed = True
    part.notes.append(_NOT_VERIFIED)
    return True


def _open_tnef(part: Part) -> bool:
    """Puts the files in TNEF data in its place, and its text, which counts only if the mail has no other."""
    found = unpack(payload(part).data)
    if found is None:
        return False
    children = []
    for packed in found.files:
        fields = {
            "Content-Type": TNEF_TYPES[0] if packed.is_mail else _stated(packed.type),
            "Content-Disposition": f"attachment; {quoted('filename', clean(packed.name))}",
        }
        if packed.content_id:
            fields["Content-ID"] = f"<{one_line(packed.content_id)}>"
        child = part.leaf(fields, packed.data.decode("ascii", "surrogateescape"), "binary")
        child.sealed = packed.is_mail
        children.append(child)
    kind, text = ("html", found.html) if found.html and not found.text else ("plain", found.text.encode())
    charset = "" if kind == "html" else "; charset=utf-8"
    words = part.leaf({"Content-Type": f"text/{kind}{charset}"}, text.decode("ascii", "surrogateescape"), "binary")
    words.spare = True
    entity = part.parse(b'Content-Type: multipart/mixed; boundary="unpacked"\r\n\r\n')
    part.become(entity)
    part.contain([*children, words])
    return True


def _stated(kind: str) -> str:
    return kind if _TYPE.fullmatch(kind) and not kind.lower().startswith("multipart/") else "application/octet-stream"


def _check_single_fields(part: Part) -> None:
    """Raises `UnreadableError` if parsers may disagree on type, encoding or disposition ("Inbox Invasion", 2024)."""
    for name in OF_CONTENT:
        values = {" ".join(value.split()).lower() for value in part.field_values(name)}
        if len(values) > 1:
            raise UnreadableError(f"A part has {len(values)} different {name} fields.")
