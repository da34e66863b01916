"""A real Prometheus with our alerts, and a real Alertmanager. They need Debian's packages (ops/packages.sh)."""

import json
import re
import signal
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import yaml

from ops.embedded import ServerProcess, free_port

PROGRAM, PROMTOOL = "/usr/bin/prometheus", "/usr/bin/promtool"
ALERTMANAGER, AMTOOL = "/usr/bin/prometheus-alertmanager", "/usr/bin/amtool"
_ROOT = Path(__file__).parents[2]
ALERTS = _ROOT / "ops" / "prometheus" / "alerts.yml"
SLO = _ROOT / "ops" / "prometheus" / "slo.yml"
ALERTMANAGER_CONFIG = _ROOT / "ops" / "prometheus" / "alertmanager.yml"
RUNBOOK = _ROOT / "docs" / "operate" / "runbook.md"

#: The shortest window and the lowest age in seconds: a window must have some scrapes in it, and no mail may become as
#: old on a busy machine.
_SHORTEST, _YOUNGEST = 8, 30
#: By how much ages are lower than windows are shorter.
_AGES = 4
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_DURATION = re.compile(r"(?<=[\[ ])(\d+)([smhd])(?=[\]\s)]|$)", re.MULTILINE)
_AGE = re.compile(r"(_seconds(?:\{[^}]*\})? > )(\d+)")


def faster(rules: str, times: int) -> str:
    """Returns rules in which windows and waits are shorter by this factor, and ages lower, down to bounds."""

    def shorter(found: re.Match[str]) -> str:
        return f"{max(_SHORTEST, int(found[1]) * _SECONDS[found[2]] // times)}s"

    def younger(found: re.Match[str]) -> str:
        return f"{found[1]}{max(_YOUNGEST, int(found[2]) // (times * _AGES))}"

    return _AGE.sub(younger, _DURATION.sub(shorter, rules))


def _answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/-/ready", timeout=60) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


class _Program:
    """One of the programs of Prometheus, between entry and exit."""

    def __init__(self, name: str, program: str, folder: Path) -> None:
        self._process = ServerProcess(name, folder, stop_signal=signal.SIGTERM)
        self._program = program
        self.url = f"http://127.0.0.1:{free_port()}"
        self.folder = folder

    def _options(self) -> dict[str, object]:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._process.lock_folder()
        options = {"web.listen-address": self.url.removeprefix("http://")} | self._options()
        self._process.spawn([self._program, *(f"--{name}={value}" for name, value in options.items())], env={})
        self._process.wait_until(lambda: _answers(self.url), seconds=60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.stop()


class Prometheus(_Program):
    """Scrapes `targets`, a host and port by the name of its job, every `seconds`.

    `times`: the rules are faster by this factor. `alertmanager`: the host and port that alerts are sent to.
    """

    def __init__(
        self, folder: Path, targets: Mapping[str, str], *, seconds: int = 1, times: int = 1, alertmanager: str = ""
    ) -> None:
        super().__init__("prometheus", PROGRAM, folder)
        self._targets, self._seconds, self._times, self._alertmanager = targets, seconds, times, alertmanager

    def ask(self, path: str, **values: str) -> Any:
        """Asks the API of Prometheus; returns the data of the answer."""
        with urlopen(f"{self.url}/api/v1/{path}?{urlencode(values)}", timeout=60) as response:
            return json.load(response)["data"]

    def firing(self) -> list[dict[str, str]]:
        """Returns the labels of the alerts that fire, with their names as `alertname`."""
        return [alert["labels"] for alert in self.ask("alerts")["alerts"] if alert["state"] == "firing"]

    def _options(self) -> dict[str, object]:
        files = []
        for rules in (ALERTS, SLO):
            files.append(self.folder / rules.name)
            files[-1].write_text(rules.read_text() if self._times == 1 else faster(rules.read_text(), self._times))
        pace = f"{self._seconds}s"
        config: dict[str, Any] = {
            "global": {"scrape_interval": pace, "scrape_timeout": pace, "evaluation_interval": pace},
            "rule_files": [str(file) for file in files],
            "scrape_configs": [
                {"job_name": job, "static_configs": [{"targets": [target]}]} for job, target in self._targets.items()
            ],
        }
        if self._alertmanager:
            config["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [self._alertmanager]}]}]}
        (self.folder / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
        return {"config.file": self.folder / "prometheus.yml", "storage.tsdb.path": self.folder / "data"}


class Alertmanager(_Program):
    """Groups and inhibits as in our example, with waits shorter by the factor `times`.

    `pages` are the notifications of its receiver `pager`, each with the names of its firing alerts. `incidents` are
    those among them with which a group began to fire: a pager calls people once for a group, and shows the others as
    news of the same incident. `open_groups` are the keys of the groups that fire.
    """

    def __init__(self, folder: Path, *, times: int) -> None:
        super().__init__("alertmanager", ALERTMANAGER, folder)
        self._times = times
        self.pages: list[list[str]] = []
        self.incidents: list[list[str]] = []
        self.open_groups: set[str] = set()
        self._receiver = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._receiver.serve_forever, name="pager")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        pages, incidents, open_groups = self.pages, self.incidents, self.open_groups

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                firing = [alert["labels"]["alertname"] for alert in body["alerts"] if alert["status"] == "firing"]
                if firing:
                    pages.append(firing)
                    if body["groupKey"] not in open_groups:
                        incidents.append(firing)
                    open_groups.add(body["groupKey"])
                else:
                    open_groups.discard(body["groupKey"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Writes nothing."""

        return Handler

    def _options(self) -> dict[str, object]:
        config = yaml.safe_load(faster(ALERTMANAGER_CONFIG.read_text(), self._times))
        url = f"http://127.0.0.1:{self._receiver.server_address[1]}"
        for receiver in config["receivers"]:
            if receiver["name"] == "pager":
                receiver["webhook_configs"] = [{"url": url, "send_resolved": True}]
        (self.folder / "alertmanager.yml").write_text(json.dumps(config))
        return {
            "config.file": self.folder / "alertmanager.yml",
            "storage.path": self.folder / "data",
            "cluster.listen-address": "",
        }

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            return super().__enter__()
        except BaseException:
            self._end_receiver()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._end_receiver()

    def _end_receiver(self) -> None:
        self._receiver.shutdown()
        self._thread.join()
        self._receiver.server_close()
