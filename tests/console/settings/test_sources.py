"""Settings > Email sources."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from storage.database import Database
from storage.ledger import batches
from tests.builders.rows import run
from tests.builders.world import World
from tests.console.browser import Browser, Console, tree, words
from tests.console.mail_sources import PATH, add, fetch_now, form, row
from tests.servers.dovecot import Dovecot


def test_a_source_is_deleted_with_its_password_and_what_came_in_by_it_stays(
    desk: World,
    other_desk: World,
    browse: Callable[..., Browser],
    dovecot: Dovecot,
    console: Console,
    database: Database,
) -> None:
    admin = browse("admin")
    path = add(admin, dovecot, after="leave")
    source = row(desk)
    raw = f"Delivered-To: x@{desk.mail_domain}\r\nFrom: a@x\r\n\r\nHello\r\n".encode()
    dovecot.mailbox(source.options["username"]).fill({"a": raw})
    fetch_now(console, database, source.id)
    assert browse("admin", other_desk).send(f"{path}/remove", {}, on="/cases").status_code == 404
    assert browse("manager").send(f"{path}/remove", {}, on="/cases").status_code == 403
    page = admin.send(f"{path}/remove", {}, on=path)
    assert "is deleted with its password" in words(page, "//*[@data-message='done']")
    for table in ("sources where id", "source_taken where source_id", "source_gaps where source_id"):
        assert run(desk, f"select 1 from {table} = :id", id=source.id) == []
    (mail,) = run(desk, "select id, batch_id from mails where tenant_id = :id", id=desk.tenant_id)
    assert admin.get(f"/inbound/{mail.id}").status_code == 200
    assert str(mail.id) in admin.get("/inbound", batch=str(mail.batch_id)).text
    assert run(desk, "select source_id, taken from batches where id = :id", id=mail.batch_id) == [(None, 1)]
    run(desk, "update mails set state = 'held', ended_at = now() where id = :id", id=mail.id)
    with database.system() as connection:
        batches.finish_batches(connection)
    (batch,) = run(desk, "select finished_at from batches where id = :id", id=mail.batch_id)
    assert batch.finished_at is not None, "its latency is known, though its source is gone"
    (act,) = run(
        desk, "select actor_id, details from audit where act = 'source.removed' and subject_id = :id", id=source.id
    )
    assert act.actor_id == desk.people["admin"]
    assert act.details["name"] == "Office"
    add(admin, dovecot)  # the removed source's name can be used again
    assert "to look after" not in words(admin.get("/cases"), "//nav"), "nothing needs to be looked after"


def test_a_source_that_fails_is_an_alert_and_in_the_navigation_of_every_page(
    desk: World, browse: Callable[..., Browser], dovecot: Dovecot
) -> None:
    admin = browse("admin")
    path = add(admin, dovecot)
    assert "to look after" not in words(admin.get("/cases"), "//nav")
    failed = "failures = 3, last_error = 'no answer', failing_since = '2026-03-01 23:30+00'"
    run(desk, f"update sources set {failed} where tenant_id = :id", id=desk.tenant_id)
    assert "Email sources 1 to look after" in words(admin.get("/cases"), "//nav[@aria-label='Main']")
    assert "Email sources" not in words(browse("manager").get("/cases"), "//nav")
    page = admin.get(path)
    assert "Can't be read since 2026-03-01 23:30" in words(page, "//*[@role='alert']")
    assert tree(page).xpath("//*[@id='state']//time/@datetime") == ["2026-03-01T23:30+00:00"]
    assert "Failing" in words(admin.get(PATH), "//tbody")


def test_it_is_paused_resumed_and_fetched_by_buttons(
    desk: World, browse: Callable[..., Browser], dovecot: Dovecot
) -> None:
    admin = browse("admin")
    path = add(admin, dovecot)
    assert "The source is paused." in words(admin.send(f"{path}/pause", {}, on=path))
    assert words(admin.get(path), "//*[@id='state']") == "Paused"
    assert "resume it first" in words(admin.send(f"{path}/fetch", {}, on=path))
    assert "fetched again" in words(admin.send(f"{path}/resume", {}, on=path))
    run(desk, "update sources set next_at = now() + interval '1 hour' where tenant_id = :id", id=desk.tenant_id)
    assert "fetched as soon as its turn comes" in words(admin.send(f"{path}/fetch", {}, on=path))
    (due,) = run(desk, "select next_at <= now() as due from sources where tenant_id = :id", id=desk.tenant_id)
    assert due.due
    assert admin.send(f"{path}/destroy", {}, on=path).status_code == 404


@pytest.mark.parametrize(
    ("deed", "values", "saved"),
    [
        ("take_all", {}, ("all", None)),
        ("take_since", {"since": "2026-11-01"}, ("since", "2026-11-01")),
        ("take_since", {}, ("since", None)),
    ],
)
def test_the_admin_decides_on_old_mails(
    desk: World,
    browse: Callable[..., Browser],
    dovecot: Dovecot,
    deed: str,
    values: dict[str, str],
    saved: tuple[str, str | None],
) -> None:
    admin = browse("admin")
    path = add(admin, dovecot)
    run(desk, "update sources set old_mails = 'asked', old_count = 4000 where tenant_id = :id", id=desk.tenant_id)
    assert "Waits for a decision on 4000 old emails" in words(admin.get(path), "//*[@id='state']")
    assert admin.send(f"{path}/{deed}", values, on=path).status_code == 200
    source = row(desk)
    assert source.old_mails == saved[0]
    if saved[1]:
        assert source.since.date().isoformat() == saved[1]
    assert "What about the old emails" not in admin.get(path).text


def test_a_gap_is_shown_and_fetched_again_by_a_button(
    desk: World, browse: Callable[..., Browser], dovecot: Dovecot, console: Console, database: Database
) -> None:
    admin = browse("admin")
    path = add(admin, dovecot)
    source = row(desk)
    fetch_now(console, database, source.id)
    run(desk, "update sources set last_success_at = now() - interval '4 hours' where id = :id", id=source.id)
    fetch_now(console, database, source.id)
    page = admin.get(path)
    (gap,) = tree(page).xpath("//input[@name='gap']/@value")
    assert "Fetch that time again" in words(page, "//section[@aria-labelledby='gaps']")
    box = dovecot.mailbox(source.options["username"])
    mail = f"Delivered-To: x@{desk.mail_domain}\r\nFrom: a@x\r\n\r\nIt was put away by another program\r\n"
    box.fill({"a": mail.encode()}, folder="casemail")
    assert "fetched again" in words(admin.send(f"{path}/fetch_gap", {"gap": gap}, on=path))
    fetch_now(console, database, source.id)
    assert "1 email of that time, 1 of them new" in words(admin.get(path), "//section[@aria-labelledby='gaps']")
    run(desk, "update source_gaps set refetched_at = null where source_id = :id", id=source.id)
    fetch_now(console, database, source.id)
    assert "1 email of that time, 0 of them new" in words(admin.get(path), "//section[@aria-labelledby='gaps']")


def test_nobody_but_an_admin_of_the_tenant_sees_or_does_anything(
    desk: World, other_desk: World, browse: Callable[..., Browser], dovecot: Dovecot, database: Database
) -> None:
    path = add(browse("admin"), dovecot)
    source = row(desk)
    for name in ("manager", "staff", "client"):
        person = browse(name)
        for page in (PATH, path, f"{PATH}/new", f"{path}/edit"):
            assert person.get(page).status_code == 403
        for deed in ("pause", "test", "edit"):
            assert person.send(f"{path}/{deed}", {}, on="/cases").status_code == 403
    stranger = browse("admin", other_desk)
    assert "Office" not in stranger.get(PATH).text
    for page in (path, f"{path}/edit"):
        assert stranger.get(page).status_code == 404
    for deed in ("pause", "fetch", "test", "take_all", "edit"):
        assert stranger.send(f"{path}/{deed}", form(dovecot), on=PATH + "/new").status_code == 404
    assert row(desk).active
    with database.tenant(other_desk.tenant_id) as connection:
        for table in ("sources", "batches", "source_gaps"):
            assert connection.execute(text(f"select count(*) from {table}")).scalar_one() == 0
        changed = connection.execute(text("update sources set active = false where id = :id"), {"id": source.id})
        assert changed.rowcount == 0
    insert = (
        "insert into sources (id, tenant_id, kind, name, location, recipient_fields, period_seconds, active, next_at,"
    )
    insert += " lease, failures, last_error, options)"
    insert += " values (:new, :tenant, 'imap', 'x', '', '', 1, true, now(), 0, 0, '', '{}')"
    with (
        pytest.raises(DBAPIError, match="row-level security"),
        database.tenant(other_desk.tenant_id) as connection,
    ):
        connection.execute(text(insert), {"new": uuid4(), "tenant": desk.tenant_id})


def test_text_of_a_hostile_server_can_not_break_the_page(
    desk: World, browse: Callable[..., Browser], dovecot: Dovecot
) -> None:
    admin = browse("admin")
    path = add(admin, dovecot)
    run(
        desk,
        "update sources set failures = 1, last_error = '<script>x</script>\u202e' where tenant_id = :id",
        id=desk.tenant_id,
    )
    page = admin.get(path)
    assert "<script>x" not in page.text
    assert "[U+202E]" in page.text


def test_what_exchange_does_not_give_is_said_on_the_page(
    desk: World, browse: Callable[..., Browser], dovecot: Dovecot
) -> None:
    admin = browse("admin")
    path = add(admin, dovecot)
    with desk.owner().begin() as connection:
        connection.execute(
            text("update sources set left_behind = 3, withheld = 2, last_success_at = now() where tenant_id = :id"),
            {"id": desk.tenant_id},
        )
    page = admin.get(path)
    assert "Microsoft Exchange can't convert 2 of them" in words(page, "//*[@id='state']")
    assert "For 2 of them Microsoft Exchange gives a note in place of the email" in words(page)
