"""The page of one case: what it shows, read in one transaction."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from fastapi import HTTPException
from sqlalchemy import Connection, Row, text

from cases.addresses import case_address
from cases.files import file_policy
from cases.outgoing import templates
from cases.people import members
from cases.updates import late_files, restore_text
from console.services import Services
from console.web import paging
from console.web.previews import preview_of
from console.web.session import MAY_SEE, SEES_UPDATE, Viewer
from schemas.tables import new_id


@dataclass(frozen=True)
class Draft:
    """An update that is being written. `chosen` None means those whom the newest update went to, and its author.

    `problem` is why it was refused, in words; `access_group` None means the default.
    """

    update_id: UUID = field(default_factory=new_id)
    text: str = ""
    chosen: frozenset[UUID] | None = None
    problem: str = ""
    access_group: UUID | None = None


#: Clients whose addresses are proposed when somebody is to be made a member; any other can be typed.
_PROPOSED = 200

_CASE = text(f"""
select c.id, c.number, c.title, c.open, c.manager_id, m.name as manager, m.active as manager_active, t.replies_on,
    t.most_text, t.text_required
from cases c join users m on m.id = c.manager_id join tenants t on t.id = c.tenant_id
where c.id = :case_id and {MAY_SEE}
""")  # noqa: S608  # only a constant of ours is put in

_UPDATES = text(f"""
select u.id, u.text, u.via, u.mail_id, u.written_at, u.posted_at, u.cut, u.left_out, a.name as author, u.validated,
    u.unverified, u.author_id = :viewer_id as wrote_it, 'client' = any(g.may_see) as clients_see, g.require_validation,
    u.edited_at, e.name as editor, u.decision, u.decided_at, d.name as decider, u.decision_note,
    coalesce((select m.raw_deleted_by = '' from mails m where m.id = u.mail_id), false) as has_original,
    cardinality(u.to_tell) as to_tell, case when g.is_default then '' else g.name end as access_group,
    (select coalesce(json_agg(json_build_object('id', f.id, 'name', f.name, 'size', f.size, 'type', f.content_type,
            'thumbnail', f.thumbnail is not null) order by f.position), '[]')
        from update_files f where f.update_id = u.id) as files,
    (select coalesce(json_agg(json_build_object('name', p.name, 'email', r.email, 'bounced', r.bounced_address,
            'bounced_at', to_char(r.bounced_at at time zone 'UTC', 'YYYY-MM-DD HH24\\:MI "UTC"'),
            'permanent', r.bounce_permanent, 'words', r.bounce_words, 'failed',
            (select o.error from outbox o where o.recipient_id = r.id and o.state = 'failed')) order by p.name), '[]')
        from update_recipients r join users p on p.id = r.user_id where r.update_id = u.id) as told
from updates u join users a on a.id = u.author_id join access_groups g on g.id = u.access_group_id
left join users e on e.id = u.edited_by left join users d on d.id = u.decided_by
where u.case_id = :case_id and {SEES_UPDATE}
  and (u.posted_at, u.id) < (:at, :id)
order by u.posted_at desc, u.id desc limit :most
""")  # noqa: S608  # only a constant of ours is put in

# Clients choose among the people of the case: its members, and the staff who wrote or were told of an update that the
# clients see.
_PEOPLE = text(f"""
with seen_updates as (select id, author_id, posted_at from updates u where u.case_id = :case_id and {SEES_UPDATE}),
newest as (select id, author_id from seen_updates order by posted_at desc, id desc limit 1),
involved as (
    select author_id as id from seen_updates
    union select r.user_id from update_recipients r join seen_updates u on u.id = r.update_id)
select p.id, p.name, m.user_id is not null as member,
    (p.id in (select author_id from newest)
        or p.id in (select r.user_id from update_recipients r join newest on newest.id = r.update_id)) as suggested
from users p left join case_members m on m.case_id = :case_id and m.user_id = p.id
where p.active and p.id <> :viewer_id and p.id <> :manager_id
  and (m.user_id is not null or (p.role <> 'client' and (:works_here or p.id in (select id from involved))))
order by lower(p.name), p.id
""")  # noqa: S608  # only a constant of ours is put in

_GROUPS = text("""
select id, name, is_default, 'client' = any(may_see) as clients_see
from access_groups where :role = any(may_post) order by not is_default, lower(name)
""")


_MANAGERS = text("select id, name from users where active and role <> 'client' order by lower(name), id")


def _may_edit(viewer: Viewer, update: Row[Any]) -> bool:
    rules = {name: getattr(update, name) for name in ("wrote_it", "validated", "require_validation")}
    return restore_text.may_edit(viewer.role, **rules)


def find(connection: Connection, viewer: Viewer, case_id: UUID) -> Row[Any]:
    """The case, if the viewer may see it; else 404, the same as for a case that is not there."""
    row = connection.execute(_CASE, {"case_id": case_id, **viewer.sees}).first()
    if row is None:
        raise HTTPException(404, "There is no such case, or it is not one of yours.")
    return row


def load(
    services: Services, viewer: Viewer, case_id: UUID, draft: Draft, before: str = "", member_problem: str = ""
) -> dict[str, Any]:
    """The values of `case.html`; `before` is the cursor of a page of older updates, `member_problem` why somebody was
    not made a member, in words."""
    with services.database.tenant(viewer.tenant_id) as connection:
        case = find(connection, viewer, case_id)
        address = case_address.current(connection, services.settings.secrets.address_keys, case_id)
        rows = connection.execute(_UPDATES, {"case_id": case_id, **viewer.sees, **paging.start(before)}).all()
        groups = connection.execute(_GROUPS, viewer.sees).all()
        # they are written by the staff, for the staff
        presets = templates.presets(connection) if viewer.works_here else []
        managers = connection.execute(_MANAGERS).all() if viewer.reads_inbound else []
        belonging = members.of_case(connection, case_id) if viewer.reads_inbound else []
        clients = members.could_be(connection, case_id, _PROPOSED) if viewer.reads_inbound else []
        retired = case_address.retired(connection, case_id) if viewer.administers else ()
        policy = file_policy.of_tenant(connection, viewer.tenant_id)
        people = connection.execute(_PEOPLE, {"case_id": case_id, "manager_id": case.manager_id, **viewer.sees}).all()
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
        "members": belonging,
        "clients": clients,
        "member_problem": member_problem,
        "groups": groups,
        "chosen": chosen,
        "draft": draft,
        "adds_files": services.offers.add_file is not None and viewer.role in late_files.MAY_ADD,
        "final": late_files.FINAL,
        "preview_of": preview_of,
        "may_edit": lambda update: _may_edit(viewer, update),
        "max_files": policy.most_files,
        "max_bytes": min(policy.most_bytes_together, services.settings.limits.mail),
    }
