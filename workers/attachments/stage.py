"""The attachments stage."""

from collections.abc import Callable

from cases import file_policy
from cases.file_content import Examined, examine
from cases.file_storing import store
from schemas.files import FilePolicy, FileReason
from schemas.records import Attachment, FilteredMail, LeftOut, StoredFile, ValidatedMail
from workers.attachments.choice import candidates, left_out
from workers.house import House
from workers.parse.limits import Limits, of_settings
from workers.parse.parts import OpenedMail, Payload, decode_transfer, open_parts


def select(mail: ValidatedMail, house: House) -> FilteredMail:
    """Chooses and stores the files of the update; a mail without any passes untouched."""
    files: list[StoredFile] = []
    out: list[LeftOut] = []
    if mail.parsed.attachments:
        with house.database.tenant(mail.custody.tenant_id) as connection:
            policy = file_policy.of_tenant(connection, mail.custody.tenant_id)
        taken, out = candidates(mail.parsed.attachments)
        if taken:
            files = _take(mail, house, policy, taken, out)
    out.sort(key=lambda item: item.part)
    return FilteredMail(parsed=mail.parsed, target=mail.target, files=tuple(files), left_out=tuple(out))


def _take(
    mail: ValidatedMail, house: House, policy: FilePolicy, taken: list[Attachment], out: list[LeftOut]
) -> list[StoredFile]:
    """Looks at the candidates one by one, so that one alone is in memory, and stores those that are let in; adds the
    others to `out`."""
    payload = reader(house.blobs.get(mail.custody.raw), of_settings(house.settings))
    files: list[StoredFile] = []
    for attachment in taken:
        content, defect = payload(attachment)
        examined = examine(attachment.name, content, policy)
        if found := _why_not(examined, len(content), defect, files, policy):
            out.append(left_out(attachment, *found))
        else:
            files.append(_store(mail, house, attachment, examined, content))
    return files


def _store(mail: ValidatedMail, house: House, attachment: Attachment, examined: Examined, content: bytes) -> StoredFile:
    return store(house.database, house.blobs, mail.custody.tenant_id, attachment.name, content, examined)


def reader(raw: bytes, limits: Limits) -> Callable[[Attachment], Payload]:
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


def _why_not(
    examined: Examined, size: int, defect: str, files: list[StoredFile], policy: FilePolicy
) -> tuple[FileReason, str] | None:
    """Why decoded content does not become a file after those in `files`; None when it does."""
    together = size + sum(file.size for file in files)
    rules = (
        (not defect, FileReason.BROKEN, defect),
        (examined.reason is None, examined.reason or FileReason.CONTENT, examined.why),
        (examined.sha256 not in {other.sha256 for other in files}, FileReason.SAME_FILE, ""),
        (len(files) < policy.most_files, FileReason.TOO_MANY, f"an update has at most {policy.most_files} files"),
        (together <= policy.most_bytes_together, FileReason.TOO_LARGE_TOGETHER, ""),
    )
    return next(((reason, why) for holds, reason, why in rules if not holds), None)
