"""Sessions: what ends them, where a person sees them, and what their cookies contain."""

import json
from base64 import b64decode
from collections.abc import Callable
from hashlib import sha256

import pytest
from itsdangerous import TimestampSigner
from pydantic import SecretStr

from cases.outgoing.signed_links import derive
from console.guards.sessions import browser as named
from tests.builders.rows import run
from tests.builders.world import SECRETS, World
from tests.console.browser import PASSWORD, Browser, Console, field, tree, words
from tests.console.server import serve

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def copied(browser: Browser, console: Console) -> Browser:
    """Returns another browser with the same cookies."""
    thief = Browser(console.url)
    thief.http.cookies.update(browser.http.cookies)
    assert is_in(thief)
    return thief


def is_in(browser: Browser) -> bool:
    return browser.get("/cases").url.path == "/cases"


def test_a_log_out_ends_a_copied_cookie_too(console: Console, browse: Callable[..., Browser]) -> None:
    staff = browse("staff")
    thief, late = copied(staff, console), copied(staff, console)
    token = field(late.get("/cases"), "csrf")
    staff.log_out()
    assert not is_in(thief)
    # a form that shows a message must not sign a cookie that outlives the session
    late.http.post("/profile/password", data={"csrf": token, "old": "no", "new": "no"})
    assert not is_in(late)


def test_a_session_ends_at_last_however_often_it_is_used(desk: World, browse: Callable[..., Browser]) -> None:
    staff, admin = browse("staff"), browse("admin")
    values = {"id": desk.people["staff"], "other": desk.people["admin"]}
    run(
        desk, "update console_sessions set began_at = now() - interval '168 hours' where user_id = :id", id=values["id"]
    )
    run(
        desk,
        "update console_sessions set seen_at = now() - interval '12 hours' where user_id = :id",
        id=values["other"],
    )
    assert not is_in(staff)
    assert not is_in(admin)


def test_a_session_in_use_goes_on(desk: World, browse: Callable[..., Browser]) -> None:
    staff = browse("staff")
    seen = "update console_sessions set seen_at = now() - interval '11 hours' where user_id = :id"
    for _ in range(2):
        run(desk, seen, id=desk.people["staff"])
        assert is_in(staff)


@pytest.mark.parametrize("how", ["password", "role", "archive"])
def test_what_changes_an_account_ends_its_sessions_for_good(
    desk: World, browse: Callable[..., Browser], how: str
) -> None:
    admin, staff, other = browse("admin"), browse("staff"), browse("staff")
    path = f"/settings/people/{desk.people['staff']}"
    if how == "password":
        form = {"old": PASSWORD, "new": "another set of four words"}
        assert "logged out everywhere else" in words(staff.send("/profile/password", form, on="/profile"))
        assert is_in(staff)
    elif how == "role":
        admin.send(path, {"role": "client"}, on="/settings/people")
        admin.send(path, {"role": "staff"}, on="/settings/people")
        assert not is_in(staff)
    else:
        admin.send(path, {"active": "false"}, on="/settings/people")
        admin.send(path, {"active": "true"}, on="/settings/people")
        assert not is_in(staff)
    assert not is_in(other)
    assert is_in(admin)


def test_a_person_sees_where_they_are_logged_in_and_ends_what_is_not_theirs(
    console: Console, desk: World, browse: Callable[..., Browser]
) -> None:
    here, there = browse("staff"), Browser(console.url, "203.0.113.9")
    there.http.headers["user-agent"] = FIREFOX
    there.log_in(desk, desk.email("staff"))
    listed = words(here.get(f"/people/{desk.people['staff']}"), "//section[@aria-labelledby='sessions']//table")
    assert f"python-httpx This device {here.address}" in listed
    assert "Firefox on Linux 203.0.113.9" in listed
    (form,) = tree(here.get("/profile")).xpath("//form[starts-with(@action, '/profile/sessions/0')]/@action")
    here.send(form, {}, on="/profile")
    assert is_in(here)
    assert not is_in(there)
    there.log_in(desk, desk.email("staff"))
    third = browse("staff")
    assert "2 other sessions have ended" in words(here.send("/profile/sessions/others/end", {}, on="/profile"))
    assert [is_in(browser) for browser in (here, there, third)] == [True, False, False]
    there.http.close()


def test_nobody_ends_or_sees_the_sessions_of_others(desk: World, browse: Callable[..., Browser]) -> None:
    staff, admin = browse("staff"), browse("admin")
    ((session_id,),) = run(desk, "select id from console_sessions where user_id = :id", id=desk.people["staff"])
    admin.send(f"/profile/sessions/{session_id}/end", {}, on="/profile")
    assert is_in(staff)
    assert "Where you are logged in" not in words(admin.get(f"/people/{desk.people['staff']}"))


def test_the_database_does_not_hold_what_the_cookie_does(desk: World, browse: Callable[..., Browser]) -> None:
    staff = browse("staff")
    signed = staff.http.cookies["casemail"]
    cookie = json.loads(b64decode(signed.split(".")[0]))
    ((stored,),) = run(desk, "select token from console_sessions where user_id = :id", id=desk.people["staff"])
    assert bytes(stored) == sha256(cookie["token"].encode()).digest()
    keys = derive(SECRETS, "session")
    TimestampSigner(keys, key_derivation="hmac", digest_method=sha256).unsign(signed)
    with pytest.raises(Exception, match="does not match"):
        TimestampSigner(SECRETS[0].get_secret_value()).unsign(signed)


def test_a_new_secret_signs_and_log_ins_go_on_until_the_old_one_is_taken_out(
    console: Console, desk: World, browse: Callable[..., Browser]
) -> None:
    cookies = browse("staff").http.cookies
    newer, only = (SecretStr("t" * 32), *SECRETS), (SecretStr("t" * 32),)
    for secrets, goes_on in ((newer, True), (only, False)):
        with serve(console.settings.replace(session_secret=secrets)) as other:
            browser = Browser(other.url)
            browser.http.cookies.update(cookies)
            assert is_in(browser) is goes_on
            browser.http.close()


def test_behind_tls_no_other_host_can_set_our_cookies_and_browsers_stay_with_tls(console: Console, desk: World) -> None:
    with serve(console.settings.replace(console_url="https://console.example")) as behind_tls:
        browser = Browser(behind_tls.url)
        page = browser.get("/login")
        assert page.headers["strict-transport-security"] == "max-age=31536000"
        cookie = page.headers["set-cookie"]
        assert cookie.startswith("__Host-casemail=")
        assert "secure" in cookie.lower()
        assert "httponly" in cookie.lower()
        browser.http.close()


@pytest.mark.parametrize(
    ("agent", "words_of_it"),
    [
        (FIREFOX, "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36 Edg/131",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1",
            "Safari on iPhone",
        ),
        ("curl/8.5.0", "curl"),
        ("<script>alert(1)</script>", "An unknown browser"),
        ("", "An unknown browser"),
    ],
)
def test_a_browser_is_named_in_words(agent: str, words_of_it: str) -> None:
    assert named(agent) == words_of_it
