"""The templates of a tenant: texts with variables such as `{{Case.case_number}}`.

A template only has variables, each of which is replaced once by its value: no expressions, loops or attributes. The
names of variables are case-sensitive. A text with an unknown variable can't be saved.

    fill("Case {{Case.case_number}}", {"Case.case_number": "1042"}) == "Case 1042"
"""

import re
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Connection, text

from cases import audit
from cases.addresses import case_address
from cases.addresses.tokens import Keys
from cases.refusal import Refusal
from schemas.tables import TemplateKind, new_id

#: The longest template and the longest name, in characters.
MAX_TEXT, MAX_NAME = 5_000, 100

#: The meaning of each variable.
VARIABLES = {
    "Case.case_number": "the number of the case",
    "Case.title": "the title of the case",
    "Case.email_address": "the email address of the case",
    "Case.manager": "the name of the case manager",
    "Tenant.name": "the name of your organisation",
    "Author.name": "the name of who writes the update",
    "Assigner.name": "the name of who assigned the case",
    "Assignee.name": "the name of who the case was assigned to",
}
_ALWAYS = ("Case.case_number", "Case.title", "Case.email_address", "Case.manager", "Tenant.name")
#: The variables of each kind of template.
KNOWN: dict[TemplateKind, tuple[str, ...]] = {
    TemplateKind.PRESET: (*_ALWAYS, "Author.name"),
    TemplateKind.INTRO: (*_ALWAYS, "Author.name"),
    TemplateKind.FOOTER: (*_ALWAYS, "Author.name"),
    TemplateKind.ASSIGNMENT: (*_ALWAYS, "Assigner.name", "Assignee.name"),
}

_VARIABLE = re.compile(r"\{\{([^{}]*)\}\}")

_CASE = text("""
select c.number, c.title, m.name as manager, t.name as tenant
from cases c join users m on m.id = c.manager_id join tenants t on t.id = c.tenant_id where c.id = :case_id
""")
_ALL = text("select kind, name, text from templates order by kind, lower(name), name")
_READ = text("select kind, text from templates where kind = any(:kinds)")
_PRESETS = text("select id, name from templates where kind = 'preset' order by lower(name), name")
_PRESET = text("select text from templates where kind = 'preset' and id = :id")
_SAVE = text("""
insert into templates (id, tenant_id, kind, name, text) values (:id, :tenant_id, :kind, :name, :text)
on conflict (tenant_id, kind, name) do update set text = excluded.text returning id
""")
_REMOVE = text("delete from templates where kind = :kind and name = :name returning id")


def refusal(kind: TemplateKind, name: str, template: str) -> Refusal | None:
    """Returns why a text can't be saved as a template of this kind and name, or None when it can."""
    if kind is TemplateKind.PRESET and not 0 < len(name) <= MAX_NAME:
        return Refusal(f"A preset needs a name of at most {MAX_NAME} characters.")
    if len(template) > MAX_TEXT:
        return Refusal(f"The text is longer than {MAX_TEXT:,} characters.")
    known = ", ".join(f"{{{{{name}}}}}" for name in KNOWN[kind])
    for match in _VARIABLE.finditer(template):
        if match[1].strip() not in KNOWN[kind]:
            return Refusal(f"{match[0][:80]} is not known here. Known are: {known}.")
    rest = _VARIABLE.sub("", template)
    if "{{" in rest or "}}" in rest:
        return Refusal(
            f"A {{{{ or }}}} stands alone. Variables are written like {{{{Case.case_number}}}}; known are: {known}."
        )
    return None


def fill(template: str, values: Mapping[str, str]) -> str:
    """Returns the template with its variables replaced; variables inside a value are not replaced.

    Raises `LookupError` when a value is missing: no mail is sent with a gap.
    """
    return _VARIABLE.sub(lambda match: values[match[1].strip()], template)


def values_of_case(connection: Connection, keys: Keys, case_id: UUID) -> dict[str, str]:
    """Returns the values of the variables that all templates have; `keys` are `Settings.secrets.address_keys`."""
    row = connection.execute(_CASE, {"case_id": case_id}).one()
    return {
        "Case.case_number": row.number,
        "Case.title": row.title,
        "Case.email_address": case_address.current(connection, keys, case_id),
        "Case.manager": row.manager,
        "Tenant.name": row.tenant,
    }


def read(connection: Connection, *kinds: TemplateKind) -> dict[TemplateKind, str]:
    """Returns the text of the tenant's template of each of these kinds, for kinds that have at most one template."""
    rows = connection.execute(_READ, {"kinds": [kind.value for kind in kinds]})
    return {TemplateKind(row.kind): row.text for row in rows}


def every(connection: Connection) -> dict[tuple[TemplateKind, str], str]:
    """Returns the texts of all templates of the tenant, by kind and name."""
    return {(TemplateKind(row.kind), row.name): row.text for row in connection.execute(_ALL)}


def presets(connection: Connection) -> list[tuple[UUID, str]]:
    """Returns the id and name of each preset text for an update."""
    return [(row.id, row.name) for row in connection.execute(_PRESETS)]


def preset(connection: Connection, keys: Keys, preset_id: UUID, case_id: UUID, author_name: str) -> str:
    """Returns the text of a preset for an update on the case; empty when there is no such preset."""
    template = connection.execute(_PRESET, {"id": preset_id}).scalar()
    if template is None:
        return ""
    return fill(template, values_of_case(connection, keys, case_id) | {"Author.name": author_name})


def save(
    connection: Connection, tenant_id: UUID, kind: TemplateKind, name: str, template: str, *, by: UUID | None
) -> None:
    """Saves a template that nothing refuses, or removes it if its text is empty, with an entry in the audit."""
    values = {"kind": kind.value, "name": name}
    if not template:
        found = connection.execute(_REMOVE, values)
    else:
        found = connection.execute(_SAVE, {**values, "id": new_id(), "tenant_id": tenant_id, "text": template})
    saved: UUID | None = found.scalar()
    if saved is not None:
        act = "template.saved" if template else "template.removed"
        audit.record(connection, [audit.Act(tenant_id, by, act, saved, values)])
