#!/usr/bin/env python3
"""Plots the curves of a training run from the metrics file that ebm-train writes.

    plot_training.py METRICS.csv PICTURE.png
"""

import csv
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot, ticker  # noqa: E402

# Per panel: title, unit, and curves as (column of the file, name).
PANELS = [
    ("Classification error", "% of rows", [("train_error", "training"), ("validation_error", "validation")]),
    (
        "Cross entropy",
        "nats",
        [("train_cross_entropy", "training"), ("validation_cross_entropy", "validation")],
    ),
    (
        "Mean ln p~ (unnormalised)",
        "nats",
        [("train_log_density", "training rows"), ("chain_log_density", "chains")],
    ),
]
COLOURS = ["#1f6f8b", "#d1603d"]


def read_columns(path: str) -> dict[str, list[float]]:
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


def draw_panel(axes, columns, title, unit, curves) -> None:
    scale = 100 if unit.startswith("%") else 1
    for (column, name), colour in zip(curves, COLOURS):
        axes.plot(columns["epoch"], [scale * value for value in columns[column]], label=name, color=colour)
    best = max(epoch for epoch, is_best in zip(columns["epoch"], columns["best"]) if is_best)
    axes.axvline(best, color="0.6", linestyle=":", label=f"kept: epoch {best:.0f}")
    axes.set(title=title, xlabel="epoch", ylabel=unit)
    axes.xaxis.set_major_locator(ticker.MaxNLocator(integer=True))
    axes.grid(color="0.92")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)


def main(metrics: str, picture: str) -> None:
    columns = read_columns(metrics)
    figure, panels = pyplot.subplots(1, len(PANELS), figsize=(14, 4), layout="constrained")
    for axes, panel in zip(panels, PANELS):
        draw_panel(axes, columns, *panel)
    panels[0].set_ylim(bottom=0)
    panels[1].set_ylim(bottom=0)
    figure.savefig(picture, dpi=110)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
