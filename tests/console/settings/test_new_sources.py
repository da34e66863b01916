"""A mailbox that an admin adds is tested before it is fetched."""

from collections.abc import Callable

from storage.database import Database
from tests.builders.rows import run
from tests.builders.world import World
from tests.console.browser import Browser, Console, tree, words
from tests.console.mail_sources import PATH, add_untested, fetch_now, form, row
from tests.servers.dovecot import Dovecot


def test_an_admin_adds_a_mailbox_tests_it_and_has_it_fetched(
    desk: World, browse: Callable[..., Browser], dovecot: Dovecot, console: Console, database: Database
) -> None:
    admin = browse("admin")
    path = add_untested(admin, dovecot)
    assert "Not fetched yet" in words(admin.get(path), "//*[@id='state']")
    assert not_due(desk), "nothing is fetched before a test"
    tested = admin.send(f"{path}/test", {}, on=path)
    assert "The connection works: the source is fetched" in words(tested, "//*[@data-message='queued']")
    assert not not_due(desk)
    report = words(tested, "//pre")
    for step in (
        "ok settings",
        "ok name",
        "ok connection",
        "ok TLS",
        "ok log-in",
        "ok folder",
        "ok rights",
        "ok new mail",
    ):
        assert step in report
    assert "good for" in report
    source = row(desk)
    box = dovecot.mailbox(source.options["username"])
    box.fill({"a": f"Delivered-To: x@{desk.mail_domain}\r\nFrom: a@x\r\n\r\nHello\r\n".encode()})
    fetch_now(console, database, source.id)
    page = admin.get(path)
    assert "Reads email, last at" in words(page, "//*[@id='state']")
    assert "1 1 0" in words(page, "//section[@aria-labelledby='batches']//tbody")
    (batch,) = tree(page).xpath("//section[@aria-labelledby='batches']//a/@href")
    assert words(admin.get(batch), "//li[@data-mail]//*[@class='case to']") == f"To x@{desk.mail_domain}"
    assert "Working reads email" in words(admin.get(PATH), "//tbody")
    acts = run(desk, "select act from audit where subject_id = :id order by at", id=source.id)
    assert [act for (act,) in acts] == ["source.added", "source.tested"]


def not_due(world: World) -> bool:
    """Returns whether the dispatcher would order no fetch of the tenant's source now."""
    query = "select paused_for <> '' or not active or next_at > now() as waits from sources where tenant_id = :id"
    return bool(run(world, query, id=world.tenant_id)[0].waits)


def test_a_source_whose_test_fails_is_not_fetched_unless_an_admin_says_so(
    desk: World, browse: Callable[..., Browser], dovecot: Dovecot
) -> None:
    admin = browse("admin")
    path = add_untested(admin, dovecot, password="wrong")
    page = admin.send(f"{path}/test", {}, on=path)
    assert "The connection does not work" in words(page)
    assert not_due(desk)
    admin.send(f"{path}/edit", form(dovecot, password="wrong again"), on=f"{path}/edit")
    assert not_due(desk), "a change is no test"
    assert "fetched again" in words(admin.send(f"{path}/resume", {}, on=path))
    assert not not_due(desk)
