"""Creates the senders of the load: tenants with cases, whose people got an update."""

from sqlalchemy import create_engine, insert, text
from sqlmodel import SQLModel

from cases.addresses.compare import email_key
from cases.addresses.tokens import Address, AddressKind, write
from cases.updates.posting import NewUpdate, post_update
from ops.bench.generator import Correspondent
from schemas.settings import Settings
from schemas.tables import Authentication, Case, CaseMember, Role, Tenant, User, Via, core, new_id, now
from storage.database import Database

#: The case manager and the other client of a case get a notice of each answer.
TENANTS, CASES, CLIENTS = 4, 10, 2

_HANDLES = text(
    "select r.email, r.handle from update_recipients r join users u on u.id = r.user_id where u.role = 'client'"
)


def build(settings: Settings, *, tenants: int = TENANTS, cases: int = CASES) -> list[Correspondent]:
    """Creates the tenants, each with `cases` cases, and posts an update on each; returns the clients who got it."""
    people: list[Correspondent] = []
    database = Database(settings.database.url)
    for number in range(tenants):
        tenant = Tenant(slug=f"bench{number}", name=f"Bench {number}", mail_domain=f"bench{number}.example")
        # or the name servers of the senders would be measured, too
        tenant.authentication = Authentication.OFF
        rows: list[SQLModel] = [tenant]
        staff = _user(tenant, "staff", Role.STAFF)
        rows.append(staff)
        made = []
        for case_number in range(cases):
            case = Case(tenant_id=tenant.id, number=f"2026-{case_number}", title="A case", manager_id=staff.id)
            clients = [_user(tenant, f"client{case_number}-{index}", Role.CLIENT) for index in range(CLIENTS)]
            rows += [case, *clients]
            rows += [CaseMember(case_id=case.id, user_id=client.id, tenant_id=tenant.id) for client in clients]
            made.append((case, clients))
        _insert(settings, rows)
        for case, clients in made:
            _post(database, case, staff, clients)
        with database.tenant(tenant.id) as connection:
            for email, handle in connection.execute(_HANDLES):
                address = Address(AddressKind.REPLY, handle)
                reply_to = write(settings.secrets.address_keys, tenant.id, address, "2026-7", tenant.mail_domain)
                people.append(Correspondent(email, reply_to))
    database.close()
    return people


def _user(tenant: Tenant, name: str, role: Role) -> User:
    email = f"{name}.{tenant.slug}@people.example"
    return User(id=new_id(), tenant_id=tenant.id, name=name, email=email, email_key=email_key(email), role=role)


def _insert(settings: Settings, rows: list[SQLModel]) -> None:
    engine = create_engine(settings.database.owner_url or settings.database.url)
    with engine.begin() as connection:
        for row in rows:
            connection.execute(insert(core(type(row))), row.model_dump())
    engine.dispose()


def _post(database: Database, case: Case, staff: User, clients: list[User]) -> None:
    with database.tenant(case.tenant_id) as connection:
        post_update(
            connection,
            NewUpdate(
                tenant_id=case.tenant_id,
                case_id=case.id,
                author_id=staff.id,
                text="What news?",
                via=Via.FORM,
                written_at=now(),
                posted_at=now(),
                recipients=tuple(client.id for client in clients),
            ),
        )
