"""Reply addresses and case addresses of a world, and further cases in it."""

from uuid import UUID

from sqlalchemy import text

from cases.addresses.tokens import Address, AddressKind, new_handle, write
from schemas.tables import Case, CaseMember, core
from storage.database import Database
from tests.builders.world import KEYS, World


def reply_address(database: Database, world: World, update_id: UUID, name: str) -> str:
    """Returns the reply address of an update for a person to whom it was sent."""
    with database.tenant(world.tenant_id) as connection:
        handle = connection.execute(
            text("select handle from update_recipients where update_id = :update and user_id = :person"),
            {"update": update_id, "person": world.people[name]},
        ).scalar_one()
    return write(KEYS, world.tenant_id, Address(AddressKind.REPLY, handle), "2026-7", world.mail_domain)


def case_address(world: World, *, retired: bool = False) -> str:
    """Gives the world's case an address and returns it; a retired address has stopped working."""
    handle = new_handle()
    with world.owner().begin() as connection:
        connection.execute(
            text(
                "insert into case_addresses (handle, tenant_id, case_id, created_at, retired_at, hits)"
                " values (:handle, :tenant, :case, now(), case when :retired then now() end, 0)"
            ),
            {"handle": handle, "tenant": world.tenant_id, "case": world.case_id, "retired": retired},
        )
    return write(KEYS, world.tenant_id, Address(AddressKind.CASE, handle), "2026-7", world.mail_domain)


def another_case(world: World, number: str = "2026-8") -> UUID:
    """Inserts a case with the client as a member; returns its id."""
    case = Case(tenant_id=world.tenant_id, number=number, title="Other", manager_id=world.people["manager"])
    member = CaseMember(case_id=case.id, user_id=world.people["client"], tenant_id=world.tenant_id)
    with world.owner().begin() as connection:
        for row in (case, member):
            connection.execute(core(type(row)).insert(), row.model_dump())
    return case.id


def address_of_case(world: World, case_id: UUID) -> str:
    """Gives this case of the world an address and returns it."""
    return case_address(World(**{**vars(world), "case_id": case_id}))
