"""No answer shows a person anything they could not see before: on a page, by file link, in a notice or a receipt."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.inbound.actions import Action
from schemas.tables import Receipts, Role
from storage.resources import Resources
from tests.builders.addresses import another_case, case_address
from tests.builders.copied_mails import GenuineAnswer
from tests.builders.hypothesis_phases import PHASES
from tests.builders.rows import run
from tests.builders.world import World, make_world
from tests.console.cases.talk import ALWAYS, NAMES, Talk, address_of, group, notice

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
