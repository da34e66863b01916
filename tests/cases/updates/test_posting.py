"""`post_update`: its rules, and everything that it writes for an update."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import text

from cases.updates.posting import NewUpdate, Outcome, Posted, Refusal, post_update
from cases.updates.posting_rules import MAX_TEXT
from schemas.files import DEFAULT_FILES
from schemas.reasons import Reason
from schemas.records import StoredFile
from schemas.tables import Via
from storage.database import Database
from tests.builders.world import World

FILE = StoredFile(name="a.pdf", content_type="application/pdf", size=1, sha256="0", blob="b")


def post(database: Database, new: NewUpdate) -> Outcome:
    with database.tenant(new.tenant_id) as connection:
        return post_update(connection, new)


def change(world: World, statement: str) -> None:
    with world.owner().begin() as connection:
        connection.execute(text(statement), {"tenant": world.tenant_id, "case": world.case_id})


def test_chosen_people_and_the_case_manager_get_a_notice_but_not_the_author(database: Database, world: World) -> None:
    posted = post(database, world.draft("staff", "client", "staff"))
    assert isinstance(posted, Posted)
    assert set(posted.notified) == {world.people["client"], world.people["manager"]}


def test_an_answer_goes_to_the_author_and_the_recipients_of_what_it_answers(database: Database, world: World) -> None:
    question = world.post(database, "staff", "client", "admin")
    answer = replace(world.draft("client"), recipients=None, answers=question, via=Via.EMAIL)
    posted = post(database, answer)
    assert isinstance(posted, Posted)
    assert set(posted.notified) == {world.people[name] for name in ("staff", "admin", "manager")}


def test_archived_people_and_clients_who_do_not_belong_to_the_case_get_no_notice(
    database: Database, world: World
) -> None:
    posted = post(database, world.draft("staff", "archived", "outsider"))
    assert isinstance(posted, Posted)
    assert posted.notified == (world.people["manager"],)


def test_each_recipient_has_a_reply_address_and_a_notice_of_their_own(database: Database, world: World) -> None:
    update_id = world.post(database, "staff", "client", "member")
    with database.tenant(world.tenant_id) as connection:
        handles = connection.execute(
            text("select handle from update_recipients where update_id = :id"), {"id": update_id}
        ).scalars()
        notices = connection.execute(
            text(
                "select count(*) from outbox o join update_recipients r on r.id = o.recipient_id where update_id = :id"
            ),
            {"id": update_id},
        ).scalar_one()
        found = list(handles)
    assert len(set(found)) == notices == 3
    assert None not in found


def test_with_replies_off_no_reply_address_is_made(database: Database, world: World) -> None:
    change(world, "update tenants set replies_on = false where id = :tenant")
    update_id = world.post(database, "staff", "client")
    with database.tenant(world.tenant_id) as connection:
        handles = connection.execute(
            text("select handle from update_recipients where update_id = :id"), {"id": update_id}
        )
        assert set(handles.scalars()) == {None}


@pytest.mark.parametrize(
    ("author", "statement", "reason"),
    [
        ("staff", "update tenants set active = false where id = :tenant", Reason.TENANT_INACTIVE),
        ("archived", "", Reason.AUTHOR_INACTIVE),
        ("outsider", "", Reason.NOT_ALLOWED),
        ("staff", "update cases set open = false where id = :case", Reason.REFUSED),
    ],
)
def test_who_may_not_post_now_is_refused(
    database: Database, world: World, author: str, statement: str, reason: Reason
) -> None:
    if statement:
        change(world, statement)
    refusal = post(database, world.draft(author))
    assert isinstance(refusal, Refusal)
    assert refusal.reason is reason


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"text": " \n\t "}, "neither text nor a file"),
        ({"text": "x" * (MAX_TEXT + 1)}, "longer than 50,000"),
        ({"files": (FILE,) * (DEFAULT_FILES + 1)}, "at most 5 files"),
        (
            {"files": (FILE.model_copy(update={"name": "a.exe"}),)},
            "The file a.exe can't be posted: files of type 'exe'",
        ),
        (
            {"files": (FILE.model_copy(update={"name": "a.png"}),)},
            "its content is application/pdf, not what 'png' says",
        ),
    ],
)
def test_what_the_form_would_not_take_is_refused_and_nothing_is_written(
    database: Database, world: World, changes: dict[str, object], words: str
) -> None:
    new = replace(world.draft("staff"), **changes)  # type: ignore[arg-type]
    refusal = post(database, new)
    assert isinstance(refusal, Refusal)
    assert words in refusal.words
    with database.tenant(world.tenant_id) as connection:
        assert connection.execute(text("select count(*) from updates")).scalar_one() == 0


def test_a_file_without_words_can_be_posted(database: Database, world: World) -> None:
    file = FILE.model_copy(update={"blob": f"{world.tenant_id}/mail/00/0"})
    assert isinstance(post(database, replace(world.draft("client"), text="", files=(file,))), Posted)


def test_replies_switched_off_stop_mail_but_not_the_form(database: Database, world: World) -> None:
    change(world, "update tenants set replies_on = false where id = :tenant")
    assert isinstance(post(database, world.draft("client")), Posted)
    refusal = post(database, replace(world.draft("client"), via=Via.EMAIL))
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.REPLIES_OFF


def test_a_case_of_another_tenant_does_not_exist_here(database: Database, world: World) -> None:
    refusal = post(database, replace(world.draft("staff"), case_id=uuid4()))
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.NOT_ALLOWED
