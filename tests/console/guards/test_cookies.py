"""Cookies and headers that are too large, or cookies that are not the console's, reach no parser."""

import pytest

from console.guards.cookies import only_ours
from tests.console.browser import Browser, Console, field
from tests.console.raw_requests import raw

OURS = frozenset({b"casemail"})


@pytest.mark.parametrize("path", ["/login", "/static/icon.svg", "/healthz"])
def test_a_bomb_in_a_cookie_is_refused_before_anything_parses_it(
    console: Console, stranger: Browser, path: str
) -> None:
    for cookie in (b'casemail="' + b"\\\\" * 30_000 + b'"', b"a=b; " * 12_000):
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\nCookie: ".encode() + cookie + b"\r\n\r\n"
        connection, answer = raw(console, request)
        connection.close()
        assert answer.startswith(b"HTTP/1.1 431")
    assert stranger.get("/healthz").text == "ok\n"


def test_a_small_bomb_does_not_come_to_the_parser_of_cookies(console: Console, stranger: Browser) -> None:
    token = field(stranger.get("/login"), "csrf")
    own = stranger.http.cookies["casemail"]
    cookie = f'other="{chr(92) * 6000}"; casemail="{chr(92) * 6000}"; casemail={own}'
    page = stranger.http.get("/login", headers={"cookie": cookie})
    assert field(page, "csrf") == token, "the cookie beside it counts"


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ([b"casemail=a.b-c_d=="], b"casemail=a.b-c_d=="),
        ([b'casemail="a"'], None),
        ([b"casemail=a\\b"], None),
        ([b"x=1; casemail=a ; y=2"], b"casemail=a"),
        ([b"casemail=first; casemail=second"], b"casemail=first"),
        ([b"x=1", b"casemail=a"], b"casemail=a"),
        ([b"casemail=" + b"a" * 5_000], None),
        ([b"casemail"], None),
        ([b";;;=;casemail=;"], None),
        ([b"Casemail=a"], None),
    ],
)
def test_of_cookies_our_own_come_in_alone(fields: list[bytes], kept: bytes | None) -> None:
    others = [(b"host", b"x"), (b"accept", b"casemail=a")]
    left = only_ours([*others, *((b"cookie", field) for field in fields)], OURS)
    assert left == others + ([(b"cookie", kept)] if kept else [])


def test_too_many_fields_and_too_long_an_address_are_refused(console: Console) -> None:
    for request, status in (
        (b"GET /login HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 200 + b"\r\n", b"431"),
        (b"GET /login?next=" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
    ):
        connection, answer = raw(console, request)
        connection.close()
        assert answer.split()[1] == status
