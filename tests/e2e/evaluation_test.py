"""Density figures of ebm-eval, for a tiny model with class Gaussians, recomputed in numpy from FORMAT.md."""

import json
import pathlib
import shutil

import numpy as np
import numpy_model
import programs
import pytest

SEED_DERIVATION, DEQUANTISATION = 8, 13  # streams
DENSITY_SEED = 4  # index of the report's derived seed
STEP = 2 / 17  # the step of whole numbers, in scaled units


def evaluate(checkpoint, folder, *arguments) -> dict:
    files = (f"--report={folder / 'report.json'}", f"--page={folder / 'page.html'}")
    done = programs.run("ebm-eval", f"--checkpoint={checkpoint}", "--data=digits", "--threads=1", *files, *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "report.json").read_text())


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> pathlib.Path:
    output = tmp_path_factory.mktemp("evaluation") / "density.safetensors"
    flags = ("--data=digits", "--recipe=density", "--hidden_widths=32,32", "--epochs=3")
    assert programs.train(output, *flags).returncode == 0
    return output


@pytest.fixture(scope="module")
def report(trained, tmp_path_factory) -> dict:
    return evaluate(trained, tmp_path_factory.mktemp("report"), "--samples=50", "--seed=3")


@pytest.fixture(scope="module")
def densities(trained):
    """Returns ln p~ and ln b of rows in data units, in float64, computed by the Python example of FORMAT.md."""
    page = programs.format_page()
    metadata, tensors = page["read"](trained)

    def of(rows):
        log_base = np.logaddexp.reduce(page["gaussians"](tensors, STEP * rows - 1), axis=1)
        return np.logaddexp.reduce(page["logits"](metadata, tensors, rows), axis=1), log_base

    return of


def held_out() -> np.ndarray:
    return programs.digits()[1350:, :64].astype(np.float64)


def dequantised(seed: int) -> np.ndarray:
    low, high = (int(word) for word in numpy_model.words(seed, SEED_DERIVATION, DENSITY_SEED, 0, 4)[0, :2])
    rows = held_out()
    draws = [numpy_model.uniform(high << 32 | low, DEQUANTISATION, i, 0, 64) for i in range(len(rows))]
    return rows + np.array(draws) - 0.5


def bits(log_density) -> float:
    return -(np.mean(log_density) + 64 * np.log(STEP)) / (64 * np.log(2))


def test_base_bits_are_those_of_the_format_page(report, densities):
    _, log_base = densities(dequantised(3))
    assert report["figures"]["base_bits_per_dim"]["value"] == pytest.approx(bits(log_base), abs=1e-5)


def ratio_and_reach(densities, rows):
    """ln p~ - ln b, and its largest rounding error: four float32 roundings of the larger of the two."""
    log_density, log_base = densities(rows)
    reach = 4 * 2.0**-23 * np.maximum(np.abs(log_density), np.abs(log_base))
    return log_density - log_base, reach


def test_the_ratios_auroc_is_that_of_all_pairs(report, densities):
    mirrored = held_out().reshape(-1, 8, 8)[:, :, ::-1].reshape(-1, 64)
    (inside, reach), (outside, outside_reach) = (ratio_and_reach(densities, rows) for rows in (held_out(), mirrored))
    gap, doubt = inside[:, None] - outside[None, :], reach[:, None] + outside_reach[None, :]
    least, most = np.mean(gap > doubt), np.mean(gap >= -doubt)
    assert most - least < 2e-3
    assert least <= report["figures"]["auroc_log_density_ratio_flipped_horizontally"]["value"] <= most


def test_a_model_without_ln_z_has_no_bits_of_its_own(report):
    assert "bits_per_dim" not in report["figures"]


def test_ln_z_gives_the_models_bits(trained, densities, tmp_path):
    copy = shutil.copy(trained, tmp_path / "normalised.safetensors")
    done = programs.run("ebm-logz", f"--checkpoint={copy}", "--chains=200", "--steps=500", "--format=json")
    assert done.returncode == 0, done.stderr
    estimate = json.loads(done.stdout)
    report = evaluate(copy, tmp_path, "--samples=20", "--seed=3")
    log_density, _ = densities(dequantised(3))
    expected = bits(log_density - estimate["log_z"])
    assert report["figures"]["bits_per_dim"]["value"] == pytest.approx(expected, abs=1e-5)
    reverse = bits(log_density - estimate["reverse_log_z"])
    assert report["numbers"]["bits_per_dim_reverse"] == pytest.approx(reverse, abs=1e-5)
    assert "bits per dimension" in (tmp_path / "page.html").read_text()
