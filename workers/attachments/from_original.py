"""Adds late files to an update: files that were left out, taken from the stored original and checked again."""

from uuid import UUID

from cases.files import file_policy
from cases.files.cpu_budget import CpuBudget
from cases.files.examine import examine
from cases.files.malware import scanner
from cases.files.store import store
from cases.refusal import Refusal
from cases.sandbox.errors import SandboxUnavailableError
from cases.updates import left_out_files
from cases.updates.left_out_files import Source
from cases.updates.posting import FilesGone
from schemas.files import FILE_REASONS, FileReason
from schemas.records import Attachment, FilesOrder, ParsedMail
from storage.blobs.store import BlobMissingError
from storage.resources import Resources
from workers.attachments.stage import part_reader
from workers.parse.limits import of_settings
from workers.parse.mime.filenames import comparable, numbered
from workers.parse.mime.transfer import Payload
from workers.parse.sandboxed import read_mail_sandboxed

_GONE = "The original of this mail is no longer there: the file can't be fetched."
_NOT_READ = "The original of this mail can't be read by the rules of today."
_NOT_NOW = "Files can't be checked now. Try again in some minutes."
_NO_SUCH_PART = "The original of this mail has no such file."


def add_scanned(order: FilesOrder, resources: Resources) -> None:
    """Adds files that were left out unscanned to the update if they pass now, and notes why other files fail.

    Files that still can't be scanned go on waiting.
    """
    with resources.database.tenant(order.tenant_id) as connection:
        source = left_out_files.find(connection, order.update_id)
        if isinstance(source, Refusal):
            left_out_files.note(connection, order.update_id, source)
            return
    for item in source.left_out:
        if item.reason is FileReason.NOT_SCANNED:
            refusal = add(order.tenant_id, order.update_id, item.part, None, resources)
            if refusal and refusal.file_reason is not FileReason.NOT_SCANNED:
                with resources.database.tenant(order.tenant_id) as connection:
                    left_out_files.note(connection, order.update_id, refusal, item.part)


def add(tenant_id: UUID, update_id: UUID, part: int, by: UUID | None, resources: Resources) -> Refusal | None:
    """Adds the file with this part number from the stored original of an update's mail. Returns why not, or None.

    The tenant's current policy applies; if a person (`by`) asks, except its limit on the number of files.
    """
    with resources.database.tenant(tenant_id) as connection:
        source = left_out_files.find(connection, update_id)
    if isinstance(source, Refusal):
        return source
    for _ in range(2):
        outcome = _add(tenant_id, update_id, part, source, by, resources)
        if not isinstance(outcome, FilesGone):
            return outcome
    return Refusal(FilesGone().words)


def _add(
    tenant_id: UUID, update_id: UUID, part: int, source: Source, by: UUID | None, resources: Resources
) -> Refusal | FilesGone | None:
    item = source.item(part)
    if item is None:
        return None  # another request has added it meanwhile
    opened = _open(source, part, resources)
    if isinstance(opened, Refusal):
        return opened
    attachment, (content, defect) = opened
    defect = defect or attachment.defect
    if defect:
        return Refusal(f"{FILE_REASONS[FileReason.BROKEN]}: {defect}", file_reason=FileReason.BROKEN)
    with resources.database.tenant(tenant_id) as connection:
        policy = file_policy.of_tenant(connection, tenant_id)
    try:
        budget = CpuBudget(tenant_id, str(by or ""))
        examined = examine(item.name, content, policy, scanner(resources.settings), attachment.declared_type, budget)
    except SandboxUnavailableError:
        return Refusal(_NOT_NOW, file_reason=FileReason.NOT_SCANNED)
    if examined.reason is not None:
        return Refusal(examined.why or FILE_REASONS[examined.reason], file_reason=examined.reason)
    name = numbered(item.name, {comparable(name) for name in source.names})
    file = store(resources.database, resources.blobs, tenant_id, name, content, examined)
    with resources.database.tenant(tenant_id) as connection:
        return left_out_files.add(connection, update_id, part, file, policy, by=by)


def _open(source: Source, part: int, resources: Resources) -> tuple[Attachment, Payload] | Refusal:
    """Returns the part and its decoded bytes, or why they are not available."""
    limits = of_settings(resources.settings)
    try:
        raw = resources.blobs.get(source.custody.raw)
    except BlobMissingError:
        return Refusal(_GONE)
    parsed = read_mail_sandboxed(raw, source.custody, limits)
    if not isinstance(parsed, ParsedMail):
        return Refusal(_NOT_READ)
    attachment: Attachment | None = next((file for file in parsed.attachments if file.part == part), None)
    return (attachment, part_reader(raw, limits)(attachment)) if attachment else Refusal(_NO_SUCH_PART)
