"""Random tenants and random mails: a mail posts exactly when a plain model of the rules allows it, and no tenant sees
another tenant's rows. All stages use the application's database role, with row-level security on.

Longer than other files, as its tests share their helpers.
"""

from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from cases.addresses.tokens import Address, AddressKind, new_handle, write
from ops.embedded import Postgres
from schemas.records import FetchedMail, FilteredMail, ParsedMail, Rejection, ValidatedMail
from storage.blobs.store import Blobs
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import another_case
from tests.builders.rows import run_for_tenant
from tests.builders.tenant_tables import TENANT_TABLES
from tests.builders.world import KEYS, PEOPLE, World, make_settings, make_world
from workers.fetch.custody import Arrival, CustodyService
from workers.parse.stage import parse
from workers.post.stage import post
from workers.validate.stage import validate

NAMES = [*PEOPLE, "outsider"]
STAFF = {"admin", "manager", "staff"}
MEMBERS = {"client", "member", "archived"}


@dataclass
class Plan:
    """The state of a random tenant: the updates that it sends, and what changes afterwards."""

    recipients: list[list[str]]
    active: bool
    replies_on: bool
    closed: bool
    archived: set[str]
    thrown_out: set[str]
    expired: bool
    aliased: set[str]
    #: updates from this number on belong to a second case
    second_case: int
    #: the recipient log: for each update, the handle of each person to whom it was sent
    log: list[dict[str, str]] = field(default_factory=list)
    case_handles: dict[bool, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Letter:
    """A random mail: its author with tenant and alias, and the address that it goes to, with tenant and domain."""

    author: str
    author_of: int
    kind: AddressKind
    address_of: int
    domain_of: int
    update: int
    reader: int
    retired: bool
    spoiled: bool
    alias: str


plans = st.builds(
    Plan,
    recipients=st.lists(st.lists(st.sampled_from(NAMES), unique=True, min_size=2, max_size=6), min_size=1, max_size=2),
    active=st.sampled_from([True] * 5 + [False]),
    replies_on=st.sampled_from([True] * 5 + [False]),
    closed=st.sampled_from([False] * 5 + [True]),
    archived=st.sets(st.sampled_from(NAMES), max_size=2),
    thrown_out=st.sets(st.sampled_from(["client", "member"]), max_size=2),
    expired=st.sampled_from([False] * 5 + [True]),
    aliased=st.sets(st.sampled_from(NAMES), max_size=2).map(lambda without: set(NAMES) - without),
    second_case=st.integers(0, 2),
)
letters = st.builds(
    Letter,
    author=st.sampled_from([*NAMES, "client", "member", "stranger"]),
    author_of=st.sampled_from([0, 0, 0, 0, 1]),
    kind=st.sampled_from(AddressKind),
    address_of=st.sampled_from([0, 0, 0, 1]),
    domain_of=st.sampled_from([0, 0, 0, 1]),
    update=st.integers(0, 1),
    reader=st.integers(0, 4),
    retired=st.sampled_from([False, False, True]),
    spoiled=st.sampled_from([False] * 5 + [True]),
    alias=st.sampled_from(["", "confirmed", "confirmed", "not confirmed"]),
)

#: Most random mails fail at the first rules; these reach the rules on the rights in the case.
answers = st.builds(
    Letter,
    author=st.sampled_from(["client", "member", "staff"]),
    author_of=st.just(0),
    kind=st.sampled_from([AddressKind.REPLY, AddressKind.REPLY, AddressKind.CASE]),
    address_of=st.just(0),
    domain_of=st.just(0),
    update=st.integers(0, 1),
    reader=st.integers(0, 4),
    retired=st.just(False),
    spoiled=st.just(False),
    alias=st.sampled_from(["", "confirmed"]),
)


def allowed(letter: Letter, planned: tuple[Plan, Plan], *, shared: bool) -> bool:
    """Returns whether a mail may post: a plain model, written only from the text of the rules."""
    plan = planned[letter.address_of]
    if letter.spoiled or not (shared or letter.domain_of == letter.address_of):
        return False
    if letter.kind is AddressKind.CANARY or not plan.active or not plan.replies_on or plan.closed:
        return False
    if not _is_somebody(letter, plan):
        return False
    # the second case has the same members; people are removed only from the first case
    update = letter.update % len(plan.log)
    is_second = letter.kind is AddressKind.REPLY and update >= plan.second_case
    if letter.author not in STAFF | (MEMBERS if is_second else MEMBERS - plan.thrown_out):
        return False
    if letter.kind is AddressKind.CASE:
        return not letter.retired
    return not plan.expired and letter.author in plan.log[update]


def _is_somebody(letter: Letter, plan: Plan) -> bool:
    """Returns whether the author is an active user of the tenant, writing from an address that counts."""
    known = letter.alias == "" or (letter.alias == "confirmed" and letter.author in plan.aliased)
    active = letter.author in set(NAMES) - plan.archived - {"archived"}
    return known and active and letter.author_of == letter.address_of


@pytest.fixture(scope="module")
def shared_resources(migrated: Postgres, database: Database, tmp_path_factory: pytest.TempPathFactory) -> Resources:
    made = make_settings(migrated.url, tmp_path_factory.mktemp("worlds"))
    return Resources(made, database, Blobs(made.blobs.url))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    planned=st.tuples(plans, plans), mails=st.lists(letters | answers, min_size=8, max_size=16), shared=st.booleans()
)
def test_a_mail_posts_exactly_when_the_plain_rules_let_it(
    migrated: Postgres, shared_resources: Resources, planned: tuple[Plan, Plan], mails: list[Letter], shared: bool
) -> None:
    worlds = (make_world(migrated.owner_url), make_world(migrated.owner_url))
    for world, plan in zip(worlds, planned, strict=True):
        _build(shared_resources.database, world, plan)
    if shared:
        run_for_tenant(
            worlds[1], "update tenants set mail_domain = :domain where id = :tenant", domain=worlds[0].mail_domain
        )
    domains = (worlds[0].mail_domain, worlds[0 if shared else 1].mail_domain)
    expected = {0: 0, 1: 0}
    for letter in mails:
        address = _address(letter, worlds, planned, domains)
        may = address is not None and allowed(letter, planned, shared=shared)
        author = f"stranger-{uuid4()}@people.example"
        if letter.author in NAMES:
            author = worlds[letter.author_of].email(letter.author)
            author = f"{letter.alias.replace(' ', '-')}.{author}" if letter.alias else author
        outcome = _go(shared_resources, author, address or f"office@{domains[0]}")
        assert (outcome == "posted") is may, (outcome, letter, planned)
        expected[letter.address_of] += may
    for number, world in enumerate(worlds):
        _check_rows(shared_resources.database, world, expected[number])


_SAME_MEMBERS = """
insert into case_members (case_id, user_id, tenant_id)
select :second, user_id, tenant_id from case_members where case_id = :first on conflict do nothing
"""
_ALIAS = """
insert into email_aliases (id, tenant_id, user_id, email, email_key, added_at, confirmed_at)
values (:id, :tenant, :user, :name, :name, now(), case when :kind = 'confirmed' then now() end)
"""


def _build(database: Database, world: World, plan: Plan) -> None:
    second = replace(world, case_id=another_case(world))
    run_for_tenant(world, _SAME_MEMBERS, first=world.case_id, second=second.case_id)
    for number, recipients in enumerate(plan.recipients):
        update_id = (second if number >= plan.second_case else world).post(database, "staff", *recipients)
        plan.log.append(_log(world, update_id))
    for name in NAMES:
        for kind in ("confirmed", "not-confirmed"):
            if name in plan.aliased:
                run_for_tenant(
                    world, _ALIAS, name=f"{kind}.{world.email(name)}", user=world.people[name], kind=kind, id=uuid4()
                )
    for retired in (False, True):
        plan.case_handles[retired] = new_handle()
        run_for_tenant(
            world,
            "insert into case_addresses (handle, tenant_id, case_id, created_at, retired_at, hits)"
            " values (:handle, :tenant, :case, now(), case when :retired then now() end, 0)",
            handle=plan.case_handles[retired],
            case=world.case_id,
            retired=retired,
        )
    switches = {"active": plan.active, "on": plan.replies_on}
    run_for_tenant(world, "update tenants set active = :active, replies_on = :on where id = :tenant", **switches)
    run_for_tenant(world, "update cases set open = :open where tenant_id = :tenant", open=not plan.closed)
    in_first = "delete from case_members where user_id = :id and case_id = :case"
    for name in plan.archived:
        run_for_tenant(world, "update users set active = false where id = :id", id=world.people[name])
    for name in plan.thrown_out:
        run_for_tenant(world, in_first, id=world.people[name], case=world.case_id)
    if plan.expired:
        run_for_tenant(
            world, "update update_recipients set logged_at = now() - interval '2 years' where tenant_id = :tenant"
        )


def _log(world: World, update_id: UUID) -> dict[str, str]:
    names = {person_id: name for name, person_id in world.people.items()}
    with world.owner().begin() as connection:
        statement = text("select user_id, handle from update_recipients where update_id = :id")
        return {names[row.user_id]: row.handle for row in connection.execute(statement, {"id": update_id})}


def _address(
    letter: Letter, worlds: tuple[World, World], planned: tuple[Plan, Plan], domains: tuple[str, str]
) -> str | None:
    """Returns the address of the letter; None if the update has no recipients."""
    world, plan = worlds[letter.address_of], planned[letter.address_of]
    handle = plan.case_handles[letter.retired]
    if letter.kind is AddressKind.REPLY:
        log = plan.log[letter.update % len(plan.log)]
        if not log:
            return None
        handle = sorted(log.values())[letter.reader % len(log)]
    address = write(KEYS, world.tenant_id, Address(letter.kind, handle), "2026-7", domains[letter.domain_of])
    local, domain = address.split("@")
    return f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}" if letter.spoiled else address


def _go(resources: Resources, author: str, address: str) -> str:
    raw = f"From: {author}\r\nTo: {address}\r\nSubject: Re: A leak\r\n\r\n{uuid4()}\r\n".encode()
    custodian, batch_id = CustodyService(resources), uuid4()
    tenant_id = custodian.tenant_of(address)
    if tenant_id is None:
        return "of no tenant"
    custodian.take(batch_id, [Arrival(raw, address, author, "ref")])
    statement = text(
        "select id as mail_id, tenant_id, raw, size, recipient, sender, received_at from mails where batch_id = :batch"
    )
    with resources.database.tenant(tenant_id) as connection:
        row = connection.execute(statement, {"batch": batch_id}).mappings().one()
    mail = parse(FetchedMail.model_validate({"custody": dict(row)}), resources)
    assert isinstance(mail, ParsedMail)
    (decision,) = validate([mail], resources)
    if isinstance(decision, Rejection):
        return str(decision.reason)
    assert isinstance(decision, ValidatedMail)
    (end,) = post([FilteredMail(parsed=mail, target=decision.target, files=(), left_out=())], resources)
    return str(end.reason) if isinstance(end, Rejection) else "posted"


def _check_rows(database: Database, world: World, posted: int) -> None:
    with database.tenant(world.tenant_id) as connection:
        for table in TENANT_TABLES:
            column = "id" if table == "tenants" else "tenant_id"
            seen = set(connection.execute(text(f"select distinct {column} from {table}")).scalars())
            assert seen <= {world.tenant_id}, table
        assert connection.execute(text("select count(*) from updates where via = 'email'")).scalar_one() == posted
