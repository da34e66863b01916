"""The limits of HTTP servers, on real sockets: a client that sends too much, or nothing, stops no other client."""

import contextlib
import time

import pytest

from ops.http.limits import HttpLimits
from tests.ops.http.site import _answer, _until, held, served

HALF = b"POST /in HTTP/1.1\r\nHost: x\r\nX"
NO_BODY = b"POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n--b\r\n"


@pytest.mark.parametrize("first", [b"", HALF, NO_BODY], ids=["nothing", "half a header", "no body"])
@pytest.mark.parametrize("trusted", [(), ("127.0.0.1",)], ids=["strangers", "behind a proxy"])
def test_others_are_served_while_1500_connections_stay_half_open(first: bytes, trusted: tuple[str, ...]) -> None:
    with (
        served(HttpLimits(trusted=trusted)) as site,
        held(site, first, 1_500, source="127.0.0.9" if not trusted else "127.0.0.1"),
    ):
        assert site.get().status_code == 200


def test_one_address_can_not_have_all_connections() -> None:
    with served(HttpLimits(trusted=(), connections=20, address_connections=10)) as site:
        with held(site, b"GET /in", 40, source="127.0.0.9"), held(site, b"", 5) as others:
            others[0].sendall(b"GET /in HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert _answer(others[0]).startswith(b"HTTP/1.1 200")
        assert "slow" in site.refused


def test_connections_with_a_request_are_not_closed_for_new_ones() -> None:
    with served(HttpLimits(trusted=(), connections=2)) as site:
        site.hold.set()
        with held(site, b"GET /in HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 2) as served_ones:
            _until(lambda: len(site.seen) == 2)
            with site.connect() as third:
                assert _answer(third).startswith(b"HTTP/1.1 503")
            site.hold.clear()
            assert all(_answer(peer).startswith(b"HTTP/1.1 200") for peer in served_ones)


def test_a_header_that_does_not_end_is_ended() -> None:
    with served(HttpLimits(trusted=(), header_seconds=1)) as site, site.connect(HALF) as connection:
        assert _answer(connection).startswith(b"HTTP/1.1 408")
        assert site.refused == ["slow"]


def test_a_header_that_comes_letter_by_letter_is_ended() -> None:
    with served(HttpLimits(trusted=(), header_seconds=1)) as site, site.connect(HALF) as connection:
        connection.settimeout(0.05)
        with contextlib.suppress(ConnectionError):
            while not site.refused:
                connection.sendall(b"x")
                with contextlib.suppress(TimeoutError):
                    connection.recv(100)
        assert site.refused == ["slow"]


def test_a_second_request_that_does_not_end_is_ended() -> None:
    both = b"GET /in HTTP/1.1\r\nHost: x\r\n\r\n" + HALF
    with served(HttpLimits(trusted=(), header_seconds=1)) as site, site.connect(both) as connection:
        assert b"HTTP/1.1 408" in _answer(connection)


def test_a_body_that_does_not_come_is_ended() -> None:
    with served(HttpLimits(trusted=(), body_seconds=1)) as site, site.connect(NO_BODY) as connection:
        assert _answer(connection).startswith(b"HTTP/1.1 408")


def test_a_slow_body_that_comes_at_the_least_rate_is_read_whole() -> None:
    start = b"POST /in HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 600\r\n\r\n"
    with served(HttpLimits(trusted=(), body_seconds=1, rate=50)) as site, site.connect(start) as connection:
        for _ in range(6):
            connection.sendall(b"x" * 100)
            time.sleep(0.5)
        assert b"600 from" in _answer(connection)


def test_a_client_that_does_not_read_the_answer_is_ended() -> None:
    large = b"GET /in?size=20000000 HTTP/1.1\r\nHost: x\r\n\r\n"
    with served(HttpLimits(trusted=(), write_seconds=1)) as site, site.connect(large):
        _until(lambda: "slow" in site.refused)


@pytest.mark.parametrize(
    "header",
    [
        {"x-long": "a" * 60_000},
        {"cookie": 'a="' + "\\" * 60_000},
        {"cookie": 'a="' + "\\" * 5_000},
        {f"x-{number}": "" for number in range(200)},
    ],
    ids=["long field", "cookie bomb", "small cookie bomb", "many fields"],
)
@pytest.mark.parametrize("before", [b"", b"GET /in HTTP/1.1\r\nHost: x\r\n\r\n"], ids=["at once", "pipelined"])
def test_a_header_too_large_is_refused_before_it_is_read(header: dict[str, str], before: bytes) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in header.items())
    with served() as site, site.connect(before + b"GET /in HTTP/1.1\r\nHost: x\r\n" + lines.encode() + b"\r\n") as peer:
        assert b"HTTP/1.1 431" in _answer(peer)
        assert site.seen == [""] * bool(before)
        assert site.refused == ["header"]


@pytest.mark.parametrize("field", ["Cookie:", "cookie :", "COOKIE: a\r\n ", "Cookie: b\r\nCookie:"])
def test_cookies_are_measured_however_they_are_written(field: str) -> None:
    with (
        served() as site,
        site.connect(f"GET /in HTTP/1.1\r\nHost: x\r\n{field}{'c' * 4_090}\r\n\r\n".encode()) as peer,
    ):
        assert _answer(peer).startswith((b"HTTP/1.1 431", b"HTTP/1.1 400"))
        assert site.seen == []


def test_a_header_within_the_limits_is_read() -> None:
    with served() as site:
        assert site.get(cookie="a" * 4_000, other="b" * 8_000).status_code == 200
        assert len(site.seen[0]) == 4_000


def test_garbage_gets_400() -> None:
    with served() as site, site.connect(b"\x16\x03\x01\r\n\r\n") as connection:
        assert _answer(connection).startswith(b"HTTP/1.1 400")


def test_garbage_in_the_middle_of_a_body_ends_the_connection_alone() -> None:
    with served() as site:
        start = b"POST /in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n"
        with site.connect(start) as connection:
            _answer(connection)
        assert site.get().status_code == 200
