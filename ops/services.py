"""The long-running processes of casemail, each as `casemail NAME` runs it: until SIGTERM or SIGINT."""

import asyncio
import signal
from collections.abc import Callable
from functools import partial
from threading import Event

import uvicorn
from dramatiq import cli as dramatiq_cli
from prometheus_client import CollectorRegistry, start_http_server

from console.app import create_app
from console.services import Offers
from ops import logs, rights
from ops.kafka import check_topics, make_broker
from schemas.settings import Settings
from workers import runner
from workers.attachments import later
from workers.dispatcher import Dispatcher
from workers.exposition import HostCollector, HouseCollector
from workers.fetch import lmtp
from workers.fetch.check import check
from workers.fetch.webhook import create_app as create_webhooks
from workers.house import House, open_house
from workers.pipeline import STAGES
from workers.whatif import what_if
from workers.why import why

#: Milliseconds a worker has to end what it works on.
SHUTDOWN_MS = 60_000
#: Requests of webhooks at a time; one more is told to come again.
WEBHOOK_REQUESTS = 200


def worker(settings: Settings, *, waits: bool, processes: int, threads: int) -> int:
    """Runs the stages that wait for other people's servers, or those that don't, under Dramatiq's own command line;
    returns its exit code."""
    check_topics(settings)
    rights.warn(settings)
    arguments = dramatiq_cli.make_argument_parser().parse_args(  # type: ignore[no-untyped-call]
        [
            "ops.worker:broker",
            f"--processes={processes}",
            f"--threads={threads}",
            f"--worker-shutdown-timeout={SHUTDOWN_MS}",
            "--skip-logging",
            "--queues",
            *(stage.topic for stage in STAGES if stage.waits is waits),
        ]
    )
    return int(dramatiq_cli.main(arguments))  # type: ignore[no-untyped-call]


def dispatch(settings: Settings) -> None:
    """Runs the dispatcher, and serves /metrics for this host."""
    logs.configure()
    check_topics(settings)
    rights.warn(settings)
    house, broker = open_house(settings), make_broker(settings)
    runner.declare(broker, lambda: house)
    registry = CollectorRegistry()
    if settings.metrics_dir is not None:
        registry.register(HostCollector(settings.metrics_dir))
    registry.register(HouseCollector(house, broker))
    server, thread = start_http_server(settings.metrics_port, settings.metrics_host, registry)
    stop = Event()
    _on_stop(stop.set)
    Dispatcher(house, broker).run(stop)
    server.shutdown()
    thread.join()
    broker.close()


def lmtp_server(settings: Settings) -> None:
    """Runs the LMTP server."""
    logs.configure()
    rights.warn(settings)

    async def serve() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await lmtp.serve(open_house(settings), asyncio.Event(), stop)

    asyncio.run(serve())


def webhook(settings: Settings) -> None:
    """Runs the HTTP door for providers that push mail."""
    logs.configure()
    rights.warn(settings)
    uvicorn.run(
        create_webhooks(open_house(settings)),
        host=settings.webhook_host,
        port=settings.webhook_port,
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=WEBHOOK_REQUESTS,
    )


def offers(house: House) -> Offers:
    """What the workers do for the console."""
    return Offers(
        what_if=partial(what_if, house=house),
        why=partial(why, house=house),
        add_file=partial(later.add, house=house),
        test_source=partial(check, house=house),
    )


def console(settings: Settings) -> None:
    """Runs the web console."""
    logs.configure()
    rights.warn(settings)
    house = open_house(settings)
    uvicorn.run(
        create_app(settings, offers(house)),
        host=settings.console_host,
        port=settings.console_port,
        log_config=None,
        access_log=False,
        server_header=False,
    )


def _on_stop(stop: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())
