"""Creates, edits, closes, reopens and archives cases: for admins and case managers."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from cases.lifecycle import change
from cases.lifecycle.create import LONGEST_KIND, LONGEST_TITLE, NewCase, create
from cases.lifecycle.numbers import LONGEST
from cases.refusal import Refusal
from console.cases import case_values, queries
from console.cases.case_values import Draft
from console.services import Services, TheServices
from console.web.forms import form_text
from console.web.messages import Kind, say
from console.web.pages import clear, page
from console.web.session import InboundReader, Viewer

router = APIRouter()


@dataclass(frozen=True)
class _Typed:
    """The form of a new case as it was sent; `members` are addresses, one on each line."""

    number: str = ""
    title: str = ""
    kind: str = ""
    manager_id: str = ""
    members: str = ""


def _typed(
    number: Annotated[str, Form(max_length=1_000)] = "",
    title: Annotated[str, Form(max_length=10_000)] = "",
    kind: Annotated[str, Form(max_length=1_000)] = "",
    manager_id: Annotated[str, Form(max_length=100)] = "",
    members: Annotated[str, Form(max_length=50_000)] = "",
) -> _Typed:
    return _Typed(_line(number), _line(title), _line(kind), manager_id, form_text(members))


@router.get("/cases/new")
def show_new(request: Request, services: TheServices, viewer: InboundReader) -> Response:
    """Shows the form for a new case, of which the viewer is the manager unless they choose another."""
    return _new_page(request, services, viewer, _Typed(manager_id=str(viewer.id)))


@router.post("/cases/new")
def add(
    request: Request, services: TheServices, viewer: InboundReader, typed: Annotated[_Typed, Depends(_typed)]
) -> Response:
    """Creates the case and goes to its page; or shows the form again, with what is wrong at its field."""
    try:
        manager_id = UUID(typed.manager_id)
    except ValueError:
        manager_id = UUID(int=0)
    emails = tuple(dict.fromkeys(filter(None, map(str.strip, typed.members.replace(",", "\n").splitlines()))))
    new = NewCase(typed.title, manager_id, typed.kind, typed.number, emails)
    with services.database.tenant(viewer.tenant_id) as connection:
        made = create(connection, services.settings.secrets.address_keys, viewer.tenant_id, new, by=viewer.id)
    if isinstance(made, Refusal):
        return _new_page(request, services, viewer, typed, {made.field: made.words})
    say(request, Kind.DONE, "The case is created. Its email address is behind the envelope.")
    return RedirectResponse(f"/cases/{made}", 303)


@router.post("/cases/{case_id}/edit")
def edit(
    request: Request,
    services: TheServices,
    viewer: InboundReader,
    case_id: UUID,
    title: Annotated[str, Form(max_length=10_000)] = "",
    kind: Annotated[str, Form(max_length=1_000)] = "",
) -> Response:
    """Changes the title and the type of the case; a refused form is shown again."""
    typed = {"title": _line(title), "kind": _line(kind)}

    def work(connection: Connection) -> Refusal | None:
        return change.edit(connection, case_id, title=typed["title"], kind=typed["kind"], by=viewer.id)

    return _change(request, services, viewer, case_id, work, "The case is changed.", edited=typed)


@router.post("/cases/{case_id}/close")
def close(
    request: Request,
    services: TheServices,
    viewer: InboundReader,
    case_id: UUID,
    reason: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """Closes the case; a refused form is shown again."""
    why = form_text(reason).strip()

    def work(connection: Connection) -> Refusal | None:
        return change.close(connection, case_id, why, by=viewer.id)

    return _change(request, services, viewer, case_id, work, "The case is closed.", reason=why)


@router.post("/cases/{case_id}/reopen")
def reopen(request: Request, services: TheServices, viewer: InboundReader, case_id: UUID) -> Response:
    """Opens a closed or archived case again."""

    def work(connection: Connection) -> None:
        change.reopen(connection, case_id, by=viewer.id)

    return _change(request, services, viewer, case_id, work, "The case is open again.")


@router.post("/cases/{case_id}/archive")
def archive(request: Request, services: TheServices, viewer: InboundReader, case_id: UUID) -> Response:
    """Takes a closed case out of the lists."""

    def work(connection: Connection) -> Refusal | None:
        return change.archive(connection, case_id, by=viewer.id)

    return _change(
        request, services, viewer, case_id, work, "The case is archived: it is in the list of archived cases."
    )


@router.get("/cases/{case_id}/edit")
@router.get("/cases/{case_id}/close")
def back_to_case(case_id: UUID) -> Response:
    """Redirects to the case after a reload of a refused form, or a log-in in the middle of one."""
    return RedirectResponse(f"/cases/{case_id}", 303)


def _change(
    request: Request,
    services: Services,
    viewer: Viewer,
    case_id: UUID,
    work: Callable[[Connection], Refusal | None],
    done: str,
    **typed: object,
) -> Response:
    """Changes a case that the viewer may see and says what was done; or shows the case with the refused form."""
    with services.database.tenant(viewer.tenant_id) as connection:
        queries.case(connection, viewer, case_id)
        refusal = work(connection)
    if refusal:
        values = case_values.load(services, viewer, case_id, Draft())
        return page(request, "case.html", 422, **values | typed | {"case_problem": refusal.words})
    say(request, Kind.DONE, done)
    return RedirectResponse(f"/cases/{case_id}", 303)


def _new_page(
    request: Request,
    services: Services,
    viewer: Viewer,
    typed: _Typed,
    problems: dict[str, str] | None = None,
) -> Response:
    with services.database.tenant(viewer.tenant_id) as connection:
        values = {
            "managers": queries.managers(connection),
            "clients": queries.clients(connection),
            "kinds": queries.kinds(connection),
            "pattern": queries.case_pattern(connection, viewer.tenant_id),
        }
    bounds = {"longest_number": LONGEST, "longest_title": LONGEST_TITLE, "longest_kind": LONGEST_KIND}
    return page(
        request,
        "case_new.html",
        422 if problems else 200,
        typed=asdict(typed),
        problems=problems or {},
        **bounds,
        **values,
    )


def _line(typed: str) -> str:
    return clear(form_text(typed)).strip()
