"""Settings > Email sources: the form that adds or changes a mailbox."""

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from storage.database import Database
from storage.secret_box import SecretBox
from tests.builders.rows import run
from tests.builders.world import World
from tests.console.browser import Browser, Console, tree, words
from tests.console.mail_sources import PATH, SECRET, add, fetch_now, form, row
from tests.servers.dovecot import PASSWORD, Dovecot


def test_what_is_secret_is_sealed_and_shown_nowhere(
    desk: World, browse: Callable[..., Browser], dovecot: Dovecot, console: Console, database: Database
) -> None:
    admin = browse("admin")
    path = add(admin, dovecot, password=SECRET)
    source = row(desk)
    assert SECRET.encode() not in bytes(source.secret)
    seal = SecretBox.from_settings(console.settings)
    assert SECRET in seal.open(source.id, bytes(source.secret))
    fetch_now(console, database, source.id)
    pages = [admin.get(PATH), admin.get(path), admin.get(f"{path}/edit"), admin.send(f"{path}/test", {}, on=path)]
    assert "the server refused the log-in" in pages[1].text
    assert all(SECRET not in page.text for page in pages)
    assert SECRET not in str(run(desk, "select details from audit where subject_id = :id", id=source.id))
    with pytest.raises(DBAPIError, match="permission denied"), database.tenant(desk.tenant_id) as connection:
        connection.execute(text("select secret from sources"))
    with pytest.raises(DBAPIError, match="permission denied"), database.tenant(desk.tenant_id) as connection:
        connection.execute(text("select state from sources"))


def test_a_change_keeps_the_secret_but_sends_it_nowhere_else(
    desk: World, browse: Callable[..., Browser], dovecot: Dovecot
) -> None:
    admin = browse("admin")
    path = add(admin, dovecot, username="ann")
    before = row(desk)
    same = form(dovecot, username="ann", password="", name="Office 2", period="9")
    assert admin.send(f"{path}/edit", same, on=f"{path}/edit").status_code == 200
    after = row(desk)
    assert (after.name, after.period_seconds, bytes(after.secret)) == ("Office 2", 540, bytes(before.secret))
    for other in ({"host": "evil.example"}, {"port": "1"}, {"security": "none"}, {"username": "bob"}):
        page = admin.send(f"{path}/edit", same | other, on=f"{path}/edit")
        assert page.status_code == 400
        assert "give its password or token again" in words(page)
    assert row(desk).options["host"] == "localhost"
    details = run(desk, "select details from audit where act = 'source.changed' and subject_id = :id", id=after.id)
    assert details[0].details == {"name": "Office to Office 2", "period": "300 to 540"}


def test_another_mailbox_of_the_same_source_starts_from_scratch(
    desk: World, browse: Callable[..., Browser], dovecot: Dovecot
) -> None:
    admin = browse("admin")
    path = add(admin, dovecot, username="ann")
    source = row(desk)
    run(desk, "insert into source_taken values (:id, 'INBOX:1:1', true)", id=source.id)
    run(desk, "update sources set old_mails = 'all', state = '{\"looked\": {}}' where id = :id", id=source.id)
    other = form(dovecot, username="bob")
    assert admin.send(f"{path}/edit", other, on=f"{path}/edit").status_code == 200
    assert (row(desk).old_mails, row(desk).state) == ("ask", {})
    assert run(desk, "select * from source_taken where source_id = :id", id=source.id) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "Give the source a name"),
        ({"password": ""}, "Enter the password"),
        ({"host": ""}, "host"),
        ({"host": "a b"}, "host"),
        ({"port": "99999"}, "port"),
        ({"kind": "maildir"}, "Choose IMAP or POP3"),
        ({"username": ""}, "username"),
        ({"login": "google", "client_secret": "x"}, "client ID"),
        ({"token_url": "file:///etc/passwd"}, "token url"),
        ({"move_to": "INBOX"}, "moved to a folder"),
        ({"authserv_id": "mx; dmarc=pass"}, "authserv id"),
    ],
)
def test_what_is_not_a_mailbox_is_refused_and_not_saved(
    desk: World, browse: Callable[..., Browser], dovecot: Dovecot, wrong: dict[str, str], said: str
) -> None:
    page = browse("admin").send(PATH, form(dovecot, **wrong), on=f"{PATH}/new")
    assert page.status_code == 400
    assert said in words(page, "//*[@role='alert']")
    assert PASSWORD not in page.text
    assert run(desk, "select * from sources where tenant_id = :id", id=desk.tenant_id) == []


def test_a_name_is_taken_once_in_a_tenant_and_tells_nothing_of_others(
    desk: World, other_desk: World, browse: Callable[..., Browser], dovecot: Dovecot
) -> None:
    admin = browse("admin")
    add(admin, dovecot)
    again = admin.send(PATH, form(dovecot), on=f"{PATH}/new")
    assert "There is a source of the name Office already." in words(again)
    add(browse("admin", other_desk), dovecot)


def test_canary_mails_to_a_mailbox_are_set_at_the_source_and_stay_when_it_is_changed(
    desk: World, browse: Callable[..., Browser], dovecot: Dovecot
) -> None:
    admin = browse("admin")
    wanted = form(dovecot, canary_minutes="10", canary_address="box@provider.example")
    path = admin.send(PATH, wanted, on=f"{PATH}/new").url.path
    kept = row(desk).options
    assert (kept["canary_address"], kept["canary_seconds"]) == ("box@provider.example", 600)
    shown = tree(admin.get(f"{path}/edit"))
    assert shown.xpath("//input[@name='canary_minutes']/@value") == ["10"]
    assert shown.xpath("//input[@name='canary_address']/@value") == ["box@provider.example"]
    refused = admin.send(f"{path}/edit", wanted | {"canary_minutes": "1"}, on=f"{path}/edit")
    assert refused.status_code == 400
    assert "five minutes from one to the next" in words(refused, "//*[@role='alert']")
    assert row(desk).options == kept


def test_an_admin_names_the_server_whose_word_on_senders_counts(
    desk: World, browse: Callable[..., Browser], dovecot: Dovecot
) -> None:
    admin = browse("admin")
    path = add(admin, dovecot, authserv_id="mx.hoster.example", authserv_fields="2")
    assert {name: row(desk).options[name] for name in ("authserv_id", "authserv_fields")} == {
        "authserv_id": "mx.hoster.example",
        "authserv_fields": 2,
    }
    page = admin.get(f"{path}/edit")
    assert tree(page).xpath("//input[@name='authserv_id' or @name='authserv_fields']/@value") == [
        "mx.hoster.example",
        "2",
    ]


#: Fields of the form, and texts that PostgreSQL does not store or that are invalid in the field.
@pytest.mark.parametrize(
    ("field", "text"),
    [
        *((field, "a\0b") for field in ("name", "host", "username", "folder", "move_to", "client_id", "directory")),
        *(("recipient_fields", text) for text in ("a\0b", "To:", "To,,Cc", "a b")),
        ("canary_address", "a\0@b.example"),
        *(("token_url", f"https://x{text}") for text in ("\0/y", ":99999/", ":abc/", "[")),
        ("name", " "),
        ("name", "\x1b[2J"),
    ],
)
def test_an_impossible_text_is_refused_and_not_stored(
    desk: World, browse: Callable[..., Browser], dovecot: Dovecot, field: str, text: str
) -> None:
    admin = browse("admin")
    more = {"login": "oauth2", "client_id": "c", "client_secret": "s", "token_url": "https://x.example/"}
    page = admin.send(PATH, form(dovecot, **(more | {field: text})), on=f"{PATH}/new")
    assert page.status_code == 400
    assert run(desk, "select id from sources where tenant_id = :id", id=desk.tenant_id) == []
