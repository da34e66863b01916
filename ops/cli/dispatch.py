"""`casemail dispatch`: the dispatcher; one of several exports the figures of the cluster."""

import signal
from threading import Event
from types import FrameType

import typer

from ops.hard_stop import arm
from ops.kafka import make_broker
from ops.monitoring import readiness
from ops.monitoring.liveness import Heartbeats
from ops.monitoring.monitor import in_process, serving
from ops.startup import begin
from schemas.settings import load
from storage.resources import open_resources
from workers import runner
from workers.dispatcher import Dispatcher
from workers.exporter import ClusterCollector

app = typer.Typer()


@app.command("dispatch")
def dispatch() -> None:
    """Runs until SIGTERM or SIGINT."""
    settings = load()
    begin(settings, kafka=True)
    resources, broker, beats = open_resources(settings), make_broker(settings), Heartbeats()
    runner.declare(broker, lambda: resources)
    stop = Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        arm()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    checks = readiness.of(resources) | readiness.topics(settings)
    cluster = ClusterCollector(resources, broker)
    with serving(in_process("dispatch", settings, checks, beats, cluster)):
        cluster.start()
        Dispatcher(resources, broker, beat=lambda: beats.beat("jobs")).run(stop)
        cluster.close()
    broker.close()
