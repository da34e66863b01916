"""No answer shows a person anything they could not see before: on a page, by file link, in a notice or a receipt.

Longer than other files, as its tests share their helpers.
"""

from dataclasses import dataclass, field
from itertools import count
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.addresses.tokens import Address, AddressKind, write
from cases.inbound import decisions
from cases.inbound.actions import Action
from cases.inbound.decisions import Decider
from cases.updates import validation
from cases.updates.posting import Posted, post_update
from console.web.session import MAY_SEE, SEES_UPDATE, Viewer
from schemas.reasons import REASONS, Disposition, Reason
from schemas.records import Rejection
from schemas.tables import AccessGroup, OutboxKind, Receipts, Role, core, new_id
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import another_case, case_address
from tests.builders.copied_mails import GenuineAnswer
from tests.builders.hypothesis_phases import PHASES
from tests.builders.plain_mails import plain_mail
from tests.builders.rows import run
from tests.builders.world import KEYS, PEOPLE, World, make_world
from tests.console.browser import Browser, Console, give_passwords
from workers.fetch.custody import Arrival, CustodyService

ALWAYS = ["admin", "case_manager"]
NAMES = [name for name in (*PEOPLE, "outsider") if name != "archived"]
_secret = count(1)


def group(world: World, *, may_post: list[str], may_see: list[str], waits: bool = False) -> UUID:
    made = AccessGroup(
        tenant_id=world.tenant_id, name=f"Group {uuid4()}", may_post=may_post, may_see=may_see, require_validation=waits
    )
    with world.owner().begin() as connection:
        connection.execute(core(AccessGroup).insert(), made.model_dump())
    return made.id


def post(world: World, database: Database, author: str, group_id: UUID | None, words: str, *to: str) -> UUID | None:
    """Posts an update as the form does, in this group or the default group; returns its id, or None if refused."""
    draft = world.draft(author, *to, text=words)
    with database.tenant(world.tenant_id) as connection:
        posted = post_update(connection, type(draft)(**{**vars(draft), "access_group": group_id}))
    return posted.update_id if isinstance(posted, Posted) else None


def notice(world: World, update_id: UUID, name: str) -> tuple[str, UUID] | None:
    """Returns the handle of the reply address that this person got with an update, and the id of their notice."""
    rows = run(
        world,
        "select id, handle from update_recipients where update_id = :u and user_id = :p and handle is not null",
        u=update_id,
        p=world.people[name],
    )
    return (rows[0].handle, rows[0].id) if rows else None


def address_of(world: World, handle: str) -> str:
    return write(KEYS, world.tenant_id, Address(AddressKind.REPLY, handle), "2026-7", world.mail_domain)


def seen(world: World, name: str) -> set[UUID]:
    """Returns the updates that the console shows this person, and whose files it opens."""
    role = PEOPLE.get(name, Role.CLIENT)
    viewer = Viewer(world.people[name], name, role, world.tenant_id, "Tenant")
    statement = f"select u.id from updates u join cases c on c.id = u.case_id where {MAY_SEE} and {SEES_UPDATE}"
    rows = run(world, f"{statement} and u.tenant_id = :t", t=world.tenant_id, **viewer.sees)
    return {row.id for row in rows}


@dataclass
class Talk:
    """Updates that contain secrets, and answers by mail that quote them."""

    play: GenuineAnswer
    group_ids: list[UUID | None] = field(default_factory=list)
    secrets: dict[str, UUID] = field(default_factory=dict)

    @property
    def world(self) -> World:
        return self.play.world

    def says(self, author: str, group_id: UUID | None, recipients: list[str]) -> None:
        secret = f"SECRET{next(_secret)}X"
        words, database = f"Between us: {secret}", self.play.resources.database
        update_id = post(self.world, database, author, group_id, words, *recipients)
        if update_id:
            self.secrets[secret] = update_id

    def answers(self, secret: str, name: str, addresses: list[str], in_reply_to: UUID) -> list[UUID]:
        """Takes in a mail to these addresses that quotes the secret and answers that notice; returns the mails' ids."""
        body = f"Agreed.\r\n\r\nOn Mon, 23 Nov 2026, Staff wrote:\r\n> Between us: {secret}"
        field_ = f"In-Reply-To: <{in_reply_to}@{self.world.mail_domain}>"
        raw = plain_mail(addresses[0], field_, author=self.world.email(name), body=body)
        batch = new_id()
        arrivals = [Arrival(raw, address, self.world.email(name), "ref") for address in addresses]
        CustodyService(self.play.resources).take(batch, arrivals)
        found = run(self.world, "select id from mails where batch_id = :b order by id", b=batch)
        return [row.id for row in found]

    def go(self, mail_id: UUID) -> None:
        self.play.ends(self.play.decided(mail_id))

    def act(self, action: Action, mail_id: UUID, case_id: UUID | None) -> None:
        """Decides on a mail as the manager, and takes it on through the stages if the decision allows that."""
        (row,) = run(self.world, "select run from mails where id = :id", id=mail_id)
        worker = Decider(self.world.tenant_id, self.world.people["manager"], "Manager", KEYS)
        with self.play.resources.database.tenant(self.world.tenant_id) as connection:
            done = decisions.act(connection, worker, action, {mail_id: row.run}, case_id).done
        if done and action not in (Action.DISCARD, Action.FORWARD, Action.MESSAGE, Action.ALIAS):
            self.go(mail_id)

    def validate_all(self) -> None:
        for row in run(self.world, "select id, case_id from updates where tenant_id = :t and not validated", t=self.t):
            with self.play.resources.database.tenant(self.t) as connection:
                validation.validate(connection, row.case_id, row.id, by=self.world.people["admin"], role=Role.ADMIN)

    @property
    def t(self) -> UUID:
        return self.world.tenant_id

    def check(self) -> None:
        """Checks that all people who see or are sent a secret in an answer see the secret's update, except the author
        of the answer."""
        updates = run(
            self.world,
            "select id, author_id, text || cut::text as words from updates where tenant_id = :t and via = 'email'",
            t=self.t,
        )
        recipients = run(self.world, "select update_id, user_id from update_recipients where tenant_id = :t", t=self.t)
        visible = {self.world.people[name]: seen(self.world, name) for name in NAMES}
        for secret, origin in self.secrets.items():
            insiders = {person_id for person_id, updates_ in visible.items() if origin in updates_}
            for update in updates:
                if secret in update.words:
                    on_page = {person_id for person_id, updates_ in visible.items() if update.id in updates_}
                    sent = {row.user_id for row in recipients if row.update_id == update.id}
                    assert on_page - {update.author_id} <= insiders, f"{secret} is seen on the page"
                    assert sent <= insiders, f"{secret} is sent out"
        for row in run(
            self.world, "select o.to_email, o.content::text as words, m.author from outbox o join mails m"
            " on m.id = o.mail_id where o.tenant_id = :t and o.kind = 'receipt'", t=self.t
        ):  # fmt: skip
            assert "SECRET" not in row.words
            assert row.to_email == row.author, "a receipt is for who wrote the mail"


ROLES = st.lists(st.sampled_from([Role.STAFF.value, Role.CLIENT.value]), unique=True).map(lambda some: [*ALWAYS, *some])
GROUPS = st.lists(st.tuples(ROLES, ROLES, st.booleans()), min_size=1, max_size=3)
SAYS = st.tuples(st.sampled_from(NAMES), st.integers(0, 3), st.lists(st.sampled_from(NAMES), unique=True, min_size=1))
#: The secret and the person who answers, who has a notice of it; the addresses of the answer; the act of the manager if
#: the answer does not post, and whether the act is on the other case.
ANSWERS = st.tuples(
    st.integers(0, 9),
    st.integers(0, 9),
    st.sampled_from(["reply", "case", "reply and case", "other", "other and reply", "passed on"]),
    st.integers(0, 9),
    st.sampled_from([Action.ACCEPT, Action.ATTACH, Action.RECIPIENT, Action.REPLAY, Action.DISCARD]),
    st.booleans(),
)


@settings(max_examples=25, phases=PHASES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    groups=GROUPS,
    says=st.lists(SAYS, min_size=2, max_size=5),
    answers=st.lists(ANSWERS, min_size=2, max_size=6),
    changed=ROLES,
)
def test_in_random_worlds_nobody_sees_more_by_an_answer_than_what_it_answers(
    resources: Resources,
    world: World,
    groups: list[tuple[list[str], list[str], bool]],
    says: list[tuple[str, int, list[str]]],
    answers: list[tuple[int, int, str, int, Action, bool]],
    changed: list[str],
) -> None:
    talk = Talk(GenuineAnswer(resources, make_world(world.owner_url)))
    run(talk.world, "update tenants set receipts = :always where id = :t", always=Receipts.ALWAYS, t=talk.t)
    made = [group(talk.world, may_post=post, may_see=see, waits=waits) for post, see, waits in groups]
    talk.group_ids = [None, *made]
    for author, which, recipients in says:
        talk.says(author, talk.group_ids[which % len(talk.group_ids)], recipients)
    talk.validate_all()
    run(talk.world, "update access_groups set may_post = :roles where id = :id", roles=changed, id=made[0])
    other_case, case = another_case(talk.world), case_address(talk.world)
    for which, reader, how, another, action, elsewhere in answers:
        sent = [(s, n, found) for s, u in talk.secrets.items() for n in NAMES if (found := notice(talk.world, u, n))]
        if not sent:
            continue
        secret, name, (handle, notice_id) = sent[(which * 10 + reader) % len(sent)]
        own, other = (address_of(talk.world, handle_) for handle_ in (handle, sent[another % len(sent)][2][0]))
        if how == "passed on":
            name = NAMES[another % len(NAMES)]
        addresses = {"reply": [own], "case": [case], "reply and case": [own, case], "other": [other]}.get(how, [own])
        if how == "other and reply":
            addresses = list(dict.fromkeys([other, own]))
        for mail_id in talk.answers(secret, name, addresses, notice_id):
            talk.go(mail_id)
            talk.act(action, mail_id, other_case if elsewhere else talk.world.case_id)
    talk.check()
    talk.validate_all()
    talk.check()


@pytest.fixture
def board(resources: Resources, world: World) -> tuple[Talk, str, str, UUID]:
    """Makes a group that staff see and in which only admins and case managers post, and an update there that was sent
    to staff; returns the talk, the secret, the reply address and the id of the notice."""
    talk = Talk(GenuineAnswer(resources, world))
    talk.says("manager", group(world, may_post=ALWAYS, may_see=[*ALWAYS, "staff"]), ["staff"])
    ((secret, update_id),) = talk.secrets.items()
    found = notice(world, update_id, "staff")
    assert found
    return talk, secret, address_of(world, found[0]), found[1]


def test_group_leak_an_answer_to_a_group_in_which_its_author_may_not_post_is_held(
    board: tuple[Talk, str, str, UUID],
) -> None:
    talk, secret, address, notice_id = board
    (mail_id,) = talk.answers(secret, "staff", [address], notice_id)
    talk.go(mail_id)
    assert talk.play.state(mail_id) == ("held", "group_not_allowed")
    assert talk.play.updates() == []
    assert REASONS[Reason.GROUP_NOT_ALLOWED].choices == (Disposition.HOLD,)


def test_group_leak_on_the_pages_of_a_client(board: tuple[Talk, str, str, UUID], console: Console) -> None:
    talk, secret, address, notice_id = board
    world = talk.world
    case = case_address(world)
    for addresses in ([address], [address, case], [case]):
        for mail_id in talk.answers(secret, "staff", addresses, notice_id):
            talk.go(mail_id)
            talk.act(Action.ATTACH, mail_id, world.case_id)
            assert talk.play.state(mail_id) in {("held", "group_not_allowed"), ("held", "duplicate")}
    give_passwords(world)
    browser = Browser(console.url)
    browser.log_in(world, world.email("client"))
    page = browser.get(f"/cases/{world.case_id}").text
    assert "A leak" in page
    assert secret not in page
    assert "Agreed" not in page


def test_an_answer_of_who_may_post_there_stays_in_the_group(board: tuple[Talk, str, str, UUID]) -> None:
    talk, secret, address, notice_id = board
    run(talk.world, "update access_groups set may_post = may_see where tenant_id = :t and not is_default", t=talk.t)
    for addresses in ([address], [case_address(talk.world)]):
        (mail_id,) = talk.answers(secret, "staff", addresses, notice_id)
        talk.go(mail_id)
        (row,) = run(
            talk.world,
            "select u.answers, u.access_group_id = a.access_group_id as same from updates u join updates a"
            " on a.id = u.answers where u.mail_id = :id",
            id=mail_id,
        )
        assert row.same
        assert row.answers == talk.secrets[secret]
    assert talk.secrets[secret] not in seen(talk.world, "client")
    talk.check()


def test_what_answers_two_groups_goes_to_the_group_that_shows_it_to_fewer(
    board: tuple[Talk, str, str, UUID], database: Database
) -> None:
    talk, secret, _, notice_id = board
    run(talk.world, "update access_groups set may_post = may_see where tenant_id = :t and not is_default", t=talk.t)
    update_id = talk.world.post(database, "manager", "staff")
    found = notice(talk.world, update_id, "staff")
    assert found
    ids = talk.answers(secret, "staff", [address_of(talk.world, found[0])], notice_id)
    talk.go(ids[0])
    assert talk.play.state(ids[0]) == ("posted", "")
    talk.check()


def test_where_no_group_will_do_the_answer_is_held(board: tuple[Talk, str, str, UUID]) -> None:
    talk, secret, _, notice_id = board
    clients = group(talk.world, may_post=[role.value for role in Role], may_see=[*ALWAYS, "client"])
    talk.says("manager", clients, ["client"])
    run(talk.world, "update access_groups set may_see = may_see || '{staff}' where id = :id", id=clients)
    other = talk.secrets[list(talk.secrets)[-1]]
    found = notice(talk.world, other, "client")
    assert found
    run(talk.world, "update access_groups set may_see = '{admin,case_manager,client}' where id = :id", id=clients)
    run(
        talk.world,
        "update update_recipients set user_id = :p where id = :id",
        p=talk.world.people["staff"],
        id=found[1],
    )
    (mail_id,) = talk.answers(secret, "staff", [address_of(talk.world, found[0])], notice_id)
    decision = talk.play.decided(mail_id)
    assert isinstance(decision, Rejection)
    assert decision.reason is Reason.GROUP_NOT_ALLOWED


def test_a_receipt_says_why_and_goes_to_the_author_alone(board: tuple[Talk, str, str, UUID]) -> None:
    talk, secret, address, notice_id = board
    run(talk.world, "update tenants set receipts = 'problems' where id = :t", t=talk.t)
    (mail_id,) = talk.answers(secret, "staff", [address], notice_id)
    talk.go(mail_id)
    (row,) = run(talk.world, "select * from outbox where mail_id = :id", id=mail_id)
    assert (row.kind, row.to_email) == (OutboxKind.RECEIPT, talk.world.email("staff"))
    assert "The author may not post in this access group." in row.content["text"]
