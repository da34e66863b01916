"""The attachments stage."""

import time
from collections.abc import Callable, Sequence
from uuid import UUID

from cases.files import file_policy
from cases.files.cpu_budget import Effort, TooHeavyError
from cases.files.examine import Examined, examine
from cases.files.malware import scanner
from cases.files.signature_pictures import Known, Sighting, known, mail_key, note
from cases.files.store import store
from cases.sandbox.errors import SandboxUnavailableError
from schemas.files import FilePolicy, FileReason, Unscanned
from schemas.reasons import Reason
from schemas.records import Attachment, FilteredMail, HeavyMail, LeftOut, ParsedMail, StoredFile, Target, ValidatedMail
from storage.ledger import admission
from storage.resources import Resources
from workers.attachments.picture_rules import Elsewhere, find, look_at, may_be_learned, sighting
from workers.attachments.selection import Candidate, candidates, left_out, ordinal
from workers.errors import TransientError
from workers.parse.limits import Limits, of_settings
from workers.parse.mime.filenames import comparable, numbered
from workers.parse.mime.parts import OpenedMail, Payload, decode_transfer, open_parts

#: Seconds on the clock for the files of one mail in its turn: scanners take their time, too.
_SECONDS = 25


def select_all(mails: Sequence[ValidatedMail], resources: Resources) -> list[FilteredMail | HeavyMail | None]:
    """Chooses and stores the files of mails of one tenant, one after the other; its policy is read once for all.

    A mail whose files take too long goes back in line in the ledger, for the lane of heavy ones.
    """
    policy = None
    if any(mail.parsed.attachments and not mail.custody.heavy for mail in mails):
        policy = _policy(mails[0].custody.tenant_id, resources)
    return [_in_its_turn(mail, resources, policy) for mail in mails]


def _in_its_turn(
    mail: ValidatedMail, resources: Resources, policy: FilePolicy | None
) -> FilteredMail | HeavyMail | None:
    if mail.custody.heavy:
        return HeavyMail(parsed=mail.parsed, target=mail.target)
    try:
        return select(mail, resources, policy, _effort(mail, defers=True))
    except TooHeavyError:
        with resources.database.tenant(mail.custody.tenant_id) as connection:
            admission.put_with_heavy(connection, mail.custody)
        return None


def select_heavy(mail: HeavyMail, resources: Resources) -> FilteredMail:
    """As `select`, with the time that a heavy mail has."""
    return select(mail, resources, effort=_effort(mail, heavy=True))


def _effort(mail: ValidatedMail, *, defers: bool = False, heavy: bool = False) -> Effort:
    return Effort(mail.custody.tenant_id, mail.parsed.author, defers=defers, heavy=heavy)


def select(
    mail: ValidatedMail, resources: Resources, policy: FilePolicy | None = None, effort: Effort | None = None
) -> FilteredMail:
    """Chooses and stores the files of the update, by the `policy` of its tenant or else by what that is now; a mail
    without any passes untouched. Raises `TooHeavyError` where the effort defers what is heavy."""
    effort = effort or _effort(mail)
    files: list[StoredFile] = []
    out: list[LeftOut] = []
    if mail.parsed.attachments:
        taken, out = candidates(mail.parsed.attachments)
        tenant_id, author_id = mail.custody.tenant_id, mail.target.author_id
        key = mail_key(mail.parsed.message_id, mail.custody.mail_id)
        pictures: Sequence[Known] = []
        if any(may_be_learned(part, finding) for part, finding in taken):
            with resources.database.tenant(tenant_id) as connection:
                pictures = known(connection, author_id, key)
        if taken:
            effort.begin()
            files, seen = _take(mail, resources, policy or _policy(tenant_id, resources), pictures, taken, out, effort)
            if seen:
                with resources.database.tenant(tenant_id) as connection:
                    note(connection, tenant_id, author_id, key, seen)
    out.sort(key=lambda item: item.part)
    return FilteredMail(parsed=mail.parsed, target=mail.target, files=tuple(files), left_out=tuple(out))


def look_into(parsed: ParsedMail, resources: Resources) -> tuple[list[StoredFile], list[LeftOut]]:
    """The files that a mail would have, and what would be left out, if it posted; stores them as `select` does.

    Raises `TransientError` when they can't be looked into now, and `TooHeavyError` when that takes longer than somebody
    waits for a page.
    """
    nobody = Target(case_id=UUID(int=0), author_id=UUID(int=0), answers=None)
    taken, out = candidates(parsed.attachments)
    mail = ValidatedMail(parsed=parsed, target=nobody)
    files: list[StoredFile] = []
    if taken:
        effort = _effort(mail, defers=True)
        effort.begin()
        files, _ = _take(mail, resources, _policy(parsed.custody.tenant_id, resources), [], taken, out, effort)
    return files, sorted(out, key=lambda item: item.part)


def _policy(tenant_id: UUID, resources: Resources) -> FilePolicy:
    with resources.database.tenant(tenant_id) as connection:
        return file_policy.of_tenant(connection, tenant_id)


def _take(
    mail: ValidatedMail,
    resources: Resources,
    policy: FilePolicy,
    pictures: Sequence[Known],
    taken: list[Candidate],
    out: list[LeftOut],
    effort: Effort,
) -> tuple[list[StoredFile], list[Sighting]]:
    """Looks at the candidates one by one, so that one alone is in memory, and stores those that are let in; adds the
    others to `out`. Returns the files, and the pictures that are to be noted."""
    payload = reader(resources.blobs.get(mail.custody.raw), of_settings(resources.settings))
    elsewhere = Elsewhere(mail.parsed.attachments, lambda part: payload(part).data)
    files: list[StoredFile] = []
    seen: list[Sighting] = []
    names: set[str] = set()
    until = time.monotonic() + _SECONDS
    for part, finding in taken:
        if not effort.heavy and time.monotonic() > until:
            effort.begin_heavy()
        content, defect = payload(part)
        examined = _examine(part, content, policy, resources, effort)
        look = look_at(part, finding, examined, elsewhere.same_size(part), pictures)
        hides = find(look) if look else None
        if look and may_be_learned(part, finding):
            seen.append(sighting(look, hidden=bool(hides and hides.reason is FileReason.SIGNATURE_PICTURE)))
        if hides and hides.reason:
            out.append(left_out(part, hides.reason, hides.evidence))
        elif found := _why_not(examined, len(content), defect, files, policy, out):
            out.append(left_out(part, *_for_picture(*found) if finding.inline else found))
        else:
            name = numbered(part.name, names)
            names.add(comparable(name))
            files.append(store(resources.database, resources.blobs, mail.custody.tenant_id, name, content, examined))
    return files, seen


def _for_picture(reason: FileReason, why: str) -> tuple[FileReason, str]:
    """Of what the words show nothing is lost where the same bytes are a file already."""
    if reason is FileReason.SAME_FILE:
        return FileReason.INLINE, "the same picture is there as a file"
    return reason, why


def _examine(
    attachment: Attachment, content: bytes, policy: FilePolicy, resources: Resources, effort: Effort
) -> Examined:
    """Looks at a file; raises `TransientError` where that can't be done now and the mail is to wait for it."""
    try:
        examined = examine(
            attachment.name, content, policy, scanner(resources.settings), attachment.declared_type, effort
        )
    except SandboxUnavailableError as failure:
        raise TransientError(f"looking into a file: {failure}") from failure
    if examined.reason is FileReason.NOT_SCANNED and policy.unscanned is Unscanned.MAIL_WAITS:
        raise TransientError("clamd does not answer, and the mail waits for it", reason=Reason.FILES_NOT_SCANNED)
    return examined


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
    examined: Examined,
    size: int,
    defect: str,
    files: list[StoredFile],
    policy: FilePolicy,
    out: list[LeftOut],
) -> tuple[FileReason, str] | None:
    """Why decoded content does not become a file after those in `files`, and those in `out` that were left out; None
    when it does."""
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
