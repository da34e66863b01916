"""Runs a role that is an HTTP server, with its metrics and health."""

from ops.http.server import Server
from ops.monitoring import readiness
from ops.monitoring.liveness import Heartbeats
from ops.monitoring.monitor import in_process, serving
from storage.resources import Resources


def run(role: str, server: Server, resources: Resources) -> None:
    """Runs the server until SIGTERM or SIGINT. Raises `PortError` if the port of its metrics is taken."""
    beats = Heartbeats()
    server.beside = beats.of_event_loop
    checks = readiness.of(resources) | readiness.listening(lambda: server.listens)
    with serving(in_process(role, resources.settings, checks, beats)):
        server.run()
