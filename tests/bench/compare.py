#!/usr/bin/env python3
"""Runs the measurements of compare.sh and prints the table."""

import argparse
import json
import pathlib
import subprocess
import sys

import loops
import servers

ROOT = pathlib.Path(__file__).resolve().parents[2]


def table(rows):
    lines = ["| what | unit | ours | peer | | ratio | range |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        lines.append(
            f"| {row['name']} | {row['unit']} | {row['ours']:.4g} | {row['peer_name']} | {row['peer']:.4g} "
            f"| **{row['ratio']:.2f}** | {row['low']:.2f} to {row['high']:.2f} |"
        )
    return "\n".join(lines)


def machine():
    cpu = subprocess.run(["lscpu"], capture_output=True, text=True).stdout
    names = [line.split(":")[1].strip() for line in cpu.splitlines() if line.startswith(("Model name", "CPU(s)"))]
    return ", ".join(reversed(names)) + " cores"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--out")
    parser.add_argument("--only", choices=["loop", "mixed", "rows"])
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    parts = {"loop": loops.compare, "mixed": servers.compare_mixed, "rows": servers.compare_rows}
    rows = []
    for name, compare in parts.items():
        if arguments.only in (None, name):
            rows += compare(arguments.checkpoint, arguments.repeats)
    print(f"\n{machine()}\n\n{table(rows)}")
    if arguments.out:
        pathlib.Path(arguments.out).write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
