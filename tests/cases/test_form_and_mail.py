"""The same content by form and by mail: equal rows and notices, or the same refusal in the same words."""

from dataclasses import dataclass, replace
from hashlib import sha256
from uuid import UUID

import pytest
from sqlalchemy import text

from cases.posting import MAX_FILES, MAX_TEXT, Posted, Refusal, post_update
from schemas.records import Body, FilteredMail, Rejection, StoredFile, Target
from tests.world import World, in_ledger, parsed
from workers.house import House
from workers.post.stage import post

# how an update came to be, and what makes it this one, is not its content
NOT_COMPARED = {"id", "update_id", "recipient_id", "mail_id", "via", "answers"}
TIMES = {"written_at", "posted_at", "logged_at", "created_at", "due_at", "sent_at"}
TABLES = {
    "updates": "select * from updates where id = :id",
    "update_files": "select * from update_files where update_id = :id order by position",
    "update_recipients": "select *, handle is not null as has_handle from update_recipients "
    "where update_id = :id order by email",
    "outbox": "select o.* from outbox o join update_recipients r on r.id = o.recipient_id "
    "where r.update_id = :id order by o.to_email",
}


@dataclass(frozen=True)
class Content:
    """What is posted: the text, how many files, by whom, and what was done to the world before."""

    text: str
    files: int = 0
    author: str = "client"
    before: str = ""


POSTS = {
    "a line": Content("Yes, please."),
    "nothing but a file": Content("", files=1),
    "the most files": Content("See the files.", files=MAX_FILES),
    "space around": Content("\n\n  Indented, and\n\n  with space after  \n\n\n"),
    "many scripts": Content("Gr\u00fc\u00dfe, \u6728\u66dc\u65e5, \u0645\u0631\u062d\u0628\u0627 \U0001f697 e\u0301"),
    "markup and quotes": Content("<b>1 < 2</b> & 'so' \"on\" \\ %s {{x}} > not a quote"),
    "the longest text": Content("x" * MAX_TEXT),
    "by staff": Content("From the desk.", author="staff"),
    "by the case manager": Content("From the manager.", author="manager"),
}
REFUSALS = {
    "no text and no file": Content(" \n\t "),
    "a text one letter too long": Content("x" * (MAX_TEXT + 1)),
    "one file too many": Content("See the files.", files=MAX_FILES + 1),
    "a client who does not belong to the case": Content("Let me in.", author="outsider"),
    "an archived author": Content("I was here.", author="archived"),
    "a closed case": Content("One more.", before="update cases set open = false where id = :case"),
    "an inactive tenant": Content("Hello?", before="update tenants set active = false where id = :tenant"),
}


def files(house: House, world: World, number: int) -> tuple[StoredFile, ...]:
    """Files in the blob store."""
    contents = [f"file {one}".encode() for one in range(number)]
    return tuple(
        StoredFile(
            name=f"file {one}.txt",
            content_type="text/plain",
            size=len(data),
            sha256=sha256(data).hexdigest(),
            blob=house.blobs.put(world.tenant_id, "file", data),
        )
        for one, data in enumerate(contents)
    )


def by_form(house: House, world: World, content: Content, *told: str) -> Posted | Refusal:
    """Posts as the form does, with these people chosen."""
    draft = world.draft(content.author, *told, text=content.text)
    with house.database.tenant(world.tenant_id) as connection:
        return post_update(connection, replace(draft, files=files(house, world, content.files)))


def by_mail(house: House, world: World, content: Content, answers: UUID | None = None) -> tuple[UUID, Rejection | None]:
    """Posts as the pipeline does: as an answer to an update, or as a mail to the case address."""
    custody = in_ledger(world)
    mail = FilteredMail(
        parsed=parsed(custody, world.email(content.author)).model_copy(update={"body": Body(text=content.text)}),
        target=Target(case_id=world.case_id, author_id=world.people[content.author], answers=answers),
        files=files(house, world, content.files),
        left_out=(),
    )
    return custody.mail_id, post([mail], house)[0]


def rows(world: World, update_id: UUID) -> dict[str, list[dict[str, object]]]:
    """All rows that an update brought with it, without ids, times and handles; but whether each is there."""
    found: dict[str, list[dict[str, object]]] = {}
    with world.owner().connect() as connection:
        for table, query in TABLES.items():
            found[table] = [
                {
                    name: value is not None if name in TIMES else value
                    for name, value in row.items()
                    if name not in {*NOT_COMPARED, "handle"}
                }
                for row in connection.execute(text(query), {"id": update_id}).mappings()
            ]
    return found


def update_of(world: World, mail_id: UUID) -> UUID:
    """The update that a mail became."""
    with world.owner().connect() as connection:
        found: UUID = connection.execute(
            text("select id from updates where mail_id = :id"), {"id": mail_id}
        ).scalar_one()
    return found


def all_updates(world: World) -> int:
    """How many updates the tenant has."""
    with world.owner().connect() as connection:
        query = text("select count(*) from updates where tenant_id = :id")
        return int(connection.execute(query, {"id": world.tenant_id}).scalar_one())


@pytest.mark.parametrize("content", POSTS.values(), ids=POSTS)
def test_a_mail_to_the_case_and_the_form_with_nobody_chosen_leave_the_same_rows(
    house: House, world: World, content: Content
) -> None:
    posted = by_form(house, world, content)
    mail_id, rejection = by_mail(house, world, content)
    assert isinstance(posted, Posted)
    assert rejection is None
    by_form_rows = rows(world, posted.update_id)
    assert by_form_rows == rows(world, update_of(world, mail_id))
    assert [row["text"] for row in by_form_rows["updates"]] == [content.text.strip()]


@pytest.mark.parametrize("content", POSTS.values(), ids=POSTS)
def test_an_answer_by_mail_and_the_form_with_those_people_chosen_leave_the_same_rows(
    house: House, world: World, content: Content
) -> None:
    question = world.post(house.database, "admin", "client", "member", "staff")
    posted = by_form(house, world, content, "admin", "client", "member", "staff")
    mail_id, rejection = by_mail(house, world, content, answers=question)
    assert isinstance(posted, Posted)
    assert rejection is None
    by_form_rows = rows(world, posted.update_id)
    assert by_form_rows == rows(world, update_of(world, mail_id))
    told = {"admin", "client", "member", "staff", "manager"} - {content.author}
    assert {row["to_email"] for row in by_form_rows["outbox"]} == {world.email(name) for name in told}


@pytest.mark.parametrize("content", REFUSALS.values(), ids=REFUSALS)
def test_the_form_and_the_mail_are_refused_for_the_same_reason_in_the_same_words(
    house: House, world: World, content: Content
) -> None:
    with world.owner().begin() as connection:
        if content.before:
            connection.execute(text(content.before), {"case": world.case_id, "tenant": world.tenant_id})
    refusal = by_form(house, world, content)
    _, rejection = by_mail(house, world, content)
    assert isinstance(refusal, Refusal)
    assert isinstance(rejection, Rejection)
    assert (rejection.reason, rejection.evidence) == (refusal.reason, {"the form says": refusal.words})
    assert all_updates(world) == 0
