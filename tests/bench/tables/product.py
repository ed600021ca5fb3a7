"""Results of ebm-train on a case: trained, served and asked by the programs that a user has."""

import dataclasses
import hashlib
import json
import pathlib
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd

from cases import Case
from data import LABEL
from detectors import auroc
from figures import classification_figures, density_figures
from options import Options
from programs import Client, StepFailed, checkpoint_header, run, serving
from results import Result

METHOD = "ebm-train"
PROGRAMS = ("ebm-train", "ebm-logz", "ebm-server", "ebm-client")
RATES = (0.01, 0.05, 0.1)
ROUNDING = 1e-6  # p-values are rounded to float32: one that is meant to be equal to the rate is flagged
AMOUNTS = ("continuous", "whole_number")
SCORES = ("log_density", "outlier_score")
FIGURES_VERSION = "1"  # of what this folder asks: another one makes results in the file be computed again


@dataclasses.dataclass(frozen=True)
class Product:
    """The programs and flags that are measured."""

    programs: pathlib.Path
    flags: tuple[str, ...]  # of ebm-train, but for data, output and seed
    threads: int
    work: pathlib.Path  # folder of checkpoints and CSV files, removed after a case without failures
    version: str  # digest of all the above that matters


def make_product(options: Options) -> Product:
    """Copies the programs, so that all of a run is measured with the same ones even if they are built anew."""
    programs = options.output / "programs"
    shutil.rmtree(programs, ignore_errors=True)
    programs.mkdir()
    for program in PROGRAMS:
        shutil.copy2(options.programs / program, programs)
    flags = [f"--threads={options.threads}", "--log_z=auto", f"--minutes={options.training_seconds / 60:.4g}"]
    flags += options.train_flags
    digest = hashlib.sha256(json.dumps([FIGURES_VERSION, *flags]).encode())
    for program in PROGRAMS:
        digest.update((programs / program).read_bytes())
    version = digest.hexdigest()[:16]
    return Product(programs, tuple(flags), options.threads, options.output / "work" / version, version)


def measure(product: Product, case: Case, result: Result) -> None:
    """Fills the result in. A step that fails is one of its failures; later steps follow if they can."""
    work = product.work / f"{case.table}.{case.seed}.{case.left_out or 'all'}"
    work.mkdir(parents=True, exist_ok=True)
    with _recorded(result):
        checkpoint = _train(product, case, work, result)
        with serving(product.programs, checkpoint, product.threads) as client:
            _ask(client, case, checkpoint, result)
    for failure in result["failures"]:
        failure["message"] = failure["message"].replace(f"{work}/", "")
    if not result["failures"]:
        shutil.rmtree(work)


@contextmanager
def _recorded(result: Result) -> Iterator[None]:
    try:
        yield
    except StepFailed as error:
        result["failures"].append(error.failure)


def _train(product: Product, case: Case, work: pathlib.Path, result: Result) -> pathlib.Path:
    data, checkpoint = work / f"{case.table}.csv", work / f"{case.table}.safetensors"
    case.train.assign(**{LABEL: case.train_labels}).to_csv(data, index=False)
    # Words alone are no label if there is one only, unless it is stated.
    label = [f"--label={LABEL}"] if case.train_labels.nunique() == 1 else []
    start = time.monotonic()
    run(product.programs / "ebm-train", f"--data={data}", f"--output={checkpoint}", "--overwrite",
        f"--seed={case.seed}", *label, *product.flags)
    result["seconds"]["train"] = time.monotonic() - start
    has_log_z = "partition" in checkpoint_header(checkpoint)["__metadata__"]
    if not has_log_z and not case.left_out:
        start = time.monotonic()
        with _recorded(result):
            run(product.programs / "ebm-logz", f"--checkpoint={checkpoint}", f"--threads={product.threads}")
        result["seconds"]["log_z"] = time.monotonic() - start
    return checkpoint


def _ask(client: Client, case: Case, checkpoint: pathlib.Path, result: Result) -> None:
    model = client.ask("models")[0]
    result["about"]["recipe"] = model["provenance"].get("recipe")
    if not case.left_out:
        with _recorded(result):
            result["figures"] |= _classify(client, model, case, checkpoint)
    scores = _score(client, case.test, checkpoint)
    if "outlier_score" not in scores:
        result["failures"].append(StepFailed("outlier score", "none", "the model serves none").failure)
    for kind, rows in case.outlier_rows.items():
        with _recorded(result):
            result["figures"] |= _aurocs(kind, scores, _score(client, rows, checkpoint))
    if not case.left_out:
        with _recorded(result):
            result["figures"] |= _flagged(scores, checkpoint)
        if case.density:
            with _recorded(result):
                result["figures"] |= _density(client, model, case, checkpoint)


def _input(rows: pd.DataFrame, checkpoint: pathlib.Path) -> str:
    """New rows as a user has them: without a label."""
    path = checkpoint.with_suffix(".rows.csv")
    rows.to_csv(path, index=False)
    return f"--input={path}"


def _classify(client: Client, model: dict[str, Any], case: Case, checkpoint: pathlib.Path) -> dict[str, float]:
    answers = client.ask("classify", "--calibrated", _input(case.test, checkpoint))
    probabilities = np.array([answer["probabilities"] for answer in answers])
    classes = pd.Index(model["class_labels"]).get_indexer(case.test_labels)
    return classification_figures(probabilities, classes)


def _score(client: Client, rows: pd.DataFrame, checkpoint: pathlib.Path) -> pd.DataFrame:
    return pd.DataFrame(client.ask("score", _input(rows, checkpoint)))


def _aurocs(kind: str, test: pd.DataFrame, outliers: pd.DataFrame) -> dict[str, float]:
    served = [score for score in SCORES if score in test]
    return {f"auroc/{kind}/{score}": auroc(test[score].to_numpy(), outliers[score].to_numpy()) for score in served}


def _flagged(scores: pd.DataFrame, checkpoint: pathlib.Path) -> dict[str, float]:
    if "p_value" not in scores:
        raise StepFailed("p-values", "none", "the model serves no p-values")
    figures = {"test_rows": len(scores)}
    figures["calibration_rows"] = checkpoint_header(checkpoint)["calibration.scores"]["shape"][0]
    return figures | {f"flagged/{rate}": int((scores["p_value"] <= rate + ROUNDING).sum()) for rate in RATES}


def _has_step(column: dict[str, Any]) -> bool:
    return column["kind"] == "whole_number" or column["step"] > 0


def _density(client: Client, model: dict[str, Any], case: Case, checkpoint: pathlib.Path) -> dict[str, float]:
    inputs = [column for column in model["columns"] if column["kind"] != "label"]
    amounts = {column["name"]: _has_step(column) for column in inputs if column["kind"] in AMOUNTS}
    expected = {name: step > 0 for name, step in case.density.steps.items()}
    if len(inputs) != len(amounts) or amounts != expected:
        raise StepFailed("density", "other columns", f"the model has {amounts} (with a step), not {expected}")
    scores = _score(client, case.density.test, checkpoint)
    if "normalized_log_density" not in scores:
        raise StepFailed("density", "none", "the model serves no ln p")
    return {
        **density_figures(scores["normalized_log_density"].to_numpy()),
        "log_z_error": float(scores["log_z_standard_error"].iloc[0]),
        "columns": len(inputs),
    }
