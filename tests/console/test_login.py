"""Logging in and out, and when a session ends."""

from collections.abc import Callable

import httpx
import pytest

from tests.console.browser import PASSWORD, Browser, field, run, words
from tests.world import World


def test_the_right_password_opens_the_case_list(desk: World, stranger: Browser) -> None:
    page = stranger.log_in(desk, desk.email("staff"))
    assert page.url.path == "/cases"
    assert "2026-7" in words(page)


def test_the_email_address_may_be_typed_in_capitals(desk: World, stranger: Browser) -> None:
    assert stranger.log_in(desk, desk.email("staff").upper()).url.path == "/cases"


@pytest.mark.parametrize(
    "change",
    [{"password": "wrong"}, {"email": "nobody@people.example"}, {"email": "not an address"}, {"slug": "no-such-desk"}],
)
def test_whatever_is_wrong_gets_the_same_answer(desk: World, stranger: Browser, change: dict[str, str]) -> None:
    values = {"slug": desk.slug, "email": desk.email("staff"), "password": PASSWORD} | change
    page = stranger.send("/login", values)
    assert page.status_code == 401
    assert words(page, "//*[@role='alert']") == "That organisation, email address and password do not belong together."
    assert stranger.get("/cases").url.path == "/login"


def test_an_archived_user_cannot_log_in(desk: World, stranger: Browser) -> None:
    assert stranger.log_in(desk, desk.email("archived")).status_code == 401


def test_a_user_without_a_password_cannot_log_in(desk: World, stranger: Browser) -> None:
    run(desk, "update users set password_hash = '' where id = :id", id=desk.people["staff"])
    assert stranger.log_in(desk, desk.email("staff"), "").status_code == 401


def test_nobody_logs_in_at_a_tenant_that_is_not_active(desk: World, stranger: Browser) -> None:
    run(desk, "update tenants set active = false where id = :id", id=desk.tenant_id)
    assert stranger.log_in(desk, desk.email("staff")).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        "update users set active = false where id = :id",
        "update users set password_hash = 'another' where id = :id",
        "update tenants set active = false where id = (select tenant_id from users where id = :id)",
    ],
)
def test_a_session_ends_when_its_user_changes(desk: World, browse: Callable[..., Browser], change: str) -> None:
    staff = browse("staff")
    run(desk, change, id=desk.people["staff"])
    assert staff.get("/cases").url.path == "/login"


def test_log_out_ends_the_session(browse: Callable[..., Browser]) -> None:
    staff = browse("staff")
    staff.log_out()
    assert staff.get("/cases").url.path == "/login"


def test_after_the_log_in_one_is_where_one_wanted_to_be(desk: World, stranger: Browser) -> None:
    asked = stranger.get(f"/cases/{desk.case_id}")
    assert asked.url.path == "/login"
    page = stranger.log_in(desk, desk.email("staff"), next=field(asked, "next"))
    assert page.url.path == f"/cases/{desk.case_id}"


def test_the_link_of_a_notice_fills_in_the_organisation(desk: World, stranger: Browser) -> None:
    asked = stranger.get(f"/cases/{desk.case_id}?tenant={desk.slug}")
    assert asked.url.path == "/login"
    assert field(asked, "slug") == desk.slug
    page = stranger.log_in(desk, desk.email("staff"), next=field(asked, "next"))
    assert page.url.path == f"/cases/{desk.case_id}"
    assert page.status_code == 200


def test_a_log_in_link_leads_nowhere_else(desk: World, stranger: Browser) -> None:
    stranger.http.follow_redirects = False
    answer = stranger.log_in(desk, desk.email("staff"), next="//evil.example/cases")
    assert answer.headers["location"] == "/cases"


def test_the_session_is_a_new_one_after_the_log_in(desk: World, stranger: Browser) -> None:
    before = field(stranger.get("/login"), "csrf")
    page = stranger.log_in(desk, desk.email("staff"))
    assert field(page, "csrf") != before


def test_scripts_and_other_sites_cannot_use_the_session_cookie(desk: World, stranger: Browser) -> None:
    stranger.http.follow_redirects = False
    cookie = stranger.log_in(desk, desk.email("staff")).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_the_eleventh_try_has_to_wait_even_with_the_right_password(desk: World, stranger: Browser) -> None:
    for _ in range(10):
        assert stranger.log_in(desk, desk.email("staff"), "guess").status_code == 401
    page = stranger.log_in(desk, desk.email("staff"))
    assert page.status_code == 429
    assert "Wait 10 minutes" in words(page, "//*[@role='alert']")
    assert stranger.log_in(desk, desk.email("manager")).url.path == "/cases"


def test_a_live_search_of_somebody_logged_out_leads_to_the_log_in(stranger: Browser) -> None:
    answer: httpx.Response = stranger.http.get("/cases?q=1", headers={"hx-request": "true"})
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/login?next=%2Fcases%3Fq%3D1"
