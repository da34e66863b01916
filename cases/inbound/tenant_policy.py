"""Reads a tenant's rules for inbound mail, and how many mails each sender wrote to it, in one statement."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases.inbound import rate_limit
from cases.inbound.rate_limit import MAILS_OF_AUTHORS, MAILS_OF_SENDERS, RateLimit
from schemas.reasons import Disposition
from schemas.records import ParsedMail

_TENANT = text(f"""
select now() as at, active, replies_on, reply_days, authentication, arc_sealers, answer_score,
    array(select reason from dispositions where tenant_id = t.id and disposition = '{Disposition.POST}') as posts_also,
    {MAILS_OF_SENDERS} as mails_of_senders, {MAILS_OF_AUTHORS} as mails_of_authors
from tenants t where id = :tenant_id
""")  # noqa: S608  # only our own constants are inserted


def read(connection: Connection, tenant_id: UUID, mails: Sequence[ParsedMail], limit: RateLimit) -> Row[Any]:
    """Returns the tenant's columns and, in the order of the mails, `mails_of_senders` and `mails_of_authors`."""
    return connection.execute(_TENANT, {"tenant_id": tenant_id, **rate_limit.values(mails, limit)}).one()
