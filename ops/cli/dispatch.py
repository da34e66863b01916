"""`casemail dispatch`: the dispatcher, and /metrics for this host."""

import signal
from threading import Event

import typer
from prometheus_client import CollectorRegistry, start_http_server

from ops.kafka import check_topics, make_broker
from ops.startup import begin
from schemas.settings import load
from storage.resources import open_resources
from workers import runner
from workers.dispatcher import Dispatcher
from workers.exporter import ClusterCollector, HostCollector

app = typer.Typer()


@app.command("dispatch")
def dispatch() -> None:
    """Runs until SIGTERM or SIGINT."""
    settings = load()
    check_topics(settings)
    begin(settings)
    resources, broker = open_resources(settings), make_broker(settings)
    runner.declare(broker, lambda: resources)
    registry = CollectorRegistry()
    if settings.metrics.dir is not None:
        registry.register(HostCollector(settings.metrics.dir))
    registry.register(ClusterCollector(resources, broker))
    server, thread = start_http_server(settings.metrics.port, settings.metrics.host, registry)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    Dispatcher(resources, broker).run(stop)
    server.shutdown()
    thread.join()
    broker.close()
