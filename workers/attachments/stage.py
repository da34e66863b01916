"""The attachments stage."""

from collections.abc import Callable
from hashlib import sha256

from cases.file_types import agreed_type, ending, sniff
from cases.posting import MAX_FILES, SAME_FILE
from schemas.records import Attachment, FilteredMail, LeftOut, StoredFile, ValidatedMail
from storage.blobs import of_mail
from workers.attachments.choice import candidates
from workers.house import House
from workers.parse.limits import Limits, of_settings
from workers.parse.parts import OpenedMail, Payload, decode_transfer, open_parts


def select(mail: ValidatedMail, house: House) -> FilteredMail:
    """Chooses and stores the files of the update; a mail without any passes untouched."""
    taken, left_out = candidates(mail.parsed.attachments)
    files: list[StoredFile] = []
    contents: list[bytes] = []
    payload = _reader(house.blobs.get(mail.custody.raw) if taken else b"", of_settings(house.settings))
    for attachment in taken:
        content, defect = payload(attachment)
        found = sniff(content)
        agreed = agreed_type(attachment.name, found)
        file = StoredFile(
            name=attachment.name,
            content_type=agreed or found,
            size=len(content),
            sha256=sha256(content).hexdigest(),
            blob="",
        )
        if why := _why_not(file, defect, supported=agreed is not None, files=files):
            left_out.append(LeftOut(name=attachment.name, why=why, part=attachment.part))
        else:
            files.append(file)
            contents.append(content)
    left_out.sort(key=lambda item: item.part)
    kind = of_mail(mail.custody.mail_id, "file")
    blobs = house.blobs.put_all([(mail.custody.tenant_id, kind, content) for content in contents])
    return FilteredMail(
        parsed=mail.parsed,
        target=mail.target,
        files=tuple(file.model_copy(update={"blob": blob}) for file, blob in zip(files, blobs, strict=True)),
        left_out=tuple(left_out),
    )


def _reader(raw: bytes, limits: Limits) -> Callable[[Attachment], Payload]:
    """Gives out the decoded bytes of an attachment: cut out of the raw mail, or by parsing it (once) where the parse
    stage could not tell the place."""
    opened: OpenedMail | None = None

    def payload(attachment: Attachment) -> Payload:
        nonlocal opened
        if attachment.at >= 0:
            return decode_transfer(raw[attachment.at : attachment.at + attachment.length], attachment.transfer)
        opened = opened or open_parts(raw, limits)
        return opened.payload(attachment.part)

    return payload


def _why_not(file: StoredFile, defect: str, *, supported: bool, files: list[StoredFile]) -> str | None:
    """Why decoded content does not become a file after those in `files`; None when it does."""
    rules = (
        (not defect, defect),
        (supported, f"its content is {file.content_type}, not what {ending(file.name)!r} says"),
        (file.sha256 not in {other.sha256 for other in files}, SAME_FILE),
        (len(files) < MAX_FILES, f"an update has at most {MAX_FILES} files"),
    )
    return next((why for holds, why in rules if not holds), None)
