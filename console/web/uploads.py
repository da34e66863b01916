"""Takes the files of a form: examines them by the same rules as files in mails, and stores them if all pass."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request, UploadFile
from starlette.datastructures import UploadFile as SentFile

from cases.files import file_policy
from cases.files.cpu_budget import CpuBudget
from cases.files.examine import Examined, examine
from cases.files.malware import scanner
from cases.files.store import store
from cases.refusal import Refusal
from cases.sandbox.errors import SandboxUnavailableError
from cases.updates.posting_rules import cant_post, too_large_together, too_many
from console.guards.turns import Share
from console.services import Services, TheServices
from console.web.pages import clear
from console.web.session import TheViewer, Viewer
from schemas.files import FILE_REASONS, FilePolicy, FileReason
from schemas.records import LeftOut, StoredFile

#: How many characters of a file's name are kept.
_NAME_LENGTH = 200
_NOT_SCANNED = Refusal("Files can't be checked for malware now. Post the text alone, or try again in some minutes.")

#: Most requests whose files are examined at a time, and how many more may wait: of a person, of a tenant, in all. The
#: limits are lower than in `console.web.request_shares`, so that the same person and tenant can open pages meanwhile.
_PERSON, _TENANT, _ALL = (1, 3), (3, 5), (16, 100)


async def _turn_to_examine(request: Request, services: TheServices, viewer: TheViewer) -> AsyncIterator[None]:
    """Waits for a turn to examine files, if the form has any. Raises `console.guards.turns.BusyError`."""
    form = await request.form()
    if not any(isinstance(value, SentFile) and value.filename for _, value in form.multi_items()):
        yield
        return
    person, tenant = Share(f"user {viewer.id}", *_PERSON), Share(f"tenant {viewer.tenant_id}", *_TENANT)
    async with services.examinations.of((person, tenant, Share("all", *_ALL))):
        yield


#: A parameter for endpoints that examine files: makes the request wait for its turn, without a thread.
TurnToExamine = Annotated[None, Depends(_turn_to_examine, scope="function")]


@dataclass(frozen=True)
class Uploads:
    """The files of an update, and the files left out as duplicates."""

    files: tuple[StoredFile, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def take(services: Services, viewer: Viewer, sent: Sequence[UploadFile]) -> Uploads | Refusal:
    """Stores the files durably, before an update refers to them; or stores no file and returns why."""
    if not sent:
        return Uploads()
    with services.database.tenant(viewer.tenant_id) as connection:
        policy = file_policy.of_tenant(connection, viewer.tenant_id)
    if len(sent) > policy.most_files:
        return too_many(policy)
    budget = CpuBudget(viewer.tenant_id, str(viewer.id))
    passed: list[tuple[str, bytes, Examined]] = []
    left_out: list[LeftOut] = []
    for place, file in enumerate(sent):
        name, content = _name(file), file.file.read()
        examined = _examine(services, policy, name, content, file.content_type or "", budget)
        if examined.reason is FileReason.NOT_SCANNED:
            return _NOT_SCANNED
        if examined.reason is not None:
            return cant_post(name, examined.why)
        if examined.sha256 in {other.sha256 for _, _, other in passed}:
            left_out.append(_duplicate(name, place))
        else:
            passed.append((name, content, examined))
    if sum(len(content) for _, content, _ in passed) > policy.most_bytes_together:
        return too_large_together(policy)
    files = [store(services.database, services.blobs, viewer.tenant_id, *file) for file in passed]
    return Uploads(tuple(files), tuple(left_out))


def _examine(
    services: Services, policy: FilePolicy, name: str, content: bytes, declared: str, budget: CpuBudget
) -> Examined:
    try:
        return examine(name, content, policy, scanner(services.settings), declared, budget)
    except SandboxUnavailableError:
        raise HTTPException(503, "Files can't be looked at now. Go back and try again in some minutes.") from None


def _name(file: UploadFile) -> str:
    return clear(file.filename or "").replace("\\", "/").rpartition("/")[2].strip()[:_NAME_LENGTH] or "file"


def _duplicate(name: str, place: int) -> LeftOut:
    return LeftOut(name=name, reason=FileReason.SAME_FILE, why=FILE_REASONS[FileReason.SAME_FILE], part=place)
