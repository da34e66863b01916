"""Inbound messages: a case worker moves one to a case or closes it, and the ledger adds up."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from schemas.records import StoredFile
from schemas.tables import Case, InboundMessage, MailState
from storage import ledger
from storage.database import Database
from tests.console.browser import Browser, add, add_mail, run, words
from tests.world import World

PATH = "/messages"


@pytest.fixture
def message(desk: World) -> UUID:
    return add_message(desk)


def add_message(world: World, author: str = "client") -> UUID:
    mail_id = add_mail(world, MailState.HELD, reason="not_related", subject="Holiday plans", author="x@y")
    file = StoredFile(name="a.pdf", content_type="application/pdf", size=3, sha256="x", blob="b")
    row = InboundMessage(
        mail_id=mail_id,
        tenant_id=world.tenant_id,
        case_id=world.case_id,
        author_id=world.people[author],
        text="I am away in May.",
        files=[file.model_dump(mode="json")],
    )
    add(world, row)
    return mail_id


def state(world: World, mail_id: UUID) -> str:
    return str(run(world, "select state from mails where id = :id", id=mail_id)[0].state)


def acts(world: World, mail_id: UUID) -> list[tuple[Any, ...]]:
    rows = run(world, "select act, actor_id from audit where subject_id = :id", id=mail_id)
    return [tuple(row) for row in rows]


def test_a_case_manager_moves_a_message_to_another_case(
    desk: World, message: UUID, database: Database, browse: Callable[..., Browser]
) -> None:
    other = Case(tenant_id=desk.tenant_id, number="2026-8", title="B", manager_id=desk.people["staff"])
    add(desk, other)
    run(
        desk,
        "insert into case_members (case_id, user_id, tenant_id) values (:case, :person, :tenant)",
        case=other.id,
        person=desk.people["client"],
        tenant=desk.tenant_id,
    )
    manager = browse("manager")
    page = manager.get(PATH)
    assert "Holiday plans" in words(page)
    assert "I am away in May. a.pdf" in words(page)
    page = manager.send(f"{PATH}/{message}/move", {"number": " 2026-8 "}, on=PATH)
    assert page.url.path == f"/cases/{other.id}"
    assert "I am away in May." in words(page, "//*[@id='updates']")
    assert "Client" in words(page, "//*[@id='updates']")
    assert state(desk, message) == "posted"
    assert acts(desk, message) == [("message.moved", desk.people["manager"])]
    assert "No message waits." in words(manager.get(PATH))
    with database.system() as connection:
        line = next(one for one in ledger.conservation(connection) if one.tenant == desk.slug)
    assert (line.posted, line.held, line.unaccounted) == (1, 0, -1), "the test took in one without counting it"


def test_a_message_that_the_form_would_refuse_stays_with_the_words(
    desk: World, message: UUID, browse: Callable[..., Browser]
) -> None:
    run(desk, "update cases set open = false where id = :id", id=desk.case_id)
    manager = browse("manager")
    page = manager.send(f"{PATH}/{message}/move", {"number": "2026-7"}, on=PATH)
    assert (page.status_code, state(desk, message)) == (422, "held")
    assert "closed" in words(page, "//*[@role='alert']")
    page = manager.send(f"{PATH}/{message}/move", {"number": "no such"}, on=PATH)
    assert words(page, "//*[@role='alert']") == "There is no case of this number."


def test_a_message_is_closed_and_nobody_decides_on_it_again(
    desk: World, message: UUID, browse: Callable[..., Browser]
) -> None:
    manager = browse("manager")
    manager.send(f"{PATH}/{message}/close", {}, on=PATH)
    assert (state(desk, message), acts(desk, message)) == (
        "dropped",
        [("message.closed", desk.people["manager"])],
    )
    assert manager.send(f"{PATH}/{message}/close", {}, on=PATH).status_code == 404
    assert manager.send(f"{PATH}/{message}/move", {"number": "2026-7"}, on=PATH).status_code == 404
    assert run(desk, "select 1 from updates where mail_id = :id", id=message) == []


def test_messages_of_another_tenant_are_not_there(
    desk: World, other_desk: World, message: UUID, browse: Callable[..., Browser]
) -> None:
    foreign = browse("manager", other_desk)
    assert "Holiday plans" not in words(foreign.get(PATH))
    assert foreign.send(f"{PATH}/{message}/close", {}, on=PATH).status_code == 404
    assert foreign.send(f"{PATH}/{message}/move", {"number": "2026-7"}, on=PATH).status_code == 404
    assert state(desk, message) == "held"


@pytest.mark.parametrize("name", ["staff", "client"])
def test_nobody_else_reads_or_decides(desk: World, message: UUID, browse: Callable[..., Browser], name: str) -> None:
    person = browse(name)
    assert person.get(PATH).status_code == 403
    assert person.send(f"{PATH}/{message}/close", {}, on="/cases").status_code == 403
