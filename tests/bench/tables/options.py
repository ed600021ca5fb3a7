"""The command line of tests/bench/tables.sh."""

import argparse
import dataclasses
import os
import pathlib
import shlex

ROOT = pathlib.Path(__file__).resolve().parents[3]

DEVELOPMENT = (
    "iris", "wine", "wdbc", "vehicle", "segment", "phoneme", "banana", "vowel", "ionosphere", "pima", "penbased",
    "ring", "twonorm", "sonar", "german", "crx", "titanic", "penguins",
)
VARIANTS = ("penguins_gaps",)  # the rows of another table, and therefore not part of means

QUICK_SEEDS = (0,)
QUICK_MINUTES = 17  # after which nothing new is begun: what runs then still has to end within 20


@dataclasses.dataclass(frozen=True)
class Options:
    tables: tuple[str, ...]
    seeds: tuple[int, ...]
    most_left_out: int  # classes per table that are left out in turn
    train_flags: tuple[str, ...]
    training_seconds: int
    threads: int
    output: pathlib.Path
    programs: pathlib.Path  # the folder of ebm-train and the others
    minutes: float | None  # nothing is begun after so long


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name)


def _seeds(text: str) -> tuple[int, ...]:
    return tuple(int(seed) for seed in _names(text))


def parse(arguments: list[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(prog="tests/bench/tables.sh", allow_abbrev=False)
    parser.add_argument("--tables", type=_names)
    parser.add_argument("--seeds", type=_seeds)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--train_flags", type=shlex.split, default=[])
    parser.add_argument("--training_seconds", type=int)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "build/tables")
    given = parser.parse_args(arguments)
    tables = given.tables or (DEVELOPMENT if given.quick else (*DEVELOPMENT, *VARIANTS))
    return Options(
        tables=tables,
        seeds=given.seeds or (QUICK_SEEDS if given.quick else (0, 1, 2)),
        most_left_out=1 if given.quick else 3,
        train_flags=tuple(given.train_flags),
        training_seconds=given.training_seconds or 30,
        threads=given.threads,
        output=given.output.resolve(),
        programs=pathlib.Path(os.environ.get("EBM_BIN", ROOT / "build/release/bin")).resolve(),
        minutes=QUICK_MINUTES if given.quick else None,
    )
