"""Panels and dashboards in the form that all of ours have, made with grafana-foundation-sdk."""

import dataclasses
import itertools

from grafana_foundation_sdk.builders import common, dashboard, heatmap, prometheus, stat, table, timeseries
from grafana_foundation_sdk.models import common as common_types
from grafana_foundation_sdk.models import dashboard as types
from grafana_foundation_sdk.models import prometheus as queries

# What panels select: servers, their unary calls of models, and models. Each variable may name several values, or all.
SERVERS = 'job=~"$job", instance=~"$instance"'
UNARY = SERVERS + ', grpc_type="unary", grpc_method=~"Classify|Score|ModelInfer"'
MODELS = SERVERS + ', model=~"$model", version=~"$version"'
SOURCE = types.DataSourceRef(type_val="prometheus", uid="${datasource}")
NO_TRAFFIC = "No traffic"
HALF, THIRD, QUARTER = 12, 8, 6  # of the 24 columns of a dashboard


@dataclasses.dataclass
class Query:
    """A query and the name of its series, with labels in {{}}."""

    expression: str
    legend: str


@dataclasses.dataclass
class Panel:
    """A panel. The description says what is measured, by which metric, and what the panel does not show."""

    title: str
    description: str
    unit: str
    queries: list[Query]
    kind: str = "lines"  # or "stacked", "number", "heatmap", "table"
    width: int = HALF
    highest: float | None = None


def rate(metric: str, selector: str, by: str) -> str:
    return f"sum by ({by}) (rate({metric}{{{selector}}}[$__rate_interval]))"


def share(part: str, whole: str) -> str:
    """A ratio that has no value, rather than NaN, while there is no traffic."""
    return f"{part} / ({whole} > 0)"


def mean(metric: str, selector: str, by: str) -> str:
    return share(rate(f"{metric}_sum", selector, by), rate(f"{metric}_count", selector, by))


def quantiles(metric: str, selector: str, by: str, name: str, wanted=(0.5, 0.95, 0.99)) -> list[Query]:
    buckets = rate(f"{metric}_bucket", selector, f"{by}, le")
    return [Query(f"histogram_quantile({q}, {buckets})", f"p{100 * q:g} {name}") for q in wanted]


def build_query(query: Query, panel: Panel, number: int) -> prometheus.Dataquery:
    built = prometheus.Dataquery().ref_id(chr(ord("A") + number)).datasource(SOURCE).expr(query.expression)
    built = built.legend_format(query.legend)
    if panel.kind == "heatmap":
        built = built.format(queries.PromQueryFormat.HEATMAP)
    if panel.kind == "table":
        return built.format(queries.PromQueryFormat.TABLE).instant()
    return built.instant() if panel.kind == "number" else built.range()


def no_traffic_for_nan() -> types.ValueMapping:
    """A quantile of a histogram in which nothing was observed is NaN."""
    result = types.ValueMappingResult(text=NO_TRAFFIC)
    options = types.DashboardSpecialValueMapOptions(match=types.SpecialValueMatch.NA_N, result=result)
    return types.SpecialValueMap(options=options)


def styled(panel: Panel):
    """The builder for the panel's kind."""
    if panel.kind == "number":
        latest = common.ReduceDataOptions().calcs(["lastNotNull"])
        built = stat.Panel().graph_mode(common_types.BigValueGraphMode.NONE).reduce_options(latest)
        return built.text_mode(common_types.BigValueTextMode.VALUE_AND_NAME)
    if panel.kind == "heatmap":
        return heatmap.Panel().filter_values(heatmap_floor()).y_axis(heatmap.YAxisConfig().unit(panel.unit))
    if panel.kind == "table":
        return table.Panel()
    built = timeseries.Panel().line_width(1).fill_opacity(40 if panel.kind == "stacked" else 8).min(0)
    if panel.kind == "stacked":
        built = built.stacking(common.StackingConfig().mode(common_types.StackingMode.NORMAL))
    built = built.legend(legend_below())
    return built.tooltip(common.VizTooltipOptions().mode(common_types.TooltipDisplayMode.MULTI))


def legend_below() -> common.VizLegendOptions:
    legend = common.VizLegendOptions().display_mode(common_types.LegendDisplayMode.TABLE).show_legend(True)
    return legend.placement(common_types.LegendPlacement.BOTTOM).calcs(["mean", "max", "lastNotNull"])


def heatmap_floor() -> heatmap.FilterValueRange:
    """Cells in which nothing was observed stay empty."""
    return heatmap.FilterValueRange().le(1e-9)


def build_panel(panel: Panel, number: int):
    built = styled(panel).id(number).title(panel.title).description(panel.description).unit(panel.unit)
    built = built.datasource(SOURCE).span(panel.width).height(8 if panel.kind != "number" else 5)
    built = built.mappings([no_traffic_for_nan()]).no_value(NO_TRAFFIC)
    if panel.highest is not None:
        built = built.max(panel.highest)
    for number, query in enumerate(panel.queries):
        built = built.with_target(build_query(query, panel, number))
    return built


def variable(name: str, label: str, query: str) -> dashboard.QueryVariable:
    """One that asks an info metric, which exists also without traffic. It offers several values, and all of them."""
    built = dashboard.QueryVariable(name).label(label).datasource(SOURCE).query(query)
    built = built.refresh(types.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(types.VariableSort.ALPHABETICAL_ASC)
    built = built.current(types.VariableOption(text="All", value="$__all"))
    return built.multi(True).include_all(True).all_value(".+")


def build_dashboard(title: str, description: str, uid: str, rows: dict[str, list[Panel]], with_models: bool):
    """rows: panels by the title of their row."""
    built = dashboard.Dashboard(title).uid(uid).description(description).tags(["ebm-server"]).readonly()
    built = built.refresh("30s").time("now-1h", "now").timezone("browser").tooltip(types.DashboardCursorSync.CROSSHAIR)
    built = built.with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
    built = built.with_variable(variable("job", "Job", "label_values(ebm_build_info, job)"))
    built = built.with_variable(variable("instance", "Server", 'label_values(ebm_build_info{job=~"$job"}, instance)'))
    if with_models:
        info = f"ebm_model_info{{{SERVERS}}}"
        built = built.with_variable(variable("model", "Model", f"label_values({info}, model)"))
        versions = f'label_values(ebm_model_info{{{SERVERS}, model=~"$model"}}, version)'
        built = built.with_variable(variable("version", "Version", versions))
    link = dashboard.DashboardLink("Dashboards of ebm-server").type(types.DashboardLinkType.DASHBOARDS)
    built = built.link(link.tags(["ebm-server"]).as_dropdown(True).keep_time(True).include_vars(True))
    number = itertools.count(1)
    for row, panels in rows.items():
        built = built.with_row(dashboard.Row(row).id(next(number)))
        for panel in panels:
            built = built.with_panel(build_panel(panel, next(number)))
    return built.build()
