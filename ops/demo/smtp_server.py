"""aiosmtpd's server in a thread, for the demo and the tests; it starts also on a busy machine, and ends cleanly."""

import asyncio
from typing import Any

from aiosmtpd.controller import Controller

from ops.embedded.process import free_port

START_SECONDS = 60.0
#: Turns of the loop until a connection that was accepted has its transport, its protocol and its first task.
TURNS_TO_BEGIN = 4


class SmtpServer(Controller):
    """Serves `handler` on a free port of 127.0.0.1, from `start` to `stop`. `options` are those of aiosmtpd's SMTP."""

    def __init__(self, handler: object, **options: Any) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=free_port(), ready_timeout=START_SECONDS, **options)

    def stop(self, no_assert: bool = False) -> None:  # aiosmtpd's signature
        """Ends all connections and the server; aiosmtpd alone leaves connections to the garbage collector."""
        if isinstance(self.server, asyncio.Server):
            asyncio.run_coroutine_threadsafe(_end(self.server), self.loop).result()
        super().stop(no_assert)


async def stop_listening(server: asyncio.Server) -> None:
    """Closes the server. Connections that are accepted already begin first: asyncio can't begin them afterwards, and
    leaves their sockets open."""
    loop = asyncio.get_running_loop()
    for listening in server.sockets:
        loop.remove_reader(listening)
    await _turns()
    server.close()


async def _end(server: asyncio.Server) -> None:
    await stop_listening(server)
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await _turns()  # the transports close


async def _turns() -> None:
    for _ in range(TURNS_TO_BEGIN):
        await asyncio.sleep(0)
