"""Which parts of a mail are candidates for files of the update, in the order in which they are taken."""

from cases.file_types import unsupported
from schemas.records import Attachment, LeftOut


def why_not(attachment: Attachment) -> str | None:
    """Why a part can't become a file, as far as the mail's own words tell; None for a candidate."""
    if attachment.inline and attachment.declared_type.startswith("image/"):
        return "a picture inside the text"
    if attachment.size == 0:
        return "it is empty"
    return unsupported(attachment.name)


def candidates(attachments: tuple[Attachment, ...]) -> tuple[list[Attachment], list[LeftOut]]:
    """Splits the parts, in the order of the mail, into candidates and those left out with the reason."""
    taken, left_out = [], []
    for attachment in attachments:
        if why := why_not(attachment):
            left_out.append(LeftOut(name=attachment.name, why=why, part=attachment.part))
        else:
            taken.append(attachment)
    return taken, left_out
