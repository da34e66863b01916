"""Odd values in every parameter of every route, from every role, never cause an unexpected error of the console."""

import random
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from fastapi.routing import APIRoute

from storage.database import Database
from tests.builders.world import World
from tests.console.browser import Browser, Console, field, words
from tests.console.routes import encoded, filled, names, real_ids, routes

ODD = (
    *("", "\x00", "a\x00b", "\u202e", "9" * 30, "-1", "1e400", "0x10", "nan", "2" * 5000, "x" * 20000, "2026-02-30"),
    *("9999-12-31", "0001-01-01", "0000-00-00", "2026-W01-1", "00000000-0000-0000-0000-000000000000", "%", "_", "\\"),
    *("'; drop table users --", "{{7*7}}", "../../etc/passwd", "Europe/../../etc/passwd", "/etc/passwd", "zoneinfo"),
    *("true", "[]", "null", "\ufffe", "\U0010ffff", "a@b", "a@" + "x" * 300 + ".example", "\u0131@x.example", "a@xn--"),
    *("a@\u0660.example", "held", "999999999999999999~0", "0001-01-01T00:00:00+23:59~", "9999-12-31T23:59:59-23:59~"),
    *("99999999999999999999", "2147483648", "-9223372036854775809", "\ud800", "1.5", "\u0661", "+1", "1_000"),
)
#: The number of requests to each route, by role; the requests are the same each time.
SENT = {"admin": 60, "manager": 15, "client": 15, "": 15}
#: Routes that are not requested: they end the session that the test uses.
SKIPPED = {"/logout", "/profile/sessions/others/end"}
KINDS = (
    "application/x-www-form-urlencoded",
    "application/json",
    "text/plain",
    "multipart/form-data",
    "a/b; charset=\xff",
)


@pytest.fixture
def ids(desk: World, database: Database) -> dict[str, str]:
    return real_ids(desk, database)


def asked(path: str, method: str, route: APIRoute, ids: dict[str, str]) -> Iterator[tuple[str, str, bytes | None]]:
    """Yields requests with one odd value each: method, path with query, and form."""
    form = {"update_id": str(uuid4()), "text": "odd", "manager": str(uuid4()), "name": "Odd", "email": "odd@x.example"}
    for name in re.findall(r"{(\w+)}", path):
        for value in ODD:
            yield method, filled(path, ids, **{name: value or "x"}), b"" if method == "POST" else None
    for name in names(route.dependant):
        for value in ODD:
            if method == "GET":
                yield method, f"{filled(path, ids)}?{name}={encoded(value)[:6_000]}", None
            else:
                rest = "".join(f"&{key}={encoded(said)}" for key, said in form.items() if key != name)
                yield method, filled(path, ids), f"{name}={encoded(value)}{rest}".encode()
                yield method, filled(path, ids), f"{name}={encoded(value)}&{name}={encoded(value)}{rest}".encode()


def failed(browser: Browser, method: str, path: str, body: bytes | None, kind: str = KINDS[0]) -> str:
    """Sends the request; returns a description of it if the answer is an unexpected error, else ""."""
    try:
        answer = browser.http.request(
            method,
            path,
            content=body,
            headers={b"content-type": kind.encode("latin-1")} if body is not None else None,
            follow_redirects=False,
        )
    except httpx.InvalidURL:
        return ""
    # a 503 that says that the blob store lost a file is no failure
    bad = answer.status_code >= 500 and "Something went wrong" in answer.text
    return f"{method} {path[:200]} {(body or b'')[:200]!r}: {answer.status_code}" if bad else ""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("role", ["admin", "manager", "client", ""])
def test_odd_values_in_any_parameter_are_answered(
    console: Console, desk: World, browse: Callable[..., Browser], stranger: Browser, ids: dict[str, str], role: str
) -> None:
    browser = browse(role) if role else stranger
    csrf = quote(field(browser.get("/cases" if role else "/login"), "csrf"))
    chance = random.Random(7)
    found, sent = [], 0
    for path, method, route in routes():
        if path in SKIPPED:
            continue
        every = list(asked(path, method, route, ids))
        for how, where, body in chance.sample(every, min(SENT[role], len(every))):
            form = None if body is None else f"csrf={csrf}&".encode() + body
            found.append(failed(browser, how, where, form))
            sent += 1
    assert sent > 500
    assert [problem for problem in found if problem] == []


def test_odd_types_of_forms_and_missing_files_are_answered(
    desk: World, browse: Callable[..., Browser], ids: dict[str, str]
) -> None:
    admin = browse("admin")
    csrf = field(admin.get("/cases"), "csrf")
    bodies = (b"", b"{}", b"\xff\xfe\x00", f"csrf={csrf}".encode(), b"--b\r\n\r\n--b--", b"a" * 3_000)
    posts = [path for path, method, _ in routes() if method == "POST" and path not in SKIPPED]
    found = [
        failed(admin, "POST", filled(path, ids), body, kind)
        for path in posts
        for kind in (*KINDS, "multipart/form-data; boundary=b", "multipart/form-data; boundary=" + "b" * 300)
        for body in bodies
    ]
    assert [problem for problem in found if problem] == []
    nowhere = {"csrf": (None, csrf), "files": ("", b""), "update_id": (None, str(uuid4())), "text": (None, "x")}
    answer = admin.http.post(f"/cases/{desk.case_id}/updates", files=nowhere)  # type: ignore[arg-type]
    assert answer.status_code < 500


def test_an_alias_for_nobody_is_for_nobody(desk: World, browse: Callable[..., Browser]) -> None:
    admin = browse("admin")
    answer = admin.send(f"/people/{uuid4()}/aliases", {"email": "a@home.example"}, on="/cases")
    assert answer.status_code == 404


def test_a_character_that_can_t_be_stored_is_refused_in_words(desk: World, browse: Callable[..., Browser]) -> None:
    answer = browse("admin").send(
        "/settings/people/new", {"name": "a\0b", "email": "a@b.example"}, on="/settings/people"
    )
    assert (answer.status_code, "can't be stored" in words(answer)) == (400, True)


@pytest.mark.parametrize("role", ["admin", ""])
def test_head_is_answered_as_get_without_the_content(
    desk: World, browse: Callable[..., Browser], stranger: Browser, ids: dict[str, str], role: str
) -> None:
    browser: Any = browse(role) if role else stranger
    for path, method, _ in routes():
        if method == "GET":
            where = filled(path, ids)
            get, head = (browser.http.request(how, where, follow_redirects=False) for how in ("GET", "HEAD"))
            assert (head.status_code, head.content) == (get.status_code, b""), path
            assert head.headers.get("content-type") == get.headers.get("content-type"), path
