"""Lists the leaves of the MIME tree (parts without children), with their names, and decodes their bytes."""

from dataclasses import dataclass
from email.errors import CloseBoundaryNotFoundDefect

from workers.parse.mime.charsets import clean, one_line
from workers.parse.mime.charsets import decode as decode_text
from workers.parse.mime.data_pictures import take_data_pictures
from workers.parse.mime.encoded_words import decode_field
from workers.parse.mime.transfer import Payload, decode_transfer, kind_of_encoding
from workers.parse.mime.tree import Part, walk

_LONGEST_TYPE = 127  # RFC 6838 section 4.2
_LONGEST_ID = 250
_CUT_OFF = "the mail ends before this part does"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part without children. `number` counts the leaves from 0; `name` is the sender's, decoded, not yet made safe.

    `alternative`: it is directly in a multipart/alternative, so it is another form of the same words. `within`: the
    subtype of the multipart around it, "" if there is none; a multipart/related (RFC 2387) without HTML counts as
    "mixed". `leads`: no part stands before it, in the mail or in an alternative. `signed`: it is in opaque signed data.
    `spare`: it counts only if the mail has no other text.
    """

    number: int
    part: Part
    type: str
    disposition: str
    name: str
    content_id: str
    alternative: bool
    within: str
    leads: bool = False
    signed: bool = False
    spare: bool = False


def leaves(root: Part, charset: str = "") -> tuple[Leaf, ...]:
    """Returns the leaves in the order of the mail, then the uuencoded files, which it removes from the texts, then the
    pictures that stand in the HTML itself. `charset` is that of `nearby_charset`, for names in octets above 127.
    """
    found: list[Leaf] = []
    within: dict[int, str] = {}
    leading, signed = {id(root)}, set[int]()
    for part in walk(root):
        children = part.children()
        if children:
            kind = _subtype(part)
            within.update(dict.fromkeys(map(id, children), kind))
            if kind == "alternative":
                leading.update(map(id, children))
            elif id(part) in leading:
                leading.add(id(children[0]))
            if part.signed or id(part) in signed:
                signed.update(map(id, children))
        else:
            leads, is_signed = id(part) in leading, part.signed or id(part) in signed
            found.append(_leaf(len(found), part, within.get(id(part), ""), charset, leads=leads, signed=is_signed))
    if found:
        found[-1].part.cut_off = _is_cut_off(root, found[-1].part)
    within_texts = [part for leaf in found for part in leaf.part.take_uuencoded()]
    pictures = [part for leaf in found for part in _data_pictures(leaf)]
    found += [_leaf(number, part, "mixed", charset) for number, part in enumerate(within_texts, len(found))]
    found += [_leaf(number, part, "related", charset) for number, part in enumerate(pictures, len(found))]
    return tuple(found)


def _data_pictures(leaf: Leaf) -> list[Part]:
    """Returns the pictures in an HTML text as parts, as if they were in a multipart/related with it."""
    if leaf.type != "text/html" or leaf.disposition == "attachment":
        return []
    _, pictures = take_data_pictures(payload(leaf.part).data)
    return [
        leaf.part.leaf(
            {
                "Content-Type": picture.type,
                "Content-Disposition": f'inline; filename="{picture.name}"',
                "Content-ID": f"<{picture.content_id}>",
            },
            picture.base64,
            "base64",
        )
        for picture in pictures
    ]


def _subtype(part: Part) -> str:
    kind = part.get_content_type().removeprefix("multipart/")
    if kind == "related" and not any(below.declared_type() == "text/html" for below in walk(part)):
        return "mixed"
    return one_line(kind, _LONGEST_TYPE)


def _is_cut_off(root: Part, last: Part) -> bool:
    """Returns whether the end of the last part may be missing.

    It may be missing if the mail lacks its last boundary, unless the part ends with the "=" of base64: no other
    encoding marks its end.
    """
    if not any(isinstance(defect, CloseBoundaryNotFoundDefect) for defect in root.defects):
        return False
    return kind_of_encoding(transfer_encoding(last)) != "base64" or not last.content().rstrip().endswith(b"=")


def _leaf(number: int, part: Part, within: str, charset: str, *, leads: bool = False, signed: bool = False) -> Leaf:
    return Leaf(
        number=number,
        part=part,
        type=one_line(part.declared_type(), _LONGEST_TYPE),
        disposition=one_line(part.get_content_disposition() or "", _LONGEST_TYPE),
        name=file_name(part, charset),
        content_id=one_line("".join(part.field_values("content-id")[:1])).strip("<> ")[:_LONGEST_ID],
        alternative=within == "alternative",
        within=within,
        leads=leads,
        signed=signed,
        spare=part.spare,
    )


def file_name(part: Part, charset: str = "") -> str:
    """Returns the sender's file name.

    Content-Disposition (RFC 2183) takes precedence over Content-Type (RFC 2045). Of two forms in a field, the extended
    form does (RFC 2231; for the order RFC 6266 section 4.3).
    """
    places = (("content-disposition", "filename"), ("content-type", "name"))
    names = (parameter(part, field, form, charset) for field, name in places for form in (f"{name}*", name))
    return next(filter(None, names), "")


def parameter(part: Part, field: str, name: str, nearby: str = "") -> str:
    """Returns a parameter of a MIME field as clean text, with RFC 2231 and RFC 2047 decoded; "" if absent.

    `nearby` is the label of a charset that octets above 127 may be in.
    """
    value = part.parameter(field, name)
    if isinstance(value, tuple):
        charset, _, text = value
        if any(char > "\xff" and not "\udc80" <= char <= "\udcff" for char in text):
            return clean(text)  # letters beside the percent-encoded octets, in UTF-8
        octets = text.encode("latin-1", "surrogateescape")
        return clean(decode_text(octets, charset or "utf-8", nearby)[0])
    return decode_field(value, nearby) if value else ""


def payload(part: Part) -> Payload:
    """Returns the decoded bytes of a leaf."""
    found = decode_transfer(part.content(), transfer_encoding(part))
    return Payload(found.data, found.defect or (_CUT_OFF if part.cut_off else ""))


def transfer_encoding(part: Part) -> str:
    """Returns the transfer encoding that a leaf declares, in lower case; "" if it declares none."""
    return "".join(part.field_values("content-transfer-encoding")[:1]).strip().lower()
