"""The attachments stage: decodes, examines and stores the files of a mail."""

import time
from collections.abc import Callable, Sequence
from uuid import UUID

from cases.files import file_policy
from cases.files.cpu_budget import CpuBudget, TooHeavyError
from cases.files.examine import Examined, examine
from cases.files.malware import scanner
from cases.files.signature_pictures import KnownPicture, Sighting, known, mail_key, note
from cases.files.store import store
from cases.sandbox.errors import SandboxUnavailableError
from schemas.files import FilePolicy, FileReason, Unscanned
from schemas.reasons import Reason
from schemas.records import Attachment, FilteredMail, HeavyMail, LeftOut, ParsedMail, StoredFile, Target, ValidatedMail
from storage.ledger import admission
from storage.resources import Resources
from workers import mail_log
from workers.attachments.picture_rules import QuotedPictures, decoded_picture, first_match, may_be_learned, sighting
from workers.attachments.selection import FileCandidate, candidates, left_out, ordinal
from workers.errors import TransientError
from workers.parse.limits import Limits, of_settings
from workers.parse.mime.filenames import comparable, numbered
from workers.parse.mime.structure import OpenedMail, open_parts
from workers.parse.mime.transfer import Payload, decode_transfer

#: Seconds of elapsed time, which includes scanners, after which the files of a mail count as heavy.
_SECONDS = 25


def select_all(mails: Sequence[ValidatedMail], resources: Resources) -> list[FilteredMail | HeavyMail | None]:
    """Chooses and stores the files of mails of one tenant, whose policy is read once; returns the records in order.

    If the files of a mail take too long, it returns to the ledger, to wait with the heavy mails; its result is None. A
    mail that has waited there becomes a `HeavyMail`.
    """
    policy = None
    if any(mail.parsed.attachments and not mail.custody.heavy for mail in mails):
        policy = _policy(mails[0].custody.tenant_id, resources)
    return [_select_or_defer(mail, resources, policy) for mail in mails]


def _select_or_defer(
    mail: ValidatedMail, resources: Resources, policy: FilePolicy | None
) -> FilteredMail | HeavyMail | None:
    begun = time.perf_counter()
    if mail.custody.heavy:
        return HeavyMail(parsed=mail.parsed, target=mail.target)
    try:
        return select(mail, resources, policy, _budget(mail, defers=True))
    except TooHeavyError:
        with resources.database.tenant(mail.custody.tenant_id) as connection:
            admission.put_with_heavy(connection, mail.custody)
        mail_log.waits("attachments", mail.custody, "waits as a heavy mail", (time.perf_counter() - begun) * 1000)
        return None


def select_heavy(mail: HeavyMail, resources: Resources) -> FilteredMail:
    """Chooses and stores the files of a heavy mail, as `select` does, with more time."""
    return select(mail, resources, budget=_budget(mail, heavy=True))


def _budget(mail: ValidatedMail, *, defers: bool = False, heavy: bool = False) -> CpuBudget:
    return CpuBudget(mail.custody.tenant_id, mail.parsed.author, defers=defers, heavy=heavy)


def select(
    mail: ValidatedMail, resources: Resources, policy: FilePolicy | None = None, budget: CpuBudget | None = None
) -> FilteredMail:
    """Chooses and stores the files of one mail by the tenant's `policy`, which is read if not given.

    Raises `TooHeavyError` for heavy files if the `budget` defers them, and `TransientError` if files can't be examined
    now.
    """
    budget = budget or _budget(mail)
    files: list[StoredFile] = []
    out: list[LeftOut] = []
    if mail.parsed.attachments:
        taken, out = candidates(mail.parsed.attachments)
        tenant_id, author_id = mail.custody.tenant_id, mail.target.author_id
        key = mail_key(mail.parsed.message_id, mail.custody.mail_id)
        pictures: Sequence[KnownPicture] = []
        if any(may_be_learned(part, match) for part, match in taken):
            with resources.database.tenant(tenant_id) as connection:
                pictures = known(connection, author_id, key)
        if taken:
            budget.begin()
            files, seen = _take(mail, resources, policy or _policy(tenant_id, resources), pictures, taken, out, budget)
            if seen:
                with resources.database.tenant(tenant_id) as connection:
                    note(connection, tenant_id, author_id, key, seen)
    out.sort(key=lambda item: item.part)
    return FilteredMail(parsed=mail.parsed, target=mail.target, files=tuple(files), left_out=tuple(out))


def preview_files(parsed: ParsedMail, resources: Resources) -> tuple[list[StoredFile], list[LeftOut]]:
    """Returns the files that a mail would have if it posted, and the parts left out. Stores the files as `select` does.

    Raises `TransientError` if files can't be examined now, and `TooHeavyError` if examining them takes longer than a
    person waits for a page.
    """
    nobody = Target(case_id=UUID(int=0), author_id=UUID(int=0), answers=None)
    taken, out = candidates(parsed.attachments)
    mail = ValidatedMail(parsed=parsed, target=nobody)
    files: list[StoredFile] = []
    if taken:
        budget = _budget(mail, defers=True)
        budget.begin()
        files, _ = _take(mail, resources, _policy(parsed.custody.tenant_id, resources), [], taken, out, budget)
    return files, sorted(out, key=lambda item: item.part)


def _policy(tenant_id: UUID, resources: Resources) -> FilePolicy:
    with resources.database.tenant(tenant_id) as connection:
        return file_policy.of_tenant(connection, tenant_id)


def _take(
    mail: ValidatedMail,
    resources: Resources,
    policy: FilePolicy,
    pictures: Sequence[KnownPicture],
    taken: list[FileCandidate],
    out: list[LeftOut],
    budget: CpuBudget,
) -> tuple[list[StoredFile], list[Sighting]]:
    """Examines the candidates one by one, to keep only one file in memory. Stores those that pass, and adds the rest to
    `out`. Returns the stored files, and the pictures to note."""
    payload = part_reader(resources.blobs.get(mail.custody.raw), of_settings(resources.settings))
    quoted = QuotedPictures(mail.parsed.attachments, lambda part: payload(part).data)
    files: list[StoredFile] = []
    seen: list[Sighting] = []
    names: set[str] = set()
    until = time.monotonic() + _SECONDS
    for part, match in taken:
        if not budget.heavy and time.monotonic() > until:
            budget.begin_heavy()
        content, defect = payload(part)
        examined = _examine(part, content, policy, resources, budget)
        picture = decoded_picture(part, match, examined, quoted.same_size(part), pictures)
        hides = first_match(picture) if picture else None
        if picture and may_be_learned(part, match):
            seen.append(sighting(picture, hidden=bool(hides and hides.reason is FileReason.SIGNATURE_PICTURE)))
        if hides and hides.reason:
            out.append(left_out(part, hides.reason, hides.evidence))
        elif found := _why_not(examined, len(content), defect, files, policy, out):
            out.append(left_out(part, *_for_picture(*found) if match.inline else found))
        else:
            name = numbered(part.name, names)
            names.add(comparable(name))
            files.append(store(resources.database, resources.blobs, mail.custody.tenant_id, name, content, examined))
    return files, seen


def _for_picture(reason: FileReason, why: str) -> tuple[FileReason, str]:
    """Returns the reason for a picture in the words: if the same bytes are already a file, that it is just inline."""
    if reason is FileReason.SAME_FILE:
        return FileReason.INLINE, "the same picture is there as a file"
    return reason, why


def _examine(
    attachment: Attachment, content: bytes, policy: FilePolicy, resources: Resources, budget: CpuBudget
) -> Examined:
    """Examines a file. Raises `TransientError` if that is not possible now and the mail must wait."""
    try:
        examined = examine(
            attachment.name, content, policy, scanner(resources.settings), attachment.declared_type, budget
        )
    except SandboxUnavailableError as failure:
        raise TransientError(f"examining a file: {failure}") from failure
    if examined.reason is FileReason.NOT_SCANNED and policy.unscanned is Unscanned.MAIL_WAITS:
        raise TransientError("clamd does not answer, and the mail waits for it", reason=Reason.FILES_NOT_SCANNED)
    return examined


def part_reader(raw: bytes, limits: Limits) -> Callable[[Attachment], Payload]:
    """Returns a function that decodes an attachment: cut out of the raw mail, or from the mail parsed again if its
    offset is unknown."""
    opened: OpenedMail | None = None

    def payload(attachment: Attachment) -> Payload:
        nonlocal opened
        if attachment.at >= 0:
            return decode_transfer(raw[attachment.at : attachment.at + attachment.length], attachment.transfer)
        opened = opened or open_parts(raw, limits)
        return opened.payload(attachment.part)

    return payload


def _why_not(
    examined: Examined,
    size: int,
    defect: str,
    files: list[StoredFile],
    policy: FilePolicy,
    out: list[LeftOut],
) -> tuple[FileReason, str] | None:
    """Returns why decoded content does not become a file, given the `files` before it and the parts left `out`; None if
    it becomes a file."""
    number = policy.most_files + 1 + sum(item.reason is FileReason.TOO_MANY for item in out)
    too_many = f"it is the {ordinal(number)}; an update has at most {policy.most_files} files"
    together = size + sum(file.size for file in files)
    rules = (
        (not defect, FileReason.BROKEN, defect),
        (size > 0, FileReason.EMPTY, ""),
        (examined.reason is None, examined.reason or FileReason.CONTENT, examined.why),
        (examined.sha256 not in {other.sha256 for other in files}, FileReason.SAME_FILE, ""),
        (len(files) < policy.most_files, FileReason.TOO_MANY, too_many),
        (together <= policy.most_bytes_together, FileReason.TOO_LARGE_TOGETHER, ""),
    )
    return next(((reason, why) for holds, reason, why in rules if not holds), None)
