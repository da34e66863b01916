"""Security headers, the CSRF token, and the maximum size of a request."""

import re
from collections.abc import Callable, Iterator

import pytest
from fastapi.routing import APIRoute

from console.app import _ROUTERS
from console.web.security import HEADERS, local_path
from tests.builders.rows import add_file, add_update, run
from tests.builders.world import World
from tests.console.browser import Browser, Console, field, words
from tests.console.server import serve

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)


@pytest.mark.parametrize("path", ["/login", "/no/such/page", "/static/app.js", "/assets/htmx.min.js", "/healthz"])
def test_every_answer_carries_the_security_headers(stranger: Browser, path: str) -> None:
    headers = stranger.get(path).headers
    assert headers["content-security-policy"] == CSP
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=(), " in headers["permissions-policy"]
    assert "strict-transport-security" not in headers, "this console is reached without TLS"


def test_pages_are_not_kept_by_the_browser_and_assets_are(browse: Callable[..., Browser]) -> None:
    staff = browse("staff")
    assert staff.get("/cases").headers["cache-control"] == "no-store"
    assert staff.get("/assets/tabler.min.css").headers["cache-control"] == "no-cache"


def test_no_page_has_script_or_style_of_its_own(desk: World, browse: Callable[..., Browser]) -> None:
    admin = browse("admin")
    settings = (
        "/settings/general",
        "/settings/people",
        "/settings/access-groups",
        "/settings/files",
        "/settings/inbound",
        "/settings/templates",
        "/settings/senders",
    )
    for path in ("/cases", f"/cases/{desk.case_id}", "/inbound", "/profile", *settings):
        page = admin.get(path).text
        assert "<style" not in page
        assert " style=" not in page
        assert "onclick" not in page
        assert "<script>" not in page


def test_no_form_is_taken_without_the_token_of_its_session(desk: World, browse: Callable[..., Browser]) -> None:
    admin, stranger_token = browse("admin"), field(browse("admin").get("/cases"), "csrf")
    routes = [route for room in _ROUTERS for route in room.routes if isinstance(route, APIRoute)]
    paths = {route.path for route in routes if "POST" in (route.methods or ())}
    assert paths >= {"/login", "/logout", "/cases/{case_id}/updates", "/settings/general", "/aliases/confirm"}
    for path in [re.sub("{.*?}", str(desk.case_id), path) for path in paths]:
        assert admin.http.post(path, data={}).status_code == 403
        assert admin.http.post(path, data={"csrf": stranger_token}).status_code == 403
    assert admin.get("/cases").url.path == "/cases", "nobody was logged out"


def test_a_form_sent_without_any_session_leads_to_the_log_in(desk: World, stranger: Browser) -> None:
    assert stranger.http.post(f"/cases/{desk.case_id}/updates", data={"text": "x"}).url.path == "/login"


def test_a_body_over_the_limit_is_refused_with_an_explanation(
    console: Console, desk: World, browse: Callable[..., Browser]
) -> None:
    too_much = console.settings.limits.mail + 1
    page = browse("staff").http.post(f"/cases/{desk.case_id}/updates", data={"text": "x" * too_much})
    assert page.status_code == 413
    assert words(page, "//*[@role='alert']").startswith("The form is larger than 1 MB.")


def test_who_is_not_logged_in_has_only_small_forms_to_send(stranger: Browser) -> None:
    stranger.get("/login")
    page = stranger.http.post("/login", data={"email": "x" * 70_000})
    assert page.status_code == 413
    assert words(page, "//*[@role='alert']").startswith("The form is larger than 65 KB.")


def test_a_body_of_unknown_length_is_refused_once_it_is_over_the_limit(
    console: Console, desk: World, browse: Callable[..., Browser]
) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(console.settings.limits.mail // 100_000 + 1):
            yield b"x" * 100_000

    headers = {"content-type": "application/x-www-form-urlencoded"}
    path = f"/cases/{desk.case_id}/updates"
    assert browse("staff").http.post(path, content=pieces(), headers=headers).status_code == 413


def test_the_health_check_answers(stranger: Browser) -> None:
    assert stranger.get("/healthz").text == "ok\n"


def test_the_page_says_when_the_database_does_not_answer(console: Console) -> None:
    nobody_there = "postgresql+psycopg://casemail:x@127.0.0.1:1/casemail"
    with serve(console.settings.replace(database_url=nobody_there)) as lonely:
        browser = Browser(lonely.url)
        page = browser.send("/login", {"slug": "a", "email": "b@c.example", "password": "d"})
        assert page.status_code == browser.get("/healthz").status_code == 503
        assert "The database does not answer now" in words(page)
        browser.http.close()


@pytest.mark.parametrize("path", ["/no/such/page", "/cases/not-a-number", "/cases/2026-7/updates"])
def test_an_address_that_is_no_page_is_not_found(browse: Callable[..., Browser], path: str) -> None:
    page = browse("staff").get(path)
    assert page.status_code == 404
    assert "There is no such page." in page.text


def test_a_damaged_link_to_further_rows_says_so(browse: Callable[..., Browser]) -> None:
    page = browse("staff").get("/cases", before="yesterday")
    assert page.status_code == 400
    assert "Start from the first page" in page.text


@pytest.mark.parametrize(
    "path", ["/cases", "/cases?q=a%20b&before=2026-01-01T00:00:00~x", "/inbound/1", "/cases/1?tenant=a#u-1-b"]
)
def test_a_path_of_ours_is_kept(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    ["", "//evil.example", "/\\evil.example", "/\t/evil.example", "https://evil.example", "javascript:x", "/a\n"],
)
def test_a_path_that_leads_elsewhere_becomes_the_case_list(path: str) -> None:
    assert local_path(path) == "/cases"


def test_an_internal_error_shows_no_details(desk: World, browse: Callable[..., Browser]) -> None:
    admin = browse("admin")
    run(desk, "alter table users disable trigger end_console_sessions")
    run(desk, "update users set role = 'unheard of' where id = :id", id=desk.people["admin"])
    run(desk, "alter table users enable trigger end_console_sessions")
    page = admin.get("/cases")
    assert page.status_code == 500
    assert "Something went wrong" in page.text
    assert page.headers["content-security-policy"] == HEADERS["content-security-policy"]


def test_the_page_says_when_the_blob_store_lost_a_file(desk: World, browse: Callable[..., Browser]) -> None:
    file_id = add_file(desk, add_update(desk, "staff", "see file"), "a.txt", f"{desk.tenant_id}/file/00/{'0' * 64}")
    page = browse("staff").get(f"/files/{file_id}")
    assert page.status_code == 503
    assert "can't be read now" in words(page)
