"""Which parts of a mail are candidates for files of the update, in the order in which they are taken."""

from cases.file_types import unsupported
from schemas.files import FILE_REASONS, FileReason
from schemas.records import Attachment, LeftOut


def candidates(attachments: tuple[Attachment, ...]) -> tuple[list[Attachment], list[LeftOut]]:
    """Splits the parts into candidates, in the order in which they are taken, and those left out with the reason, as
    far as the mail's own words tell."""
    taken, out = [], []
    for attachment in attachments:
        if found := _why_not(attachment):
            out.append(left_out(attachment, *found))
        else:
            taken.append(attachment)
    return taken, out


def left_out(attachment: Attachment, reason: FileReason, why: str = "") -> LeftOut:
    """The note that a part did not become a file; `why` says it more fully than the reason's own words."""
    return LeftOut(name=attachment.name, reason=reason, why=why or FILE_REASONS[reason], part=attachment.part)


def _why_not(attachment: Attachment) -> tuple[FileReason, str] | None:
    if attachment.inline and attachment.declared_type.startswith("image/"):
        return FileReason.INLINE, ""
    if attachment.size == 0:
        return FileReason.EMPTY, ""
    if why := unsupported(attachment.name):
        return FileReason.TYPE, why
    return None
