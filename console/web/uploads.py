"""Takes the files of a form, by turns."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from fastapi import Depends, HTTPException, Request, UploadFile
from starlette.datastructures import UploadFile as SentUpload

from cases.refusal import Refusal
from cases.sandbox.errors import SandboxUnavailableError
from cases.updates import sent_files
from cases.updates.sent_files import SentFile, TakenFiles
from console.guards.turns import Share
from console.services import Services, TheServices
from console.web.pages import clear
from console.web.session import TheViewer, Viewer

#: Most requests whose files are examined at a time, and how many more may wait: of a person, of a tenant, in all. The
#: limits are lower than in `console.web.request_shares`, so that the same person and tenant can open pages meanwhile.
_PERSON, _TENANT, _ALL = (1, 3), (3, 5), (16, 100)


async def _turn_to_examine(request: Request, services: TheServices, viewer: TheViewer) -> AsyncIterator[None]:
    """Waits for a turn to examine files, if the form has any. Raises `console.guards.turns.BusyError`."""
    form = await request.form()
    if not any(isinstance(value, SentUpload) and value.filename for _, value in form.multi_items()):
        yield
        return
    person, tenant = Share(f"user {viewer.id}", *_PERSON), Share(f"tenant {viewer.tenant_id}", *_TENANT)
    async with services.examinations.of((person, tenant, Share("all", *_ALL))):
        yield


#: A parameter for endpoints that examine files: makes the request wait for its turn, without a thread.
TurnToExamine = Annotated[None, Depends(_turn_to_examine, scope="function")]


def take(services: Services, viewer: Viewer, sent: Sequence[UploadFile]) -> TakenFiles | Refusal:
    """Stores the files durably, before an update refers to them; or stores no file and returns why."""
    files = (SentFile(clear(file.filename or ""), file.file.read(), file.content_type or "") for file in sent)
    try:
        return sent_files.take(services.resources, viewer.tenant_id, viewer.id, len(sent), files)
    except SandboxUnavailableError:
        raise HTTPException(503, "Files can't be looked at now. Go back and try again in some minutes.") from None
