"""`casemail lmtp`: the LMTP server."""

import asyncio
import signal

import typer

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
    begin(settings)

    async def until_signal() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await lmtp.serve(open_resources(settings), asyncio.Event(), stop)

    asyncio.run(until_signal())
