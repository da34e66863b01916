"""Finds the update that a mail answers, by the notice it replies to, and the access group that may see the answer.

This does not decide who may post. It keeps an answer among the people who can see the answered update, even if the
answer was sent to the case or to the address of another update, or was forwarded there by a person with a copy.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

# the Message-ID of a notice contains the id of its row in the recipient log (`cases.outgoing.notices.compose`)
_NOTICE = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@", re.ASCII)
_OF_NOTICES = text("""
select r.id, r.user_id, r.update_id, u.case_id, u.access_group_id as group_id
from update_recipients r join updates u on u.id = r.update_id where r.id = any(cast(:ids as uuid[]))
""")
_NARROWEST = text("""
select g.id from access_groups g where g.id = any(cast(:ids as uuid[]))
  and not exists (
    select 1 from access_groups o where o.id = any(cast(:ids as uuid[])) and not g.may_see <@ o.may_see)
order by g.id limit 1
""")


def notice_id(in_reply_to: str) -> UUID | None:
    """Returns the id in the first Message-ID of In-Reply-To (RFC 5322 section 3.6.4) that looks like a notice of ours.

    Returns None if there is no such Message-ID.
    """
    found = _NOTICE.search(in_reply_to)
    return UUID(found[1]) if found else None


def notices(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, Row[Any]]:
    """Returns the tenant's notices with these ids, by id: `user_id` of the recipient, `update_id`, `case_id` and
    `group_id` of the access group."""
    return {row.id: row for row in connection.execute(_OF_NOTICES, {"ids": list(ids)})} if ids else {}


def narrowest(connection: Connection, groups: frozenset[UUID]) -> frozenset[UUID]:
    """Returns the one access group whose roles may all see every other of `groups`; else `groups` unchanged."""
    if len(groups) < 2:  # noqa: PLR2004
        return groups
    found = connection.execute(_NARROWEST, {"ids": list(groups)}).scalar()
    return frozenset({found}) if found else groups
