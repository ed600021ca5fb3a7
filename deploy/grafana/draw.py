#!/usr/bin/env python3
"""Draws every panel of the dashboards from Prometheus' answers, one SVG per dashboard.

    draw.py --prometheus=HOST:PORT --seconds=N --output=DIR

draws the last N seconds. Needs matplotlib (deploy/requirements-pictures.txt).
"""

import argparse
import math
import pathlib
import time

import answers
import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot, ticker  # noqa: E402

COLUMNS = 3
COLOURS = ["#1f6f8b", "#d1603d", "#5b8c5a", "#8a5a9e", "#c9a227", "#7d7d7d", "#3f4f9e", "#a8496b"]
UNITS = {
    "percentunit": ("%", 100), "reqps": ("calls/s", 1), "rowsps": ("rows/s", 1), "mps": ("messages/s", 1),
    "ops": ("steps/s", 1), "cps": ("per second", 1), "bytes": ("MB", 1e-6), "short": ("", 1), "none": ("", 1),
}  # fmt: skip
MOST_NAMES = 6
STEP_SECONDS = 2


def unit_of(panel: dict, values: list[float]) -> tuple[str, float]:
    """The unit's name and the factor from Prometheus' value to it."""
    unit = panel["fieldConfig"]["defaults"]["unit"]
    if unit == "s":
        return ("ms", 1000) if values and max(values) < 1 else ("s", 1)
    return UNITS[unit]


def draw_heatmap(axes, series: list[answers.Series], start: float) -> None:
    """Each bucket's own rate, from the cumulative ones. Buckets without any stay white."""
    columns = sorted({time for one in series for time in one.times})
    cumulated = [[dict(zip(one.times, one.values)).get(time, 0.0) for time in columns] for one in series]
    counts = [
        [max(0.0, upper - lower) for upper, lower in zip(row, cumulated[index - 1])] if index else row
        for index, row in enumerate(cumulated)
    ]
    counts = [[count or float("nan") for count in row] for row in counts]
    times = [time - start for time in columns]
    axes.pcolormesh(times, range(len(counts)), counts, cmap="YlGnBu", shading="nearest", rasterized=True)
    bounds = [one.labels["le"] for one in series]
    shown = range(0, len(bounds), 1 + len(bounds) // 8)
    axes.set_yticks(list(shown), [bounds[index] for index in shown])


def draw_table(axes, series: list[answers.Series]) -> None:
    """The latest labels as a table."""
    columns = [name for name in ("model", "version", "family", "data", "recipe") if series]
    rows = sorted({tuple(one.labels.get(name, "") for name in columns) for one in series})
    axes.axis("off")
    table = axes.table(rows, colLabels=columns, loc="center", cellLoc="left", edges="horizontal")
    table.auto_set_font_size(False)
    table.set_fontsize(7)
    table.scale(1, 1.4)


def draw_number(axes, series: list[answers.Series], factor: float, unit: str) -> None:
    """The latest value of each series, as the dashboard shows it."""
    axes.axis("off")
    shown = [one for one in series if one.name] or series
    for index, one in enumerate(shown[-3:]):
        height = 0.5 + 0.3 * ((len(shown[-3:]) - 1) / 2 - index)
        text = f"{one.values[-1] * factor:.4g} {unit}".strip()
        axes.text(0.5, height, text, ha="center", va="center", fontsize=16, color=COLOURS[0])
        axes.text(0.5, height - 0.14, one.name, ha="center", va="center", fontsize=7, color="0.4")


def draw_legend(axes) -> None:
    """The first names, above the lines."""
    handles, names = axes.get_legend_handles_labels()
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * 1.25)
    axes.legend(
        handles[:MOST_NAMES], names[:MOST_NAMES], frameon=False, fontsize=6, loc="upper left", ncols=2,
        handlelength=1, labelspacing=0.2, columnspacing=0.8,
    )  # fmt: skip


def draw_lines(axes, series: list[answers.Series], start: float, factor: float, stacked: bool) -> None:
    """Of stacked series only those that are not 0 all the time, unless all are."""
    moving = [one for one in series if any(answers.numbers([one]))]
    series = moving if stacked and moving else series
    times = sorted({time for one in series for time in one.times})
    seconds = [time - start for time in times]
    values = [[factor * dict(zip(one.times, one.values)).get(time, math.nan) for time in times] for one in series]
    if stacked:
        filled = [[0 if math.isnan(value) else value for value in row] for row in values]
        axes.stackplot(seconds, filled, labels=[one.name for one in series], colors=COLOURS, alpha=0.7)
    else:
        for index, (one, row) in enumerate(zip(series, values)):
            axes.plot(seconds, row, label=one.name, color=COLOURS[index % len(COLOURS)], linewidth=1.1)
    axes.set_ylim(0, None if moving else 1)
    axes.yaxis.set_major_locator(ticker.MaxNLocator(5))
    draw_legend(axes)


def draw_panel(axes, panel: dict, address: str, span: answers.Span) -> None:
    found = [one for target in panel["targets"] for one in answers.evaluate(address, target, span)]
    seen = [one for one in found if answers.numbers([one])]
    unit, factor = unit_of(panel, answers.numbers(seen))
    axes.set_title(panel["title"] + (f"  [{unit}]" if unit else ""), fontsize=8, loc="left")
    axes.tick_params(labelsize=6)
    axes.spines[["top", "right"]].set_visible(False)
    if panel["type"] == "stat":
        draw_number(axes, found, factor, unit)
    elif panel["type"] == "table":
        draw_table(axes, found)
    else:
        axes.set_xlim(0, span.end - span.start)
        if panel["type"] == "heatmap":
            draw_heatmap(axes, found, span.start)
        else:
            stacking = panel["fieldConfig"]["defaults"].get("custom", {}).get("stacking", {})
            draw_lines(axes, seen, span.start, factor, stacking.get("mode") == "normal")


def draw_dashboard(dashboard: dict, address: str, span: answers.Span, file: pathlib.Path) -> None:
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "ebm", "font.family": "sans-serif"})
    drawn = answers.panels(dashboard)
    rows = -(-len(drawn) // COLUMNS)
    figure, axes = pyplot.subplots(rows, COLUMNS, figsize=(12, 2.1 * rows), layout="constrained", squeeze=False)
    for place, panel in zip(axes.flat, drawn):
        draw_panel(place, panel, address, span)
    for place in axes.flat[len(drawn) :]:
        place.axis("off")
    figure.supxlabel("seconds", fontsize=8)
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)


def draw_all(address: str, span: answers.Span, folder: pathlib.Path) -> None:
    for name, dashboard in answers.dashboards().items():
        draw_dashboard(dashboard, address, span, folder / name.replace(".json", ".svg"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--prometheus", metavar="HOST:PORT", required=True)
    parser.add_argument("--seconds", metavar="N", type=float, required=True, help="how far back")
    parser.add_argument("--output", metavar="DIR", type=pathlib.Path, required=True)
    given = parser.parse_args()
    given.output.mkdir(parents=True, exist_ok=True)
    end = time.time()
    draw_all(given.prometheus, answers.Span(end - given.seconds, end, step=STEP_SECONDS), given.output)


if __name__ == "__main__":
    main()
