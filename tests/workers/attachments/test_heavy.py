"""A mail whose files take long to examine goes to the heavy lane: it waits for other heavy mails, and ordinary mails
do not wait for it."""

import time

import pytest
from sqlalchemy import text

from cases.files import cpu_budget, examine
from cases.files.cpu_budget import CpuBudget, SharedBudgets, TooHeavyError
from ops.bench.slow_pdf import slow_pdf
from schemas.files import FileReason
from schemas.records import FilteredMail, HeavyMail, ValidatedMail
from schemas.tables import Lane
from storage.database import Database
from storage.ledger import admission
from storage.resources import Resources
from tests.builders.files import GOOD
from tests.builders.mails_with_files import let_through
from tests.builders.world import World, in_ledger, make_world
from workers.attachments.stage import select_all, select_heavy

#: Files that take about half a second and about two seconds of CPU time.
SLOW, TOO_SLOW = slow_pdf(20_000), slow_pdf(60_000)


@pytest.fixture(autouse=True)
def whole_budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives each test a full CPU budget."""
    monkeypatch.setattr(cpu_budget, "_budgets", SharedBudgets())


def slow_mail(resources: Resources, world: World, author: str = "client") -> ValidatedMail:
    return let_through(resources, world, ("a.pdf", SLOW), ("b.pdf", SLOW + b"\n%b"), author=author)


def plain_mail(resources: Resources, world: World, author: str = "client") -> ValidatedMail:
    return let_through(resources, world, ("a.pdf", GOOD["plan.pdf"]), ("b.jpg", GOOD["photo.jpg"]), author=author)


def place(world: World, mail: ValidatedMail) -> tuple[str, int, int]:
    """Returns the mail's state, its lane, and how often it was sent to the topics."""
    with world.owner().connect() as connection:
        query = text("select state, lane, emissions from mails where id = :id")
        return tuple(connection.execute(query, {"id": mail.custody.mail_id}).one())


def waiting_heavy(world: World, count: int) -> None:
    """Puts this many mails of the tenant into the heavy lane."""
    for _ in range(count):
        mail = in_ledger(world)
        with world.owner().begin() as connection:
            admission.put_with_heavy(connection, mail)


def test_a_mail_with_slow_files_goes_back_in_line_among_the_heavy(resources: Resources, world: World) -> None:
    mail = slow_mail(resources, world)
    assert select_all([mail], resources) == [None]
    assert place(world, mail) == ("waiting", Lane.HEAVY, 0)


def test_the_mails_beside_it_pass(resources: Resources, world: World) -> None:
    others = [plain_mail(resources, world, "staff"), plain_mail(resources, world, "staff")]
    before, slow, after = select_all([others[0], slow_mail(resources, world), others[1]], resources)
    assert slow is None
    assert isinstance(before, FilteredMail)
    assert isinstance(after, FilteredMail)
    assert len(before.files) == len(after.files) == 2


def test_a_heavy_mail_is_handed_on_without_a_look_and_its_files_are_all_stored(
    resources: Resources, world: World
) -> None:
    mail = slow_mail(resources, world)
    custody = mail.custody.model_copy(update={"heavy": True})
    again = mail.model_copy(update={"parsed": mail.parsed.model_copy(update={"custody": custody})})
    (handed_on,) = select_all([again], resources)
    assert isinstance(handed_on, HeavyMail)
    filtered = select_heavy(handed_on, resources)
    assert [file.name for file in filtered.files] == ["a.pdf", "b.pdf"]
    assert filtered.left_out == ()


def test_what_runs_out_of_the_longer_time_too_is_left_out_with_the_reason_and_the_rest_is_kept(
    resources: Resources, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examine, "_HEAVY_CPU", 0.5)  # the real limit would take minutes on a busy machine
    mail = let_through(resources, world, ("a.pdf", TOO_SLOW), ("b.jpg", GOOD["photo.jpg"]))
    filtered = select_heavy(HeavyMail(parsed=mail.parsed, target=mail.target), resources)
    assert [file.name for file in filtered.files] == ["b.jpg"]
    assert [(out.name, out.reason, out.why) for out in filtered.left_out] == [
        ("a.pdf", FileReason.UNREADABLE, "it takes too long to look into")
    ]


def test_a_mail_that_is_delivered_twice_goes_back_in_line_once(resources: Resources, world: World) -> None:
    mail = slow_mail(resources, world)
    select_all([mail], resources)
    with resources.database.system() as connection:
        admitted = {
            admitted_mail.mail_id: admitted_mail.heavy
            for admitted_mail in admission.admit(connection, window=200, most=1_000)
        }
    assert admitted[mail.custody.mail_id]
    select_all([mail], resources)  # Kafka delivers the record of the first run again
    assert place(world, mail) == ("moving", Lane.HEAVY, 1)


def test_who_has_used_up_their_time_is_heavy_at_once_and_others_are_not(resources: Resources, world: World) -> None:
    tenant = world.tenant_id
    sender, colleague = CpuBudget(tenant, "a@x.example", defers=True), CpuBudget(tenant, "b@x.example", defers=True)
    for _ in range(4):
        CpuBudget(tenant, "a@x.example").use(cpu_budget.SENDER_SECONDS / 4)
    with pytest.raises(TooHeavyError):
        sender.begin()
    colleague.begin()
    for number in range(4):
        CpuBudget(tenant, f"{number}@x.example").use(cpu_budget.TENANT_SECONDS / 4)
    with pytest.raises(TooHeavyError):
        colleague.begin()
    CpuBudget(make_world(world.owner_url).tenant_id, "a@x.example", defers=True).begin()


def test_a_budget_comes_back_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    budgets = SharedBudgets()
    budgets.use(("key",), 2.0, 5.0)
    assert budgets.left(("key",), 2.0) < 0
    now += 2 * cpu_budget.WITHIN
    assert 0 < budgets.left(("key",), 2.0) < 2.0
    now += 2 * cpu_budget.WITHIN
    assert budgets.left(("key",), 2.0) == 2.0


def test_no_tenant_fills_the_heavy_lane_and_its_other_mails_go_on(database: Database, world: World) -> None:
    other = make_world(world.owner_url)
    waiting_heavy(world, 5)
    waiting_heavy(other, 1)
    plain = in_ledger(world)
    with world.owner().begin() as connection:
        admission.put_back(connection, [plain.mail_id])
    with database.system() as connection:
        admitted = [
            (admitted_mail.tenant_id, admitted_mail.heavy)
            for admitted_mail in admission.admit(connection, window=200, most=1_000)
            if admitted_mail.tenant_id in (world.tenant_id, other.tenant_id)
        ]
    assert sorted(admitted, key=str) == sorted(
        [(world.tenant_id, True), (world.tenant_id, True), (other.tenant_id, True), (world.tenant_id, False)], key=str
    )


def test_large_mails_of_a_tenant_leave_room_for_its_ordinary_ones_and_for_others(
    database: Database, world: World
) -> None:
    mails = [in_ledger(world) for _ in range(6)]
    with world.owner().begin() as connection:
        admission.put_back(connection, [mail.mail_id for mail in mails])
        large = [mail.mail_id for mail in mails[:5]]
        connection.execute(text("update mails set lane = 1 where id = any(:ids)"), {"ids": large})
    with database.system() as connection:
        admitted = {admitted_mail.mail_id for admitted_mail in admission.admit(connection, window=200, most=1_000)}
    assert admitted & {mail.mail_id for mail in mails} == {mails[0].mail_id, mails[1].mail_id, mails[5].mail_id}


def test_a_heavy_mail_is_given_longer_before_it_counts_as_stalled(database: Database, world: World) -> None:
    heavy, plain = in_ledger(world), in_ledger(world)
    with world.owner().begin() as connection:
        values = {"heavy": heavy.mail_id, "plain": plain.mail_id}
        connection.execute(text("update mails set lane = 2 where id = :heavy"), values)
        ago = "update mails set emitted_at = now() - interval '150 s' where id in (:heavy, :plain)"
        connection.execute(text(ago), values)
    with database.system() as connection:
        again, _ = admission.stalled(connection, stall_seconds=120, max_emissions=5, most=1_000)
    found = {admitted_mail.mail_id for admitted_mail in again}
    assert plain.mail_id in found
    assert heavy.mail_id not in found
