"""Notes when which alert fires during a game day."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from tests.chaos.gameday.faults import Labels
from tests.chaos.soak.background import SideBySide
from tests.servers.prometheus import Prometheus

_LOOK_SECONDS = 1.0
#: The labels that say what an alert is about. The job is that of the dispatcher, unless a role is down.
_ABOUT = ("part", "topic", "queue", "cause", "duty", "reason")


@dataclass
class Fired:
    """An alert that fired from `begin` until `end`, in seconds of the epoch."""

    labels: dict[str, str]
    begin: float
    end: float = field(default=0.0)


def name_of(labels: Labels) -> str:
    """Returns the name of an alert with what it is about, in one line."""
    names = ("job",) if labels["alertname"] == "CasemailRoleDown" else _ABOUT
    about = (labels[name] for name in names if name in labels)
    return " ".join([labels["alertname"], *about])


class Alerts(SideBySide):
    """Looks at the firing alerts between entry and exit; `fired` are those found, in their order."""

    def __init__(self, prometheus: Prometheus) -> None:
        super().__init__()
        self.fired: list[Fired] = []
        self._prometheus = prometheus
        self._now: dict[tuple[tuple[str, str], ...], Fired] = {}
        self.work(self._watch)

    def firing(self, labels: Labels, since: float) -> bool:
        """Returns whether an alert with these labels has fired since a time of the epoch."""
        return any(each.end >= since and labels.items() <= each.labels.items() for each in list(self.fired))

    def missing(self, wanted: Sequence[Labels], since: float) -> list[Labels]:
        """Returns those of the wanted alerts that have not fired since then."""
        return [labels for labels in wanted if not self.firing(labels, since)]

    def calling(self) -> set[str]:
        """Returns the critical alerts that fire at present, as `name_of` names them."""
        return {name_of(each.labels) for each in list(self._now.values()) if each.labels["severity"] == "critical"}

    def new(self, begin: float, end: float) -> list[Fired]:
        """Returns the alerts that began to fire between two times."""
        return [each for each in list(self.fired) if begin <= each.begin < end]

    def _watch(self) -> None:
        while not self.over.wait(_LOOK_SECONDS):
            with suppress(OSError):
                self._note(self._prometheus.firing())

    def _note(self, firing: list[dict[str, str]]) -> None:
        at = time.time()
        keys = {tuple(sorted(labels.items())): labels for labels in firing}
        for key, labels in keys.items():
            if key not in self._now:
                self._now[key] = Fired(labels, at)
                self.fired.append(self._now[key])
            self._now[key].end = at
        for key in self._now.keys() - keys.keys():
            del self._now[key]
