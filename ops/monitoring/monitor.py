"""Serves `/metrics`, `/livez` and `/readyz` of a role, each request in a thread."""

import json
import socket
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from socketserver import ThreadingMixIn
from threading import Event, Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.registry import Collector

from ops.monitoring.collectors import BuildCollector, HeartbeatCollector, OwnCollector, ProcessCollector
from ops.monitoring.errors import PortError
from ops.monitoring.liveness import Ages, Heartbeats
from ops.monitoring.readiness import Check, Readiness
from schemas.settings import Settings

#: Seconds for which a port may still be taken by the process that ran before.
BIND_SECONDS = 5.0
#: Seconds that a client may take to send its request.
CLIENT_SECONDS = 10


@dataclass(frozen=True)
class Monitor:
    """What a role shows: its metrics, what it needs, and the signs of life of its parts. `stopping`: it stops soon."""

    role: str
    settings: Settings
    checks: Mapping[str, Check]
    ages: Ages
    collectors: Sequence[Collector]
    stopping: Event = field(default_factory=Event)

    def readyz(self, readiness: Readiness) -> tuple[bool, dict[str, Any]]:
        """Returns whether the role is ready, and for each need whether it is met, and if not why."""
        results = readiness.results()
        shown: dict[str, Any] = {
            name: {"ready": result.ready} | ({"reason": result.reason} if result.reason else {})
            for name, result in results.items()
        }
        if self.stopping.is_set():
            shown["role"] = {"ready": False, "reason": "it is stopping"}
        ready = all(each["ready"] for each in shown.values())
        return ready, {"role": self.role, "ready": ready, "needs": shown}

    def livez(self) -> tuple[bool, dict[str, Any]]:
        """Returns whether no part of the role is stuck, and for each part the age of its last sign of life."""
        ages = self.ages()
        most = self.settings.metrics.stuck_seconds
        stuck = sorted(part for part, age in ages.items() if age > most)
        # a process that stops closes its consumers long before its last task has ended
        alive = not stuck or self.stopping.is_set()
        return alive, {
            "role": self.role,
            "alive": alive,
            "stuck": stuck,
            "seconds since a sign of life": {part: round(age, 1) for part, age in ages.items()},
        }


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 32


class _Handler(WSGIRequestHandler):
    timeout = CLIENT_SECONDS

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002  # the name is Python's
        """Logs nothing: there is a request every few seconds."""


def serve(monitor: Monitor) -> WSGIServer | None:
    """Returns a server that answers in threads until its `shutdown`; None if the role's port is 0.

    Raises `PortError` if the port stays taken for `BIND_SECONDS`.
    """
    host, port = monitor.settings.metrics.host, monitor.settings.metrics.port(monitor.role)
    if not port:
        return None
    server = _bound(monitor, host, port)
    server.set_app(_application(monitor))
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server


@contextmanager
def serving(monitor: Monitor) -> Iterator[None]:
    """Serves inside the block."""
    server = serve(monitor)
    try:
        yield
    finally:
        if server is not None:
            server.shutdown()
            server.server_close()


def in_process(
    role: str, settings: Settings, checks: Mapping[str, Check], beats: Heartbeats, *more: Collector
) -> Monitor:
    """Returns the monitor of a role that is one process."""
    own = (OwnCollector(), ProcessCollector(), BuildCollector(role), HeartbeatCollector(beats.ages))
    return Monitor(role, settings, checks, beats.ages, (*own, *more))


def check_port(settings: Settings, role: str) -> None:
    """Raises `PortError` if the port of a role can't be used now; for a role whose server is another process."""
    if port := settings.metrics.port(role):
        _bound(Monitor(role, settings, {}, dict, ()), settings.metrics.host, port).server_close()


def _bound(monitor: Monitor, host: str, port: int) -> WSGIServer:
    until = time.monotonic() + BIND_SECONDS
    while True:
        try:
            family, *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            kind = type("Server", (_Server,), {"address_family": family})
            made: WSGIServer = kind((host, port), _Handler)
        except OSError as error:
            if time.monotonic() > until:
                setting = monitor.settings.metrics.variable(f"{monitor.role}_port")
                raise PortError(
                    f"/metrics of {monitor.role} can't be served at {host}, port {port}: {error.strerror or error}. "
                    f"Give this process another {setting}, or 0 to serve none."
                ) from error
            time.sleep(0.1)
        else:
            return made


def _application(monitor: Monitor) -> Any:
    registry = CollectorRegistry()
    for collector in monitor.collectors:
        registry.register(collector)
    metrics = make_wsgi_app(registry)
    readiness = Readiness(monitor.checks)

    def application(request: WSGIEnvironment, respond: StartResponse) -> Iterable[bytes]:
        match request["PATH_INFO"]:
            case "/metrics":
                shown: Iterable[bytes] = metrics(request, respond)
                return shown
            case "/livez":
                well, page = monitor.livez()
            case "/readyz":
                well, page = monitor.readyz(readiness)
            case _:
                respond("404 Not Found", [("Content-Type", "text/plain")])
                return [b"there are /metrics, /livez and /readyz\n"]
        respond("200 OK" if well else "503 Service Unavailable", [("Content-Type", "application/json")])
        return [json.dumps(page, indent=2).encode() + b"\n"]

    return application
