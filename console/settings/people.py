"""Settings > People: the admins' list of users, where they add, change and archive them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from cases import tenant_settings
from cases.addresses.compare import plain_address
from cases.outgoing import password_link
from cases.people import users
from cases.refusal import Refusal
from console.services import Services, TheServices
from console.settings import queries
from console.settings.queries import MOST_USERS
from console.web.forms import form_text, like
from console.web.messages import Kind, say
from console.web.pages import clear, page
from console.web.session import Admin, Viewer
from schemas.tables import Role

router = APIRouter()

#: Why an address is refused, here and on a profile.
NOT_PLAIN = "Write one plain email address, such as ann@example.org."
#: What each role may do, in words.
ROLES = {
    Role.ADMIN: "Changes settings, people and sources, and does all that the others do.",
    Role.CASE_MANAGER: "Works on all cases, decides on email in the inbox, and approves updates.",
    Role.STAFF: "Works on all cases.",
    Role.CLIENT: "Sees and answers the cases of which they are a member.",
}
#: The initial values of the form for a new person.
_EMPTY_FORM = MappingProxyType({"name": "", "email": "", "role": Role.STAFF.value, "mails": "on", "why": ""})


@router.get("/settings/people")
def show_list(request: Request, services: TheServices, viewer: Admin, q: str = "") -> Response:
    """Shows the users whose name or address contains `q`, and the setting for sub-addresses."""
    return _page(request, services, viewer, q)


@router.post("/settings/people")
def save_rule(
    request: Request,
    services: TheServices,
    viewer: Admin,
    strips: Annotated[bool, Form()] = False,  # a browser does not send a checkbox that is off
) -> Response:
    """Saves whether an author is also found without their sub-address."""
    with services.database.tenant(viewer.tenant_id) as connection:
        tenant_settings.save_strips_sub_addresses(connection, viewer.tenant_id, strips, by=viewer.id)
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
    mails: Annotated[bool, Form()] = False,  # a browser does not send a checkbox that is off
) -> Response:
    """Adds a user, mails them a link to set a password if wanted, and redirects to their profile."""
    typed_name, typed_email = clear(form_text(name)).strip(), form_text(email).strip()
    address = plain_address(typed_email)
    problem = "" if address else NOT_PLAIN
    if not 0 < len(typed_name) <= users.LONGEST_NAME:
        problem = f"A name has 1 to {users.LONGEST_NAME} characters."
    user_id = None
    if not problem and address:
        with services.database.tenant(viewer.tenant_id) as connection:
            added = users.add(connection, viewer.tenant_id, name=typed_name, email=address, role=role, by=viewer.id)
            if isinstance(added, Refusal):
                problem = added.words
            else:
                user_id = added
                if mails:
                    password_link.post(connection, viewer.tenant_id, user_id, by=viewer.id)
    if user_id is None:
        refused = {
            "name": typed_name,
            "email": typed_email,
            "role": role,
            "mails": "on" if mails else "",
            "why": problem,
        }
        return _page(request, services, viewer, refused=refused)
    then = f"A link to set a password is on its way to {address}." if mails else "They set a password by a link."
    say(request, Kind.DONE, f"{typed_name} is added. {then}")
    return RedirectResponse(f"/people/{user_id}", 303)


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
            refusal = users.change(connection, viewer.tenant_id, user_id, by=viewer.id, role=role, active=active)
        except LookupError:
            raise HTTPException(404, "There is no such person.") from None
    if refusal:
        return _page(request, services, viewer, problem=refusal.words)
    say(request, Kind.DONE, "The person is changed.")
    return RedirectResponse("/settings/people", 303)


def _page(
    request: Request,
    services: Services,
    viewer: Viewer,
    q: str = "",
    problem: str = "",
    refused: Mapping[str, str] = _EMPTY_FORM,
) -> Response:
    """Returns the list. `problem` is why a user was not changed; `refused` is the refused form for a new user."""
    with services.database.tenant(viewer.tenant_id) as connection:
        found = queries.users(connection, like(q))
        strips = tenant_settings.strips_sub_addresses(connection, viewer.tenant_id)
    return page(
        request,
        "people.html",
        422 if problem or refused["why"] else 200,
        users=found[:MOST_USERS],
        more=len(found) > MOST_USERS,
        q=q,
        roles=ROLES,
        strips=strips,
        problem=problem,
        refused=refused,
    )
