#!/usr/bin/env python3
"""Writes the dashboards as JSON, beside this file. They are checked in; a test compares them.

    .deps/test-tools/bin/python deploy/grafana/generate.py

needs grafana-foundation-sdk, at the version that tests/requirements.txt names.
"""

import json
import pathlib

import engine
import overview
import quality
import rpc
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from panels import build_dashboard

FOLDER = pathlib.Path(__file__).resolve().parent
DASHBOARDS = (overview, rpc, engine, quality)


def make_json(dashboard) -> str:
    """The text of a dashboard's file. The identity that Grafana gives a stored dashboard is left to Grafana."""
    built = build_dashboard(
        dashboard.TITLE, dashboard.DESCRIPTION, dashboard.UID, dashboard.ROWS, dashboard.WITH_MODELS
    )
    return json.dumps(json.loads(JSONEncoder().encode(built)) | {"id": None}, indent=1, sort_keys=True) + "\n"


def files() -> dict[pathlib.Path, str]:
    """The text of every dashboard, by its file."""
    return {FOLDER / f"{dashboard.UID}.json": make_json(dashboard) for dashboard in DASHBOARDS}


if __name__ == "__main__":
    for file, text in files().items():
        file.write_text(text)
