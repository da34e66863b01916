"""Logging in and out, and when a session ends."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, text

from ops.demo.waiting import wait_until
from tests.builders.rows import run
from tests.builders.world import World
from tests.console.browser import PASSWORD, Browser, Console, field, words
from tests.console.server import serve


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


def test_who_logs_in_while_the_password_is_changed_does_not_get_in_with_the_old_one(
    desk: World, stranger: Browser
) -> None:
    change = "update users set password_hash = 'another' where id = :id"
    with desk.owner().connect() as holder, ThreadPoolExecutor(1) as pool:
        holder.execute(text(change), {"id": desk.people["staff"]})
        asked = pool.submit(stranger.log_in, desk, desk.email("staff"))
        waits = "select 1 from pg_locks where not granted"
        wait_until(lambda: bool(run_of(holder, waits)), seconds=90, what="the log-in that waits for the change")
        holder.commit()
        assert asked.result().status_code == 401
    assert run(desk, "select 1 from console_sessions where user_id = :id", id=desk.people["staff"]) == []


def run_of(connection: Connection, query: str) -> list[Any]:
    return list(connection.execute(text(query)))


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


def test_the_eleventh_try_from_one_place_has_to_wait_even_with_the_right_password(
    desk: World, stranger: Browser
) -> None:
    for _ in range(10):
        assert stranger.log_in(desk, desk.email("staff"), "guess").status_code == 401
    page = stranger.log_in(desk, desk.email("staff"))
    assert page.status_code == 429
    assert "Wait 10 minutes" in words(page, "//*[@role='alert']")
    assert 0 < int(page.headers["retry-after"]) <= 600
    assert stranger.log_in(desk, desk.email("manager")).url.path == "/cases"


def test_a_stranger_locks_nobody_out(console: Console, desk: World, browse: Callable[..., Browser]) -> None:
    """People can log in from a known device and from elsewhere, even during an attack from many addresses."""
    known, email = browse("staff"), desk.email("staff")
    known.log_out()
    attackers = [Browser(console.url, f"198.51.{number}.7") for number in range(12)]
    for attacker in attackers:
        codes = [attacker.log_in(desk, spelling, "wrong").status_code for spelling in (email, email.upper()) * 6]
        assert codes[:3] == [401] * 3
        assert codes[-1] == 429
        attacker.http.close()
    wait_until(lambda: _refused(desk)[-1:] == ["100"], seconds=90, what="word of the attack in the audit")
    late = Browser(console.url, "198.51.100.9")
    assert [late.log_in(desk, email, "wrong").status_code for _ in range(4)] == [401, 401, 401, 429], "fewer tries"
    elsewhere = Browser(console.url, "203.0.113.5")
    assert elsewhere.log_in(desk, email).url.path == "/cases"
    assert known.log_in(desk, email).url.path == "/cases"
    same_place_as_a_stranger = Browser(console.url, "198.51.0.7")
    assert same_place_as_a_stranger.log_in(desk, email).status_code == 429
    known.log_out()
    known.http.headers["x-forwarded-for"] = "198.51.0.7"
    assert known.log_in(desk, email).url.path == "/cases", "a known device has a count of its own"
    for browser in (late, elsewhere, same_place_as_a_stranger):
        browser.http.close()


def test_a_known_device_is_known_for_its_own_account_alone(
    console: Console, desk: World, browse: Callable[..., Browser]
) -> None:
    device = browse("client")
    device.log_out()
    codes = [device.log_in(desk, desk.email("staff"), "wrong").status_code for _ in range(11)]
    assert codes == [401] * 10 + [429]
    codes = [device.log_in(desk, desk.email("client"), "wrong").status_code for _ in range(11)]
    assert codes == [401] * 10 + [429], "nor has it tries without end for that"


def test_one_address_can_t_try_all_accounts(console: Console, desk: World) -> None:
    sprayer = Browser(console.url, "192.0.2.77")
    sprayer.get("/login")
    codes = [sprayer.log_in(desk, f"nobody{number}@people.example", "wrong").status_code for number in range(52)]
    assert codes == [401] * 50 + [429] * 2
    sprayer.http.close()


def test_what_is_counted_is_counted_by_all_consoles_together(console: Console, desk: World) -> None:
    with serve(console.settings) as other:
        first, second = (Browser(url, "192.0.2.78") for url in (console.url, other.url))
        codes = [browser.log_in(desk, desk.email("staff"), "wrong").status_code for browser in (first, second) * 6]
        assert codes == [401] * 10 + [429] * 2
        for browser in (first, second):
            browser.http.close()


def test_the_audit_tells_of_log_ins_and_log_outs_and_a_stranger_can_t_fill_it(
    console: Console, desk: World, browse: Callable[..., Browser]
) -> None:
    staff = browse("staff")
    staff.log_out()
    stranger = Browser(console.url, "192.0.2.79")
    for _ in range(12):
        stranger.log_in(desk, desk.email("staff"), "wrong")
    stranger.http.close()
    wait_until(lambda: _refused(desk) == ["1", "10"], seconds=90, what="word of the refused log-ins in the audit")
    acts = run(
        desk, "select act, actor_id, details from audit where subject_id = :id order by id", id=desk.people["staff"]
    )
    assert [act for act, *_ in acts if act != "user.log_in_refused"] == ["user.logged_in", "user.logged_out"]
    assert acts[0].details["address"] == staff.address


def _refused(desk: World) -> list[str]:
    query = (
        "select details ->> 'in an hour' from audit where act = 'user.log_in_refused' and tenant_id = :id order by id"
    )
    return [tries for (tries,) in run(desk, query, id=desk.tenant_id)]


def test_a_live_search_of_somebody_logged_out_leads_to_the_log_in(stranger: Browser) -> None:
    answer: httpx.Response = stranger.http.get("/cases?q=1", headers={"hx-request": "true"})
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/login?next=%2Fcases%3Fq%3D1"
