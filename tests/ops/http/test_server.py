"""The limits of HTTP servers, on real sockets: a client that sends too much, or nothing, stops no other client.

Longer than other files, as its tests share their helpers.
"""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ops.http.limits import CAUSES, HttpLimits
from ops.http.server import config

STRANGERS = HttpLimits(trusted=())
HALF = b"POST /in HTTP/1.1\r\nHost: x\r\nX"
NO_BODY = b"POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n--b\r\n"


class Site:
    """A server of one page that keeps the cookies it got and the clients it refused."""

    def __init__(self, limits: HttpLimits) -> None:
        self.seen: list[str] = []
        self.refused: list[str] = []
        app = Starlette(routes=[Route("/in", self._take, methods=["GET", "POST"])])
        settings = config(app, limits, host="127.0.0.1", port=0, refused=self.refused.append)
        self.server = uvicorn.Server(settings)
        self.hold = threading.Event()

    async def _take(self, request: Request) -> Response:
        self.seen.append(request.headers.get("cookie", ""))
        body = await request.body()
        while self.hold.is_set():
            await asyncio.sleep(0.01)
        return PlainTextResponse(
            "y" * int(request.query_params.get("size", 0)) or f"{len(body)} from {_client(request)}"
        )

    @property
    def port(self) -> int:
        port: int = self.server.servers[0].sockets[0].getsockname()[1]
        return port

    def connect(self, first: bytes = b"", *, source: str = "127.0.0.1") -> socket.socket:
        """Opens a connection and sends `first`."""
        connection = socket.create_connection(("127.0.0.1", self.port), 30, source_address=(source, 0))
        connection.sendall(first)
        return connection

    def get(self, **headers: str) -> httpx.Response:
        """Sends an ordinary GET request with these headers; returns the answer."""
        return httpx.get(f"http://127.0.0.1:{self.port}/in", headers=headers, timeout=30)


def _client(request: Request) -> str:
    assert request.client is not None
    return request.client.host


@contextmanager
def served(limits: HttpLimits = STRANGERS) -> Iterator[Site]:
    site = Site(limits)
    thread = threading.Thread(target=site.server.run)
    thread.start()
    while not site.server.started:
        time.sleep(0.01)
    try:
        yield site
    finally:
        site.hold.clear()
        site.server.should_exit = True
        thread.join()


@contextmanager
def held(site: Site, first: bytes, count: int, *, source: str = "127.0.0.1") -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(site.connect(first, source=source)) for _ in range(count)]


def _answer(connection: socket.socket) -> bytes:
    """Returns all octets that the server sends until it closes the connection."""
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            said += part
    return said


def _until(there: Callable[[], bool]) -> None:
    while not there():
        time.sleep(0.01)


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


def test_one_address_can_not_have_all_requests() -> None:
    with served(HttpLimits(trusted=(), address_requests=3)) as site:
        site.hold.set()
        request = b"GET /in HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        with held(site, request, 3, source="127.0.0.9"):
            _until(lambda: len(site.seen) == 3)
            with site.connect(request, source="127.0.0.9") as fourth:
                said = _answer(fourth)
                assert said.startswith(b"HTTP/1.1 429")
                assert b"retry-after: 10" in said.lower()
            site.hold.clear()
            assert site.get().status_code == 200


def test_behind_a_trusted_proxy_requests_count_for_the_address_it_names() -> None:
    with served(HttpLimits(address_requests=1)) as site:
        site.hold.set()
        ask = b"GET /in HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: 203.0.113.%d\r\n\r\n"
        with site.connect(ask % 1), site.connect(ask % 1) as again, site.connect(ask % 2) as other:
            assert _answer(again).startswith(b"HTTP/1.1 429")
            _until(lambda: len(site.seen) == 2)
            site.hold.clear()
            assert b"0 from 203.0.113.2" in _answer(other)


def test_a_stranger_can_not_name_another_address() -> None:
    with served() as site:
        assert site.get(**{"X-Forwarded-For": "203.0.113.9"}).text == "0 from 127.0.0.1"


def test_requests_in_progress_are_not_ended_for_new_ones() -> None:
    with served(HttpLimits(trusted=(), requests=1)) as site:
        site.hold.set()
        with site.connect(b"GET /in HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") as first:
            _until(lambda: len(site.seen) == 1)
            assert site.get().status_code == 503
            site.hold.clear()
            assert _answer(first).startswith(b"HTTP/1.1 200")


def test_one_address_can_not_fill_the_memory() -> None:
    with served(HttpLimits(trusted=(), address_bodies=100_000)) as site:
        start = b"POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n"
        with held(site, start + b"x" * 45_000, 2, source="127.0.0.9") as two:
            _until(lambda: len(site.seen) == 2)
            two[0].sendall(b"x" * 60_000)
            assert _answer(two[0]).startswith(b"HTTP/1.1 429")
            answer = httpx.post(f"http://127.0.0.1:{site.port}/in", content=b"x" * 90_000, timeout=30)
            assert answer.text == "90000 from 127.0.0.1"
        assert set(site.refused) <= set(CAUSES)


def test_limits_refuse_a_wrong_network() -> None:
    with pytest.raises(ValueError, match="not-a-network"):
        config(Starlette(), HttpLimits(trusted=("not-a-network",)), host="127.0.0.1", port=0)
