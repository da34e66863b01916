"""With a separate host for files, files are served only there, without cookies, and that host serves nothing else."""

from collections.abc import Callable, Iterator
from uuid import UUID

import httpx
import pytest
from itsdangerous import TimestampSigner

from cases.files.links import FileLinks, Purpose
from schemas.settings import SettingsError, environment, load
from schemas.tables import MailState
from tests.builders.rows import add_mail, run
from tests.builders.world import World
from tests.console.browser import Browser, Console, tree
from tests.console.files_with_thumbnails import JPEG, THUMB, plant
from tests.console.server import serve

HOST = "files.example"


@pytest.fixture(scope="module")
def console(migrated: object, console: Console) -> Iterator[Console]:
    """Runs a console that serves files under the name HOST and pages under any other name."""
    changed = console.settings.replace(files_url=f"http://{HOST}", console_url="http://console.example")
    with serve(changed) as running:
        yield running


def at_files(browser: Browser, path: str, **headers: str) -> httpx.Response:
    """Sends a request with this browser's cookies to the files' host; returns the answer."""
    return browser.http.get(path, headers={"host": HOST, **headers}, follow_redirects=False)


def leads_to(browser: Browser, path: str) -> str:
    """Returns the path on the files' host to which the console redirects the browser."""
    answer = browser.http.get(path, follow_redirects=False)
    assert answer.status_code == 303
    url = httpx.URL(answer.headers["location"])
    assert url.host == HOST
    return url.raw_path.decode()


def test_a_download_leads_to_the_files_host_where_it_needs_no_cookie(
    console: Console, desk: World, browse: Callable[..., Browser], stranger: Browser
) -> None:
    client, file_id = browse("client"), plant(console, desk)
    path = leads_to(client, f"/files/{file_id}")
    answer = at_files(stranger, path)
    assert (answer.status_code, answer.content) == (200, JPEG)
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-disposition"].startswith("attachment")
    assert at_files(stranger, path, range="bytes=0-1").content == JPEG[:2]
    shown = at_files(stranger, leads_to(client, f"/files/{file_id}?inline=true"))
    assert shown.headers["content-disposition"].startswith("inline")


def test_files_are_served_nowhere_else(
    console: Console, desk: World, browse: Callable[..., Browser], stranger: Browser
) -> None:
    client, file_id = browse("client"), plant(console, desk)
    path = leads_to(client, f"/files/{file_id}")
    assert client.get(path).status_code == stranger.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/", "/login", "/cases", "/healthz", "/static/app.js", "/assets/htmx.min.js", "/files/1"]
)
def test_there_is_nothing_else_at_the_files_host_and_no_cookie(browse: Callable[..., Browser], path: str) -> None:
    for answer in (at_files(browse("admin"), path), at_files(browse("admin"), path, host=f"{HOST.upper()}:80")):
        assert (answer.status_code, answer.text) == (404, "There is nothing here.\n")
        assert "set-cookie" not in answer.headers
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_goes_wrong_at_the_files_host_leaves_no_cookie_either(
    console: Console, desk: World, stranger: Browser
) -> None:
    file_id = plant(console, desk)
    path = httpx.URL(FileLinks(console.settings).write(Purpose.MAIL, desk.tenant_id, file_id, desk.people["client"]))
    run(desk, "update users set active = false where tenant_id = :id", id=desk.tenant_id)
    for bad in (path.raw_path.decode(), "/f/mail/x", "/f/what/x", "/f/", "/f/mail/x/y"):
        answer = at_files(stranger, bad)
        assert answer.status_code == 404
        assert "set-cookie" not in answer.headers
    answer = stranger.http.post("/f/mail/x", headers={"host": HOST}, data={"csrf": "x"}, follow_redirects=False)
    assert "set-cookie" not in answer.headers


def test_thumbnails_stay_on_the_page_and_a_preview_may_load_from_the_files_host(
    console: Console, desk: World, browse: Callable[..., Browser]
) -> None:
    client, file_id = browse("client"), plant(console, desk)
    assert client.get(f"/files/{file_id}/thumbnail").content == THUMB
    page = client.get(f"/files/{file_id}/preview")
    (picture,) = tree(page).xpath("//figure/img/@src")
    assert picture.startswith(f"http://{HOST}/f/inline/")
    policy = page.headers["content-security-policy"]
    for kind in ("img-src", "media-src", "frame-src"):
        assert f"{kind} 'self' http://{HOST}" in policy


def test_the_original_of_a_mail_is_served_there_for_who_reads_the_log(
    console: Console, desk: World, browse: Callable[..., Browser], stranger: Browser
) -> None:
    raw = b"From: a@people.example\r\n\r\n<script>alert(1)</script>\r\n"
    mail_id = add_mail(desk, MailState.HELD, raw=console.blobs().put(desk.tenant_id, "raw", raw))
    path = leads_to(browse("manager"), f"/inbound/{mail_id}/original")
    assert at_files(stranger, path).content == raw
    run(desk, "update users set role = 'staff' where id = :id", id=desk.people["manager"])
    assert at_files(stranger, path).status_code == 404


def test_an_old_link_at_the_files_host_leads_to_the_console(
    console: Console, desk: World, stranger: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_id: UUID = plant(console, desk)
    with monkeypatch.context() as patch:
        made = int(TimestampSigner("x").get_timestamp()) - 100 * 3600
        patch.setattr(TimestampSigner, "get_timestamp", lambda _: made)
        url = FileLinks(console.settings).write(Purpose.MAIL, desk.tenant_id, file_id, desk.people["client"])
    answer = at_files(stranger, httpx.URL(url).raw_path.decode())
    assert answer.headers["location"] == f"http://console.example/files/{file_id}"


@pytest.mark.parametrize(
    "url", ["files.example", "https://files.example/path", "ftp://files.example", "http://127.0.0.1:8025"]
)
def test_a_files_url_that_is_not_a_host_of_its_own_is_reported_at_start(url: str) -> None:
    with pytest.raises(SettingsError, match="CASEMAIL_FILES_URL"):
        load(environment({"files_url": url}))
