"""Settings > Erase a person's mails: on the request of that person."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from cases.directory import email_key
from cases.erasure import Erased, erase
from console.forms import typed
from console.messages import Kind, say
from console.pages import page
from console.services import TheServices
from console.session import Admin

router = APIRouter()


@router.get("/settings/erasure")
def show(request: Request, _: Admin) -> Response:
    """What is erased, and the form for it."""
    return page(request, "erasure.html", problem="", email="", updates=False)


@router.post("/settings/erasure")
def save(
    request: Request,
    services: TheServices,
    viewer: Admin,
    email: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
    updates: Annotated[bool, Form()] = False,
) -> Response:
    """Erases the mails of an address that was written twice alike: nobody can take it back."""
    wanted = typed(email).strip()
    if not email_key(wanted) or email_key(typed(again)) != email_key(wanted):
        problem = "Write the same email address in both fields."
        return page(request, "erasure.html", 422, problem=problem, email=wanted, updates=updates)
    with services.database.tenant(viewer.tenant_id) as connection:
        erased = erase(connection, viewer.tenant_id, wanted, actor_id=viewer.id, updates=updates)
    say(request, Kind.PROBLEM if erased.on_their_way else Kind.DONE, _words(erased, updates=updates))
    return RedirectResponse("/settings/erasure", 303)


def _words(erased: Erased, *, updates: bool) -> str:
    words = f"Erased: {erased.mails} mails" + (f" and {erased.updates} updates." if updates else ".")
    if erased.on_their_way:
        words += f" {erased.on_their_way} mails are still on their way: ask again when they have ended."
    return words
