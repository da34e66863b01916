"""The email address of a case: its current address, and the addresses that this replaced."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from cases.addresses.tokens import Address, AddressKind, Keys, new_handle, write
from cases.audit import Act, record

_FIND = text("""
select c.tenant_id, c.number, t.mail_domain, a.handle
from cases c join tenants t on t.id = c.tenant_id
left join case_addresses a on a.case_id = c.id and a.retired_at is null
where c.id = :case_id
""")

_MINT = text("""
insert into case_addresses (handle, tenant_id, case_id, created_at, hits)
select :handle, tenant_id, id, now(), 0 from cases where id = :case_id
on conflict (case_id) where retired_at is null do nothing
""")

_RETIRE = text("""
update case_addresses a set retired_at = now(), works_until = now() + make_interval(days => t.grace_days)
from tenants t where t.id = a.tenant_id and a.case_id = :case_id and a.retired_at is null
returning a.tenant_id, a.works_until
""")

_RETIRED = text("""
select retired_at, coalesce(works_until, retired_at) as works_until, hits, last_hit_at,
    coalesce(works_until, retired_at) > now() as works
from case_addresses where case_id = :case_id and retired_at is not null order by retired_at desc
""")

_COUNT_HITS = text("""
update case_addresses a set hits = hits + k.mails, last_hit_at = now()
from (select handle, count(*) as mails from unnest(cast(:handles as text[])) h(handle) group by handle) k
where a.handle = k.handle
""")


def current(connection: Connection, keys: Keys, case_id: UUID) -> str:
    """Returns the current address of a case, and makes one if it has none; concurrent calls get the same address.

    `keys` are `Settings.secrets.address_keys`; the transaction is in the scope of the case's tenant. Raises
    `LookupError` when this tenant has no such case.
    """
    row = connection.execute(_FIND, {"case_id": case_id}).first()
    if row is not None and row.handle is None:
        # does nothing if another transaction makes an address at the same time: that address is then read
        connection.execute(_MINT, {"case_id": case_id, "handle": new_handle()})
        row = connection.execute(_FIND, {"case_id": case_id}).first()
    if row is None:
        raise LookupError(f"this tenant has no case {case_id}")
    return write(keys, row.tenant_id, Address(AddressKind.CASE, row.handle), row.number, row.mail_domain)


def rotate(connection: Connection, keys: Keys, case_id: UUID, *, by: UUID) -> str:
    """Gives a case a new address and returns it; the old address works for the tenant's days of grace.

    Raises `LookupError` as `current` does.
    """
    current(connection, keys, case_id)
    retired = connection.execute(_RETIRE, {"case_id": case_id}).one()
    until = retired.works_until.isoformat(timespec="seconds")
    record(connection, [Act(retired.tenant_id, by, "case.address_rotated", case_id, {"old works until": until})])
    return current(connection, keys, case_id)


def retired(connection: Connection, case_id: UUID) -> Sequence[Row[Any]]:
    """Returns the replaced addresses of the case, newest first: `retired_at`, `works_until`, whether it still `works`,
    how many mails came to it since it was replaced (`hits`), and `last_hit_at`."""
    return connection.execute(_RETIRED, {"case_id": case_id}).all()


def count_hits(connection: Connection, handles: Sequence[str]) -> None:
    """Counts mails to replaced addresses, one handle for each mail, so that an admin sees which are still used."""
    connection.execute(_COUNT_HITS, {"handles": sorted(handles)})
