"""Which updates a mail answers that was not sent to their reply address: the circle of people that it must not leave.

It decides nothing about who may post; it only keeps an answer in the access group of what it answers, by whatever
address it comes.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from schemas.records import ParsedMail

# a notice has the id of its line in the recipient log in its Message-ID (`cases.notices.compose`)
_NOTICE = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@", re.ASCII)
_OF_NOTICES = text("""
select r.id, u.case_id, u.access_group_id as group_id
from update_recipients r join updates u on u.id = r.update_id where r.id = any(cast(:ids as uuid[]))
""")


def of_notices(connection: Connection, mails: Sequence[ParsedMail]) -> Mapping[UUID, Row[Any]]:
    """Of mails that name a notice of ours in In-Reply-To (RFC 5322 section 3.6.4), case and access group of its update
    (`case_id`, `group_id`), by the mail's id."""
    named = {mail.custody.mail_id: UUID(found[1]) for mail in mails if (found := _NOTICE.search(mail.in_reply_to))}
    if not named:
        return {}
    rows = {row.id: row for row in connection.execute(_OF_NOTICES, {"ids": list(named.values())})}
    return {mail_id: rows[notice_id] for mail_id, notice_id in named.items() if notice_id in rows}
