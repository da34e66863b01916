"""The address of a case: the one that is in use now."""

from uuid import UUID

from sqlalchemy import Connection, text

from cases.addresses import Address, AddressKind, Keys, new_handle, write

_FIND = text("""
select c.tenant_id, c.number, t.mail_domain, a.handle
from cases c join tenants t on t.id = c.tenant_id
left join case_addresses a on a.case_id = c.id and a.retired_at is null
where c.id = :case_id
""")

_MINT = text("""
insert into case_addresses (handle, tenant_id, case_id, created_at)
select :handle, tenant_id, id, now() from cases where id = :case_id
on conflict (case_id) where retired_at is null do nothing
""")


def current(connection: Connection, keys: Keys, case_id: UUID) -> str:
    """The full address of a case, minted if it has none; whoever asks at the same time is given the same one.

    `keys` are `Settings.address_keys`; the transaction is in the scope of the case's tenant. Raises `LookupError`
    when this tenant has no such case.
    """
    row = connection.execute(_FIND, {"case_id": case_id}).first()
    if row is not None and row.handle is None:
        # loses against a transaction that mints at the same time, and then finds what that one minted
        connection.execute(_MINT, {"case_id": case_id, "handle": new_handle()})
        row = connection.execute(_FIND, {"case_id": case_id}).first()
    if row is None:
        raise LookupError(f"this tenant has no case {case_id}")
    return write(keys, row.tenant_id, Address(AddressKind.CASE, row.handle), row.number, row.mail_domain)
