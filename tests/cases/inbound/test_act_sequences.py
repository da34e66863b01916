"""Random sequences of actions by people and results of stages: no mail goes missing or posts twice."""

from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.inbound import decisions
from cases.inbound.actions import Action
from cases.inbound.decisions import Decider
from schemas.reasons import Reason
from schemas.records import FilteredMail, Rejection, Target
from schemas.tables import MailState
from storage.database import Database
from storage.ledger import conservation, endings
from storage.resources import Resources
from tests.builders.conservation import wrong_counts
from tests.builders.rows import run
from tests.builders.world import KEYS, World, in_ledger, make_world, parsed
from workers.deadletter.stage import settle
from workers.post.stage import post

MAILS = 3
REASONS = (Reason.NOT_A_RECIPIENT, Reason.REPLIES_OFF, Reason.AUTO_REPLY, Reason.INTERNAL_ERROR, Reason.REFUSED)

#: What may happen to a mail: a person acts on its current or an earlier run, the stages end its current or an earlier
#: run, or the mail server answers.
Step = tuple[str, int, object]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("act"), st.integers(0, MAILS - 1), st.sampled_from(Action)),
        st.tuples(st.just("act late"), st.integers(0, MAILS - 1), st.sampled_from(Action)),
        st.tuples(st.just("post"), st.integers(0, MAILS - 1), st.booleans()),
        st.tuples(st.just("reject"), st.integers(0, MAILS - 1), st.sampled_from(REASONS)),
        st.tuples(st.just("reject late"), st.integers(0, MAILS - 1), st.sampled_from(REASONS)),
        st.tuples(st.just("send"), st.integers(0, MAILS - 1), st.booleans()),
    ),
    max_size=25,
)


class Play:
    """A world with some mails in the topics, and the steps that may happen to them."""

    def __init__(self, resources: Resources, world: World) -> None:
        self.resources, self.world = resources, world
        self.mails = [in_ledger(world) for _ in range(MAILS)]
        run(
            world,
            "insert into intake (id, tenant_id, batch_id, taken) values (gen_random_uuid(), :tenant, :tenant, :taken)",
            tenant=world.tenant_id,
            taken=MAILS,
        )
        run(world, "update mails set author = :author where tenant_id = :id", author=world.email("member"), id=self.id)
        run(world, "update tenants set catch_all = 'all@catch.example' where id = :id", id=self.id)

    @property
    def id(self) -> UUID:
        return self.world.tenant_id

    def run_of(self, mail: int) -> int:
        rows = run(self.world, "select run from mails where id = :id", id=self.mails[mail].mail_id)
        return int(rows[0].run)

    def step(self, what: str, mail: int, how: object) -> None:
        late = 1 if what.endswith("late") else 0
        custody = self.mails[mail].model_copy(update={"run": self.run_of(mail) - late})
        if what.startswith("act"):
            assert isinstance(how, Action)
            worker = Decider(self.id, self.world.people["manager"], "Manager", KEYS)
            with self.resources.database.tenant(self.id) as connection:
                decisions.act(connection, worker, how, {custody.mail_id: custody.run}, self.world.case_id)
        elif what == "post":
            target = Target(case_id=self.world.case_id, author_id=self.world.people["member"], answers=None)
            record = parsed(custody, self.world.email("member"))
            post([FilteredMail(parsed=record, target=target, files=(), left_out=())], self.resources)
        elif what.startswith("reject"):
            assert isinstance(how, Reason)
            author = self.world.email("member")
            settle([Rejection(custody=custody, reason=how, evidence={}, author=author)], self.resources)
        else:
            self.send(custody.mail_id, sent=bool(how))

    def send(self, mail_id: UUID, *, sent: bool) -> None:
        with self.resources.database.tenant(self.id) as connection:
            endings.end_forward(connection, mail_id, sent=sent, words="550")
        state = "sent" if sent else "failed"
        run(
            self.world,
            "update outbox set state = :state where mail_id = :id and state = 'waiting'",
            state=state,
            id=mail_id,
        )

    def check(self, database: Database) -> None:
        with database.system() as connection:
            (line,) = [counts for counts in conservation.conservation(connection) if counts.tenant == self.world.slug]
        assert (line.received, line.unaccounted) == (MAILS, 0)
        assert wrong_counts(database) == []
        rows = run(self.world, "select state, ended_at from mails where tenant_id = :id", id=self.id)
        assert all((row.ended_at is None) == (row.state in ("waiting", "moving", "forwarding")) for row in rows)
        posted = run(
            self.world, "select mail_id from updates where tenant_id = :id and mail_id is not null", id=self.id
        )
        assert len(posted) == len(set(posted)) == sum(row.state == MailState.POSTED for row in rows)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=STEPS)
def test_after_each_step_every_mail_is_accounted_for(resources: Resources, world: World, steps: list[Step]) -> None:
    play = Play(resources, make_world(world.owner_url))
    for step in steps:
        play.step(*step)
        play.check(resources.database)
