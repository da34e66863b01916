"""The case list and the page of a case, where the case manager, members and address are set."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from cases.addresses import case_address
from cases.outgoing import templates
from cases.people import assignment, members
from console.cases import case_values, queries
from console.cases.case_values import Draft
from console.services import TheServices
from console.web import paging
from console.web.forms import form_text
from console.web.messages import Kind, say
from console.web.pages import page
from console.web.session import Admin, InboundReader, TheViewer

router = APIRouter()


@router.get("/")
def home() -> Response:
    """Redirects to the first page, the case list."""
    return RedirectResponse("/cases", 303)


@router.get("/cases")
def show_list(
    request: Request,
    services: TheServices,
    viewer: TheViewer,
    q: str = "",
    before: str = "",
    show: Literal["", "open", "mine", "closed", "archived"] = "",
) -> Response:
    """Shows the viewer's cases of one list, the last updated first, whose number or title contains `q`."""
    with services.database.tenant(viewer.tenant_id) as connection:
        rows = queries.cases(connection, viewer, q, before, show)
    found, more = paging.cut(rows, "moved_at")
    return page(request, "cases.html", cases=found, more=more, q=q, before=before, show=show)


@router.get("/cases/{case_id}")
def show(
    request: Request,
    services: TheServices,
    viewer: TheViewer,
    case_id: UUID,
    before: str = "",
) -> Response:
    """Shows the case, its address, its updates, and the form for a new update."""
    return page(request, "case.html", **case_values.load(services, viewer, case_id, Draft(), before))


@router.post("/cases/{case_id}/preset")
def use_preset(
    request: Request,
    services: TheServices,
    viewer: TheViewer,
    case_id: UUID,
    update_id: Annotated[UUID, Form()],
    preset: Annotated[UUID, Form()],
    words: Annotated[str, Form(alias="text")] = "",
    recipients: Annotated[tuple[UUID, ...], Form()] = (),
    access_group: Annotated[UUID | None, Form()] = None,
) -> Response:
    """Shows the update form as it was sent, with the text of a preset below the typed text; for staff only."""
    if not viewer.works_here:
        raise HTTPException(404, "There is no such preset.")
    with services.database.tenant(viewer.tenant_id) as connection:
        queries.case(connection, viewer, case_id)
        keys = services.settings.secrets.address_keys
        added = templates.preset(connection, keys, preset, case_id, viewer.name)
    before = form_text(words)
    both = f"{before.rstrip()}\n\n{added}" if before.strip() else added
    draft = Draft(update_id, both, frozenset(recipients), access_group=access_group)
    return page(request, "case.html", **case_values.load(services, viewer, case_id, draft))


@router.post("/cases/{case_id}/manager")
def set_manager(
    request: Request, services: TheServices, viewer: InboundReader, case_id: UUID, manager: Annotated[UUID, Form()]
) -> Response:
    """Makes a user the case manager, and mails them a notice."""
    with services.database.tenant(viewer.tenant_id) as connection:
        queries.case(connection, viewer, case_id)
        keys = services.settings.secrets.address_keys
        refusal = assignment.make_manager(connection, keys, case_id, manager, by=viewer.id)
    if refusal:
        raise HTTPException(422, refusal.words)
    say(request, Kind.DONE, "The case manager is set.")
    return RedirectResponse(f"/cases/{case_id}", 303)


@router.post("/cases/{case_id}/members")
def add_member(
    request: Request,
    services: TheServices,
    viewer: InboundReader,
    case_id: UUID,
    email: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Makes the client with this address a member of the case, and mails them a notice."""
    with services.database.tenant(viewer.tenant_id) as connection:
        queries.case(connection, viewer, case_id)
        refusal = members.add(
            connection, services.settings.secrets.address_keys, case_id, form_text(email), by=viewer.id
        )
    if refusal:
        values = case_values.load(services, viewer, case_id, Draft(), member_problem=refusal.words)
        return page(request, "case.html", 422, **values)
    say(request, Kind.DONE, "The client is a member of the case.")
    return RedirectResponse(f"/cases/{case_id}", 303)


@router.post("/cases/{case_id}/members/{user_id}/remove")
def remove_member(
    request: Request, services: TheServices, viewer: InboundReader, case_id: UUID, user_id: UUID
) -> Response:
    """Removes a member from the case: they no longer see it, and their mail no longer posts on it."""
    with services.database.tenant(viewer.tenant_id) as connection:
        queries.case(connection, viewer, case_id)
        members.remove(connection, case_id, user_id, by=viewer.id)
    say(request, Kind.DONE, "That client is no member of the case any more.")
    return RedirectResponse(f"/cases/{case_id}", 303)


@router.get("/cases/{case_id}/preset")
@router.get("/cases/{case_id}/members")
def back_to_case(case_id: UUID) -> Response:
    """Redirects to the case after a reload of a refused form, or a log-in in the middle of one."""
    return RedirectResponse(f"/cases/{case_id}", 303)


@router.post("/cases/{case_id}/address")
def rotate_address(request: Request, services: TheServices, viewer: Admin, case_id: UUID) -> Response:
    """Gives the case a new address. The old address works for the days of grace, and mails to it are counted."""
    with services.database.tenant(viewer.tenant_id) as connection:
        queries.case(connection, viewer, case_id)
        case_address.rotate(connection, services.settings.secrets.address_keys, case_id, by=viewer.id)
    say(request, Kind.DONE, "The case has a new email address.")
    return RedirectResponse(f"/cases/{case_id}", 303)
