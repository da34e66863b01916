"""Settings > Erasure: erases a person's emails, and their account, on the request of that person."""

from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from cases.addresses.compare import email_key
from cases.erasure.erase import NotErasableError, erase, preview
from cases.erasure.erased import Erased, in_words
from cases.erasure.identity import Identity
from console.services import Services, TheServices
from console.settings import queries
from console.web.forms import form_text
from console.web.messages import Kind, say
from console.web.pages import page
from console.web.session import Admin, Viewer

router = APIRouter()


@dataclass(frozen=True)
class Wanted:
    """The form as it was sent: the person's address, its repetition, and whether to erase updates and account too."""

    email: str
    again: str
    updates: bool
    account: bool

    @property
    def is_address(self) -> bool:
        """Whether `email` is an address."""
        return bool(email_key(self.email))

    @property
    def is_confirmed(self) -> bool:
        """Whether both fields have the same address."""
        return self.is_address and email_key(self.again) == email_key(self.email)


def _wanted(
    email: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
    updates: Annotated[bool, Form()] = False,
    account: Annotated[bool, Form()] = False,
) -> Wanted:
    return Wanted(form_text(email).strip(), form_text(again).strip(), updates, account)


Asked = Annotated[Wanted, Depends(_wanted)]


@router.get("/settings/erasure")
def show(request: Request, services: TheServices, viewer: Admin) -> Response:
    """Shows the form, and the last erasures."""
    return _page(request, services, viewer, Wanted("", "", updates=False, account=False))


@router.post("/settings/erasure/preview")
def show_preview(request: Request, services: TheServices, viewer: Admin, asked: Asked) -> Response:
    """Shows what would be erased; changes nothing."""
    if not asked.is_address:
        return _page(request, services, viewer, asked, problem="Write the email address of the person.")
    return _preview(request, services, viewer, asked)


@router.post("/settings/erasure")
def save(request: Request, services: TheServices, viewer: Admin, asked: Asked) -> Response:
    """Erases the person, which can't be undone, if both fields have the same address."""
    if not asked.is_confirmed:
        problem = "Write the same email address in both fields."
        if not asked.is_address:
            return _page(request, services, viewer, asked, problem=problem)
        return _preview(request, services, viewer, asked, problem)
    try:
        with services.database.tenant(viewer.tenant_id) as connection:
            flags = {"updates": asked.updates, "account": asked.account}
            erased = erase(connection, viewer.tenant_id, asked.email, by=viewer.id, **flags)
    except NotErasableError as error:
        return _page(request, services, viewer, asked, problem=str(error))
    words = f"Erased: {', '.join(in_words(asdict(erased))) or 'nothing, nothing was there'}."
    if erased.on_their_way:
        words += f" {erased.on_their_way} emails are still on their way: ask again when they have ended."
    say(request, Kind.PROBLEM if erased.on_their_way else Kind.DONE, words)
    return RedirectResponse("/settings/erasure", 303)


def _preview(request: Request, services: Services, viewer: Viewer, asked: Wanted, problem: str = "") -> Response:
    try:
        who, would_go = preview(
            services.database,
            viewer.tenant_id,
            asked.email,
            by=viewer.id,
            updates=asked.updates,
            account=asked.account,
        )
    except NotErasableError as error:
        return _page(request, services, viewer, asked, problem=str(error))
    return _page(request, services, viewer, asked, problem=problem, who=who, would_go=would_go)


def _page(
    request: Request,
    services: Services,
    viewer: Viewer,
    asked: Wanted,
    problem: str = "",
    who: Identity | None = None,
    would_go: Erased | None = None,
) -> Response:
    with services.database.tenant(viewer.tenant_id) as connection:
        done = queries.erasures(connection, viewer.tenant_id)
    values = {"asked": asked, "problem": problem, "who": who, "would_go": would_go, "done": done, "in_words": in_words}
    return page(request, "erasure.html", 422 if problem else 200, asdict=asdict, **values)
