"""Links to files in notices: each recipient has their own links, and an answer that quotes a link is posted without
it."""

from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from cases.files.links import FileLinks, Grant, Purpose
from cases.outgoing import notices
from cases.outgoing.quoted_links import without_links
from cases.updates.posting import Posted, post_update
from schemas.records import Cut, CutKind
from schemas.settings import Settings
from storage.database import Database
from storage.resources import Resources
from tests.builders.rows import add_file, run
from tests.builders.world import KEYS, World

URL = "https://console.example"


def bodies(world: World, database: Database, update_id: UUID, links: FileLinks) -> dict[str, tuple[str, str]]:
    """Returns the plain and the HTML body of each recipient's notice, by the recipient's address."""
    with database.tenant(world.tenant_id) as connection:
        query = text("select id from update_recipients where update_id = :id")
        ids = list(connection.execute(query, {"id": update_id}).scalars())
        loaded = notices.load(connection, ids, KEYS)
    found = {}
    for notice in loaded:
        mail = message_from_bytes(notices.compose(notice, KEYS, URL, links), policy=default)
        plain, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
        assert plain is not None
        assert html is not None
        found[notice.recipient_email] = (plain.get_content(), html.get_content())
    return found


def test_each_recipient_gets_their_own_link_to_each_file(resources: Resources, world: World) -> None:
    update_id = world.post(resources.database, "staff", "client", "member")
    file_id = add_file(world, update_id, "plän <1>.pdf", f"{world.tenant_id}/file/00/0")
    links = FileLinks(resources.settings)
    written = bodies(world, resources.database, update_id, links)
    for name in ("client", "member"):
        plain, html = written[world.email(name)]
        (link,) = [line for line in plain.splitlines() if "/f/mail/" in line]
        assert link.startswith(f"{resources.settings.console.url}/f/mail/")
        assert f'<a href="{link}">plän &lt;1&gt;.pdf</a>' in html
        grant = links.read(Purpose.MAIL, link.rpartition("/")[2])
        assert grant == Grant(world.tenant_id, file_id, world.people[name], expired=False)


def test_a_link_works_for_as_long_as_the_settings_say(settings: Settings, world: World) -> None:
    ids = (world.tenant_id, world.case_id, world.people["client"])
    never = FileLinks(settings.replace(file_link_hours=0))
    assert never.read(Purpose.MAIL, never.write(Purpose.MAIL, *ids).rpartition("/")[2]) == Grant(*ids, expired=True)
    page = never.write(Purpose.DOWNLOAD, *ids).rpartition("/")[2]
    assert never.read(Purpose.DOWNLOAD, page) == Grant(*ids, expired=False)


def test_links_signed_with_another_secret_are_refused(settings: Settings, world: World) -> None:
    ids = (world.tenant_id, world.case_id, world.people["client"])
    other = FileLinks(settings.replace(session_secret=(SecretStr("t" * 32),)))
    token = other.write(Purpose.MAIL, *ids).rpartition("/")[2]
    assert FileLinks(settings).read(Purpose.MAIL, token) is None


def test_an_answer_that_quotes_a_link_is_posted_without_it(resources: Resources, world: World) -> None:
    ids = (world.tenant_id, world.case_id, world.people["client"])
    link = FileLinks(resources.settings).write(Purpose.MAIL, *ids)
    words, quoted = f"I can't open <{link}>. Can you?", f"> File: a.pdf\n> {link}\n> bye"
    draft = world.draft("staff", text=words)
    cuts = (Cut(kind=CutKind.QUOTE, before=len(words), text=quoted, confidence=1.0),)
    with resources.database.tenant(world.tenant_id) as connection:
        posted = post_update(connection, replace(draft, cut=cuts))
    assert isinstance(posted, Posted)
    row = run(world, "select text, cut from updates where id = :id", id=posted.update_id)[0]
    assert row.text == "I can't open <[link]>. Can you?"
    assert row.cut[0]["text"] == "> File: a.pdf\n> [link]\n> bye"
    assert row.cut[0]["before"] == len(row.text)


@pytest.mark.parametrize("words", ["no link", "see /f/ and /f/mail/ and https://x.example/f/mail/short", "a/f/mail"])
def test_text_without_our_links_stays_as_it_is(words: str) -> None:
    assert without_links(words) == words
