"""Creates the demo's data: inserts rows as the owner of the tables, posts updates by the call that the form makes."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, create_engine, insert, text
from sqlmodel import SQLModel

from cases.addresses.compare import email_key
from cases.updates.posting import NewUpdate, Posted, post_update
from console.account.passwords import hash_password
from ops.demo.world import CASES, PASSWORD, PEOPLE, TENANTS, CaseSeed, Person, TenantSeed, UpdateSeed
from schemas.tables import Authentication, Case, CaseMember, Tenant, User, Via, core, new_id, now
from storage.database import Database

_EARLIER_DEMOS = text("select count(*) from tenants where slug = :slug or slug like :slug || '-%'")


@dataclass(frozen=True)
class Planted:
    """The ids and names of the created rows, by the keys of `world`.

    `slugs` and `mail_domains` get a number in a database in which the demo ran before.
    """

    slugs: dict[str, str]
    mail_domains: dict[str, str]
    tenants: dict[str, UUID]
    people: dict[str, UUID]
    cases: dict[str, UUID]


def plant(owner_url: str, authentication: Authentication = Authentication.LIMIT) -> Planted:
    """Creates tenants, people and cases. `authentication` is the tenants' setting, by default that of new tenants."""
    users = [person for person in PEOPLE.values() if person.tenant]
    engine = create_engine(owner_url)
    with engine.begin() as connection:
        earlier = connection.execute(_EARLIER_DEMOS, {"slug": TENANTS[0].slug}).scalar_one()
        number = f"-{earlier + 1}" if earlier else ""
        planted = Planted(
            slugs={tenant.slug: tenant.slug + number for tenant in TENANTS},
            mail_domains={tenant.slug: f"cases{number}.{tenant.domain}" for tenant in TENANTS},
            tenants={tenant.slug: new_id() for tenant in TENANTS},
            people={person.key: new_id() for person in users},
            cases={case.number: new_id() for case in CASES},
        )
        for tenant in TENANTS:
            _insert(connection, _tenant(planted, tenant, authentication))
        password_hash = hash_password(PASSWORD)
        for person in users:
            _insert(connection, _user(planted, person, password_hash))
        for case in CASES:
            _insert_case(connection, planted, case)
    engine.dispose()
    return planted


def post(database: Database, planted: Planted, seed: UpdateSeed) -> None:
    """Posts an update as the case manager does with the form."""
    case = next(case for case in CASES if case.number == seed.case)
    tenant_id = planted.tenants[case.tenant]
    with database.tenant(tenant_id) as connection:
        outcome = post_update(
            connection,
            NewUpdate(
                tenant_id=tenant_id,
                case_id=planted.cases[case.number],
                author_id=planted.people[case.manager],
                text=seed.text,
                via=Via.FORM,
                written_at=now(),
                posted_at=now(),
                recipients=tuple(planted.people[key] for key in seed.recipients),
            ),
        )
    assert isinstance(outcome, Posted), outcome


def _tenant(planted: Planted, tenant: TenantSeed, authentication: Authentication) -> Tenant:
    # new cases count on from the highest number
    numbers = [case.number.rpartition("-") for case in CASES if case.tenant == tenant.slug]
    return Tenant(
        id=planted.tenants[tenant.slug],
        slug=planted.slugs[tenant.slug],
        name=tenant.name,
        mail_domain=planted.mail_domains[tenant.slug],
        catch_all=tenant.catch_all,
        authentication=authentication,
        case_pattern=f"{numbers[0][0]}-{{number}}",
        next_case_number=1 + max(int(number) for *_, number in numbers),
    )


def _user(planted: Planted, person: Person, password_hash: str) -> User:
    return User(
        id=planted.people[person.key],
        tenant_id=planted.tenants[person.tenant],
        name=person.name,
        email=person.email,
        email_key=email_key(person.email),
        role=person.role,
        password_hash=password_hash,
    )


def _insert_case(connection: Connection, planted: Planted, case: CaseSeed) -> None:
    case_id, tenant_id = planted.cases[case.number], planted.tenants[case.tenant]
    manager_id = planted.people[case.manager]
    row = Case(id=case_id, tenant_id=tenant_id, number=case.number, title=case.title, manager_id=manager_id)
    _insert(connection, row)
    for key in case.members:
        _insert(connection, CaseMember(case_id=case_id, user_id=planted.people[key], tenant_id=tenant_id))


def _insert(connection: Connection, row: SQLModel) -> None:
    connection.execute(insert(core(type(row))), row.model_dump())
