"""Lists the parts of a mail that are not its body, as records with their offset in the raw mail."""

from collections.abc import Sequence

from schemas.records import Attachment, Shown
from workers.parse.body import BodyReader
from workers.parse.mime.filenames import safe_name, with_ending
from workers.parse.mime.parts import Leaf, transfer_encoding
from workers.parse.pictures import PicturePlaces

_LONGEST_ENCODING = 60


def list_attachments(
    raw: bytes, files: Sequence[Leaf], reader: BodyReader, pictures: PicturePlaces
) -> tuple[tuple[Attachment, ...], list[str]]:
    """Returns a record of each leaf in `files`, in order, and a line for each leaf with a broken encoding."""
    attachments = tuple(
        _attachment(leaf, offset, length, reader, pictures)
        for leaf, (offset, length) in zip(files, _offsets(raw, files), strict=True)
    )
    return attachments, [f"part {file.part}: {file.defect}" for file in attachments if file.defect]


def _attachment(leaf: Leaf, offset: int, length: int, reader: BodyReader, pictures: PicturePlaces) -> Attachment:
    data, defect = reader.data(leaf)
    name = with_ending(safe_name(leaf.name, "", leaf.number), leaf.type, data)
    shown = pictures.place_of(leaf, name)
    return Attachment(
        part=leaf.number,
        name=name,
        declared_type=leaf.type,
        size=len(data),
        inline=leaf.disposition == "inline" or leaf.content_id in pictures.in_html,
        referred=shown in (Shown.WORDS, Shown.END),
        content_id=leaf.content_id,
        at=offset,
        length=length,
        transfer=transfer_encoding(leaf.part)[:_LONGEST_ENCODING],
        disposition=leaf.disposition,
        within=leaf.within,
        shown=shown,
        defect=defect,
    )


def _offsets(raw: bytes, files: Sequence[Leaf]) -> list[tuple[int, int]]:
    """Returns the offset and length of each leaf's content, so that a file can be cut out of the raw mail unparsed.

    After the first content that is not found, all offsets are -1, so that a hostile mail is searched only once.
    """
    found: list[tuple[int, int]] = []
    offset = 0
    for leaf in files:
        content = leaf.part.content()
        offset = raw.find(content, offset) if offset >= 0 else offset
        found.append((offset, len(content)))
        offset += len(content) if offset >= 0 else 0
    return found
