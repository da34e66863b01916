"""`casemail lmtp`: the LMTP server."""

import asyncio
import signal
from types import FrameType

import typer

from ops.checks.start import Listener
from ops.hard_stop import arm
from ops.monitoring import readiness
from ops.monitoring.liveness import Heartbeats
from ops.monitoring.monitor import in_process, serving
from ops.startup import begin
from schemas.settings import Settings, load
from storage.resources import open_resources
from workers.fetch.push import lmtp

app = typer.Typer()


@app.command("lmtp")
def run() -> None:
    """Runs until SIGTERM or SIGINT."""
    serve(load())


def serve(settings: Settings) -> None:
    """Serves LMTP with these settings until SIGTERM or SIGINT."""
    begin(settings, listens=[Listener("LMTP", settings.lmtp.host, settings.lmtp.port)])
    resources, beats, listens = open_resources(settings), Heartbeats(), asyncio.Event()

    async def until_signal() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()

        def end(_number: int, _frame: FrameType | None) -> None:
            arm()  # here and not in the event loop, which may hang
            loop.call_soon_threadsafe(stop.set)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        beating = asyncio.create_task(beats.of_event_loop())
        try:
            await lmtp.serve(resources, listens, stop)
        finally:
            listens.clear()
            beating.cancel()

    checks = readiness.of(resources) | readiness.listening(listens.is_set)
    with serving(in_process("lmtp", settings, checks, beats)):
        asyncio.run(until_signal())
