"""Takes the files of a form or of the API: examines them by the same rules as files in mails, and stores them if all
pass."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from cases.files import file_policy
from cases.files.cpu_budget import CpuBudget
from cases.files.examine import Examined, examine
from cases.files.malware import scanner
from cases.files.store import store
from cases.refusal import Refusal
from cases.updates.posting_rules import cant_post, too_large_together, too_many
from schemas.files import FILE_REASONS, FileReason
from schemas.records import LeftOut, StoredFile
from storage.resources import Resources

#: How many characters of a file's name are kept.
_NAME_LENGTH = 200
_NOT_SCANNED = Refusal("Files can't be checked for malware now. Post the text alone, or try again in some minutes.")


@dataclass(frozen=True)
class SentFile:
    """A file as it was sent: its name, perhaps with a path, its content, and the content type that the sender gave."""

    name: str
    content: bytes
    declared: str = ""


@dataclass(frozen=True)
class TakenFiles:
    """The files of an update, and the files left out as duplicates."""

    files: tuple[StoredFile, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def take(
    resources: Resources, tenant_id: UUID, person_id: UUID, count: int, sent: Iterable[SentFile]
) -> TakenFiles | Refusal:
    """Stores `count` files durably, before an update refers to them; or stores no file and returns why.

    Raises `SandboxUnavailableError` when files can't be looked into now.
    """
    if not count:
        return TakenFiles()
    with resources.database.tenant(tenant_id) as connection:
        policy = file_policy.of_tenant(connection, tenant_id)
    if count > policy.most_files:
        return too_many(policy)
    budget = CpuBudget(tenant_id, str(person_id))
    passed: list[tuple[str, bytes, Examined]] = []
    left_out: list[LeftOut] = []
    for place, file in enumerate(sent):
        name = file.name.replace("\\", "/").rpartition("/")[2].strip()[:_NAME_LENGTH] or "file"
        examined = examine(name, file.content, policy, scanner(resources.settings), file.declared, budget)
        if examined.reason is FileReason.NOT_SCANNED:
            return _NOT_SCANNED
        if examined.reason is not None:
            return cant_post(name, examined.why)
        if examined.sha256 in {other.sha256 for _, _, other in passed}:
            left_out.append(_duplicate(name, place))
        else:
            passed.append((name, file.content, examined))
    if sum(len(content) for _, content, _ in passed) > policy.most_bytes_together:
        return too_large_together(policy)
    files = [store(resources.database, resources.blobs, tenant_id, *file) for file in passed]
    return TakenFiles(tuple(files), tuple(left_out))


def _duplicate(name: str, place: int) -> LeftOut:
    return LeftOut(name=name, reason=FileReason.SAME_FILE, why=FILE_REASONS[FileReason.SAME_FILE], part=place)
