"""Reads the values of the page of one case, in one transaction."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from cases.addresses import case_address
from cases.files import file_policy
from cases.outgoing import templates
from cases.people import members
from cases.updates import left_out_files, restore_text
from console.cases import queries
from console.services import Services
from console.web import paging
from console.web.previews import preview_of
from console.web.session import Viewer
from schemas.tables import new_id


@dataclass(frozen=True)
class Draft:
    """An update that is being written.

    `chosen` are its recipients; None means the recipients and the author of the newest update. `problem` is why the
    draft was refused, in words. `access_group` None is the default group.
    """

    update_id: UUID = field(default_factory=new_id)
    text: str = ""
    chosen: frozenset[UUID] | None = None
    problem: str = ""
    access_group: UUID | None = None


#: How many clients are suggested as new members; any other address can be typed.
_MOST_SUGGESTED = 200


def load(
    services: Services, viewer: Viewer, case_id: UUID, draft: Draft, before: str = "", member_problem: str = ""
) -> dict[str, Any]:
    """Returns the values for `case.html`.

    `before` is the cursor of a page of older updates, `member_problem` why a client was not made a member, in words.
    Raises HTTPException (404) if the viewer may not see the case.
    """
    with services.database.tenant(viewer.tenant_id) as connection:
        case = queries.case(connection, viewer, case_id)
        address = case_address.current(connection, services.settings.secrets.address_keys, case_id)
        rows = queries.updates(connection, viewer, case_id, before)
        groups = queries.groups(connection, viewer)
        # presets are written by staff for staff
        presets = templates.presets(connection) if viewer.works_here else []
        managers = queries.managers(connection) if viewer.reads_inbound else []
        of_case = members.of_case(connection, case_id) if viewer.reads_inbound else []
        clients = members.candidates(connection, case_id, _MOST_SUGGESTED) if viewer.reads_inbound else []
        kinds = queries.kinds(connection) if viewer.reads_inbound else []
        retired = case_address.retired(connection, case_id) if viewer.administers else ()
        policy = file_policy.of_tenant(connection, viewer.tenant_id)
        people = queries.people(connection, viewer, case)
    updates, older = paging.cut(rows, "posted_at")
    chosen = draft.chosen
    if chosen is None:
        chosen = frozenset(person.id for person in people if person.suggested)
    return {
        "case": case,
        "address": address,
        "retired": retired,
        "updates": updates,
        "older": older,
        "before": before,
        "people": people,
        "presets": presets,
        "managers": managers,
        "members": of_case,
        "clients": clients,
        "member_problem": member_problem,
        "case_problem": "",
        "edited": {"title": case.title, "kind": case.kind},
        "reason": "",
        "kinds": kinds,
        "groups": groups,
        "chosen": chosen,
        "draft": draft,
        "adds_files": services.offers.add_file is not None and viewer.role in left_out_files.MAY_ADD,
        "final": left_out_files.FINAL,
        "preview_of": preview_of,
        "may_edit": lambda update: _may_edit(viewer, update),
        "max_files": policy.most_files,
        "max_bytes": min(policy.most_bytes_together, services.settings.limits.mail),
    }


def _may_edit(viewer: Viewer, update: Row[Any]) -> bool:
    rules = {name: getattr(update, name) for name in ("wrote_it", "validated", "require_validation")}
    return restore_text.may_edit(viewer.role, **rules)
