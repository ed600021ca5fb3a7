#!/usr/bin/env python3
"""Plots reports of `ebm-load --json`: latency by percentile, one line per kind of request.

    .deps/pictures/bin/python tests/bench/draw_load.py PICTURE.png REPORT.json...

Several reports (of several servers, or rates) are plotted side by side with the same scale.
"""

import json
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

PERCENTILES = {"p50": 50, "p90": 90, "p99": 99, "p999": 99.9}
COLOURS = {"classify": "#1f6f8b", "score": "#7a9e3a", "sample": "#d1603d"}


def draw(axes, title, report):
    places = range(len(PERCENTILES))
    for kind, colour in COLOURS.items():
        if kind not in report:
            continue
        latency = report[kind]["latency_seconds"]
        axes.plot(places, [1000 * latency[name] for name in PERCENTILES], color=colour, marker="o", label=kind)
        if first := report[kind].get("first_frame_seconds"):
            values = [1000 * first[name] for name in PERCENTILES]
            axes.plot(places, values, color=colour, marker="o", linestyle=":", label=f"{kind}, first frame")
    axes.set_title(f"{title}: {report['requests_per_second']:.0f} requests/s")
    axes.set_xticks(places, [f"{value:g} %" for value in PERCENTILES.values()])
    axes.set_xlabel("share of requests with at most this latency")
    axes.set_yscale("log")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)


def main(picture, *reports):
    figure, all_axes = plt.subplots(1, len(reports), figsize=(5 * len(reports), 4), sharey=True, squeeze=False)
    for axes, file in zip(all_axes[0], map(pathlib.Path, reports)):
        draw(axes, file.stem, json.loads(file.read_text()))
    all_axes[0][0].set_ylabel("ms")
    figure.tight_layout()
    figure.savefig(picture, dpi=100)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
