"""The case list and the case overview."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import text

from cases.addresses import case_address
from cases.outgoing import templates
from cases.people import assignment, members
from console.cases import case_page
from console.services import TheServices
from console.web import paging
from console.web.forms import like, typed
from console.web.messages import Kind, say
from console.web.pages import page
from console.web.session import MAY_SEE, Admin, InboundReader, TheViewer

router = APIRouter()

_LIST = text(f"""
with seen as (
    select c.id, c.number, c.title, c.open, m.name as manager,
        c.last_update_at as moved_at,
        :validates and exists (
            select 1 from updates u where u.case_id = c.id and not u.validated and u.decision = '') as waits
    from cases c join users m on m.id = c.manager_id
    where {MAY_SEE} and (c.number ilike :like or c.title ilike :like))
select * from seen
where (moved_at, id) < (:at, :id)
order by moved_at desc, id desc limit :most
""")  # noqa: S608  # only a constant of ours is put in


@router.get("/")
def home() -> Response:
    """The case list is the first page."""
    return RedirectResponse("/cases", 303)


@router.get("/cases")
def show_list(request: Request, services: TheServices, viewer: TheViewer, q: str = "", before: str = "") -> Response:
    """The viewer's cases, the last one moved first; `q` is looked for in number and title."""
    with services.database.tenant(viewer.tenant_id) as connection:
        rows = connection.execute(_LIST, {"like": like(q), **viewer.sees, **paging.start(before)}).all()
    found, more = paging.cut(rows, "moved_at")
    return page(request, "cases.html", cases=found, more=more, q=q, before=before)


@router.get("/cases/{case_id}")
def show(
    request: Request,
    services: TheServices,
    viewer: TheViewer,
    case_id: UUID,
    before: str = "",
) -> Response:
    """The case overview: the case, its address, its updates, and the form for a new one."""
    return page(request, "case.html", **case_page.load(services, viewer, case_id, case_page.Draft(), before))


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
    """The update form as it was filled in, with the text of a preset below what was typed; only for who works here."""
    if not viewer.works_here:
        raise HTTPException(404, "There is no such preset.")
    with services.database.tenant(viewer.tenant_id) as connection:
        case_page.find(connection, viewer, case_id)
        keys = services.settings.secrets.address_keys
        added = templates.preset(connection, keys, preset, case_id, viewer.name)
    before = typed(words)
    together = f"{before.rstrip()}\n\n{added}" if before.strip() else added
    draft = case_page.Draft(update_id, together, frozenset(recipients), access_group=access_group)
    return page(request, "case.html", **case_page.load(services, viewer, case_id, draft))


@router.post("/cases/{case_id}/manager")
def set_manager(
    request: Request, services: TheServices, viewer: InboundReader, case_id: UUID, manager: Annotated[UUID, Form()]
) -> Response:
    """Makes somebody else the case manager, who is told by mail."""
    with services.database.tenant(viewer.tenant_id) as connection:
        case_page.find(connection, viewer, case_id)
        keys = services.settings.secrets.address_keys
        problem = assignment.make_manager(connection, keys, case_id, manager, viewer.id)
    if problem:
        raise HTTPException(422, problem)
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
    """Makes the client at the address a member of the case, who is told by mail."""
    with services.database.tenant(viewer.tenant_id) as connection:
        case_page.find(connection, viewer, case_id)
        problem = members.add(connection, services.settings.secrets.address_keys, case_id, typed(email), by=viewer.id)
    if problem:
        values = case_page.load(services, viewer, case_id, case_page.Draft(), member_problem=problem)
        return page(request, "case.html", 422, **values)
    say(request, Kind.DONE, "The client is a member of the case.")
    return RedirectResponse(f"/cases/{case_id}", 303)


@router.post("/cases/{case_id}/members/{user_id}/remove")
def remove_member(
    request: Request, services: TheServices, viewer: InboundReader, case_id: UUID, user_id: UUID
) -> Response:
    """Takes a member off the case: they do not see it any more, and their mail does not post on it."""
    with services.database.tenant(viewer.tenant_id) as connection:
        case_page.find(connection, viewer, case_id)
        members.remove(connection, case_id, user_id, by=viewer.id)
    say(request, Kind.DONE, "That client is no member of the case any more.")
    return RedirectResponse(f"/cases/{case_id}", 303)


@router.get("/cases/{case_id}/preset")
@router.get("/cases/{case_id}/members")
def back_to_case(case_id: UUID) -> Response:
    """Where a reload of a refused form, or a log-in in the middle of one, leads to."""
    return RedirectResponse(f"/cases/{case_id}", 303)


@router.post("/cases/{case_id}/address")
def rotate_address(request: Request, services: TheServices, viewer: Admin, case_id: UUID) -> Response:
    """Gives the case a new address; the old one works for the days of grace, and its mails are counted."""
    with services.database.tenant(viewer.tenant_id) as connection:
        case_page.find(connection, viewer, case_id)
        case_address.rotate(connection, services.settings.secrets.address_keys, case_id, viewer.id)
    say(request, Kind.DONE, "The case has a new email address.")
    return RedirectResponse(f"/cases/{case_id}", 303)
