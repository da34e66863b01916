"""A person's last decision on a mail stands, whatever puts the mail in line afterwards. All acts by people and all
events come in any order, compared with a plain model.

Longer than other files, as its tests share their helpers.
"""

from collections.abc import Iterator
from contextlib import closing
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import text

from cases.inbound import decisions
from cases.inbound.actions import Action
from cases.inbound.decisions import Decider
from cases.people import aliases
from schemas.reasons import Reason
from schemas.records import Rejection, ValidatedMail
from schemas.tables import MailState
from storage.database import Database
from storage.ledger import admission, endings
from storage.ledger import decided as storage_held
from storage.resources import Resources
from tests.builders.addresses import another_case
from tests.builders.copied_mails import GenuineAnswer
from tests.builders.hypothesis_phases import PHASES
from tests.builders.rows import run
from tests.builders.world import KEYS, World, make_world
from workers.rehearsal import what_if

#: Acts after which a mail goes on only if a person decides so.
STOPS = {Action.DISCARD, Action.FORWARD, Action.MESSAGE}
ENDED = (MailState.HELD, MailState.FORWARDED, MailState.DROPPED)


class Desk:
    """A mail to an update's reply address from a person who did not get the update, on the first of three cases, and a
    plain model of that mail."""

    def __init__(self, resources: Resources, world: World) -> None:
        self.resources, self.world, self.t = resources, world, world.tenant_id
        self.play = GenuineAnswer(resources, world)
        author, other = world.email("client").encode(), world.email("member").encode()
        self.play.genuine = self.play.genuine.replace(author, other)
        self.cases = [world.case_id, another_case(world, "2026-8"), another_case(world, "2026-9")]
        run(
            world,
            "insert into case_members select id, :u, :t from cases where tenant_id = :t on conflict do nothing",
            u=world.people["member"],
            t=self.t,
        )
        run(world, "update tenants set catch_all = 'all@catch.example', replies_on = false where id = :t", t=self.t)
        mail_id = self.play.enters()
        assert mail_id
        self.mail_id = mail_id
        self.records: list[ValidatedMail | Rejection] = []
        # the state of the plain model
        self.where = world.case_id
        self.attached = self.accepted = self.recipient = self.stopped = False

    def row(self) -> Any:
        return run(self.world, "select * from mails where id = :id", id=self.mail_id)[0]

    def act(self, action: Action, case: int = 0, *, by: str = "manager") -> bool:
        """Decides as this person, or as the operator's command if `by` is empty; returns whether it was done."""
        person = self.world.people[by] if by else None
        worker = Decider(self.t, person, by.title(), KEYS)
        with self.resources.database.tenant(self.t) as connection:
            done = decisions.act(connection, worker, action, {self.mail_id: self.row().run}, self.cases[case]).done
        if done:
            self._decided(action, self.cases[case])
        return bool(done)

    def _decided(self, action: Action, case_id: UUID) -> None:
        match action:
            case Action.ATTACH:
                self.where, self.attached, self.accepted = case_id, True, True
            case Action.ACCEPT:
                self.accepted = True
            case Action.RECIPIENT:
                self.where, self.attached, self.accepted, self.recipient = self.world.case_id, False, False, True
            case Action.MESSAGE:
                self.where, self.attached, self.accepted = self.world.case_id, False, False
            case Action.DISCARD | Action.FORWARD:
                self.accepted = self.attached
        self.stopped = action in STOPS

    def set_replies(self, *, on: bool) -> None:
        run(self.world, "update tenants set replies_on = :on where id = :t", on=on, t=self.t)

    def replies(self, *, on: bool) -> None:
        """Turns replies on or off as the page of the general settings does."""
        before = run(self.world, "select replies_on from tenants where id = :t", t=self.t)[0].replies_on
        self.set_replies(on=on)
        if on and not before:
            worker = Decider(self.t, self.world.people["admin"], "Admin", KEYS)
            with self.resources.database.tenant(self.t) as connection:
                decisions.replay_held(connection, worker, Reason.REPLIES_OFF)

    def active(self, *, on: bool) -> None:
        run(self.world, "update tenants set active = :on where id = :t", on=on, t=self.t)

    def goes_on(self) -> None:
        """Takes the mail through all stages, if it is in line."""
        if self.row().state in (MailState.WAITING, MailState.MOVING):
            self.records.append(self.play.decided(self.mail_id))
            self.play.ends(self.records[-1])

    def comes_late(self) -> None:
        """Delivers the record of the mail's first run again."""
        for record in self.records[:1]:
            self.play.ends(record)

    def stalls(self) -> None:
        """Has the dispatcher give up on the mail: it was sent often enough and did not end."""
        run(
            self.world,
            "update mails set state = 'moving', emissions = 5, emitted_at = now() - interval '9 days'"
            " where id = :id and state in ('waiting', 'moving')",
            id=self.mail_id,
        )
        with self.resources.database.system() as connection:
            admission.stalled(connection, stall_seconds=1, max_emissions=5, most=1_000)

    def is_sent(self, *, sent: bool) -> None:
        """Ends the forward with the mail server's answer."""
        with self.resources.database.tenant(self.t) as connection:
            endings.end_forward(connection, self.mail_id, sent=sent, words="550")

    def replayed_in_bulk(self) -> None:
        """Replays the mail as `casemail replay --days 7` does."""
        with self.resources.database.tenant(self.t) as connection:
            if self.mail_id not in storage_held.ended(connection, 7, posted=False):
                return
        stopped = self.stopped
        self.act(Action.REPLAY, by="")
        assert not stopped, "what a person has put aside is no matter of a command over all mails"

    def other_delivery(self) -> None:
        """Brings in the same mail by another route."""
        name = "X-Spam-Flag"
        other = self.play.enters(name)
        if other:
            self.play.ends(self.play.decided(other))

    def check(self) -> None:
        updates = run(
            self.world, "select case_id, mail_id from updates where tenant_id = :t and via = 'email'", t=self.t
        )
        assert len(updates) <= 1
        for update in updates:
            assert update.case_id == self.where, "it posted where nobody wanted it"
            if update.mail_id == self.mail_id:
                assert not self.stopped, "it posted although a person had put it aside"
                assert self.accepted or self.recipient or self.attached
        row = self.row()
        assert (row.override or {}).get("case_id") == (str(self.where) if self.attached else None)
        assert bool(row.override) == self.accepted


@pytest.fixture
def desk(resources: Resources, world: World) -> Desk:
    return Desk(resources, world)


def test_replies_off_attached_replies_on_posts_on_the_case_that_a_person_chose(desk: Desk) -> None:
    desk.goes_on()
    assert desk.row().reason == Reason.REPLIES_OFF
    assert not desk.act(Action.ATTACH, 1), "it could not post"
    desk.set_replies(on=True)
    assert desk.act(Action.ATTACH, 1)
    desk.set_replies(on=False)
    desk.goes_on()
    assert (desk.row().state, desk.row().reason) == ("held", Reason.REPLIES_OFF)
    desk.replies(on=True)
    desk.goes_on()
    assert desk.row().state == MailState.POSTED
    desk.check()
    assert run(desk.world, "select case_id from updates where mail_id = :id", id=desk.mail_id) == [(desk.cases[1],)]


def test_another_delivery_of_an_attached_mail_posts_there_or_nowhere(desk: Desk) -> None:
    desk.goes_on()
    desk.set_replies(on=True)
    assert desk.act(Action.ATTACH, 1)
    run(desk.world, "insert into update_recipients (id, tenant_id, update_id, user_id, email, handle, logged_at)"
        " select gen_random_uuid(), tenant_id, update_id, :u, 'x', null, now() from update_recipients"
        " where tenant_id = :t limit 1", u=desk.world.people["member"], t=desk.t)  # fmt: skip
    desk.other_delivery()
    assert run(desk.world, "select case_id from updates where tenant_id = :t and via = 'email'", t=desk.t) == [
        (desk.cases[1],)
    ]
    desk.goes_on()
    desk.check()


#: The acts of a person, with the case if the act needs a case.
ACTS = [(action, case) for action in Action for case in ((1, 2) if action is Action.ATTACH else (0,))]
#: The events between and after the acts.
EVENTS = ("replies on", "off and on", "inactive and active", "stalled", "late", "bulk", "another delivery")


def _happens(desk: Desk, event: str) -> None:
    match event:
        case "replies on":
            desk.replies(on=True)
        case "off and on":
            desk.replies(on=False)
            desk.goes_on()
            desk.replies(on=True)
        case "inactive and active":
            desk.active(on=False)
            desk.goes_on()
            desk.active(on=True)
        case "stalled":
            desk.stalls()
        case "late":
            desk.comes_late()
        case "bulk":
            desk.replayed_in_bulk()
        case _:
            desk.other_delivery()


#: These two events are tried with every pair of acts; `Machine` tries all events in any order.
@pytest.mark.parametrize("event", ["off and on", "bulk"])
def test_all_acts_after_all_acts_whatever_happens_between_and_after(
    resources: Resources, world: World, event: str
) -> None:
    for (first, case), (second, other) in product(ACTS, ACTS):
        desk = Desk(resources, make_world(world.owner_url))
        desk.goes_on()
        for action, which in ((first, case), (second, other)):
            desk.act(action, which)
            desk.check()
            _happens(desk, event)
            desk.check()
            desk.goes_on()
            desk.is_sent(sent=True)
            desk.check()
        desk.replies(on=True)
        desk.goes_on()
        desk.check()


class Machine(RuleBasedStateMachine):
    """Acts and events in any order."""

    resources: Resources
    owner_url: str

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(self.resources, make_world(self.owner_url))
        self.desk.goes_on()

    @rule(action=st.sampled_from(Action), case=st.integers(0, 2), by=st.sampled_from(["manager", "admin"]))
    def act(self, action: Action, case: int, by: str) -> None:
        self.desk.act(action, case, by=by)

    @rule(case=st.integers(1, 2))
    def attaches(self, case: int) -> None:
        self.desk.act(Action.ATTACH, case)

    @rule(event=st.sampled_from(EVENTS))
    def happens(self, event: str) -> None:
        _happens(self.desk, event)

    @rule()
    def goes_on(self) -> None:
        self.desk.goes_on()

    @rule(on=st.booleans())
    def replies(self, on: bool) -> None:
        self.desk.replies(on=on)

    @rule(sent=st.booleans())
    def is_sent(self, sent: bool) -> None:
        self.desk.is_sent(sent=sent)

    @rule(
        chosen=st.sampled_from(["hold", "forward", "drop"]), reason=st.sampled_from(["replies_off", "not_a_recipient"])
    )
    def chooses(self, chosen: str, reason: str) -> None:
        run(
            self.desk.world,
            "insert into dispositions (tenant_id, reason, disposition) values (:t, :reason, :chosen)"
            " on conflict (tenant_id, reason) do update set disposition = excluded.disposition",
            t=self.desk.t,
            reason=reason,
            chosen=chosen,
        )

    @invariant()
    def stands(self) -> None:
        self.desk.check()


def test_in_any_order_the_decision_that_a_person_made_last_stands(resources: Resources, world: World) -> None:
    class Here(Machine):
        pass

    Here.resources, Here.owner_url = resources, world.owner_url
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            phases=PHASES,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_what_if_tells_where_an_attached_mail_would_post(desk: Desk) -> None:
    desk.goes_on()
    desk.set_replies(on=True)
    assert desk.act(Action.ATTACH, 1)
    desk.set_replies(on=False)
    desk.goes_on()
    desk.set_replies(on=True)
    run(desk.world, "delete from case_members where case_id = :c", c=desk.cases[1])
    found = what_if(desk.t, desk.mail_id, desk.resources)
    assert found
    assert (found.now, found.reason) == (MailState.HELD, Reason.NOT_ALLOWED)


LATER = [Action.FORWARD, Action.MESSAGE, Action.DISCARD]


@pytest.fixture
def strange(resources: Resources, world: World) -> Iterator[tuple[Database, World, UUID]]:
    """Yields a stranger's held mail, for which the client was asked whether the address is theirs."""
    play = GenuineAnswer(resources, world)
    play.genuine = play.genuine.replace(world.email("client").encode(), b"new.address@people.example")
    run(world, "update tenants set catch_all = 'all@catch.example' where id = :t", t=world.tenant_id)
    run(
        world,
        "insert into dispositions (tenant_id, reason, disposition) values (:t, 'author_unknown', 'hold')",
        t=world.tenant_id,
    )
    mail_id = play.enters()
    assert mail_id
    play.ends(play.decided(mail_id))
    worker = Decider(world.tenant_id, world.people["manager"], "Manager", KEYS)
    with resources.database.tenant(world.tenant_id) as connection:
        assert decisions.act(connection, worker, Action.ALIAS, {mail_id: 0}).done == [mail_id]
    with closing(resources.database):
        yield resources.database, world, mail_id


@pytest.mark.parametrize("later", [*LATER, None])
def test_an_address_that_is_confirmed_lets_in_no_mail_that_a_person_has_put_aside_meanwhile(
    strange: tuple[Database, World, UUID], later: Action | None
) -> None:
    database, world, mail_id = strange
    worker = Decider(world.tenant_id, world.people["manager"], "Manager", KEYS)
    with database.tenant(world.tenant_id) as connection:
        if later:
            assert decisions.act(connection, worker, later, {mail_id: 0}).done == [mail_id]
        endings.end_forward(connection, mail_id, sent=True, words="")
        connection.execute(
            text("update mails set state = 'held', ended_at = now() where state = 'waiting' and id = :id"),
            {"id": mail_id},
        )
        before = connection.execute(text("select state from mails where id = :id"), {"id": mail_id}).scalar_one()
        alias_id = connection.execute(text("select id from email_aliases")).scalar_one()
        assert aliases.confirm(connection, world.tenant_id, alias_id)
        after = connection.execute(text("select state from mails where id = :id"), {"id": mail_id}).scalar_one()
    assert after == (before if later in LATER else "waiting")
