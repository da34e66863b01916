"""What a mail answers, whichever of a case's addresses it came to, and the access group that it must not leave.

None of this decides who may post. It only keeps an answer with those who know what it answers: also where it was
sent to the case, to the address of another update, or was passed on to there by somebody who had a copy.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

# a notice has the id of its line in the recipient log in its Message-ID (`cases.outgoing.notices.compose`)
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
    """The id that a notice of ours would have, of the first that In-Reply-To names (RFC 5322 section 3.6.4)."""
    found = _NOTICE.search(in_reply_to)
    return UUID(found[1]) if found else None


def notices(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, Row[Any]]:
    """Of these ids those of notices of the tenant: whom each was sent to (`user_id`), and update, case and access group
    (`update_id`, `case_id`, `group_id`)."""
    return {row.id: row for row in connection.execute(_OF_NOTICES, {"ids": list(ids)})} if ids else {}


def narrowest(connection: Connection, groups: frozenset[UUID]) -> frozenset[UUID]:
    """The one of several access groups that nobody sees who does not see all of them; all, where there is no such."""
    if len(groups) < 2:  # noqa: PLR2004
        return groups
    found = connection.execute(_NARROWEST, {"ids": list(groups)}).scalar()
    return frozenset({found}) if found else groups
