"""Makes Grafana's JSON of a board, with the Grafana Foundation SDK."""

import json
from collections.abc import Callable
from typing import Any

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, table, text, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as looks
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from grafana_foundation_sdk.models.text import TextMode

from ops.grafana.model import Board, Choice, Field, Kind, Limits, Panel, Text

#: The tag by which the boards find each other.
TAG = "casemail"
_DATA = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
_HEIGHTS = {Kind.STAT: 4, Kind.GRAPH: 8, Kind.BARS: 8, Kind.TABLE: 8}
#: Both for five minutes: after a role began to run with another version, and after a process started.
_DEPLOYED = (
    "count by (role, version) (casemail_build_info)"
    " unless on (role, version) count by (role, version) (casemail_build_info offset 5m)"
)
_RESTARTED = 'max by (job, instance) (time() - process_start_time_seconds{job=~"casemail.*"}) < 300'


class _Annotation(models.AnnotationQuery):
    """An annotation with a title, which the SDK's model lacks."""

    def __init__(self, name: str, expr: str, color: str, title: str, *, enable: bool) -> None:
        super().__init__(name=name, datasource=_DATA, enable=enable, icon_color=color, expr=expr)
        self._title = title

    def to_json(self) -> dict[str, object]:
        return super().to_json() | {"titleFormat": self._title}


#: What is marked in all graphs: deployments, and restarts if a person switches them on.
_ANNOTATIONS = (
    _Annotation("New version", _DEPLOYED, "blue", "{{role}}: version {{version}}", enable=True),
    _Annotation("Restart", _RESTARTED, "orange", "{{job}} at {{instance}} started", enable=False),
)


def render(board: Board) -> str:
    """Returns the board as JSON."""
    made = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.shows)
        .tags([TAG])
        .timezone("browser")
        .refresh("30s")
        .time("now-3h", "now")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(
            dashboard.DashboardLink("casemail")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .as_dropdown(True)
            .include_vars(True)
            .keep_time(True)
        )
        .with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
    )
    for variable in board.variables:
        made.with_variable(_choice(variable) if isinstance(variable, Choice) else _field(variable))
    for row in board.rows:
        made.with_row(dashboard.Row(row.title))
        for panel in row.panels:
            made.with_panel(_text(panel) if isinstance(panel, Text) else _panel(panel))
    built = made.build()
    built.annotations.list_val = list(_ANNOTATIONS)
    for number, each in enumerate(built.panels or (), start=1):
        each.id_val = number
    return json.dumps(built, cls=JSONEncoder, indent=1, ensure_ascii=False) + "\n"


def _choice(variable: Choice) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(variable.name)
        .label(variable.title)
        .datasource(_DATA)
        .query({"query": f"label_values({variable.metric}, {variable.label})", "refId": variable.name})
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(variable.many)
        .include_all(variable.many)
        .all_value(".*")
        .current(models.VariableOption(text="All", value="$__all"))
    )


def _field(variable: Field) -> dashboard.TextBoxVariable:
    return dashboard.TextBoxVariable(variable.name).label(variable.title).default_value(variable.default)


def _text(panel: Text) -> text.Panel:
    made = text.Panel().title(panel.title).span(panel.width).height(panel.height)
    return made.mode(TextMode.MARKDOWN).content(panel.text)


def _panel(panel: Panel) -> Any:
    made = _KINDS[panel.kind](panel)
    made.title(panel.title).description(panel.shows).datasource(_DATA).unit(str(panel.unit))
    made.span(panel.width).height(_HEIGHTS[panel.kind]).thresholds(thresholds(panel.limits))
    for number, query in enumerate(panel.queries):
        asked = prometheus.Dataquery().expr(query.expr).legend_format(query.legend).ref_id(chr(ord("A") + number))
        asked = asked.range() if panel.kind in {Kind.GRAPH, Kind.STAT} else asked.instant()
        made.with_target(asked.format(PromQueryFormat.TABLE) if panel.kind is Kind.TABLE else asked)
    if panel.leads_to:
        more = "&" if "?" in panel.leads_to else "?${__all_variables}&"
        url = f"/d/{panel.leads_to}{more}${{__url_time_range}}"
        made.data_links([dashboard.DashboardLink("Look closer").url(url)])
    return made


def thresholds(limits: Limits | None) -> dashboard.ThresholdsConfig:
    """Colours: from green over yellow to red as a figure grows; the other way round with `below`."""
    steps: list[tuple[float | None, str]] = [(None, "green")]
    if limits is not None:
        middle = [] if limits.warn == limits.bad else ["yellow"]
        values, colors = sorted({limits.warn, limits.bad}), ["green", *middle, "red"]
        steps = list(zip([None, *values], reversed(colors) if limits.below else colors, strict=True))
    return dashboard.ThresholdsConfig().steps([models.Threshold(value=value, color=color) for value, color in steps])


def _stat(panel: Panel) -> stat.Panel:
    colored = looks.BigValueColorMode.BACKGROUND if panel.limits else looks.BigValueColorMode.NONE
    return stat.Panel().color_mode(colored).graph_mode(looks.BigValueGraphMode.AREA).reduce_options(_newest())


def _graph(panel: Panel) -> timeseries.Panel:
    made = timeseries.Panel().fill_opacity(25 if panel.stacked else 8).line_width(1).axis_soft_min(0)
    made.show_points(looks.VisibilityMode.NEVER)
    made.legend(common.VizLegendOptions().display_mode(looks.LegendDisplayMode.LIST).show_legend(True))
    made.tooltip(common.VizTooltipOptions().mode(looks.TooltipDisplayMode.MULTI).sort(looks.SortOrder.DESCENDING))
    if panel.stacked:
        made.stacking(common.StackingConfig().mode(looks.StackingMode.NORMAL))
    if panel.limits is not None:
        made.thresholds_style(common.GraphThresholdsStyleConfig().mode(looks.GraphThresholdsStyleMode.DASHED))
    return made


def _bars(_panel: Panel) -> bargauge.Panel:
    made = bargauge.Panel().orientation(looks.VizOrientation.HORIZONTAL).reduce_options(_newest())
    return made.display_mode(looks.BarGaugeDisplayMode.BASIC).min(0)


def _table(_panel: Panel) -> table.Panel:
    hidden = {"excludeByName": {"Time": True, "Value": True}}
    return table.Panel().with_transformation(models.DataTransformerConfig(id_val="organize", options=hidden))


def _newest() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"])


_KINDS: dict[Kind, Callable[[Panel], Any]] = {
    Kind.STAT: _stat,
    Kind.GRAPH: _graph,
    Kind.BARS: _bars,
    Kind.TABLE: _table,
}
