"""Settings > Erasure: a person's mails, and their account, on the request of that person."""

from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import text

from cases.addresses.compare import email_key
from cases.erasure.erase import Erased, NotErasableError, erase, in_words, preview
from cases.erasure.identity import Identity
from console.services import Services, TheServices
from console.web.forms import typed
from console.web.messages import Kind, say
from console.web.pages import page
from console.web.session import Admin, Viewer

router = APIRouter()

_DONE = text("""
select a.at, a.details, u.name from audit a left join users u on u.id = a.actor_id
where a.tenant_id = :tenant_id and a.act = 'person.erased' order by a.at desc, a.id desc limit 20
""")


@dataclass(frozen=True)
class Wanted:
    """What was asked for: whose mails, and whether their updates and their account go as well."""

    email: str
    again: str
    updates: bool
    account: bool

    @property
    def is_address(self) -> bool:
        """Whether there is an address to look for."""
        return bool(email_key(self.email))

    @property
    def is_confirmed(self) -> bool:
        """Whether the address was written twice alike."""
        return self.is_address and email_key(self.again) == email_key(self.email)


def _wanted(
    email: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
    updates: Annotated[bool, Form()] = False,
    account: Annotated[bool, Form()] = False,
) -> Wanted:
    return Wanted(typed(email).strip(), typed(again).strip(), updates, account)


Asked = Annotated[Wanted, Depends(_wanted)]


@router.get("/settings/erasure")
def show(request: Request, services: TheServices, viewer: Admin) -> Response:
    """The form, and what was erased before."""
    return _page(request, services, viewer, Wanted("", "", updates=False, account=False))


@router.post("/settings/erasure/preview")
def show_preview(request: Request, services: TheServices, viewer: Admin, asked: Asked) -> Response:
    """What would go; nothing is changed."""
    if not asked.is_address:
        return _page(request, services, viewer, asked, problem="Write the email address of the person.")
    return _preview(request, services, viewer, asked)


@router.post("/settings/erasure")
def save(request: Request, services: TheServices, viewer: Admin, asked: Asked) -> Response:
    """Erases, when the address was written twice alike: nobody can take it back."""
    if not asked.is_confirmed:
        problem = "Write the same email address in both fields."
        if not asked.is_address:
            return _page(request, services, viewer, asked, problem=problem)
        return _preview(request, services, viewer, asked, problem)
    try:
        with services.database.tenant(viewer.tenant_id) as connection:
            flags = {"updates": asked.updates, "account": asked.account}
            erased = erase(connection, viewer.tenant_id, asked.email, actor_id=viewer.id, **flags)
    except NotErasableError as error:
        return _page(request, services, viewer, asked, problem=str(error))
    words = f"Erased: {', '.join(in_words(asdict(erased))) or 'nothing, nothing was there'}."
    if erased.on_their_way:
        words += f" {erased.on_their_way} mails are still on their way: ask again when they have ended."
    say(request, Kind.PROBLEM if erased.on_their_way else Kind.DONE, words)
    return RedirectResponse("/settings/erasure", 303)


def _preview(request: Request, services: Services, viewer: Viewer, asked: Wanted, problem: str = "") -> Response:
    try:
        who, would_go = preview(
            services.database,
            viewer.tenant_id,
            asked.email,
            actor_id=viewer.id,
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
        done = connection.execute(_DONE, {"tenant_id": viewer.tenant_id}).all()
    values = {"asked": asked, "problem": problem, "who": who, "would_go": would_go, "done": done, "told": in_words}
    return page(request, "erasure.html", 422 if problem else 200, asdict=asdict, **values)
