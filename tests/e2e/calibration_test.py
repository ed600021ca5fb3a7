"""Calibration end to end: p-values, temperature and ln p, compared with a computation in numpy."""

import json
import pathlib
import subprocess
import sys

import ebm_client
import numpy as np
import programs
import pytest

CLIENT = programs.ROOT / "client/python/ebm_client.py"
CALIBRATION_ROWS = 175  # every second of the 350 validation rows, which follow the 1000 training rows


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> pathlib.Path:
    output = tmp_path_factory.mktemp("calibration") / "calibrated.safetensors"
    done = programs.train(output, "--data=digits", "--recipe=density", "--hidden_widths=32,32", "--epochs=5")
    assert done.returncode == 0, done.stderr
    return output


@pytest.fixture(scope="module")
def normalized(trained) -> dict:
    """Adds ln Z to the checkpoint and returns the program's JSON output."""
    done = programs.run("ebm-logz", f"--checkpoint={trained}", "--chains=500", "--steps=100", "--seed=1", "--threads=1",
                        "--format=json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def calibrated_server(trained, normalized, tmp_path_factory):
    with programs.Server(trained, tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="module")
def page():
    return programs.format_page()


class Oracle:
    """The answers of a checkpoint for rows, computed from the formulas of model/checkpoint/FORMAT.md."""

    def __init__(self, page, path):
        self.page = page
        self.metadata, self.tensors = page["read"](path)
        self.model, self.calibration = (json.loads(self.metadata[key]) for key in ("model", "calibration"))

    def logits(self, rows):
        return self.page["logits"](self.metadata, self.tensors, rows).astype(np.float64)

    def scores(self, rows):
        logits = self.logits(rows)
        log_density = np.logaddexp.reduce(logits, axis=1)
        scaled = np.float32(self.model["scale"]) * np.asarray(rows, np.float32) + np.float32(self.model["offset"])
        log_base = np.logaddexp.reduce(self.page["gaussians"](self.tensors, scaled), axis=1)
        quantities = {
            "log_density": log_density,
            "log_ratio": log_density - log_base,
            "max_log_probability": logits.max(axis=1) - log_density,
        }
        columns = zip(*(self.calibration[key] for key in ("quantities", "weights", "means", "deviations")))
        return sum(w * (quantities[name] - mean) / deviation for name, w, mean, deviation in columns)

    def p_values(self, scores):
        return np.array([(1 + (self.tensors["calibration.scores"] <= score).sum()) for score in scores]) / (
            1 + len(self.tensors["calibration.scores"]))


@pytest.fixture(scope="module")
def oracle(page, trained, normalized):
    return Oracle(page, trained)


def test_the_scores_are_those_of_every_second_validation_row(oracle):
    expected = np.sort(oracle.scores(programs.digits()[1001:1350:2, :64]))
    assert len(expected) == CALIBRATION_ROWS
    np.testing.assert_allclose(oracle.tensors["calibration.scores"], expected, rtol=1e-4, atol=1e-3)


def test_served_p_values_are_those_of_the_formula(calibrated_server, oracle):
    answers = calibrated_server.ask("score", "--digits=1350:447")
    served = np.array([answer["outlier_score"] for answer in answers], np.float32)
    p_values = np.array([answer["p_value"] for answer in answers], np.float32)
    np.testing.assert_array_equal(p_values, oracle.p_values(served).astype(np.float32))
    scores = oracle.scores(programs.digits()[1350:1797, :64])
    np.testing.assert_allclose(served, scores, rtol=1e-4, atol=1e-3)
    # The two computations round differently, so scores within 2e-3 of each other may be ranked either way.
    assert (oracle.p_values(scores - 2e-3) <= p_values + 1e-6).all()
    assert (p_values - 1e-6 <= oracle.p_values(scores + 2e-3)).all()
    assert len(set(p_values)) > 50


def test_noise_is_always_flagged(calibrated_server, tmp_path):
    """Whole numbers, like pixels. The score was not selected on such rows."""
    np.save(tmp_path / "noise.npy", np.random.default_rng(7).integers(0, 17, (500, 64)).astype(np.float32))
    noise = f"--input={tmp_path / 'noise.npy'}"
    rate = f"--false_positive_rate={1 / (CALIBRATION_ROWS + 1)}"  # the smallest rate that can flag a row
    assert all(answer["outlier"] for answer in calibrated_server.ask("score", noise, rate))
    done = calibrated_server.client("score", noise, "--false_positive_rate=0.05")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("500 of 500 rows are outliers")


def test_a_rate_that_could_flag_nothing_is_refused(calibrated_server):
    done = calibrated_server.client("score", "--digits=0:3", "--false_positive_rate=0.005")
    assert done.returncode == 2 and done.stdout == ""
    programs.assert_one_line(done.stderr)
    assert "0.005 is below 1/176" in done.stderr


def test_calibrated_probabilities_are_softmax_at_the_temperature(calibrated_server, oracle):
    logits = oracle.logits(programs.digits()[1350:1400, :64])
    for arguments, temperature in ([], 1.0), (["--calibrated"], oracle.calibration["class_temperature"]):
        expected = np.exp(logits / temperature)
        expected /= expected.sum(axis=1, keepdims=True)
        answers = calibrated_server.ask("classify", "--digits=1350:50", *arguments)
        np.testing.assert_allclose([answer["probabilities"] for answer in answers], expected, rtol=2e-3, atol=1e-5)


def test_the_temperature_is_the_best_on_the_rows_it_was_fitted_on(oracle):
    """Or it is 1, if the likelihood-ratio test keeps T = 1 (model/offline/statistics/class_temperature.h)."""
    digits = programs.digits()[1000:1350:2]
    logits, labels = oracle.logits(digits[:, :64]), digits[:, 64].astype(int)

    def cross_entropy(temperature):
        f = logits / temperature
        return np.mean(np.logaddexp.reduce(f, axis=1) - f[np.arange(len(f)), labels])

    grid = np.geomspace(0.06, 19, 2000)
    losses = np.array([cross_entropy(temperature) for temperature in grid])
    gain = len(digits) * (cross_entropy(1) - losses.min())
    allowed = [1.0] if gain < 3.84 / 2 + 0.01 else []  # so close to the limit, two ways of rounding may disagree
    allowed += [grid[losses.argmin()]] if gain > 3.84 / 2 - 0.01 else []
    assert any(oracle.calibration["class_temperature"] == pytest.approx(t, rel=5e-3) for t in allowed)


def test_ln_p_is_ln_p_tilde_less_ln_z(calibrated_server, normalized, oracle):
    answers = calibrated_server.ask("score", "--digits=1350:20")
    ln_p = np.array([answer["normalized_log_density"] for answer in answers])
    volume = 64 * np.log(oracle.model["scale"])  # ln p(x) is a density over data units
    expected = [a["log_density"] - normalized["log_z"] + volume for a in answers]
    np.testing.assert_allclose(ln_p, expected, rtol=1e-5, atol=1e-4)
    bits = -ln_p / (64 * np.log(2))
    np.testing.assert_allclose([answer["bits_per_dimension"] for answer in answers], bits, rtol=1e-5)
    assert answers[0]["log_z_standard_error"] == pytest.approx(normalized["standard_error"], rel=1e-6)


def test_the_python_client_gets_the_same(calibrated_server, tmp_path):
    client = ebm_client.EbmClient(calibrated_server.address, timeout=60)
    rows = programs.digits()[1350:1370, :64]
    response = client.score(rows, p_value=True, normalized_log_density=True)
    answers = calibrated_server.ask("score", "--digits=1350:20")
    for ours, theirs in [
        (response.p_values, "p_value"),
        (response.outlier_scores, "outlier_score"),
        (response.normalized_log_densities, "normalized_log_density"),
        (response.bits_per_dimension, "bits_per_dimension"),
    ]:
        np.testing.assert_array_equal(np.float32(ours), np.float32([answer[theirs] for answer in answers]))
    probabilities = calibrated_server.ask("classify", "--digits=1350:20", "--calibrated")
    np.testing.assert_array_equal(
        client.classify(rows, calibrated=True)[1], np.float32([answer["probabilities"] for answer in probabilities]))

    np.save(tmp_path / "rows.npy", rows)
    command = [sys.executable, CLIENT, "score", f"--server={calibrated_server.address}"]
    done = subprocess.run([*command, f"--input={tmp_path / 'rows.npy'}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[0]).keys() == answers[0].keys()


def test_a_model_without_calibration_says_so(tmp_path):
    """`notebook` is the only recipe without calibration."""
    done = programs.train(tmp_path / "plain.safetensors", "--data=digits", "--recipe=notebook", "--epochs=1",
                          "--hidden_widths=8")
    assert done.returncode == 0, done.stderr
    with programs.Server(tmp_path / "plain.safetensors", tmp_path) as server:
        done = server.client("classify", "--digits=0:3", "--calibrated")
        assert done.returncode == 1
        programs.assert_one_line(done.stderr)
        assert "FAILED_PRECONDITION: calibrated: model plain holds no calibration" in done.stderr
        done = server.client("score", "--digits=0:3", "--false_positive_rate=0.1")
        assert done.returncode == 1 and "holds no calibration scores" in done.stderr
