"""A restricted Boltzmann machine on real columns, from training to answers."""

import json
import pathlib

import numpy as np
import programs
import pytest

COLUMNS = 3
HIDDEN = 6
NOISE = 0.6


def clusters(rows: int, seed: int) -> np.ndarray:
    """Rows around two centres, in units in which the columns have other means and deviations."""
    rng = np.random.default_rng(seed)
    centres = np.where(rng.random((rows, 1)) < 0.5, 1.0, -1.0)
    standard = NOISE * rng.standard_normal((rows, COLUMNS)) + centres * [1, -1, 1]
    return standard * [2, 0.1, 30] + [5, 1, -200]


def write(path: pathlib.Path, rows: np.ndarray) -> pathlib.Path:
    path.write_text("a,b,c\n" + "".join(",".join(f"{x:.6g}" for x in row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> pathlib.Path:
    return write(tmp_path_factory.mktemp("data") / "data.csv", clusters(1200, 1))


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory) -> pathlib.Path:
    output = tmp_path_factory.mktemp("rbm") / "rbm.safetensors"
    done = programs.train(output, f"--data={data}", "--label=none", "--recipe=gaussian_rbm",
                          f"--hidden_widths={HIDDEN}", "--log_z=auto")
    assert done.returncode == 0, done.stderr
    assert "a density over scaled units" in done.stdout
    return output


@pytest.fixture(scope="module")
def server(trained, tmp_path_factory):
    with programs.Server(trained, tmp_path_factory.mktemp("server")) as server:
        yield server


def logits_of(checkpoint: pathlib.Path, rows: np.ndarray) -> np.ndarray:
    page = programs.format_page()
    return page["logits"](*page["read"](checkpoint), rows)[:, 0]


def mixture(checkpoint: pathlib.Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The log weights, [2^H], means, [2^H, D], and variances, [D], of its Gaussians, in scaled units."""
    _, tensors = programs.format_page()["read"](checkpoint)
    of = {name[4:]: tensor.astype(float) for name, tensor in tensors.items() if name.startswith("rbm.")}
    variance = np.exp(of["log_variance"])
    h = (np.arange(2**HIDDEN)[:, None] >> np.arange(HIDDEN) & 1).astype(float)
    means = of["visible_bias"] + h @ of["weight"].T
    squares = ((means**2 - of["visible_bias"] ** 2) / (2 * variance)).sum(1)
    return h @ of["hidden_bias"] + squares + np.log(2 * np.pi * variance).sum() / 2, means, variance


def test_ln_z_is_that_of_the_mixture_of_gaussians(trained):
    partition = json.loads(programs.format_page()["read"](trained)[0]["partition"])
    assert partition["method"] == "exact"
    assert partition["log_z"] == pytest.approx(np.logaddexp.reduce(mixture(trained)[0]), abs=1e-5)


def test_scores_are_those_of_the_format_page_and_near_the_law_of_the_data(trained, server, tmp_path):
    rows = clusters(500, 2)
    scored = server.ask("score", f"--input={write(tmp_path / 'rows.csv', rows)}", "--hidden_means")
    rows = np.round(rows, 10)
    np.testing.assert_allclose([row["log_density"] for row in scored], logits_of(trained, rows), rtol=1e-4, atol=1e-3)
    standard = (rows - [5, 1, -200]) / [2, 0.1, 30]
    squares = np.array([((standard - sign * np.array([1, -1, 1])) ** 2).sum(1) for sign in (1, -1)])
    law = np.logaddexp.reduce(-squares / (2 * NOISE**2), axis=0) - np.log(2)
    law -= COLUMNS * np.log(NOISE * np.sqrt(2 * np.pi)) + np.log(2 * 0.1 * 30)
    # No density has a higher mean on rows of the law, but for chance.
    excess = np.mean(law - [row["normalized_log_density"] for row in scored])
    assert -0.02 < excess < 0.08
    assert all(len(row["hidden_means"]) == HIDDEN and 0 <= min(row["hidden_means"]) for row in scored)
    assert all(row["gradient_norm"] > 0 and 0 < row["p_value"] <= 1 for row in scored)


def test_langevin_chains_need_a_step_size(server):
    done = server.client("sample", "--kernel=metropolis_langevin")
    assert done.returncode == 2 and "--step_size: needed" in done.stderr
    done = server.client("sample", "--kernel=metropolis_langevin", "--step_size=0.02")
    assert done.returncode == 0, done.stderr
    assert ["temperature", "1"] in [line.split() for line in done.stdout.splitlines()]


@pytest.mark.parametrize("kernel", [(), ("--kernel=metropolis_langevin", "--step_size=0.02")])
def test_chains_of_both_kernels_sample_the_model(trained, server, tmp_path, kernel):
    output = tmp_path / "samples.npy"
    done = server.client("sample", "--chains=1024", "--steps=1000", "--seed=4", *kernel, f"--output={output}")
    assert done.returncode == 0, done.stderr
    samples = np.load(output).reshape(-1, COLUMNS)
    page = programs.format_page()
    metadata, _ = page["read"](trained)
    scaled = page["encode"](metadata, json.loads(metadata["model"]), samples)
    log_weights, means, variance = mixture(trained)
    weights = np.exp(log_weights - np.logaddexp.reduce(log_weights))
    expected = weights @ means
    deviation = np.sqrt(weights @ means**2 - expected**2 + variance)
    # One in a million over three columns: 5.2 standard errors. Chains of Langevin steps begin at the base density's
    # draws, whose shares of the two clusters are not the model's.
    allowed = 5.2 * deviation / np.sqrt(len(scaled)) + (0.25 * deviation if kernel else 0)
    assert np.all(np.abs(scaled.mean(axis=0) - expected) < allowed)


def test_gaps_are_filled_from_the_cluster_of_the_row(server, tmp_path):
    rows = tmp_path / "gaps.csv"
    rows.write_text("a,b,c\n7,,-170\n3,,-230\n")
    output = tmp_path / "filled.csv"
    done = server.client("impute", f"--input={rows}", f"--output={output}")
    assert done.returncode == 0, done.stderr
    filled = np.loadtxt(output, delimiter=",", skiprows=1)
    np.testing.assert_allclose(filled[:, 1], [0.9, 1.1], atol=0.05)


def test_the_listing_says_what_it_can(server):
    capabilities = json.loads(server.client("models", "--format=json").stdout)
    text = json.dumps(capabilities)
    assert '"gibbs"' in text and '"hidden_means"' in text and '"levels"' not in text


def test_bits_do_not_depend_on_load(server, tmp_path):
    rows = write(tmp_path / "rows.csv", clusters(300, 3))
    programs.assert_same_bits_under_load(server, tmp_path, ("score", f"--input={rows}"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--hidden_widths=4,4",), "family gaussian_rbm has one, the number of hidden units"),
        (("--objective=pseudo_likelihood",), "family gaussian_rbm has no coordinates of two levels"),
    ],
)
def test_flags_that_do_not_fit_are_refused_in_words(data, tmp_path, arguments, words):
    done = programs.train(tmp_path / "x.safetensors", f"--data={data}", "--label=none", "--recipe=gaussian_rbm",
                          *arguments)
    assert done.returncode == 2
    programs.assert_one_line(done.stderr)
    assert words in done.stderr
