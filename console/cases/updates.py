"""Posts updates by form, with the same call as for mail; validates, returns or rejects updates that wait."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, HTTPException, Request, UploadFile
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.exc import IntegrityError

from cases.refusal import Refusal
from cases.updates import validation
from cases.updates.posting import NewUpdate, Outcome, Posted, post_update
from cases.updates.sent_files import TakenFiles
from console.cases import case_values, queries
from console.cases.case_values import Draft
from console.services import Services, TheServices
from console.web import uploads
from console.web.forms import form_text
from console.web.messages import Kind, say
from console.web.pages import page
from console.web.session import TheViewer, Viewer
from schemas.tables import Decision, Via, now

router = APIRouter()


@router.get("/cases/{case_id}/updates")
def back_to_case(case_id: UUID) -> Response:
    """Redirects to the case after a reload of a refused form, or a log-in in the middle of one."""
    return RedirectResponse(f"/cases/{case_id}", 303)


@router.post("/cases/{case_id}/updates")
def post(
    request: Request,
    services: TheServices,
    viewer: TheViewer,
    _: uploads.TurnToExamine,
    case_id: UUID,
    update_id: Annotated[UUID, Form()],
    words: Annotated[str, Form(alias="text")] = "",
    recipients: Annotated[tuple[UUID, ...], Form()] = (),
    access_group: Annotated[UUID | None, Form()] = None,
    files: Annotated[tuple[UploadFile, ...], File()] = (),
) -> Response:
    """Posts the update, only once even if the form is sent several times; shows a refused form again with its text."""
    with services.database.tenant(viewer.tenant_id) as connection:
        queries.case(connection, viewer, case_id)
    draft = Draft(update_id, form_text(words), frozenset(recipients), access_group=access_group)
    sent = [file for file in files if file.filename]
    taken = uploads.take(services, viewer, sent)
    outcome = taken if isinstance(taken, Refusal) else _post(services, viewer, case_id, draft, taken)
    if isinstance(outcome, Posted):
        if outcome.waits:
            say(
                request,
                Kind.QUEUED,
                "The update awaits approval. Until then only you and the people who approve see it.",
            )
        else:
            say(request, Kind.DONE, "The update is posted.")
        return RedirectResponse(f"/cases/{case_id}#u-{update_id}", 303)
    problem = outcome.words
    if sent:
        problem += " The files are not kept here: choose them again."
    refused = replace(draft, problem=problem)
    return page(request, "case.html", 422, **case_values.load(services, viewer, case_id, refused))


@router.post("/cases/{case_id}/updates/{update_id}/validate")
def validate(request: Request, services: TheServices, viewer: TheViewer, case_id: UUID, update_id: UUID) -> Response:
    """Validates a waiting update: its access group then sees it, and its notices are sent."""
    if not viewer.validates:
        raise HTTPException(403, "Your role does not approve updates.")
    with services.database.tenant(viewer.tenant_id) as connection:
        queries.case(connection, viewer, case_id)
        validated = validation.validate(connection, case_id, update_id, by=viewer.id, role=viewer.role)
    if validated:
        say(request, Kind.DONE, "The update is approved.")
    else:
        say(request, Kind.NOTE, "That update does not wait any more.")
    return RedirectResponse(f"/cases/{case_id}#u-{update_id}", 303)


@router.post("/cases/{case_id}/updates/{update_id}/decision")
def decide(
    request: Request,
    services: TheServices,
    viewer: TheViewer,
    case_id: UUID,
    update_id: UUID,
    decision: Annotated[Decision, Form()],
    note: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """Returns a waiting update to its author, or rejects it, and mails them the note."""
    if not viewer.validates:
        raise HTTPException(403, "Your role does not approve updates.")
    with services.database.tenant(viewer.tenant_id) as connection:
        queries.case(connection, viewer, case_id)
        refusal = validation.decide(
            connection,
            case_id,
            update_id,
            decision,
            form_text(note),
            by=viewer.id,
            role=viewer.role,
            console_url=services.settings.console.url,
        )
    if refusal:
        say(request, Kind.PROBLEM, f"Not done. {refusal}")
    else:
        say(request, Kind.DONE, f"The update is {decision}. Its author is mailed your note.")
    return RedirectResponse(f"/cases/{case_id}#u-{update_id}", 303)


def _post(services: Services, viewer: Viewer, case_id: UUID, draft: Draft, taken: TakenFiles) -> Outcome:
    at = now()
    new = NewUpdate(
        tenant_id=viewer.tenant_id,
        case_id=case_id,
        author_id=viewer.id,
        text=draft.text,
        via=Via.FORM,
        written_at=at,
        posted_at=at,
        recipients=tuple(draft.chosen or ()),
        files=taken.files,
        left_out=taken.left_out,
        access_group=draft.access_group,
        update_id=draft.update_id,
    )
    try:
        with services.database.tenant(viewer.tenant_id) as connection:
            return post_update(connection, new)
    except IntegrityError:
        if _is_there(services, viewer, case_id, draft.update_id):
            return Posted(draft.update_id, ())
        raise HTTPException(409, "This form was used before. Open the case again and post from there.") from None


def _is_there(services: Services, viewer: Viewer, case_id: UUID, update_id: UUID) -> bool:
    """Returns whether this update was posted when the same form was sent before."""
    with services.database.tenant(viewer.tenant_id) as connection:
        return queries.is_own_update(connection, viewer, case_id, update_id)
