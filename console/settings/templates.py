"""Settings > Templates: the tenant's texts for updates and for mails."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from cases.outgoing import templates
from cases.outgoing.templates import KNOWN, VARIABLES
from cases.people.assignment import DEFAULT
from console.services import Services, TheServices
from console.settings import queries
from console.web.forms import form_text
from console.web.messages import Kind, say
from console.web.pages import clear, page
from console.web.session import Admin, Viewer
from schemas.tables import TemplateKind

router = APIRouter()

#: The kinds of which a tenant has one text each: the title on the page, and the default text.
SINGLE = {
    TemplateKind.INTRO: ("In front of the update in each notice", "{{Author.name}} posted an update on case ..."),
    TemplateKind.FOOTER: ("At the end of each notice", ""),
    TemplateKind.ASSIGNMENT: ("The email to the person whom a case is assigned to", DEFAULT),
}


#: The values of variables in a preview while the tenant has no case.
_EXAMPLES = {
    "Case.case_number": "2026-7",
    "Case.title": "A leak in flat 9",
    "Case.email_address": "case-2026-7-abc@cases.example",
    "Case.manager": "Mara Field",
    "Assignee.name": "Mara Field",
}


@router.get("/settings/templates")
def show(request: Request, services: TheServices, viewer: Admin) -> Response:
    """Shows the templates, and the variables that each kind can use."""
    return _page(request, services, viewer)


@router.post("/settings/templates")
def save(
    request: Request,
    services: TheServices,
    viewer: Admin,
    kind: Annotated[TemplateKind, Form()],
    name: Annotated[str, Form(max_length=1000)] = "",
    words: Annotated[str, Form(alias="text", max_length=100_000)] = "",
    preview: Annotated[bool, Form()] = False,
) -> Response:
    """Saves one template; an empty text removes it. With `preview` it saves nothing, but shows the text filled in for
    the newest case."""
    template, name = form_text(words).strip(), clear(name).strip() if kind is TemplateKind.PRESET else ""
    if refusal := templates.refusal(kind, name, template):
        return _page(request, services, viewer, problem=refusal.words, kind=kind, name=name, text=template)
    if preview:
        return _page(request, services, viewer, problem="", kind=kind, name=name, text=template)
    with services.database.tenant(viewer.tenant_id) as connection:
        templates.save(connection, viewer.tenant_id, kind, name, template, by=viewer.id)
    say(request, Kind.DONE, "The text is saved." if template else "The text is removed.")
    return RedirectResponse("/settings/templates", 303)


def _page(request: Request, services: Services, viewer: Viewer, **typed_in: str) -> Response:
    with services.database.tenant(viewer.tenant_id) as connection:
        saved = templates.every(connection)
        examples = _examples(connection, services, viewer)
    is_preview = bool(typed_in) and not typed_in["problem"]
    return page(
        request,
        "templates.html",
        422 if typed_in and not is_preview else 200,
        single=[(kind, title, default, saved.get((kind, ""), "")) for kind, (title, default) in SINGLE.items()],
        presets=[(name, words) for (kind, name), words in saved.items() if kind is TemplateKind.PRESET],
        known={kind.value: {name: VARIABLES[name] for name in names} for kind, names in KNOWN.items()},
        examples=examples,
        typed_in=typed_in,
        preview=templates.fill(typed_in["text"], examples) if is_preview else None,
    )


def _examples(connection: Connection, services: Services, viewer: Viewer) -> Mapping[str, str]:
    """Returns each variable's value for the newest case, as if the viewer wrote the update or assigned the case."""
    people = {"Tenant.name": viewer.tenant_name, "Author.name": viewer.name, "Assigner.name": viewer.name}
    case_id = queries.newest_case(connection)
    if case_id is None:
        return _EXAMPLES | people
    of_case = templates.values_of_case(connection, services.settings.secrets.address_keys, case_id)
    return people | of_case | {"Assignee.name": of_case["Case.manager"]}
