"""The profile of a person: email addresses, sessions, and links to set a password.

Everybody opens their own profile; admins open all of them.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from cases.addresses.compare import plain_address
from cases.audit import Act, record
from cases.outgoing import password_link
from cases.people import aliases
from console.account.password_link import link as new_password_link
from console.guards import sessions
from console.services import Services, TheServices
from console.settings import queries
from console.settings.people import NOT_PLAIN
from console.web.forms import form_text
from console.web.messages import Kind, say
from console.web.pages import page
from console.web.session import Admin, TheViewer, Viewer

router = APIRouter()

_NO_PERSON = "There is no such person, or it is not you."


@router.get("/profile")
def own_profile(viewer: TheViewer) -> Response:
    """Redirects to the viewer's own profile."""
    return RedirectResponse(f"/people/{viewer.id}", 303)


@router.get("/people/{user_id}")
def show(request: Request, services: TheServices, viewer: TheViewer, user_id: UUID) -> Response:
    """Shows a person: the viewer themselves, or anybody to an admin."""
    return _page(request, services, viewer, user_id)


@router.post("/people/{user_id}/password-letter")
def mail_link(request: Request, services: TheServices, viewer: Admin, user_id: UUID) -> Response:
    """Mails the person a link to set a password."""
    with services.database.tenant(viewer.tenant_id) as connection:
        _check_is_there(connection, user_id)
        refusal = password_link.post(connection, viewer.tenant_id, user_id, by=viewer.id)
    if refusal:
        say(request, Kind.PROBLEM, f"No link was mailed. {refusal}")
    else:
        say(request, Kind.QUEUED, "A link to set a password is on its way to them.")
    return RedirectResponse(f"/people/{user_id}", 303)


@router.post("/people/{user_id}/password-link")
def make_link(request: Request, services: TheServices, viewer: Admin, user_id: UUID) -> Response:
    """Shows the admin a link with which the person can set a password."""
    with services.database.tenant(viewer.tenant_id) as connection:
        link = new_password_link(services.settings, connection, viewer.tenant_id, user_id)
        if link:
            record(connection, [Act(viewer.tenant_id, viewer.id, "user.password_link", user_id)])
    return _page(request, services, viewer, user_id, link=link)


@router.post("/people/{user_id}/aliases")
def add_alias(
    request: Request,
    services: TheServices,
    viewer: TheViewer,
    user_id: UUID,
    email: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Mails a link to the new address, with which the person confirms it as their alias."""
    _check_may_open(viewer, user_id)
    typed = form_text(email).strip()
    address = plain_address(typed)
    if not address:
        return _page(request, services, viewer, user_id, NOT_PLAIN, typed)
    with services.database.tenant(viewer.tenant_id) as connection:
        tell = viewer.works_here
        try:
            refusal = aliases.ask(connection, viewer.tenant_id, user_id, address, by=viewer.id, tell_taken=tell)
        except LookupError:
            raise HTTPException(404, _NO_PERSON) from None
    if refusal:
        return _page(request, services, viewer, user_id, refusal.words, typed)
    words = f"A link is on its way to {address}. The address counts once it was opened and confirmed."
    say(request, Kind.QUEUED, words)
    return RedirectResponse(f"/people/{user_id}", 303)


@router.post("/people/{user_id}/aliases/{alias_id}/remove")
def remove_alias(request: Request, services: TheServices, viewer: TheViewer, user_id: UUID, alias_id: UUID) -> Response:
    """Removes an alias from the person."""
    _check_may_open(viewer, user_id)
    with services.database.tenant(viewer.tenant_id) as connection:
        _check_is_there(connection, user_id)
        aliases.remove(connection, viewer.tenant_id, user_id, alias_id, by=viewer.id)
    say(request, Kind.DONE, "The address is removed.")
    return RedirectResponse(f"/people/{user_id}", 303)


def _check_may_open(viewer: Viewer, user_id: UUID) -> None:
    if viewer.id != user_id and not viewer.administers:
        raise HTTPException(404, _NO_PERSON)


def _check_is_there(connection: Connection, user_id: UUID) -> None:
    if queries.user(connection, user_id) is None:
        raise HTTPException(404, _NO_PERSON)


def _page(
    request: Request,
    services: Services,
    viewer: Viewer,
    user_id: UUID,
    problem: str = "",
    email: str = "",
    link: str = "",
) -> Response:
    """Returns the profile. `problem` is why the alias `email` was refused; `link`, to set a password, shows once."""
    _check_may_open(viewer, user_id)
    own_session, settings = viewer.session_id if viewer.id == user_id else None, services.settings
    with services.database.tenant(viewer.tenant_id) as connection:
        person = queries.user(connection, user_id)
        known_aliases = queries.aliases(connection, user_id)
        open_sessions = sessions.of_user(connection, settings, user_id, own_session) if own_session else []
    if person is None or not person.email:  # an erased person has no address
        raise HTTPException(404, _NO_PERSON)
    return page(
        request,
        "profile.html",
        422 if problem else 200,
        person=person,
        aliases=known_aliases,
        problem=problem,
        email=email,
        link=link,
        sessions=open_sessions,
        idle=_time(settings.sessions.idle_hours),
        life=_time(settings.sessions.hours),
    )


def _time(hours: int) -> str:
    """Returns a number of hours in words; in days if it is a whole number of days."""
    days, rest = divmod(hours, 24)
    number, unit = (days, "day") if days and not rest else (hours, "hour")
    return f"{number} {unit}{'s' * (number > 1)}"
