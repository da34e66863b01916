"""A TCP proxy that breaks the connections through it, and a Kafka that is reached through such a proxy."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from ops.demo.smtp_server import stop_listening
from ops.embedded import Kafka, free_port

Fault = Literal["blackhole", "slow", "reset", "refuse"]
CHUNK_BYTES = 65_536
SLOW_BYTES, SLOW_SECONDS = 32, 0.5  # bytes passed on at a time, and the pause after them
RESET_AFTER_BYTES = 3_000  # of answers: a client gets through the first requests, then is cut off in the middle of one
LINGER_NOT = struct.pack("ii", 1, 0)  # closes with a reset


@dataclass(eq=False)
class Link:
    """A connection through the proxy."""

    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    left: int = RESET_AFTER_BYTES
    lost: bool = False  # some of its bytes were dropped: it never passes any on again

    def reset(self) -> None:
        for writer in self.writers:
            with contextlib.suppress(OSError):  # it is closed already
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
            writer.transport.abort()


class Proxy:
    """Passes connections to `port` of 127.0.0.1 on to `target`, from entry to exit; by default, to a free port."""

    def __init__(self, target: int | None = None) -> None:
        self.port, self.target = free_port(), target or free_port()
        self._fault: Fault | None = None
        self._links: set[Link] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> str:
        """The address for clients, `host:port`."""
        return f"127.0.0.1:{self.port}"

    @contextmanager
    def fault(self, kind: Fault) -> Iterator[None]:
        """Breaks connections, old and new, in one way inside the block. Later connections are whole.

        `blackhole` takes all bytes and passes none on; a connection that lost bytes stays silent. `slow` passes on few
        bytes at a time. `reset` cuts each connection off in the middle of an answer. `refuse` cuts all connections off
        and stops listening.
        """
        self._run(self._begin(kind))
        try:
            yield
        finally:  # a test that fails must not leave its fault to the next
            self._run(self._end())

    def silence(self) -> None:
        """Makes the present connections silent for ever, without closing them, as after a failover behind a load
        balancer; new connections work."""
        self._run(self._silence())

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._listen())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _close(self) -> None:
        if self._server:
            await stop_listening(self._server)
        for link in self._links:
            link.reset()
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True)

    async def _silence(self) -> None:
        for link in self._links:
            link.lost = True

    async def _begin(self, kind: Fault) -> None:
        self._fault = kind
        if kind == "refuse":
            await self._close()

    async def _end(self) -> None:
        if self._fault == "refuse":
            await self._listen()
        self._fault = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link([writer])
        self._links.add(link)
        try:
            kafka_reader, kafka_writer = await asyncio.open_connection("127.0.0.1", self.target)
            link.writers.append(kafka_writer)
            ways = (self._pass_on(link, reader, kafka_writer), self._pass_on(link, kafka_reader, writer, answers=True))
            tasks = [asyncio.create_task(way) for way in ways]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            link.reset()
            await asyncio.gather(*tasks, return_exceptions=True)
        except OSError:  # Kafka is not there
            link.reset()
        finally:
            self._links.discard(link)

    async def _pass_on(
        self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool = False
    ) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(CHUNK_BYTES):
                link.lost = link.lost or self._fault == "blackhole"
                if link.lost:
                    continue
                if self._fault == "reset" and answers:
                    chunk, link.left = chunk[: link.left], link.left - len(chunk)
                while chunk:
                    size = SLOW_BYTES if self._fault == "slow" else len(chunk)
                    writer.write(chunk[:size])
                    await writer.drain()
                    chunk = chunk[size:]
                    if self._fault == "slow":
                        await asyncio.sleep(SLOW_SECONDS)
                if link.left <= 0:
                    return


class ProxiedKafka(Kafka):
    """A Kafka with a second listener, for which it advertises only the address of `proxy`."""

    def __init__(self, folder: Path, proxy: Proxy) -> None:
        super().__init__(folder)
        self.proxy = proxy

    def _properties(self) -> dict[str, str]:
        plain = super()._properties()
        return plain | {
            "listeners": f"{plain['listeners']},PROXIED://127.0.0.1:{self.proxy.target}",
            "advertised.listeners": f"PLAINTEXT://{self.servers},PROXIED://{self.proxy.address}",
            "listener.security.protocol.map": f"{plain['listener.security.protocol.map']},PROXIED:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
        }
