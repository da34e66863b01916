"""Settings > Access groups: which roles may post in each group, and which may see it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from cases.people import access_groups
from console.services import Services, TheServices
from console.web.forms import form_text
from console.web.messages import Kind, say
from console.web.pages import clear, page
from console.web.session import Admin, Viewer
from schemas.tables import Role

router = APIRouter()

_PATH = "/settings/access-groups"


def _group(
    name: Annotated[str, Form(max_length=1000)] = "",
    require_validation: Annotated[bool, Form()] = False,  # a browser does not send a checkbox that is off
    refresh_last_update: Annotated[bool, Form()] = False,
    include_in_documents: Annotated[bool, Form()] = False,
    may_post: Annotated[tuple[Role, ...], Form()] = (),
    may_see: Annotated[tuple[Role, ...], Form()] = (),
    is_default: Annotated[bool, Form()] = False,
) -> access_groups.GroupSettings:
    one_line = " ".join(clear(form_text(name)).split())
    switches = (require_validation, refresh_last_update, include_in_documents)
    return access_groups.GroupSettings(one_line, *switches, may_post, may_see, is_default)


TheGroup = Annotated[access_groups.GroupSettings, Depends(_group)]


@router.get(_PATH)
def show(request: Request, services: TheServices, viewer: Admin) -> Response:
    """Shows each group as a form, and an empty form for a new group."""
    return _page(request, services, viewer)


@router.post(_PATH)
def add(request: Request, services: TheServices, viewer: Admin, group: TheGroup) -> Response:
    """Adds a group."""
    return _save(request, services, viewer, None, group)


@router.post(_PATH + "/{group_id}")
def change(request: Request, services: TheServices, viewer: Admin, group_id: UUID, group: TheGroup) -> Response:
    """Changes a group; updates that were posted in it stay as they were posted."""
    return _save(request, services, viewer, group_id, group)


@router.post(_PATH + "/{group_id}/remove")
def remove(
    request: Request,
    services: TheServices,
    viewer: Admin,
    group_id: UUID,
    into: Annotated[UUID | None, Form()] = None,
) -> Response:
    """Deletes a group and moves its updates to the group `into`, which no further roles may see."""
    with services.database.tenant(viewer.tenant_id) as connection:
        try:
            refusal = access_groups.remove(connection, viewer.tenant_id, group_id, into, by=viewer.id)
        except LookupError:
            raise HTTPException(404, "There is no such access group.") from None
    if refusal:
        say(request, Kind.PROBLEM, f"Not deleted. {refusal}")
    else:
        say(request, Kind.DONE, "The access group is deleted.")
    return RedirectResponse(_PATH, 303)


def _save(
    request: Request, services: Services, viewer: Viewer, group_id: UUID | None, group: access_groups.GroupSettings
) -> Response:
    with services.database.tenant(viewer.tenant_id) as connection:
        try:
            refusal = access_groups.save(connection, viewer.tenant_id, group_id, group, by=viewer.id)
        except LookupError:
            raise HTTPException(404, "There is no such access group.") from None
    if refusal:
        return _page(request, services, viewer, refused=group, refused_id=group_id, problem=refusal.words)
    say(request, Kind.DONE, "The access group is saved.")
    return RedirectResponse(_PATH, 303)


def _page(request: Request, services: Services, viewer: Viewer, **refused: Any) -> Response:
    with services.database.tenant(viewer.tenant_id) as connection:
        groups = access_groups.read(connection, viewer.tenant_id)
        counts = access_groups.counts(connection, viewer.tenant_id)
    values = {"refused": None, "refused_id": None, "problem": ""} | refused
    new = values["refused"] if values["refused"] and values["refused_id"] is None else _NEW
    status = 422 if refused else 200
    return page(
        request,
        "access_groups.html",
        status,
        groups=groups,
        counts=counts,
        narrower={group.id: access_groups.narrower(group, groups) for group in groups},
        new=new,
        roles=list(Role),
        always=access_groups.ALWAYS,
        **values,
    )


#: The initial values of the form for a new group.
_NEW = access_groups.GroupSettings("", False, True, True, tuple(Role), tuple(Role), False)
