"""What a dashboard says: rows of panels, each with queries, a unit and limits."""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """How a panel shows its series."""

    STAT = "stat"  # the newest value, large
    GRAPH = "graph"  # lines over time
    BARS = "bars"  # the newest value of each series as a bar
    TABLE = "table"  # the newest value of each series as a row


class Unit(StrEnum):
    """Grafana's ids of units: packages/grafana-data/src/valueFormats/categories.ts."""

    NUMBER = "short"
    SECONDS = "s"
    BYTES = "bytes"
    SHARE = "percentunit"
    PER_SECOND = "cps"
    STATE = "none"


class Query(NamedTuple):
    """An expression in PromQL, and the name of its series, in which `{{label}}` is the value of a label."""

    expr: str
    legend: str = ""


class Limits(NamedTuple):
    """Values from which a figure is yellow and red; with `below`, under which."""

    warn: float
    bad: float
    below: bool = False


#: For figures of which one is too many.
MUST_BE_ZERO = Limits(1, 1)


class Panel(NamedTuple):
    """A panel. `shows` says what it shows and what to do; 24 units of `width` are a row.

    A click on a series leads to the board with the uid `leads_to`; a query such as `?var-stage=...` may follow.
    """

    kind: Kind
    title: str
    unit: Unit
    shows: str
    queries: tuple[Query, ...]
    limits: Limits | None = None
    width: int = 8
    leads_to: str = ""
    stacked: bool = False


class Text(NamedTuple):
    """A panel of Markdown; variables are filled in."""

    title: str
    text: str
    width: int = 24
    height: int = 5


class Row(NamedTuple):
    """A row of panels under a heading."""

    title: str
    panels: tuple[Panel | Text, ...]


class Choice(NamedTuple):
    """A variable that a person chooses: a value of `label` of `metric`. With `many`, several, and at first all."""

    name: str
    title: str
    metric: str
    label: str
    many: bool = True


class Field(NamedTuple):
    """A variable that a person writes."""

    name: str
    title: str
    default: str = ""


class Board(NamedTuple):
    """A dashboard; its address in Grafana is `/d/` and `uid`."""

    uid: str
    title: str
    shows: str
    rows: tuple[Row, ...]
    variables: tuple[Choice | Field, ...] = ()


def quantiles(histogram: str, matching: str = "", shares: tuple[float, ...] = (0.5, 0.95, 0.99)) -> tuple[Query, ...]:
    """Returns a query for each share of the events of a histogram: the time within which that share ended."""
    by_bound = f"sum by (le) (rate({histogram}_bucket{matching}[$__rate_interval]))"
    return tuple(Query(f"histogram_quantile({share}, {by_bound})", f"{share:.0%}") for share in shares)


def quantile_by(label: str, histogram: str, matching: str = "", share: float = 0.95) -> tuple[Query, ...]:
    """Returns a query with the time within which a share of the events ended, for each value of a label."""
    by_label = f"sum by (le, {label}) (rate({histogram}_bucket{matching}[$__rate_interval]))"
    return (Query(f"histogram_quantile({share}, {by_label})", f"{{{{{label}}}}}"),)


def rate_by(label: str, counter: str, matching: str = "") -> tuple[Query, ...]:
    """Returns a query with the events a second, for each value of a label."""
    return (Query(f"sum by ({label}) (rate({counter}{matching}[$__rate_interval]))", f"{{{{{label}}}}}"),)


def number_by(label: str, counter: str, matching: str = "", most: int = 10) -> tuple[Query, ...]:
    """Returns a query with the number of events in the time that the board shows, for the `most` frequent values."""
    return (Query(f"topk({most}, sum by ({label}) (increase({counter}{matching}[$__range])))", f"{{{{{label}}}}}"),)


def of_label(uid: str, variable: str, label: str) -> str:
    """Returns where a click leads: to a board on which a variable has the value of a label of the series."""
    return f"{uid}?var-{variable}=${{__field.labels.{label}}}"
