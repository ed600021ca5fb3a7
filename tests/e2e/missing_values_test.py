"""Tables with gaps: trained on, classified, scored, imputed and evaluated by the real programs.

The columns a, b and c are jointly Gaussian, n is a whole number and colour a category; the label depends on a.
"""

import json
import signal
import subprocess
import sys

import ebm_client
import numpy as np
import programs
import pytest
import safetensors.numpy

CLIENT = programs.ROOT / "client/python/ebm_client.py"
NAMES = ["a", "b", "c", "n", "colour", "kind"]
COLOURS = ["blue", "green", "red"]
MEAN = np.array([10.0, -2.0, 300.0])
FACTOR = np.diag([2.0, 0.5, 40.0]) @ np.array([[1, 0, 0], [0.8, 0.6, 0], [-0.5, 0.6, 0.62]])
REACH = 6.2  # standard deviations of a Gaussian, exceeded with a probability below 1e-9


def make(rows, seed):
    """[rows, 5], numbers with the codes of colours; and labels."""
    draws = np.random.default_rng(seed)
    numbers = MEAN + draws.normal(size=(rows, 3)) @ FACTOR.T
    z = (numbers[:, 0] - MEAN[0]) / 2
    labels = (z + draws.normal(0, 0.7, rows) > 0).astype(int)
    counts = draws.poisson(np.exp(1 + 0.4 * z))
    colours = np.clip(np.round(1 + z + draws.normal(0, 0.7, rows)), 0, 2)
    return np.column_stack([numbers.round(4), counts, colours]), labels


def with_gaps(rows, share, seed):
    return np.where(np.random.default_rng(seed).random(rows.shape) < share, np.nan, rows)


def csv_text(rows, labels=None):
    """With words for colours, and empty cells for gaps."""
    lines = [NAMES[: 5 + (labels is not None)]]
    for number, row in enumerate(rows):
        cells = ["" if np.isnan(value) else f"{value:.9g}" for value in row[:4]]
        cells.append("" if np.isnan(row[4]) else COLOURS[int(row[4])])
        lines.append(cells + ([] if labels is None else [["low", "high"][labels[number]]]))
    return "".join(",".join(line) + "\n" for line in lines)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gaps")
    rows, labels = make(2000, 1)
    (folder / "gaps.csv").write_text(csv_text(with_gaps(rows, 0.2, 2), labels))
    done = programs.train(folder / "gaps.safetensors", f"--data={folder / 'gaps.csv'}", "--recipe=density",
                          "--epochs=3", "--hidden_widths=16", "--seed=1")
    assert done.returncode == 0, done.stderr
    assert "rows have missing values: they are drawn anew wherever a row is used" in done.stdout
    assert programs.run("ebm-logz", f"--checkpoint={folder / 'gaps.safetensors'}", "--seed=1").returncode == 0
    return folder / "gaps.safetensors"


@pytest.fixture(scope="module")
def gaps_server(model, tmp_path_factory):
    with programs.Server(model, tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="module")
def client(gaps_server):
    return ebm_client.EbmClient(gaps_server.address, timeout=60)


def write(path, rows, labels=None):
    path.write_text(csv_text(rows, labels))
    return f"--input={path}"


def python_client(server, command, argument):
    done = subprocess.run([sys.executable, CLIENT, command, f"--server={server.address}", argument],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(("command", "key"), [("classify", "probabilities"), ("score", "log_density")])
def test_answers_are_those_of_the_row_alone_and_of_both_clients_and_formats(gaps_server, tmp_path, command, key):
    rows = make(300, 3)[0]
    some = rows.copy()
    some[::2] = with_gaps(rows[::2], 0.5, 4)
    some[4] = np.nan
    answers = gaps_server.ask(command, write(tmp_path / "some.csv", some))
    complete = gaps_server.ask(command, write(tmp_path / "rows.csv", rows))
    assert [answer[key] for answer in answers[1::2]] == [answer[key] for answer in complete[1::2]]
    alone = gaps_server.ask(command, write(tmp_path / "one.csv", some[4:5]))
    assert alone[0][key] == answers[4][key]
    few = gaps_server.ask(command, write(tmp_path / "some.csv", some), "--rows_per_request=7")
    assert few == answers
    np.save(tmp_path / "some.npy", some.astype(np.float32))
    for file in ("some.csv", "some.npy"):
        theirs = python_client(gaps_server, command, f"--input={tmp_path / file}")
        np.testing.assert_allclose([t[key] for t in theirs], [a[key] for a in answers], rtol=1e-6)
    ours = gaps_server.ask(command, f"--input={tmp_path / 'some.npy'}")
    np.testing.assert_allclose([a[key] for a in ours], [a[key] for a in answers], rtol=1e-6)


def test_more_rows_per_request_than_a_server_takes_are_divided(gaps_server, tmp_path):
    rows = with_gaps(np.tile(make(30, 5)[0], (20, 1)), 0.9, 6)
    answers = gaps_server.ask("score", write(tmp_path / "rows.csv", rows), "--rows_per_request=4000")
    assert len(answers) == len(rows)


def log_base(model, rows):
    """ln b of rows, [n, 5], up to a constant."""
    page = programs.format_page()
    metadata, tensors = page["read"](model)
    x = page["encode"](metadata, json.loads(metadata["model"]), np.float32(rows))
    return np.logaddexp.reduce(page["gaussians"](tensors, x), axis=1)


def test_a_missing_value_is_integrated_out(model, gaps_server, client):
    """Against quadrature over it. The server's mean of 32 draws of the ratio p(x, y) / b(x) has a standard error that
    the same quadrature gives."""
    grid = np.linspace(-6, 2, 4001)
    for row in make(5, 7)[0]:
        rows = np.tile(row, (len(grid), 1))
        rows[:, 1] = grid
        density = np.exp(np.float64(client.score(rows, percentile=False, normalized_log_density=True)
                                    .normalized_log_densities))
        joint = density[:, None] * np.float64(client.classify(rows)[1])
        base = np.exp(log_base(model, rows))
        base /= np.trapezoid(base, grid)
        row[1] = np.nan
        known = client.score(row[None], percentile=False, normalized_log_density=True).normalized_log_densities[0]
        probabilities = client.classify(row[None])[1][0]
        for y in range(2):
            ratio = joint[:, y] / base
            exact = np.trapezoid(joint[:, y], grid)
            error = np.sqrt(np.trapezoid((ratio - exact) ** 2 * base, grid) / 32) / exact
            assert abs(np.exp(known) * probabilities[y] / exact - 1) < REACH * error + 1e-3, (row, y, error)


def test_fresh_rows_with_gaps_are_flagged_at_most_at_the_stated_rate(gaps_server, client, tmp_path):
    rows = with_gaps(make(500, 8)[0], 0.2, 9)
    answers = gaps_server.ask("score", write(tmp_path / "rows.csv", rows))
    calibration_rows = client.model().calibration_rows
    for rate in (0.05, 0.1, 0.2):
        flagged = np.mean([answer["p_value"] <= rate for answer in answers])
        spread = np.sqrt(rate * (1 - rate) * (1 / len(rows) + 1 / calibration_rows))
        assert flagged < rate + REACH * spread, rate


def conditional(row):
    """Mean and variance of b given a and c, of the distribution that the rows are from."""
    covariance = FACTOR @ FACTOR.T
    slope = np.linalg.solve(covariance[np.ix_([0, 2], [0, 2])], covariance[[0, 2], 1])
    return MEAN[1] + (row[..., [0, 2]] - MEAN[[0, 2]]) @ slope, covariance[1, 1] - covariance[1, [0, 2]] @ slope


def imputed(server, argument, *flags):
    done = server.client("impute", argument, "--format=json", "--seed=1", *flags)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_imputation_is_as_good_as_linear_regression(gaps_server, tmp_path):
    """Of a value in a Gaussian, of which the regression on the others is the best estimate. The mean of 32 draws adds
    1/32 of the variance that is left; the fits may differ by 2 %. The rest is noise of the rows."""
    truth = make(600, 10)[0]
    rows = truth.copy()
    rows[:, 1] = np.nan
    found = np.array([answer["values"] for answer in imputed(gaps_server, write(tmp_path / "rows.csv", rows))])
    np.testing.assert_array_equal(np.float32(np.delete(found, 1, 1)), np.float32(np.delete(truth, 1, 1)))
    training = with_gaps(make(2000, 1)[0], 0.2, 2)
    training = training[~np.isnan(training).any(axis=1)]
    design = np.column_stack([np.ones(len(training)), np.delete(training, 1, 1)])
    slopes = np.linalg.lstsq(design, training[:, 1], rcond=None)[0]
    regressed = np.column_stack([np.ones(len(truth)), np.delete(truth, 1, 1)]) @ slopes
    best, variance = conditional(truth)

    def errors(values):
        return (values - truth[:, 1]) ** 2

    for optimum in (regressed, best):
        excess = errors(found[:, 1]) - errors(optimum)
        assert excess.mean() < variance * (1 / 32 + 0.02) + REACH * excess.std() / np.sqrt(len(truth))
        assert REACH * excess.std() / np.sqrt(len(truth)) < 0.15 * variance, "a test that can fail"
    assert errors(found[:, 1]).mean() < 0.5 * errors(training[:, 1].mean()).mean()


def test_draws_have_the_variance_given_the_known_values(gaps_server, tmp_path):
    """With 10 rows of 200 draws, and a fit to about 1600 rows: the variance of each estimate of a variance, relative to
    its square, is 2 / degrees of freedom. A ridge of the base density (base_fit.h) widens it too, by less than that."""
    rows = make(10, 11)[0]
    best, variance = conditional(rows)
    rows[:, 1] = np.nan
    draws = np.array([answer["draws"] for answer in imputed(gaps_server, write(tmp_path / "rows.csv", rows),
                                                            "--draws=200")])
    assert draws.shape == (10, 200, 5)
    spread = np.sqrt(2 / (10 * 199) + 2 / (0.8 * 1600))
    assert abs(draws[:, :, 1].var(axis=1, ddof=1).mean() / variance - 1) < REACH * spread
    assert np.abs(draws[:, :, 1].mean(axis=1) - best).max() < np.sqrt(variance) * REACH / np.sqrt(200) + 0.1


def test_imputed_values_are_values_of_their_columns(gaps_server, tmp_path):
    rows = with_gaps(make(60, 12)[0], 0.6, 13)
    rows[0] = np.nan
    file = write(tmp_path / "rows.csv", rows)
    largest = make(2000, 1)[0][:, 3].max()
    for flags in ([], ["--draws=20"]):
        answers = imputed(gaps_server, file, *flags)
        values = np.concatenate([np.atleast_2d(answer.get("draws", answer.get("values"))) for answer in answers])
        assert np.isfinite(values).all()
        np.testing.assert_array_equal(values[:, 3], np.round(values[:, 3]))
        assert values[:, 3].min() >= 0 and values[:, 3].max() <= largest
        assert set(values[:, 4]) <= {0, 1, 2}
    done = gaps_server.client("impute", file, f"--output={tmp_path / 'filled.csv'}")
    assert done.returncode == 0, done.stderr
    again = gaps_server.ask("score", f"--input={tmp_path / 'filled.csv'}")
    assert len(again) == len(rows)
    assert imputed(gaps_server, f"--input={tmp_path / 'filled.csv'}")[5]["missing"] == []


def test_an_evaluation_uses_rows_with_gaps_as_the_server_does(gaps_server, model, tmp_path):
    rows, labels = make(200, 14)
    rows = with_gaps(rows, 0.15, 15)
    file = write(tmp_path / "rows.csv", rows, labels)
    report = tmp_path / "report.json"
    done = programs.run("ebm-eval", f"--checkpoint={model}", f"--data={tmp_path / 'rows.csv'}",
                        f"--training_data={tmp_path / 'rows.csv'}", f"--report={report}",
                        f"--page={tmp_path / 'report.html'}", "--samples=50")
    assert done.returncode == 0, done.stderr
    content = json.loads(report.read_text())
    answers = gaps_server.ask("classify", file)
    error = np.mean([answer["label"] != ["low", "high"][label] for answer, label in zip(answers, labels, strict=True)])
    assert content["figures"]["error"]["value"] == pytest.approx(error)
    p_values = [answer["p_value"] for answer in gaps_server.ask("score", file)]
    assert content["figures"]["flagged_at_0.1_data"]["value"] == pytest.approx(np.mean(np.array(p_values) <= 0.1))
    complete = int((~np.isnan(rows).any(axis=1)).sum())
    assert content["numbers"]["complete_rows"] == complete
    assert f"the other {complete} rows" in (tmp_path / "report.html").read_text()
    (tmp_path / "none.csv").write_text(csv_text(np.where(np.arange(5) == 2, np.nan, rows), labels))
    done = programs.run("ebm-eval", f"--checkpoint={model}", f"--data={tmp_path / 'none.csv'}", f"--report={report}",
                        f"--page={tmp_path / 'report.html'}")
    assert done.returncode != 0 and "every row has missing values" in done.stderr
    programs.assert_one_line(done.stderr)


def test_a_model_without_a_base_density_refuses_gaps(tmp_path):
    rows, labels = make(60, 16)
    (tmp_path / "rows.csv").write_text(csv_text(rows, labels))
    gaps = with_gaps(rows, 0.3, 17)
    file = write(tmp_path / "gaps.csv", gaps, labels)
    output = tmp_path / "default.safetensors"
    done = programs.train(output, f"--data={tmp_path / 'gaps.csv'}", "--recipe=default", "--epochs=1")
    assert done.returncode != 0 and "only recipes with a base density can train on it" in done.stderr
    done = programs.train(output, f"--data={tmp_path / 'rows.csv'}", "--recipe=default", "--epochs=1",
                          "--hidden_widths=8")
    assert done.returncode == 0, done.stderr
    np.save(tmp_path / "gaps.npy", np.float32(gaps))
    with programs.Server(output, tmp_path) as server:
        refused = [server.client(command, argument) for command in ("classify", "score", "impute")
                   for argument in (file, f"--input={tmp_path / 'gaps.npy'}")]
        refused += [subprocess.run([sys.executable, CLIENT, "score", f"--server={server.address}", argument],
                                   capture_output=True, text=True)
                    for argument in (file, f"--input={tmp_path / 'gaps.npy'}")]
        with pytest.raises(Exception, match="nan"):
            ebm_client.EbmClient(server.address, timeout=60).classify(gaps)
    refused.append(programs.run("ebm-eval", f"--checkpoint={output}", f"--data={tmp_path / 'gaps.csv'}",
                                f"--report={tmp_path / 'report.json'}", f"--page={tmp_path / 'report.html'}"))
    for done in refused:
        assert done.returncode in (1, 2) and "the model has no base density" in done.stderr, done.stderr
        programs.assert_one_line(done.stderr)


def test_infinity_is_no_missing_value(client):
    row = make(1, 18)[0]
    row[0, 2] = np.inf
    with pytest.raises(Exception, match="column 'c' is inf"):
        client.score(row)


def test_an_interrupted_training_resumes_bit_for_bit(tmp_path):
    rows, labels = make(200, 19)
    (tmp_path / "rows.csv").write_text(csv_text(with_gaps(rows, 0.3, 20), labels))
    flags = [f"--data={tmp_path / 'rows.csv'}", "--recipe=density", "--epochs=20", "--hidden_widths=8", "--threads=1"]
    outputs = [tmp_path / "straight.safetensors", tmp_path / "resumed.safetensors"]
    assert programs.run("ebm-train", f"--output={outputs[0]}", *flags).returncode == 0
    with subprocess.Popen([programs.BIN / "ebm-train", f"--output={outputs[1]}", *flags], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as run:
        programs.wait_until((tmp_path / "resumed.state.safetensors").exists, 60)
        run.send_signal(signal.SIGINT)
        assert run.wait(60) in (0, 130)
    done = programs.run("ebm-train", f"--output={outputs[1]}", *flags, "--resume")
    assert done.returncode == 0, done.stderr
    straight, resumed = (safetensors.numpy.load_file(output) for output in outputs)
    assert straight.keys() == resumed.keys()
    assert all(straight[name].tobytes() == resumed[name].tobytes() for name in straight)


def test_rows_without_labels_may_have_gaps(tmp_path):
    rows = with_gaps(make(200, 21)[0], 0.3, 22)
    rows[0] = np.nan
    file = write(tmp_path / "rows.csv", rows)
    output = tmp_path / "density.safetensors"
    done = programs.train(output, f"--data={tmp_path / 'rows.csv'}", "--label=none", "--recipe=density", "--epochs=2",
                          "--hidden_widths=8")
    assert done.returncode == 0, done.stderr
    with programs.Server(output, tmp_path) as server:
        assert all(0 < answer["p_value"] <= 1 for answer in server.ask("score", file))
        assert np.isfinite([answer["values"] for answer in imputed(server, file)]).all()
        (samples,) = server.ask("sample", f"--start_states={tmp_path / 'rows.csv'}", "--chains=200", "--steps=2")
        assert np.isfinite(samples["states"]).all()
        assert server.client("classify", file).returncode == 1
