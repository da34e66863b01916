"""Asks Prometheus what Grafana would ask for a dashboard."""

import json
import math
import re
import time
from pathlib import Path
from typing import Any, NamedTuple

from tests.servers.prometheus import Prometheus

#: What Grafana fills in: times, and variables at *All*.
_VARIABLES = {"__rate_interval": "1m", "__range": "10m", "tenant": ".*", "stage": ".*", "queue": ".*", "source": ".*"}


class Asked(NamedTuple):
    """A query of a panel, variable or annotation of a board, by the title of what asks it."""

    board: str
    title: str
    query: str


def panels(file: Path) -> list[dict[str, Any]]:
    """Returns the panels of a board that have figures: all but headings and texts."""
    return [panel for panel in json.loads(file.read_text())["panels"] if panel["type"] not in {"row", "text"}]


def queries(file: Path) -> list[Asked]:
    """Returns the queries of all panels and annotations of a board."""
    board = json.loads(file.read_text())
    found = [(panel["title"], target["expr"]) for panel in panels(file) for target in panel["targets"]]
    found += [(annotation["name"], annotation["expr"]) for annotation in board["annotations"]["list"]]
    return [Asked(file.stem, title, query) for title, query in found]


def choices(file: Path) -> list[tuple[str, str]]:
    """Returns metric and label of each variable that a person chooses."""
    variables = json.loads(file.read_text())["templating"]["list"]
    asked = "\n".join(variable["query"]["query"] for variable in variables if variable["type"] == "query")
    return re.findall(r"^label_values\((\w+), (\w+)\)$", asked, re.MULTILINE)


def filled(query: str) -> str:
    """Returns a query with Grafana's variables filled in. Raises KeyError if it has an unknown one."""
    return re.sub(r"\$(\w+)", lambda name: _VARIABLES[name[1]], query)


def has_figures(prometheus: Prometheus, query: str, *, numbers: bool = True) -> bool:
    """Says whether a query has a value in the last hour; a number, unless `numbers` is False."""
    now = time.time()
    span = {"start": str(now - 3600), "end": str(now), "step": "5"}
    found = prometheus.ask("query_range", query=filled(query), **span)["result"]
    values = [float(value) for series in found for _, value in series["values"]]
    return any(math.isfinite(value) for value in values) if numbers else bool(values)
