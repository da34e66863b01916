"""The contract: what is posted by the form, and what is posted by mail, is the same.

Each content is posted twice: by a person at the real console, and by a real mail through all stages. Both leave equal
rows and equal notices, as the mails that they are, or are refused in the same words.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from itertools import product
from typing import Any
from uuid import UUID

import httpx
import pytest

from cases.addresses import case_address
from cases.addresses.tokens import Address, AddressKind, write
from cases.outgoing import notices
from cases.people import aliases
from cases.updates.posting import Posted, post_update
from cases.updates.posting_rules import MAX_TEXT
from schemas.files import DEFAULT_FILES
from schemas.own_mail import OWN_MAIL_FIELD
from schemas.reasons import Reason
from schemas.records import Custody, FetchedMail, Record, Rejection
from schemas.tables import AccessGroup, new_id, now
from storage.blobs.store import Blobs
from storage.database import Database
from storage.resources import Resources
from tests.builders.files import GOOD, ooxml, pdf, png_header
from tests.builders.rows import add, default_group, run
from tests.builders.world import KEYS, World
from tests.console.browser import Browser, Console, tree, words
from tests.console.browser import field as input_field
from workers.fetch.custody import Arrival, CustodyService
from workers.pipeline import STAGES

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG, GIF = GOOD["photo.png"], GOOD["photo.gif"]
MP3 = b"ID3\x03\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" + b"\x00" * 413
TEXT = tuple((f"page {number}.txt", f"Page {number} of the letter.\n".encode()) for number in range(DEFAULT_FILES))

MACROS = ooxml("word/document.xml", {"word/vbaProject.bin": b"VBA"})
ACTIVE = pdf({"OpenAction": "<</S /JavaScript /JS (app.alert)>>"})
LOCKED = pdf(password="secret")

File = tuple[str, bytes]


@dataclass(frozen=True)
class Content:
    """What is posted: words and files, by whom, in which group, and what happens to the world while it is written.

    `more` are files that the mail has on top, and of which each is left out for the reason given. `sender` is the
    address that the mail comes from, if not the author's own.
    """

    text: str = "Yes, please."
    files: Sequence[File] = ()
    more: Sequence[tuple[str, bytes, str]] = ()
    author: str = "client"
    group: dict[str, Any] = field(default_factory=dict)
    meanwhile: str = ""
    sender: str = ""


def group(**changes: Any) -> dict[str, Any]:
    return {"name": "Another group", **changes}


def switched(validation: bool, refresh: bool, include: bool) -> dict[str, Any]:
    return group(require_validation=validation, refresh_last_update=refresh, include_in_documents=include)


def policy(**fields: Any) -> str:
    """What makes this the tenant's file policy."""
    return f"update tenants set file_policy = '{json.dumps(fields).replace(': ', chr(92) + ': ')}' where id = :tenant"


STAFF = ["admin", "case_manager", "staff"]
OFFICE = "image/png, not what 'pdf' says"

POSTS = {
    # words
    "a line": Content(),
    "lines and blank lines": Content("Hello,\n\nit is the kitchen.\nAnd the bath.\n\n\nRegards"),
    "an indented list": Content("We need:\n  - a plumber\n  - a painter\n\tsoon"),
    "blank lines around": Content("\n\nIn the middle\n\n\n"),
    "many scripts": Content("Grüße, 木曜日, مرحبا, שלום \U0001f697 e\u0301"),
    "an emoji alone": Content("\U0001f44d"),
    "markup": Content("<b>1 < 2</b> & 'so' \"on\" \\ %s &amp; <script>alert(1)</script>"),
    "variables": Content("{{Case.case_number}} {% raw %} {{ x }} ${y} {0}"),
    "a link and an address": Content("See https://example.org/a?b=c&d=%20 or ask ann+x@example.org."),
    "a line of a thousand letters": Content("x" * 1_200 + " end"),
    "the longest text": Content("word " * (MAX_TEXT // 5 - 1) + "final"),
    "a SQL joke": Content("Robert'); drop table updates; --x"),
    "a dot alone on a line": Content("Above\n.\nBelow"),
    # files
    "nothing but a file": Content("", files=[("offer.pdf", PDF)]),
    "a picture": Content("See the photo.", files=[("leak.png", PNG)]),
    "another picture": Content("See the photo.", files=[("leak.GIF", GIF)]),
    "a table": Content("The list.", files=[("list.csv", b"a,b\n1,2\n")]),
    "a sound": Content("Listen.", files=[("drip.mp3", MP3)]),
    "the most files": Content("See the files.", files=TEXT),
    "a file with a foreign name": Content("Here.", files=[("Übersicht für Sie 木.pdf", PDF)]),
    "the same file under two names": Content("Twice.", files=[("a.txt", b"same\n"), ("b.txt", b"same\n")]),
    "a program besides": Content("Run it.", files=TEXT[:1], more=[("a.exe", b"MZ", "files of type 'exe'")]),
    "a picture that is called a document": Content("Read.", files=TEXT[:1], more=[("a.pdf", PNG, OFFICE)]),
    "one file more than there may be": Content(
        "All of it.", files=TEXT, more=[("page 6.txt", b"Page 6\n", "an update has at most 5 files")]
    ),
    "an empty file besides": Content("Empty.", files=TEXT[:1], more=[("empty.txt", b"", "it is empty")]),
    "a file without a type besides": Content("What?", files=TEXT[:1], more=[("README", b"x\n", "a file without a")]),
    "a photo of a phone": Content("See the photo.", files=[("IMG_6.HEIC", GOOD["IMG_6.heic"])]),
    "documents": Content("See these.", files=[(name, GOOD[name]) for name in ("letter.docx", "list.xls", "plan.pdf")]),
    "a document with macros besides": Content(
        "Open it.", files=TEXT[:1], more=[("a.docm", MACROS, "it has macros in it")]
    ),
    "a PDF with JavaScript besides": Content(
        "Open it.", files=TEXT[:1], more=[("a.pdf", ACTIVE, "it has JavaScript in it")]
    ),
    "a locked file besides": Content("Guess.", files=TEXT[:1], more=[("a.pdf", LOCKED, "locked with a password")]),
    "an archive besides": Content("All.", files=TEXT[:1], more=[("a.zip", GOOD["all.zip"], "files of type 'zip'")]),
    "a picture of two gigapixels besides": Content(
        "Big.", files=TEXT[:1], more=[("a.png", png_header(50_000, 50_000), "50,000 by 50,000 pixels")]
    ),
    "macros where the tenant lets them in": Content(
        "Open it.", files=[("a.docm", MACROS)], meanwhile=policy(macros=True)
    ),
    "an archive where the tenant lets it in": Content(
        "All.", files=[("a.zip", GOOD["all.zip"])], meanwhile=policy(types=["zip", "txt"])
    ),
    "one file more than the tenant wants": Content(
        "Two.",
        files=TEXT[:2],
        more=[(*TEXT[2], "an update has at most 2 files")],
        meanwhile=policy(most_files=2),
    ),
    "a file larger than the tenant wants": Content(
        "Long.",
        files=TEXT[:2],
        more=[("long.txt", b"long " * 100, "it is too large")],
        meanwhile=policy(most_bytes=400),
    ),
    # people
    "by an admin": Content("From the top.", author="admin"),
    "by the case manager": Content("From the manager.", author="manager"),
    "by staff": Content("From the desk.", author="staff", files=TEXT[:1]),
    "by another client of the case": Content("Me too.", author="member"),
    "from an alias": Content("From home.", sender="ann@home.example"),
    "from an alias in capitals": Content("From home.", sender="ANN@HOME.example"),
    "from an alias of staff": Content("From home.", author="staff", sender="ann@home.example"),
    # access groups
    **{
        f"validation {validation}, refresh {refresh}, documents {include}, by {author}": Content(
            author=author, group=switched(validation, refresh, include)
        )
        for validation, refresh, include in product((True, False), repeat=3)
        for author in (("client", "staff", "manager", "admin") if validation else ("client",))
    },
    "with files that wait": Content(files=TEXT[:2], group=group(require_validation=True)),
    "unseen by clients": Content(author="staff", group=group(may_see=STAFF)),
    "unseen by clients, and waiting": Content(author="staff", group=group(may_see=STAFF, require_validation=True)),
    # the tenant's own rules of the text
    "just as long as the tenant allows": Content(
        "x" * 99, meanwhile="update tenants set most_text = 100 where id = :tenant"
    ),
    "a text and a file, where there must be a text": Content(
        "See.", files=TEXT[:1], meanwhile="update tenants set text_required = true where id = :tenant"
    ),
    # what changes while it is written
    "a recipient is archived meanwhile": Content(meanwhile="update users set active = false where id = :member"),
    "a client leaves the case meanwhile": Content(meanwhile="delete from case_members where user_id = :member"),
    "the case gets another manager": Content(meanwhile="update cases set manager_id = :admin where id = :case"),
    "clients may only post meanwhile": Content(
        meanwhile="update access_groups set may_see = '{admin,case_manager,staff}' where tenant_id = :tenant"
    ),
    "the group begins to require validation": Content(
        meanwhile="update access_groups set require_validation = true where tenant_id = :tenant"
    ),
}
REFUSALS = {
    "no text and no file": Content(" \n\t "),
    "a text one letter too long": Content("x" * (MAX_TEXT + 1)),
    "a text that is far too long": Content("word " * 20_000),
    "a text that is too long for the tenant": Content(
        "x" * 101, meanwhile="update tenants set most_text = 100 where id = :tenant"
    ),
    "a file alone, where there must be a text": Content(
        " \n", files=TEXT[:1], meanwhile="update tenants set text_required = true where id = :tenant"
    ),
    "a closed case": Content("One more.", meanwhile="update cases set open = false where id = :case"),
    "a closed case, by staff": Content(
        "One.", author="staff", meanwhile="update cases set open = false where id = :case"
    ),
    "a closed case, with files": Content(files=TEXT, meanwhile="update cases set open = false where id = :case"),
    "a group that is closed to clients meanwhile": Content(
        meanwhile="update access_groups set may_post = '{admin}' where tenant_id = :tenant"
    ),
    "a group that is closed to staff meanwhile": Content(
        author="staff", meanwhile="update access_groups set may_post = '{admin,client}' where tenant_id = :tenant"
    ),
}
#: Who can't even open the form is told so at its door; by mail it is the reason.
DOORS = {
    "archived meanwhile": (
        Content(meanwhile="update users set active = false where id = :client"),
        "/login",
        Reason.AUTHOR_INACTIVE,
    ),
    "archived meanwhile, from an alias": (
        Content(sender="ann@home.example", meanwhile="update users set active = false where id = :client"),
        "/login",
        Reason.AUTHOR_INACTIVE,
    ),
    "the tenant is switched off meanwhile": (
        Content(meanwhile="update tenants set active = false where id = :tenant"),
        "/login",
        Reason.TENANT_INACTIVE,
    ),
    "taken off the case meanwhile": (
        Content(meanwhile="delete from case_members where user_id = :client"),
        "404",
        Reason.NOT_ALLOWED,
    ),
}

#: Everything that an update brings with it. What makes it this one is not compared: ids, handles, times, and how it
#: came; whether each of them is there is. Files that only the mail had are compared apart.
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
HOW = {"via", "mail_id", "message", "answers", "left_out"}
#: Of a notice: an answer stands below what it answers, and each has its time and the mark that it is ours.
THREAD = {"In-Reply-To", "References"}
NOTICES = "select r.id from update_recipients r join outbox o on o.recipient_id = r.id where r.update_id = :id"


def rows(desk: "Desk", update_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """All rows that an update brought with it, and the mails that go out for it, as far as they are compared."""
    found = {
        table: [_compared(dict(row._mapping)) for row in run(desk.world, query, id=update_id)]
        for table, query in TABLES.items()
    }
    ids = [row.id for row in run(desk.world, NOTICES, id=update_id)]
    with desk.resources.database.tenant(desk.world.tenant_id) as connection:
        loaded = notices.load(connection, ids, KEYS)
    return found | {"mails": sorted((_mail(notice) for notice in loaded), key=lambda mail: str(mail["To"]))}


def _mail(notice: notices.Notice) -> dict[str, Any]:
    """A notice as it goes out: its fields and both bodies, without what makes it this one."""
    raw = notices.compose(notice, KEYS, "https://console.example")
    mail = message_from_bytes(raw, policy=default)
    root = f"<case.{notice.case_id}@{notice.mail_domain}>"
    assert str(mail["References"]).startswith(root)
    own = {
        str(mail[OWN_MAIL_FIELD]): "the mark",  # before the id that it names
        notices.reply_to(notice, KEYS): "the reply address",
        str(notice.recipient_id): "the line of the log",
        notice.recipient_id.hex: "the line of the log",
        str(notice.update_id): "the update",
        str(mail["Date"]): "the time",
    }

    def compared(words: str) -> str:
        for one, name in own.items():
            words = words.replace(one, name)
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
    """The two ways in, to one tenant."""

    world: World
    resources: Resources
    browse: Callable[..., Browser]

    def change(self, statement: str) -> None:
        if statement:
            ids = self.world.people | {"case": self.world.case_id, "tenant": self.world.tenant_id}
            needed = {name: value for name, value in ids.items() if f":{name}" in statement}
            run(self.world, statement, **needed)

    def prepare(self, content: Content) -> UUID | None:
        """Makes what the content needs to be there: the alias, and the access group, whose id is returned."""
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

    def question(self, group_id: UUID | None, author: str, told: Sequence[str]) -> UUID:
        """An update that was sent to these people, in the group: the one that is answered by mail."""
        draft = replace(self.world.draft(author, *told), access_group=group_id)
        with self.resources.database.tenant(self.world.tenant_id) as connection:
            posted = post_update(connection, draft)
        assert isinstance(posted, Posted)
        return posted.update_id

    def by_form(self, content: Content, group_id: UUID | None, told: Iterable[str]) -> tuple[UUID, httpx.Response]:
        """Opens the case, writes, and sends the form as it stands on the page."""
        browser, case = self.browse(content.author), f"/cases/{self.world.case_id}"
        page = browser.get(case)
        options = "//select[@name='access_group']/option[@selected]/@value | //input[@name='access_group']/@value"
        values: dict[str, Any] = {
            "csrf": input_field(page, "csrf"),
            "update_id": input_field(page, "update_id"),
            "text": content.text.replace("\n", "\r\n"),
            "recipients": [str(self.world.people[name]) for name in told],
            "access_group": str(group_id or tree(page).xpath(options)[0]),
        }
        parts = [("files", file) for file in content.files]
        self.change(content.meanwhile)
        answer = browser.http.post(f"{case}/updates", data=values, files=parts or None)
        return UUID(values["update_id"]), answer

    def by_mail(self, content: Content, address: str) -> tuple[UUID, Rejection | None]:
        """Writes a mail, has it taken into custody, and takes it through all stages."""
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
        """Takes a mail in custody through the stages, as the runner does, to its end or its rejection."""
        names = ", ".join(
            name if name != "mail_id" else "id as mail_id" for name in Custody.model_fields if name != "heavy"
        )
        (row,) = run(self.world, f"select {names} from mails where id = :id", id=mail_id)
        record: Record | None = FetchedMail(custody=Custody(**row._mapping))
        stages = {stage.takes: stage for stage in STAGES}
        while record is not None and not isinstance(record, Rejection):
            record = stages[type(record)].work([record], self.resources)[0]
        return record

    def told(self, update_id: UUID) -> set[str]:
        """Who was sent an update."""
        ids = run(self.world, "select user_id from update_recipients where update_id = :id", id=update_id)
        return {name for name, person in self.world.people.items() if (person,) in ids}

    def reply_address(self, update_id: UUID, name: str) -> str:
        """The address to which this person answers the update."""
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


@pytest.fixture
def two_ways(console: Console, desk: World, database: Database, browse: Callable[..., Browser]) -> Desk:
    return Desk(desk, Resources(console.settings, database, Blobs(console.settings.blobs.url)), browse)


def compare(desk: Desk, content: Content, by_form: UUID, by_mail: UUID, before: dict[str, Any]) -> dict[str, Any]:
    """Asserts that both updates brought the same with them, and now that they are validated too; returns it."""
    assert rows(desk, by_mail) == before
    query = "select left_out from updates where id = :id"
    form_left, mail_left = (
        [(item["name"], item["why"]) for item in run(desk.world, query, id=one)[0].left_out]
        for one in (by_form, by_mail)
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


@pytest.mark.parametrize("content", POSTS.values(), ids=POSTS)
def test_an_answer_by_mail_leaves_what_the_form_leaves_with_those_people_chosen(
    two_ways: Desk, content: Content
) -> None:
    group_id = two_ways.prepare(content)
    asker = "manager" if content.author != "manager" else "admin"
    question = two_ways.question(group_id, asker, ["admin", "client", "member", "staff"])
    address = two_ways.reply_address(question, content.author)
    everybody = two_ways.told(question) - {content.author} | {asker}
    by_form, page = two_ways.by_form(content, group_id, everybody)
    assert page.status_code == 200, words(page)
    before = rows(two_ways, by_form)
    mail_id, rejection = two_ways.by_mail(content, address)
    assert rejection is None
    after = compare(two_ways, content, by_form, two_ways.update_of(mail_id), before)
    assert after["updates"][0]["text"] == content.text.strip()
    assert len(after["mails"]) == len(after["outbox"]) > 0


@pytest.mark.parametrize(
    "content",
    [one for one in POSTS.values() if not one.group],
    ids=[name for name, one in POSTS.items() if not one.group],
)
def test_a_mail_to_the_case_leaves_what_the_form_leaves_with_nobody_chosen(two_ways: Desk, content: Content) -> None:
    two_ways.prepare(content)
    by_form, page = two_ways.by_form(content, None, [])
    assert page.status_code == 200, words(page)
    before = rows(two_ways, by_form)
    mail_id, rejection = two_ways.by_mail(content, two_ways.case_address())
    assert rejection is None
    after = compare(two_ways, content, by_form, two_ways.update_of(mail_id), before)
    assert after["updates"][0]["access_group_id"] == default_group(two_ways.world)


@pytest.mark.parametrize("content", REFUSALS.values(), ids=REFUSALS)
def test_form_and_mail_are_refused_in_the_same_words(two_ways: Desk, content: Content) -> None:
    address = two_ways.case_address()
    _, page = two_ways.by_form(content, None, [])
    _, rejection = two_ways.by_mail(content, address)
    assert rejection is not None
    assert page.status_code == 422
    said = words(page, "//*[@role='alert']").removesuffix(" The files are not kept here: choose them again.")
    assert rejection.evidence == {"the form says": said}
    assert two_ways.updates() == 0


@pytest.mark.parametrize(("content", "where", "reason"), DOORS.values(), ids=DOORS)
def test_who_can_not_open_the_form_any_more_can_not_post_by_mail_either(
    two_ways: Desk, content: Content, where: str, reason: Reason
) -> None:
    two_ways.prepare(content)
    address = two_ways.case_address()
    _, page = two_ways.by_form(content, None, [])
    _, rejection = two_ways.by_mail(content, address)
    assert where in {page.url.path, str(page.status_code)}
    assert rejection is not None
    assert rejection.reason is reason
    assert two_ways.updates() == 0


@pytest.mark.parametrize(
    "name",
    [
        *("a program besides", "a picture that is called a document", "a file without a type besides"),
        *("a document with macros besides", "a PDF with JavaScript besides", "a locked file besides"),
        *("an archive besides", "a picture of two gigapixels besides", "a file larger than the tenant wants"),
        "an empty file besides",
    ],
)
def test_the_form_refuses_a_file_in_the_words_in_which_mail_leaves_it_out(two_ways: Desk, name: str) -> None:
    content = POSTS[name]
    ((file_name, data, why),) = content.more
    _, page = two_ways.by_form(replace(content, files=[*content.files, (file_name, data)], more=()), None, [])
    assert page.status_code == 422
    assert f"{file_name} can't be posted: " in words(page, "//*[@role='alert']")
    assert why in words(page, "//*[@role='alert']")


def test_an_address_that_is_not_confirmed_is_a_strangers(two_ways: Desk) -> None:
    world, client = two_ways.world, two_ways.world.people["client"]
    with two_ways.resources.database.tenant(world.tenant_id) as connection:
        aliases.ask(connection, world.tenant_id, client, "ann@home.example", by=client, tell_taken=False)
    _, rejection = two_ways.by_mail(Content(sender="ann@home.example"), two_ways.case_address())
    assert rejection is not None
    assert rejection.reason is Reason.AUTHOR_UNKNOWN


def test_an_answer_in_a_group_that_is_closed_to_its_author_is_held_and_not_moved_to_another(two_ways: Desk) -> None:
    content = Content(group=group(may_post=STAFF))
    question = two_ways.question(two_ways.prepare(content), "manager", ["client"])
    _, rejection = two_ways.by_mail(content, two_ways.reply_address(question, "client"))
    assert rejection is not None
    assert rejection.reason is Reason.GROUP_NOT_ALLOWED
    assert two_ways.updates() == 0


def test_its_author_sees_an_update_that_waits_by_mail_as_by_form_and_no_other_client_does(two_ways: Desk) -> None:
    content = Content("It waits.", group=group(require_validation=True))
    group_id = two_ways.prepare(content)
    question = two_ways.question(group_id, "manager", ["client", "member"])
    by_form, _ = two_ways.by_form(content, group_id, [])
    mail_id, rejection = two_ways.by_mail(content, two_ways.reply_address(question, "client"))
    assert rejection is None
    case = f"/cases/{two_ways.world.case_id}"
    own, others = two_ways.browse("client").get(case), two_ways.browse("member").get(case)
    for update_id in (by_form, two_ways.update_of(mail_id)):
        shown = words(own, f"//article[@id='u-{update_id}']")
        assert "It waits." in shown
        assert "waits for validation" in shown
        assert words(others, f"//article[@id='u-{update_id}']") == ""
