"""Mail servers for the tests of sending: a real server, and a server that listens in a thread."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from ops.demo.smtp_server import SmtpServer, stop_listening
from ops.embedded.process import free_port
from schemas.settings import Settings
from workers.outbox.smtp import Outcome, Sender

MAIL = b"Subject: s\r\n\r\nText\r\n.\r\n..and more\r\n"
SENT = Outcome(sent=True, again=False, words="")


class Keeper:
    """An SMTP handler that keeps each mail with its session, and offers `extensions` after EHLO."""

    def __init__(self, *extensions: str) -> None:
        self.mails: list[tuple[Session, Envelope]] = []
        self._extensions = extensions

    async def handle_EHLO(
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*(f"250-{extension}" for extension in self._extensions), *responses]

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        self.mails.append((session, envelope))
        return "250 OK"


@contextmanager
def serving(keeper: Keeper, settings: Settings, **options: Any) -> Iterator[Settings]:
    """Runs the keeper as an SMTP server; yields settings that send to it."""
    controller = SmtpServer(keeper, **options)
    controller.start()
    try:
        yield settings.replace(smtp_port=controller.port, smtp_timeout=60.0)
    finally:
        controller.stop()


def send_one(settings: Settings, to: str = "ann@people.example") -> Outcome:
    with Sender(settings) as sender:
        return sender.send("updates@cases.example", to, MAIL)


@contextmanager
def listening(serve: Callable[[int], Coroutine[Any, Any, asyncio.Server]]) -> Iterator[int]:
    """Runs a server on a free port in another thread; yields the port."""
    port, ready, stops = free_port(), Event(), []

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        stops.append(lambda: loop.call_soon_threadsafe(stop.set))
        server = await serve(port)
        ready.set()
        await stop.wait()
        await stop_listening(server)
        # the clients have gone: each connection ends by itself, and closes its transport
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True)

    thread = Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert ready.wait(60)
    try:
        yield port
    finally:
        stops[0]()
        thread.join()
