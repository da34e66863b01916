"""People: the admins' list of users, and the profile of each with their email aliases."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import text

from cases.addresses.compare import plain_address
from cases.audit import Act, record
from cases.outgoing import password_link as password_letters
from cases.people import aliases
from cases.people import users as people
from console.account import password_link
from console.guards import sessions
from console.services import Services, TheServices
from console.web.forms import like, typed
from console.web.messages import Kind, say
from console.web.pages import clear, page
from console.web.session import Admin, TheViewer, Viewer
from schemas.tables import Role

router = APIRouter()

#: Users on the page; who has more searches.
_MOST = 200
_NO_PERSON = "There is no such person, or it is not you."
_NOT_PLAIN = "Write one plain email address, such as ann@example.org."
#: The form for a new person as it stands at first.
_NOTHING_TYPED = MappingProxyType({"name": "", "email": "", "role": Role.STAFF.value, "mails": "on", "why": ""})

_USERS = text("""
select u.id, u.name, u.email, u.role, u.active, coalesce(array_agg(a.email order by a.email)
    filter (where a.confirmed_at is not null), '{}') as aliases
from users u left join email_aliases a on a.user_id = u.id
where u.name ilike :like or u.email ilike :like or exists (
    select 1 from email_aliases o where o.user_id = u.id and o.email ilike :like)
group by u.id order by not u.active, lower(u.name), u.id limit :most
""")
_USER = text("select id, name, email, role, active from users where id = :user_id")
_ALIASES = text("""
select a.id, a.email, a.confirmed_at, coalesce(newest.state, '') as state, coalesce(newest.error, '') as error
from email_aliases a left join lateral (
    select state, error from outbox o where o.alias_id = a.id order by o.created_at desc limit 1) newest on true
where a.user_id = :user_id order by a.email
""")
_STRIPS = text("select strip_sub_addresses from tenants where id = :tenant_id")
_STRIP = text("""
update tenants set strip_sub_addresses = :strips where id = :tenant_id and strip_sub_addresses <> :strips
""")


@router.get("/settings/people")
def show_list(request: Request, services: TheServices, viewer: Admin, q: str = "") -> Response:
    """The users of the tenant, and the rule by which their addresses are compared; `q` is looked for in name and
    addresses."""
    return _list(request, services, viewer, q)


@router.post("/settings/people")
def save_rule(
    request: Request,
    services: TheServices,
    viewer: Admin,
    strips: Annotated[bool, Form()] = False,  # a checkbox that is off is not sent
) -> Response:
    """Saves whether an author is also found without their sub-address."""
    with services.database.tenant(viewer.tenant_id) as connection:
        if connection.execute(_STRIP, {"tenant_id": viewer.tenant_id, "strips": strips}).rowcount:
            details = {"strip sub-addresses": "on" if strips else "off"}
            record(connection, [Act(viewer.tenant_id, viewer.id, "settings.changed", viewer.tenant_id, details)])
    say(request, Kind.DONE, "The setting is saved.")
    return RedirectResponse("/settings/people", 303)


@router.post("/settings/people/new")
def add_user(
    request: Request,
    services: TheServices,
    viewer: Admin,
    name: Annotated[str, Form(max_length=1000)] = "",
    email: Annotated[str, Form(max_length=1000)] = "",
    role: Annotated[Role, Form()] = Role.STAFF,
    mails: Annotated[bool, Form()] = False,  # a checkbox that is off is not sent
) -> Response:
    """Makes a user, has a link for their password mailed to them if wanted, and leads to their profile."""
    wanted, called = typed(email).strip(), clear(typed(name)).strip()
    address = plain_address(wanted)
    problem = "" if address else _NOT_PLAIN
    if not 0 < len(called) <= people.LONGEST_NAME:
        problem = f"A name has 1 to {people.LONGEST_NAME} characters."
    user_id = None
    if not problem and address:
        with services.database.tenant(viewer.tenant_id) as connection:
            user_id, problem = people.add(
                connection, viewer.tenant_id, name=called, email=address, role=role, by=viewer.id
            )
            if user_id is not None and mails:
                password_letters.post(connection, viewer.tenant_id, user_id, by=viewer.id)
    if user_id is None:
        typed_in = {"name": called, "email": wanted, "role": role, "mails": "on" if mails else "", "why": problem}
        return _list(request, services, viewer, refused=typed_in)
    then = f"A link to set a password is on its way to {address}." if mails else "They set a password by a link."
    say(request, Kind.DONE, f"{called} is added. {then}")
    return RedirectResponse(f"/people/{user_id}", 303)


@router.post("/people/{user_id}/password-letter")
def mail_link(request: Request, services: TheServices, viewer: Admin, user_id: UUID) -> Response:
    """Has a link mailed by which the person sets a password."""
    with services.database.tenant(viewer.tenant_id) as connection:
        problem = password_letters.post(connection, viewer.tenant_id, user_id, by=viewer.id)
    if problem:
        say(request, Kind.PROBLEM, f"No link was mailed. {problem}")
    else:
        say(request, Kind.QUEUED, "A link to set a password is on its way to them.")
    return RedirectResponse(f"/people/{user_id}", 303)


@router.post("/people/{user_id}/password-link")
def make_link(request: Request, services: TheServices, viewer: Admin, user_id: UUID) -> Response:
    """Shows a link by which the person sets a password."""
    with services.database.tenant(viewer.tenant_id) as connection:
        link = password_link.link(services.settings, connection, viewer.tenant_id, user_id)
        if link:
            record(connection, [Act(viewer.tenant_id, viewer.id, "user.password_link", user_id)])
    return _profile(request, services, viewer, user_id, link=link)


@router.post("/settings/people/{user_id}")
def save_user(
    request: Request,
    services: TheServices,
    viewer: Admin,
    user_id: UUID,
    role: Annotated[Role | None, Form()] = None,
    active: Annotated[bool | None, Form()] = None,
) -> Response:
    """Changes the role of a user, archives or reactivates them."""
    with services.database.tenant(viewer.tenant_id) as connection:
        try:
            problem = people.change(connection, viewer.tenant_id, user_id, by=viewer.id, role=role, active=active)
        except LookupError:
            raise HTTPException(404, "There is no such person.") from None
    if problem:
        return _list(request, services, viewer, problem=problem)
    say(request, Kind.DONE, "The person is changed.")
    return RedirectResponse("/settings/people", 303)


@router.get("/profile")
def own_profile(viewer: TheViewer) -> Response:
    """The viewer's own profile."""
    return RedirectResponse(f"/people/{viewer.id}", 303)


@router.get("/people/{user_id}")
def profile(request: Request, services: TheServices, viewer: TheViewer, user_id: UUID) -> Response:
    """A person and their addresses: their own profile, or anybody's for an admin."""
    return _profile(request, services, viewer, user_id)


@router.post("/people/{user_id}/aliases")
def add_alias(
    request: Request,
    services: TheServices,
    viewer: TheViewer,
    user_id: UUID,
    email: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Has the link that confirms the address mailed to it."""
    _may_open(viewer, user_id)
    wanted = typed(email).strip()
    address = plain_address(wanted)
    if not address:
        return _profile(request, services, viewer, user_id, _NOT_PLAIN, wanted)
    with services.database.tenant(viewer.tenant_id) as connection:
        tell = viewer.works_here
        try:
            refusal = aliases.ask(connection, viewer.tenant_id, user_id, address, by=viewer.id, tell_taken=tell)
        except LookupError:
            raise HTTPException(404, _NO_PERSON) from None
    if refusal:
        return _profile(request, services, viewer, user_id, refusal.words, wanted)
    words = f"A link is on its way to {address}. The address counts once it was opened and confirmed."
    say(request, Kind.QUEUED, words)
    return RedirectResponse(f"/people/{user_id}", 303)


@router.post("/people/{user_id}/aliases/{alias_id}/remove")
def remove_alias(request: Request, services: TheServices, viewer: TheViewer, user_id: UUID, alias_id: UUID) -> Response:
    """Takes an alias off the person."""
    _may_open(viewer, user_id)
    with services.database.tenant(viewer.tenant_id) as connection:
        aliases.remove(connection, viewer.tenant_id, user_id, alias_id, by=viewer.id)
    say(request, Kind.DONE, "The address is removed.")
    return RedirectResponse(f"/people/{user_id}", 303)


def _may_open(viewer: Viewer, user_id: UUID) -> None:
    if viewer.id != user_id and not viewer.administers:
        raise HTTPException(404, _NO_PERSON)


def _list(
    request: Request,
    services: Services,
    viewer: Viewer,
    q: str = "",
    problem: str = "",
    refused: Mapping[str, str] = _NOTHING_TYPED,
) -> Response:
    with services.database.tenant(viewer.tenant_id) as connection:
        users = connection.execute(_USERS, {"like": like(q), "most": _MOST + 1}).all()
        strips = connection.execute(_STRIPS, {"tenant_id": viewer.tenant_id}).scalar_one()
    status = 422 if problem or refused["why"] else 200
    values = {"refused": refused, "users": users[:_MOST], "more": len(users) > _MOST, "q": q, "roles": list(Role)}
    return page(request, "people.html", status, strips=strips, problem=problem, **values)


def _profile(
    request: Request,
    services: Services,
    viewer: Viewer,
    user_id: UUID,
    problem: str = "",
    email: str = "",
    link: str = "",
) -> Response:
    _may_open(viewer, user_id)
    own, settings = viewer.session_id if viewer.id == user_id else None, services.settings
    with services.database.tenant(viewer.tenant_id) as connection:
        person = connection.execute(_USER, {"user_id": user_id}).first()
        further = connection.execute(_ALIASES, {"user_id": user_id}).all()
        open_now = sessions.of_user(connection, settings, user_id, own) if own else []
    if person is None or not person.email:  # nobody, or erased
        raise HTTPException(404, _NO_PERSON)
    status = 422 if problem else 200
    values = {"person": person, "aliases": further, "problem": problem, "email": email, "link": link}
    lifetimes = {"idle": _time(settings.sessions.idle_hours), "life": _time(settings.sessions.hours)}
    return page(request, "profile.html", status, sessions=open_now, **lifetimes, **values)


def _time(hours: int) -> str:
    """A number of hours in words, in days where it is so many whole ones."""
    days, rest = divmod(hours, 24)
    number, unit = (days, "day") if days and not rest else (hours, "hour")
    return f"{number} {unit}{'s' * (number > 1)}"
