"""A real Prometheus with our alerts. Needs Debian's package (ops/packages.sh)."""

import json
import signal
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

from ops.embedded import ServerProcess, free_port

PROGRAM, PROMTOOL = "/usr/bin/prometheus", "/usr/bin/promtool"
AMTOOL = "/usr/bin/amtool"
_ROOT = Path(__file__).parents[2]
ALERTS = _ROOT / "ops" / "prometheus" / "alerts.yml"
SLO = _ROOT / "ops" / "prometheus" / "slo.yml"
ALERTMANAGER_CONFIG = _ROOT / "ops" / "prometheus" / "alertmanager.yml"
DASHBOARD = _ROOT / "ops" / "grafana" / "dashboard.json"
RUNBOOK = _ROOT / "docs" / "operate" / "runbook.md"


def _answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/-/ready", timeout=60) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


class Prometheus:
    """Scrapes `targets`, a host and port by the name of its job, every second between entry and exit."""

    def __init__(self, folder: Path, targets: Mapping[str, str]) -> None:
        self._process = ServerProcess("prometheus", folder, stop_signal=signal.SIGTERM)
        self._targets = targets
        self._url = f"http://127.0.0.1:{free_port()}"

    def ask(self, path: str, **values: str) -> Any:
        """Asks the API of Prometheus; returns the data of the answer."""
        with urlopen(f"{self._url}/api/v1/{path}?{urlencode(values)}", timeout=60) as response:
            return json.load(response)["data"]

    def __enter__(self) -> Self:
        self._process.lock_folder()
        folder = self._process.folder
        jobs = [{"job_name": job, "static_configs": [{"targets": [target]}]} for job, target in self._targets.items()]
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(ALERTS), str(SLO)],
            "scrape_configs": jobs,
        }
        (folder / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
        options = {
            "config.file": folder / "prometheus.yml",
            "storage.tsdb.path": folder / "data",
            "web.listen-address": self._url.removeprefix("http://"),
        }
        self._process.spawn([PROGRAM, *(f"--{name}={value}" for name, value in options.items())], env={})
        self._process.wait_until(lambda: _answers(self._url), seconds=60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.stop()
