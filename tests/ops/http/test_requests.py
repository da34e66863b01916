"""The limits on requests: of an address, of all, and of the memory that they take."""

import httpx
import pytest
from starlette.applications import Starlette

from ops.http.limits import CAUSES, HttpLimits
from ops.http.server import config
from tests.ops.http.site import _answer, _until, held, served


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
