"""A client that announces much and sends nothing blocks no other client: LMTP, webhooks, and their memory budget."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn

from ops.http.limits import HttpLimits
from ops.http.server import config
from storage.resources import Resources
from tests.builders.lmtp_client import Talk
from tests.builders.pushed_mails import add_webhook, mails_of, signed
from tests.builders.world import World
from tests.servers.lmtp import serving
from tests.servers.webhooks import serving_by
from workers.fetch.push.endpoints import Provider
from workers.fetch.push.memory_budget import BusyError, MemoryBudget, Patience

HOARDER = "127.0.0.9"
#: After one second, ends mails that arrive too slowly.
QUICK = Patience(slow=1.0)


@pytest.mark.parametrize("other", ["127.0.0.1", HOARDER], ids=["another peer", "the same peer"])
def test_eleven_clients_that_announce_25_megabytes_and_go_silent_keep_nobody_out(
    resources: Resources, world: World, other: str
) -> None:
    with serving(resources, patience=QUICK) as settings, ExitStack() as stack:
        silent = [stack.enter_context(Talk(settings, HOARDER)) for _ in range(11)]
        for hoarder in silent[:7]:
            assert hoarder.begin(world, 25_000_000).startswith(b"354")
        for hoarder in silent[7:]:
            hoarder.send_all(world, 25_000_000)
        with Talk(settings, other) as client:
            assert client.deliver(world, 25_000_000).startswith(b"250")


def test_who_hoards_is_asked_to_come_again(resources: Resources, world: World) -> None:
    small = {"mail_size_limit": 1_000_000, "lmtp_memory": 1_000_000}
    quick = serving(resources, patience=QUICK, **small)
    with quick as settings, Talk(settings, HOARDER) as first, Talk(settings) as second:
        assert first.begin(world, 900_000).startswith(b"354")
        assert second.deliver(world, 900_000).startswith(b"250")
        assert first.lines.readline().startswith(b"452 4.3.1")


def test_a_mail_that_comes_quickly_enough_gives_way_to_nobody(resources: Resources, world: World) -> None:
    patience = Patience(slow=1.0, slow_rate=1)
    small = {"mail_size_limit": 1_000_000, "lmtp_memory": 1_000_000}
    with (
        serving(resources, patience=patience, **small) as settings,
        Talk(settings) as first,
        Talk(settings, HOARDER) as second,
    ):
        assert first.begin(world, 900_000).startswith(b"354")
        first.socket.sendall(b"Subject: x\r\n" + b"X: y\r\n" * 100)
        second.send_all(world, 900_000)
        time.sleep(2.5)
        assert first.say("\r\nhi\r\n.").startswith(b"250")


def test_connections_that_say_nothing_give_way_to_new_ones(resources: Resources, world: World) -> None:
    with serving(resources, lmtp_connections=20) as settings, ExitStack() as stack:
        idle = [stack.enter_context(Talk(settings, HOARDER)) for _ in range(20)]
        time.sleep(1.1)
        with Talk(settings) as client:
            assert client.greeting.startswith(b"220")
            assert client.deliver(world, 100).startswith(b"250")
        assert idle[0].lines.readline().startswith(b"421")


@pytest.mark.parametrize(
    "line",
    [
        "MAIL FROM:" + "(" * 480,
        "MAIL FROM:<" + "(" * 480 + ">",
        "MAIL FROM:<a@b> SIZE=" + "9" * 400,
        "MAIL FROM:<a@b> SIZE=\u0665 SMTPUTF8",
        "MAIL FROM:<a@b> SIZE=\u00b2 SMTPUTF8",
        "MAIL FROM:<a@b> SIZE=-1",
        "MAIL FROM:<a\0@b>",
        "\0\0",
        "A" * 100_000,
    ],
)
def test_no_command_stops_the_connection_or_the_server(resources: Resources, world: World, line: str) -> None:
    with serving(resources) as settings, Talk(settings) as client:
        client.say("LHLO x")
        assert client.say(line)[:1] in {b"2", b"5"}
        client.say("RSET")
        assert client.deliver(world, 100).startswith(b"250")


@contextmanager
def guarded(resources: Resources, limits: HttpLimits, **changes: Any) -> Iterator[str]:
    """Serves the webhooks with the limits of `casemail webhook`; yields their URL."""
    with serving_by(
        lambda app, port: uvicorn.Server(config(app, limits, host="127.0.0.1", port=port)), resources, **changes
    ) as url:
        yield url


def test_a_provider_is_served_while_1500_half_headers_are_open(resources: Resources, world: World) -> None:
    path, secret = add_webhook(resources, Provider.GENERIC)
    ours, raw = f"case-1@{world.mail_domain}", f"X-Once: {uuid4()}\r\n\r\nhi\r\n".encode()
    with guarded(resources, HttpLimits()) as url, ExitStack() as stack:
        port = int(url.rpartition(":")[2])
        for _ in range(1_500):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port), 60))
            client.sendall(b"POST /in/x HTTP/1.1\r\nHost: x\r\nX")
        answer = httpx.post(f"{url}/in/{path}", content=raw, headers=signed(secret, raw, ours), timeout=60)
        assert answer.status_code == 200, answer.text
    assert mails_of(resources, world) == [(ours, "a@x.example", "waiting")]


def test_a_provider_is_served_while_others_announce_mails_that_never_come(resources: Resources, world: World) -> None:
    path, secret = add_webhook(resources, Provider.GENERIC)
    ours, raw = f"case-1@{world.mail_domain}", f"X-Once: {uuid4()}\r\n\r\nhi\r\n".encode()
    with (
        guarded(resources, HttpLimits(), patience=QUICK, mail_size_limit=1_000_000, webhook_memory=2_000_000) as url,
        ExitStack() as stack,
    ):
        port = int(url.rpartition(":")[2])
        head = f"POST /in/{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n".encode()
        for _ in range(11):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), 60)).sendall(head)
        answer = httpx.post(f"{url}/in/{path}", content=raw, headers=signed(secret, raw, ours), timeout=60)
        assert answer.status_code == 200, answer.text


def test_one_peer_holds_three_quarters_of_the_budget_at_most() -> None:
    async def play() -> None:
        budget = MemoryBudget(100, Patience(busy=0.05))
        async with budget.hold(70, peer="a"):
            with pytest.raises(BusyError):
                async with budget.hold(10, peer="a"):
                    raise AssertionError
            async with budget.hold(30, peer="b"):
                assert budget.used == 100

    asyncio.run(play())


def test_who_waits_for_a_share_of_their_own_keeps_up_nobody_behind() -> None:
    async def play() -> None:
        budget = MemoryBudget(100)
        async with budget.hold(70, peer="a"):
            waiting = asyncio.create_task(_briefly(budget, 20, "a"))
            await asyncio.sleep(0)
            async with budget.hold(30, peer="b"):
                assert not waiting.done()
        await waiting

    asyncio.run(play())


async def _briefly(budget: MemoryBudget, size: int, whose: str) -> None:
    async with budget.hold(size, peer=whose):
        pass
