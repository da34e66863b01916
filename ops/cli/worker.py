"""The long-running processes of casemail, each as `casemail NAME` runs it: until SIGTERM or SIGINT."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from functools import partial
from threading import Event

import structlog
from dramatiq import cli as dramatiq_cli
from prometheus_client import CollectorRegistry, start_http_server

from cases.files.inspection.inspect import inspect
from cases.sandbox import isolation
from console.app import create_app
from console.services import Offers
from ops import interpreter, logs, rights
from ops.http import server as http_server
from ops.http.limits import HttpLimits
from ops.kafka import check_topics, make_broker
from schemas.settings import PREFIX, Settings, SettingsError
from storage.resources import Resources, open_resources
from workers import metrics, runner
from workers.attachments import late_files
from workers.dispatcher import Dispatcher
from workers.explain import why
from workers.exporter import ClusterCollector, HostCollector
from workers.fetch.mailbox.connection_test import check
from workers.fetch.push import lmtp
from workers.fetch.push.webhook import create_app as create_webhooks
from workers.pipeline import STAGES
from workers.rehearsal import what_if

_log = structlog.get_logger(__name__)

#: Milliseconds a worker has to end what it works on.
SHUTDOWN_MS = 60_000


def worker(settings: Settings, *, waits: bool, processes: int, threads: int) -> int:
    """Runs the stages that wait for other people's servers, or those that don't, under Dramatiq's own command line;
    returns its exit code. Beside those that don't wait runs the lane of heavy mails."""
    check_topics(settings)
    _begin(settings)
    if waits:
        return _dramatiq("worker", [stage.topic for stage in STAGES if stage.waits], processes, threads)
    confined(settings)
    queues = [stage.topic for stage in STAGES if not stage.waits and not stage.heavy]
    return _dramatiq("reader", queues, processes, threads, "--fork-function=ops.heavy:beside")


def heavy(settings: Settings) -> int:
    """Runs the stages whose records may take minutes of work, as many at a time as there are processes for them."""
    check_topics(settings)
    confined(settings)
    return _dramatiq("reader", [stage.topic for stage in STAGES if stage.heavy], 1, isolation.heavy_slots() + 1)


def _dramatiq(module: str, queues: Sequence[str], processes: int, threads: int, *options: str) -> int:
    arguments = dramatiq_cli.make_argument_parser().parse_args(  # type: ignore[no-untyped-call]
        [
            f"ops.{module}:broker",
            f"--processes={processes}",
            f"--threads={threads}",
            f"--worker-shutdown-timeout={SHUTDOWN_MS}",
            "--skip-logging",
            *options,
            "--queues",
            *queues,
        ]
    )
    return int(dramatiq_cli.main(arguments))  # type: ignore[no-untyped-call]


def confined(settings: Settings) -> None:
    """Says what the kernel lacks to confine the processes for hostile bytes; raises `SettingsError` where that is
    demanded."""
    isolation.set_process_count(settings.sandbox.processes)
    lacking = isolation.missing_protections()
    if lacking and settings.sandbox.required:
        what = f"{PREFIX}SANDBOX_REQUIRED is set, and this kernel, or the container, lacks {' and '.join(lacking)}."
        raise SettingsError([f"{what} Let the container use it, run on a newer kernel, or unset it."])
    for part in lacking:
        _log.warning("mails and files are read without a part of the sandbox", lacking=part)


def dispatch(settings: Settings) -> None:
    """Runs the dispatcher, and serves /metrics for this host."""
    check_topics(settings)
    _begin(settings)
    resources, broker = open_resources(settings), make_broker(settings)
    runner.declare(broker, lambda: resources)
    registry = CollectorRegistry()
    if settings.metrics.dir is not None:
        registry.register(HostCollector(settings.metrics.dir))
    registry.register(ClusterCollector(resources, broker))
    server, thread = start_http_server(settings.metrics.port, settings.metrics.host, registry)
    stop = Event()
    _on_stop(stop.set)
    Dispatcher(resources, broker).run(stop)
    server.shutdown()
    thread.join()
    broker.close()


def lmtp_server(settings: Settings) -> None:
    """Runs the LMTP server."""
    _begin(settings)

    async def serve() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await lmtp.serve(open_resources(settings), asyncio.Event(), stop)

    asyncio.run(serve())


def webhook(settings: Settings) -> None:
    """Runs the HTTP door for providers that push mail."""
    _begin(settings)
    http_server.serve(
        create_webhooks(open_resources(settings)),
        HttpLimits(trusted=settings.http.trusted_proxies),  # the octets in memory are bounded by `webhook_memory`
        host=settings.webhooks.host,
        port=settings.webhooks.port,
        refused=lambda cause: metrics.PUSH_REFUSED.labels(cause).inc(),
    )


def offers(resources: Resources) -> Offers:
    """What the workers do for the console."""
    return Offers(
        what_if=partial(what_if, resources=resources),
        why=partial(why, resources=resources),
        add_file=partial(late_files.add, resources=resources),
        test_source=partial(check, resources=resources),
    )


def console(settings: Settings) -> None:
    """Runs the web console."""
    _begin(settings)
    confined(settings)
    isolation.preload(inspect)
    resources = open_resources(settings)
    http_server.serve(
        create_app(settings, offers(resources)),
        console_limits(settings),
        host=settings.console.host,
        port=settings.console.port,
    )


def console_limits(settings: Settings) -> HttpLimits:
    """What strangers may take of the console: forms with files of ten people at a time, and of three behind one
    address. Other sites on its host may have cookies, too: they count as header."""
    return HttpLimits(
        cookie_bytes=HttpLimits.header_bytes,
        bodies=10 * settings.limits.mail,
        address_bodies=3 * settings.limits.mail,
        trusted=settings.http.trusted_proxies,
    )


def _begin(settings: Settings) -> None:
    """What every role begins with. Raises SystemExit where this Python has a fault that nothing of ours bounds."""
    logs.configure()
    interpreter.check(_log)
    rights.warn(settings)


def _on_stop(stop: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())
