"""Posts the same content by form and by mail, and compares the rows and notices that both leave."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from typing import Any
from uuid import UUID

import httpx

from cases.addresses import case_address
from cases.addresses.tokens import Address, AddressKind, write
from cases.outgoing import notices
from cases.people import aliases
from cases.updates.posting import Posted, post_update
from schemas.own_mail import OWN_MAIL_FIELD
from schemas.records import Custody, FetchedMail, Record, Rejection
from schemas.tables import AccessGroup, new_id, now
from storage.resources import Resources
from tests.builders.rows import add, run
from tests.builders.world import KEYS, World
from tests.console.browser import Browser, tree
from tests.console.browser import field as input_field
from tests.console.cases.contents import Content
from workers.fetch.custody import Arrival, CustodyService
from workers.pipeline import STAGES

#: All rows that belong to an update. Of ids, handles and times, only their presence is compared; the columns in `HOW`
#: are not compared. Files that only the mail had are compared separately.
TABLES = {
    "updates": "select * from updates where id = :id",
    "update_files": "select * from update_files where update_id = :id order by position",
    "update_recipients": "select * from update_recipients where update_id = :id order by email",
    "outbox": "select o.* from outbox o join update_recipients r on r.id = o.recipient_id "
    "where r.update_id = :id order by o.to_email",
    "audit": "select * from audit where subject_id = :id order by id",
    "cases": "select c.number, c.last_update_at >= u.posted_at as refreshed from updates u "
    "join cases c on c.id = u.case_id where u.id = :id",
}


IDS = {"id", "update_id", "recipient_id", "subject_id", "handle", "blob"}  # the bytes of a blob are its sha256


TIMES = {"written_at", "posted_at", "logged_at", "created_at", "due_at", "sent_at", "at"}


HOW = {"api token", "via", "mail_id", "message", "answers", "left_out"}


#: The fields of a notice that are not compared: an answer by mail is threaded below the update that it answers.
THREAD = {"In-Reply-To", "References"}


NOTICES = "select r.id from update_recipients r join outbox o on o.recipient_id = r.id where r.update_id = :id"


def rows(desk: "Desk", update_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Returns the compared parts of all rows of an update, and of the mails that go out for it."""
    found = {
        table: [_compared(dict(row._mapping)) for row in run(desk.world, query, id=update_id)]
        for table, query in TABLES.items()
    }
    ids = [row.id for row in run(desk.world, NOTICES, id=update_id)]
    with desk.resources.database.tenant(desk.world.tenant_id) as connection:
        loaded = notices.load(connection, ids, KEYS)
    return found | {"mails": sorted((_mail(notice) for notice in loaded), key=lambda mail: str(mail["To"]))}


def _mail(notice: notices.Notice) -> dict[str, Any]:
    """Returns the fields and both bodies of a notice as it is sent; ids and times are replaced by words."""
    raw = notices.compose(notice, KEYS, "https://console.example")
    mail = message_from_bytes(raw, policy=default)
    root = f"<case.{notice.case_id}@{notice.mail_domain}>"
    assert str(mail["References"]).startswith(root)
    own = {
        str(mail[OWN_MAIL_FIELD]): "the mark",  # replaced before the id that it contains
        notices.reply_to(notice, KEYS): "the reply address",
        str(notice.recipient_id): "the line of the log",
        notice.recipient_id.hex: "the line of the log",
        str(notice.update_id): "the update",
        str(mail["Date"]): "the time",
    }

    def compared(words: str) -> str:
        for value, name in own.items():
            words = words.replace(value, name)
        return words

    fields = {name: compared(str(value)) for name, value in mail.items() if name not in THREAD}
    bodies = {part.get_content_type(): compared(part.get_content()) for part in mail.iter_parts()}
    assert set(bodies) == {"text/plain", "text/html"}
    return fields | bodies


def _compared(row: dict[str, Any]) -> dict[str, Any]:
    if "details" in row:
        row["details"] = {name: value for name, value in row["details"].items() if name not in HOW}
    return {
        name: value is not None if name in IDS | TIMES else sorted(value) if name == "to_tell" else value
        for name, value in row.items()
        if name not in HOW
    }


@dataclass(frozen=True)
class Desk:
    """Posts updates of one tenant by form and by mail."""

    world: World
    resources: Resources
    browse: Callable[..., Browser]

    def change(self, statement: str) -> None:
        if statement:
            ids = self.world.people | {"case": self.world.case_id, "tenant": self.world.tenant_id}
            needed = {name: value for name, value in ids.items() if f":{name}" in statement}
            run(self.world, statement, **needed)

    def prepare(self, content: Content) -> UUID | None:
        """Adds the alias and the access group that the content needs; returns the id of the group, if any."""
        world = self.world
        if content.sender:
            person = world.people[content.author]
            with self.resources.database.tenant(world.tenant_id) as connection:
                address = content.sender.lower()
                aliases.ask(connection, world.tenant_id, person, address, by=person, tell_taken=False)
            ((alias_id,),) = run(world, "select id from email_aliases where user_id = :id", id=person)
            with self.resources.database.tenant(world.tenant_id) as connection:
                assert aliases.confirm(connection, world.tenant_id, alias_id)
        if not content.group:
            return None
        made = AccessGroup(tenant_id=world.tenant_id, **content.group)
        add(world, made)
        return made.id

    def question(self, group_id: UUID | None, author: str, recipients: Sequence[str]) -> UUID:
        """Posts an update to these people in the group, which a mail then answers; returns its id."""
        draft = replace(self.world.draft(author, *recipients), access_group=group_id)
        with self.resources.database.tenant(self.world.tenant_id) as connection:
            posted = post_update(connection, draft)
        assert isinstance(posted, Posted)
        return posted.update_id

    def by_form(self, content: Content, group_id: UUID | None, to: Iterable[str]) -> tuple[UUID, httpx.Response]:
        """Opens the case, fills in the page's form and sends it; returns the update's id and the answer."""
        browser, case = self.browse(content.author), f"/cases/{self.world.case_id}"
        page = browser.get(case)
        options = "//select[@name='access_group']/option[@selected]/@value | //input[@name='access_group']/@value"
        values: dict[str, Any] = {
            "csrf": input_field(page, "csrf"),
            "update_id": input_field(page, "update_id"),
            "text": content.text.replace("\n", "\r\n"),
            "recipients": [str(self.world.people[name]) for name in to],
            "access_group": str(group_id or tree(page).xpath(options)[0]),
        }
        parts = [("files", file) for file in content.files]
        self.change(content.meanwhile)
        answer = browser.http.post(f"{case}/updates", data=values, files=parts or None)
        return UUID(values["update_id"]), answer

    def by_mail(self, content: Content, address: str) -> tuple[UUID, Rejection | None]:
        """Takes a mail with the content into custody and through all stages; returns its id and any rejection."""
        sender = content.sender or self.world.email(content.author)
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"], mail["Subject"], mail["Date"] = sender, address, "Re: A leak", now()
        mail["Message-ID"] = f"<{new_id()}@people.example>"
        mail.set_content(content.text)
        for name, data, *_ in (*content.files, *content.more):
            mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
        CustodyService(self.resources).take(new_id(), [Arrival(mail.as_bytes(), address, sender, "test")])
        ((mail_id,),) = run(self.world, "select id from mails where tenant_id = :id", id=self.world.tenant_id)
        self.change(content.meanwhile)
        return mail_id, self.through(mail_id)

    def through(self, mail_id: UUID) -> Rejection | None:
        """Takes a mail from custody through the stages, as the runner does; returns its rejection, or None."""
        names = ", ".join(
            name if name != "mail_id" else "id as mail_id" for name in Custody.model_fields if name != "heavy"
        )
        (row,) = run(self.world, f"select {names} from mails where id = :id", id=mail_id)
        record: Record | None = FetchedMail(custody=Custody(**row._mapping))
        stages = {stage.takes: stage for stage in STAGES}
        while record is not None and not isinstance(record, Rejection):
            record = stages[type(record)].work([record], self.resources)[0]
        return record

    def recipients_of(self, update_id: UUID) -> set[str]:
        """Returns the names of the people to whom an update was sent."""
        ids = run(self.world, "select user_id from update_recipients where update_id = :id", id=update_id)
        return {name for name, person in self.world.people.items() if (person,) in ids}

    def reply_address(self, update_id: UUID, name: str) -> str:
        """Returns the address to which this person answers the update."""
        query = "select handle from update_recipients where update_id = :id and user_id = :person"
        ((handle,),) = run(self.world, query, id=update_id, person=self.world.people[name])
        address = Address(AddressKind.REPLY, handle)
        return write(KEYS, self.world.tenant_id, address, "2026-7", self.world.mail_domain)

    def case_address(self) -> str:
        with self.resources.database.tenant(self.world.tenant_id) as connection:
            return case_address.current(connection, KEYS, self.world.case_id)

    def update_of(self, mail_id: UUID) -> UUID:
        ((update_id,),) = run(self.world, "select id from updates where mail_id = :id", id=mail_id)
        assert isinstance(update_id, UUID)
        return update_id

    def updates(self) -> int:
        query = "select count(*) from updates where tenant_id = :id and author_id <> :manager"
        values = {"id": self.world.tenant_id, "manager": self.world.people["manager"]}
        return int(run(self.world, query, **values)[0][0])

    def validate(self, update_id: UUID) -> None:
        browser, case = self.browse("admin"), f"/cases/{self.world.case_id}"
        browser.send(f"{case}/updates/{update_id}/validate", {}, on=case)


def compare(desk: Desk, content: Content, by_form: UUID, by_mail: UUID, before: dict[str, Any]) -> dict[str, Any]:
    """Asserts that both updates have equal rows, now and after they are validated; returns these rows."""
    assert rows(desk, by_mail) == before
    query = "select left_out from updates where id = :id"
    form_left, mail_left = (
        [(item["name"], item["why"]) for item in run(desk.world, query, id=update_id)[0].left_out]
        for update_id in (by_form, by_mail)
    )
    assert [item for item in mail_left if item[0] not in {name for name, *_ in content.more}] == form_left
    for name, _, why in content.more:
        assert any(left == name and why in said for left, said in mail_left), mail_left
    if before["updates"][0]["validated"]:
        return before
    assert before["outbox"] == before["update_recipients"] == before["mails"] == []
    both = []
    for update_id in (by_form, by_mail):
        desk.validate(update_id)
        both.append(rows(desk, update_id))
    assert both[0] == both[1]
    assert both[0]["updates"][0]["validated"]
    return both[0]
