"""A talk on a case in several access groups: who posts, who answers, and what everybody sees of it."""

from dataclasses import dataclass, field
from itertools import count
from uuid import UUID, uuid4

from cases.addresses.tokens import Address, AddressKind, write
from cases.inbound import decisions
from cases.inbound.actions import Action
from cases.inbound.decisions import Decider
from cases.updates import validation
from cases.updates.posting import Posted, post_update
from console.web.session import MAY_SEE, SEES_UPDATE, Viewer
from schemas.tables import AccessGroup, Role, core, new_id
from storage.database import Database
from tests.builders.copied_mails import GenuineAnswer
from tests.builders.plain_mails import plain_mail
from tests.builders.rows import run
from tests.builders.world import KEYS, PEOPLE, World
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
