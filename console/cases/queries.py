"""SQL of the pages about cases: only what the viewer may see, in the scope of the viewer's tenant."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import HTTPException
from sqlalchemy import Connection, Row, text

from console.web import paging
from console.web.forms import like
from console.web.session import MAY_SEE, SEES_UPDATE, Viewer

#: The lists of cases, each with its condition.
LISTS = {
    "": "c.archived_at is null",
    "open": "c.open",
    "mine": "c.open and c.manager_id = :viewer_id",
    "closed": "not c.open and c.archived_at is null",
    "archived": "c.archived_at is not null",
}
_CASES = """
with seen as (
    select c.id, c.number, c.title, c.kind, c.open, c.archived_at is not null as archived, m.name as manager,
        c.last_update_at as moved_at,
        :validates and exists (
            select 1 from updates u where u.case_id = c.id and not u.validated and u.decision = '') as waits
    from cases c join users m on m.id = c.manager_id
    where {may_see} and {of_list} and (c.number ilike :like or c.title ilike :like))
select * from seen
where (moved_at, id) < (:at, :id)
order by moved_at desc, id desc limit :most
"""
_OF_LIST = {name: text(_CASES.format(may_see=MAY_SEE, of_list=of_list)) for name, of_list in LISTS.items()}

_CASE = text(f"""
select c.id, c.number, c.title, c.kind, c.open, c.closed_at, c.closed_for, c.archived_at,
    c.open or (t.closed_cases = 'reopen' and c.archived_at is null) as takes_updates,
    t.closed_cases = 'reopen' as reopens, c.manager_id, m.name as manager, m.active as manager_active, t.replies_on,
    t.most_text, t.text_required
from cases c join users m on m.id = c.manager_id join tenants t on t.id = c.tenant_id
where c.id = :case_id and {MAY_SEE}
""")  # noqa: S608  # only a constant of ours is put in

_UPDATES = text(f"""
select u.id, u.text, u.via, u.mail_id, u.written_at, u.posted_at, u.cut, u.left_out, a.name as author, u.validated,
    u.unverified, u.author_id = :viewer_id as wrote_it, 'client' = any(g.may_see) as clients_see, g.require_validation,
    u.edited_at, e.name as editor, u.decision, u.decided_at, d.name as decider, u.decision_note,
    coalesce((select m.raw_deleted_by = '' from mails m where m.id = u.mail_id), false) as has_original,
    cardinality(u.to_tell) as to_notify, case when g.is_default then '' else g.name end as access_group,
    (select coalesce(json_agg(json_build_object('id', f.id, 'name', f.name, 'size', f.size, 'type', f.content_type,
            'thumbnail', f.thumbnail is not null) order by f.position), '[]')
        from update_files f where f.update_id = u.id) as files,
    (select coalesce(json_agg(json_build_object('name', p.name, 'email', r.email, 'bounced', r.bounced_address,
            'bounced_at', to_char(r.bounced_at at time zone 'UTC', 'YYYY-MM-DD HH24\\:MI "UTC"'),
            'permanent', r.bounce_permanent, 'words', r.bounce_words, 'failed',
            (select o.error from outbox o where o.recipient_id = r.id and o.state = 'failed')) order by p.name), '[]')
        from update_recipients r join users p on p.id = r.user_id where r.update_id = u.id) as recipients
from updates u join users a on a.id = u.author_id join access_groups g on g.id = u.access_group_id
left join users e on e.id = u.edited_by left join users d on d.id = u.decided_by
where u.case_id = :case_id and {SEES_UPDATE}
  and (u.posted_at, u.id) < (:at, :id)
order by u.posted_at desc, u.id desc limit :most
""")  # noqa: S608  # only a constant of ours is put in
_UPDATE = text(f"""
select 1 from updates u where u.id = :update_id and u.case_id = :case_id and {SEES_UPDATE}
""")  # noqa: S608  # only a constant of ours is put in
_OWN_UPDATE = text("select 1 from updates where id = :id and case_id = :case_id and author_id = :author_id")

# Clients choose among the people of the case: its members, and staff who wrote or received an update that clients see.
_PEOPLE = text(f"""
with seen_updates as (select id, author_id, posted_at from updates u where u.case_id = :case_id and {SEES_UPDATE}),
newest as (select id, author_id from seen_updates order by posted_at desc, id desc limit 1),
involved as (
    select author_id as id from seen_updates
    union select r.user_id from update_recipients r join seen_updates u on u.id = r.update_id)
select p.id, p.name, p.role = 'client' as client, m.user_id is not null as member,
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
_CLIENTS = text("select name, email from users where active and role = 'client' order by lower(name), id limit 200")
_KINDS = text("select kind from cases where kind <> '' group by kind order by count(*) desc, kind limit 30")
_PATTERN = text("select case_pattern from tenants where id = :id")
_MANAGERS = text("select id, name from users where active and role <> 'client' order by lower(name), id")

_FILE = text(f"""
select f.id, f.name, f.content_type, f.size, f.blob, f.thumbnail, u.id as update_id, u.case_id, c.number as case_number
from update_files f join updates u on u.id = f.update_id join cases c on c.id = u.case_id
where f.id = :file_id and {MAY_SEE} and {SEES_UPDATE}
""")  # noqa: S608  # only constants of ours are put in


def cases(connection: Connection, viewer: Viewer, search: str, before: str, of_list: str = "") -> Sequence[Row[Any]]:
    """Returns a page of the cases of one of the `LISTS` for `paging.cut`, the last updated first, with `search` in
    their number or title."""
    values = {"like": like(search), **viewer.sees, **paging.start(before)}
    return connection.execute(_OF_LIST[of_list], values).all()


def case(connection: Connection, viewer: Viewer, case_id: UUID) -> Row[Any]:
    """Returns a case. Raises HTTPException (404) both if the viewer may not see it and if it does not exist."""
    row = connection.execute(_CASE, {"case_id": case_id, **viewer.sees}).first()
    if row is None:
        raise HTTPException(404, "There is no such case, or it is not one of yours.")
    return row


def updates(connection: Connection, viewer: Viewer, case_id: UUID, before: str) -> Sequence[Row[Any]]:
    """Returns a page of a case's updates for `paging.cut`, the newest first, each with its files and recipients."""
    return connection.execute(_UPDATES, {"case_id": case_id, **viewer.sees, **paging.start(before)}).all()


def check_update(connection: Connection, viewer: Viewer, case_id: UUID, update_id: UUID) -> None:
    """Raises HTTPException (404) if the case has no such update, or the viewer may not see the case or the update."""
    case(connection, viewer, case_id)
    if connection.execute(_UPDATE, {"update_id": update_id, "case_id": case_id, **viewer.sees}).first() is None:
        raise HTTPException(404, "There is no such update, or it is not one of yours.")


def is_own_update(connection: Connection, viewer: Viewer, case_id: UUID, update_id: UUID) -> bool:
    """Returns whether the viewer has posted this update on the case."""
    values = {"id": update_id, "case_id": case_id, "author_id": viewer.id}
    return connection.execute(_OWN_UPDATE, values).first() is not None


def people(connection: Connection, viewer: Viewer, case: Row[Any]) -> Sequence[Row[Any]]:
    """Returns the people whom the viewer may choose as recipients; `suggested` if the newest update involves them."""
    values = {"case_id": case.id, "manager_id": case.manager_id, **viewer.sees}
    return connection.execute(_PEOPLE, values).all()


def groups(connection: Connection, viewer: Viewer) -> Sequence[Row[Any]]:
    """Returns the access groups that the viewer may post in, the default group first."""
    return connection.execute(_GROUPS, viewer.sees).all()


def clients(connection: Connection) -> Sequence[Row[Any]]:
    """Returns name and address of up to 200 active clients, for a list to choose from."""
    return connection.execute(_CLIENTS).all()


def kinds(connection: Connection) -> Sequence[str]:
    """Returns the types that cases have, the most frequent first, for a list to choose from."""
    return connection.execute(_KINDS).scalars().all()


def case_pattern(connection: Connection, tenant_id: UUID) -> str:
    """Returns the pattern of the numbers of new cases."""
    return str(connection.execute(_PATTERN, {"id": tenant_id}).scalar_one())


def managers(connection: Connection) -> Sequence[Row[Any]]:
    """Returns the users who can be case manager, by name."""
    return connection.execute(_MANAGERS).all()


def file(connection: Connection, viewer: Viewer, file_id: UUID) -> Row[Any]:
    """Returns a file of an update. Raises HTTPException (404) if the viewer may not see it, or it does not exist."""
    row = connection.execute(_FILE, {"file_id": file_id, **viewer.sees}).first()
    if row is None:
        raise HTTPException(404, "There is no such file, or it is not one of yours.")
    return row
