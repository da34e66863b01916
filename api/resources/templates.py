"""The tenant's own texts: presets of updates, what stands above and below each notice, and assignment letters."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.services import Caller, needs
from api.web.fields import Body, Line, Text
from api.web.problems import ProblemError, of_refusal
from cases.outgoing import templates
from cases.outgoing.templates import MAX_NAME, MAX_TEXT
from schemas.tables import TemplateKind

router = APIRouter(tags=["settings"])


class Template(BaseModel):
    """A text with variables such as `{{Case.email_address}}`; only presets have a name."""

    kind: TemplateKind
    name: str
    text: str


class Templates(BaseModel):
    """All templates of the tenant, and the variables that each kind may have."""

    data: list[Template]
    variables: dict[TemplateKind, list[str]]


class TemplateToPut(Body):
    """A template as it is to be; without a text it is removed."""

    kind: TemplateKind
    name: Annotated[Line, Field(max_length=MAX_NAME, description="Of a preset; empty for the other kinds")] = ""
    text: Annotated[Text, Field(max_length=MAX_TEXT)] = ""


@router.get("/templates", response_model=Templates)
def list_templates(caller: Annotated[Caller, needs("settings:read")]) -> Templates:
    """Lists the templates, and which variables they may have."""
    with caller.tenant() as connection:
        found = templates.every(connection)
    rows = [Template(kind=kind, name=name, text=words) for (kind, name), words in sorted(found.items())]
    return Templates(data=rows, variables={kind: sorted(templates.KNOWN[kind]) for kind in TemplateKind})


@router.put("/templates", status_code=204)
def put_template(caller: Annotated[Caller, needs("settings:write")], asked: TemplateToPut) -> None:
    """Saves a template, or removes it."""
    words, name = asked.text.replace("\r\n", "\n").replace("\r", "\n"), asked.name
    if name and asked.kind is not TemplateKind.PRESET:
        message = "Only a preset has a name."
        raise ProblemError(422, f"name: {message}", {"name": message})
    if refusal := templates.refusal(asked.kind, name, words):
        raise of_refusal(refusal, "text" if name or asked.kind is not TemplateKind.PRESET else "name")
    with caller.tenant() as connection:
        templates.save(connection, caller.tenant_id, asked.kind, name, words, by=caller.by)
