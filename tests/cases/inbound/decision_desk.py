"""A desk at which people decide on one mail, which meanwhile goes its way in the pipeline."""

from typing import Any
from uuid import UUID

from cases.inbound import decisions
from cases.inbound.actions import Action
from cases.inbound.decisions import Decider
from schemas.reasons import Reason
from schemas.records import Rejection, ValidatedMail
from schemas.tables import MailState
from storage.ledger import admission, endings
from storage.ledger import decided as storage_held
from storage.resources import Resources
from tests.builders.addresses import another_case
from tests.builders.copied_mails import GenuineAnswer
from tests.builders.rows import run
from tests.builders.world import KEYS, World

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
