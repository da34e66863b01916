"""Who is asking: a signed cookie names a session, which is read with its user for every request, in one statement."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, HTTPException, Request
from sqlalchemy import Row, text

from cases.people.directory import may_validate
from console.guards import sessions
from console.services import Services, TheServices
from schemas.tables import Role

#: Who reads the inbound log.
READERS = frozenset({Role.ADMIN, Role.CASE_MANAGER})
#: Held mails of each kind are counted so far, by an index; of more it is said that there are more.
MOST_COUNTED = 1000

#: SQL over a case `c`: clients see the cases that they are members of, everybody else those of the tenant.
MAY_SEE = """(:works_here or exists (
    select 1 from case_members seen where seen.case_id = c.id and seen.user_id = :viewer_id))"""

#: SQL over an update `u`: its author sees it, and who may see its access group; while it waits, who may validate it.
SEES_UPDATE = """(u.author_id = :viewer_id or ((u.validated or :validates) and exists (
    select 1 from access_groups seen where seen.id = u.access_group_id and :role = any(seen.may_see))))"""


class LoggedOutError(Exception):
    """The request needs somebody who is logged in."""


@dataclass(frozen=True)
class Viewer:
    """The user who asks."""

    id: UUID
    name: str
    role: Role
    tenant_id: UUID
    tenant_name: str
    held: int = 0  # mails that wait for a decision, but for inbound messages; 0 for who does not read the inbound log
    sources: int = 0  # sources of mail that somebody must look after; 0 for who is no admin
    messages: int = 0  # inbound messages that wait for a case
    session_id: UUID | None = None  # None for who did not log in: what they open was signed for them

    @property
    def works_here(self) -> bool:
        """Whether they work for the tenant; if not they are a client."""
        return self.role is not Role.CLIENT

    @property
    def validates(self) -> bool:
        """Whether they validate updates."""
        return may_validate(self.role)

    @property
    def reads_inbound(self) -> bool:
        """Whether the inbound log is open to them."""
        return self.role in READERS

    @property
    def administers(self) -> bool:
        """Whether they change the tenant's settings."""
        return self.role is Role.ADMIN

    @property
    def sees(self) -> dict[str, object]:
        """The parameters of `MAY_SEE` and `SEES_UPDATE`."""
        return {
            "works_here": self.works_here,
            "viewer_id": self.id,
            "role": self.role,
            "validates": self.validates,
        }


_VIEWER = """u.id, u.name, u.role, u.tenant_id, t.name as tenant_name, waits.held, waits.messages,
    (select count(*) from sources s where u.role = 'admin' and s.tenant_id = t.id and s.active and (
        s.paused_for <> '' or s.old_mails = 'asked' or s.failures > 0 or s.left_behind > 0)) as sources"""
_WAITS = """
cross join lateral (select u.role = any(:readers) as reads) may
cross join lateral (
    select (select count(*) from (
            (select from mails where may.reads and tenant_id = t.id and state = 'held' and reason < 'not_related'
                limit :most)
            union all
            (select from mails where may.reads and tenant_id = t.id and state = 'held' and reason > 'not_related'
                limit :most)
        ) decide) as held,
        (select count(*) from (select from mails where may.reads and tenant_id = t.id and state = 'held'
            and reason = 'not_related' limit :most) messages) as messages
) waits
"""
_READ = text(f"""
with touched as ({sessions.TOUCH})
select s.id as session_id, {_VIEWER}
from console_sessions s join users u on u.id = s.user_id join tenants t on t.id = u.tenant_id {_WAITS}
where s.token = :token and {sessions.ALIVE} and u.active and t.active
""")  # noqa: S608  # only constants of ours are put in
_FIND = text(f"""
select cast(null as uuid) as session_id, {_VIEWER} from users u join tenants t on t.id = u.tenant_id {_WAITS}
where u.id = :id and u.active and t.active
""")  # noqa: S608
_COUNTS = {"readers": list(READERS), "most": MOST_COUNTED}


def begin(request: Request, tenant_id: UUID, user_id: UUID, token: str) -> None:
    """Names the session that `token` opens in the cookie; nothing of an earlier one is left there."""
    request.session.clear()
    request.session.update(tenant=str(tenant_id), user=str(user_id), token=token)
    csrf_token(request)


def csrf_token(request: Request) -> str:
    """The token that the forms of this session carry, made when first asked for."""
    token: str = request.session.setdefault("csrf", secrets.token_urlsafe(32))
    return token


def viewer(request: Request, services: TheServices) -> Viewer:
    """The user who asks, read for this request; raises `LoggedOutError` for nobody."""
    session = request.session
    if "token" not in session:
        raise LoggedOutError
    values = {"token": sessions.digest(session["token"]), "address": address(request), **_COUNTS}
    with services.database.tenant(UUID(session["tenant"])) as connection:
        row = connection.execute(_READ, values | sessions.lifetimes(services.settings)).first()
    if row is None:
        session.clear()
        raise LoggedOutError
    found = _as_viewer(row)
    request.state.viewer = found
    return found


def find_viewer(services: Services, tenant_id: UUID, user_id: UUID) -> Viewer | None:
    """A user as one who asks, without a log-in: for what was signed for them. None for one who is not active."""
    with services.database.tenant(tenant_id) as connection:
        row = connection.execute(_FIND, {"id": user_id, **_COUNTS}).first()
    return _as_viewer(row) if row else None


def address(request: Request) -> str:
    """The address that the request came from, as a trusted proxy says it."""
    return request.client.host if request.client else ""


def _as_viewer(row: Row[Any]) -> Viewer:
    who = (row.id, row.name, Role(row.role), row.tenant_id, row.tenant_name)
    return Viewer(*who, row.held, row.sources, row.messages, row.session_id)


#: The user who asks, as a parameter of an endpoint; raises `LoggedOutError` when there is none.
TheViewer = Annotated[Viewer, Depends(viewer)]


def _only(may: Callable[[Viewer], bool]) -> Callable[[Viewer], Viewer]:
    def check(viewer: TheViewer) -> Viewer:
        if not may(viewer):
            raise HTTPException(403, "Your role does not open this page.")
        return viewer

    return check


InboundReader = Annotated[Viewer, Depends(_only(lambda viewer: viewer.reads_inbound))]
Admin = Annotated[Viewer, Depends(_only(lambda viewer: viewer.administers))]
