"""A person's last decision on a mail stands, whatever puts the mail in line afterwards. All acts by people and all
events come in any order, compared with a plain model.
"""

from itertools import product

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from cases.inbound.actions import Action
from schemas.reasons import Reason
from schemas.tables import MailState
from storage.resources import Resources
from tests.builders.hypothesis_phases import PHASES
from tests.builders.rows import run
from tests.builders.world import World, make_world
from tests.cases.inbound.decision_desk import Desk
from workers.rehearsal import what_if


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
