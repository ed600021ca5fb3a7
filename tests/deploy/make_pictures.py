#!/usr/bin/env python3
"""Draws deploy/grafana/pictures from a server under load, beside Prometheus.

    make_pictures.py CHECKPOINT

takes two minutes. Needs the programs of the release build, and the environments .deps/test-tools (to run this) and
.deps/pictures (to draw).
"""

import pathlib
import subprocess
import sys
import tempfile
import time

import conftest  # noqa: F401  finds the modules
import programs
import story

FACTOR = 60
DRAW = ("deploy/grafana/draw.py", "--output=deploy/grafana/pictures")


def main(checkpoint: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        story.publish(pathlib.Path(checkpoint), folder / "models")
        with programs.Server(None, folder, f"--repository={folder}/models", "--workers=1") as server:
            with story.Prometheus(folder, server.metrics_address, FACTOR) as prometheus:
                told = story.tell(server, prometheus, quiet_seconds=50, drift_seconds=50)
                where = (f"--prometheus={prometheus.address}", f"--seconds={time.time() - told.span.start:.0f}")
                subprocess.run([".deps/pictures/bin/python", *DRAW, *where], cwd=programs.ROOT, check=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
