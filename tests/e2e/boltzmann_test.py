"""Boltzmann machines without hidden units: imported Ising models and trained ones, from the file to answers."""

import itertools
import json
import pathlib
import re

import numpy as np
import programs
import pytest

SIDE = 4
SITES = SIDE * SIDE


def grid_edges() -> list[tuple[int, int]]:
    """Site by site, to the right and then down."""
    edges = []
    for site in range(SITES):
        if site % SIDE + 1 < SIDE:
            edges.append((site, site + 1))
        if site + SIDE < SITES:
            edges.append((site, site + SIDE))
    return edges


def all_spins() -> np.ndarray:
    return np.array(list(itertools.product([-1, 1], repeat=SITES)), dtype=float)


@pytest.fixture(scope="module")
def ising() -> tuple[np.ndarray, np.ndarray]:
    """Couplings of the grid and fields, so that ln p~(s) = sum of J s s + sum of h s."""
    rng = np.random.default_rng(3)
    return rng.normal(0, 0.5, len(grid_edges())).round(3), rng.normal(0, 0.3, SITES).round(3)


def log_density(ising, spins) -> np.ndarray:
    couplings, fields = ising
    low, high = np.transpose(grid_edges())
    return spins @ fields + (spins[:, low] * spins[:, high]) @ couplings


@pytest.fixture(scope="module")
def imported(ising, tmp_path_factory) -> tuple[pathlib.Path, float]:
    """The checkpoint, with its ln Z, and what the ln Z of the spins has beyond it."""
    folder = tmp_path_factory.mktemp("ising")
    couplings, fields = ising
    (folder / "j.csv").write_text("i,j,J\n" + "".join(f"{i},{j},{J}\n" for (i, j), J in zip(grid_edges(), couplings)))
    (folder / "h.csv").write_text("".join(f"{i},{h}\n" for i, h in enumerate(fields)))
    output = folder / "ising.safetensors"
    done = programs.run("ebm-import", f"--couplings={folder / 'j.csv'}", f"--fields={folder / 'h.csv'}",
                        "--numbers=log_density", f"--shape={SIDE},{SIDE}", f"--output={output}")
    assert done.returncode == 0, done.stderr
    assert f"{SITES} sites, {len(couplings)} couplings" in done.stdout
    constant = float(done.stdout.split("plus ")[1])
    done = programs.run("ebm-logz", f"--checkpoint={output}", "--threads=1", "--format=json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["method"] == "exact"
    return output, constant


@pytest.fixture(scope="module")
def server(imported, tmp_path_factory):
    with programs.Server(imported[0], tmp_path_factory.mktemp("server")) as server:
        yield server


def partition(path: pathlib.Path) -> dict:
    return json.loads(programs.format_page()["read"](path)[0]["partition"])


def test_the_exact_ln_z_is_that_of_the_spins(ising, imported):
    expected = np.logaddexp.reduce(log_density(ising, all_spins()))
    assert partition(imported[0])["log_z"] + imported[1] == pytest.approx(expected, abs=1e-5)


def test_annealing_agrees_with_the_exact_ln_z(imported, tmp_path):
    done = programs.run("ebm-logz", f"--checkpoint={imported[0]}", f"--output={tmp_path / 'x.safetensors'}",
                        "--method=ais", "--chains=400", "--seed=3", "--threads=1", "--format=json")
    assert done.returncode == 0, done.stderr
    estimate = json.loads(done.stdout)
    # One in a million: 4.9 standard errors.
    assert estimate["log_z"] == pytest.approx(partition(imported[0])["log_z"], abs=4.9 * estimate["standard_error"])


def bounds_of(checkpoint, output, *more) -> tuple[dict, dict]:
    """The answer, and its bounds by kind and method."""
    done = programs.run("ebm-logz", f"--checkpoint={checkpoint}", f"--output={output}", "--method=bounds",
                        "--threads=1", "--format=json", *more)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    return answer, {(bound["kind"], bound["method"]): bound for bound in answer["bounds"]}


def test_bounds_enclose_the_exact_ln_z_and_are_stored(imported, tmp_path):
    output = tmp_path / "bounded.safetensors"
    answer, bounds = bounds_of(imported[0], output, "--draws=200")
    exact = partition(imported[0])["log_z"]
    assert bounds["exact", "exact"]["value"] == pytest.approx(exact, abs=1e-6)
    for (kind, _), bound in bounds.items():
        assert kind != "lower" or bound["value"] <= exact
        assert kind != "upper" or bound["value"] >= exact
    stored = partition(output)
    assert (stored["lower_bound"], stored["upper_bound"]) == (answer["lower_bound"], answer["upper_bound"])
    assert stored["method"] == "exact" and stored["log_z"] == pytest.approx(exact, abs=1e-6)
    with programs.Server(output, tmp_path):
        pass  # it is served as any other
    done = programs.run("ebm-logz", f"--checkpoint={output}", "--method=bounds", "--threads=1", "--draws=200")
    assert done.returncode == 0, done.stderr
    words = [line.split() for line in done.stdout.splitlines()]
    assert ["mean_field", "lower"] in [line[:2] for line in words]
    assert ["tree_reweighted", "upper"] in [line[:2] for line in words]


def test_bounds_of_a_restricted_machine_stand_beside_its_estimate(tmp_path):
    output = tmp_path / "rbm.safetensors"
    done = programs.train(output, "--data=digits", "--recipe=rbm", "--binary_threshold=8", "--hidden_widths=8",
                          "--epochs=10", "--log_z=auto")
    assert done.returncode == 0, done.stderr
    exact = partition(output)["log_z"]
    answer, bounds = bounds_of(output, tmp_path / "bounded.safetensors", "--draws=100")
    assert answer["lower_bound"] <= exact <= answer["upper_bound"]
    assert bounds["upper", "perturb_and_map"]["standard_error"] > 0
    assert partition(tmp_path / "bounded.safetensors")["log_z"] == exact, "the estimate stays"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--recipe=rbm", "--hidden_widths=3"), "coordinate 0 has 17 levels"),
        (("--recipe=class_rbm", "--hidden_widths=3", "--binary_threshold=8"), "the class of this one has 10 values"),
        (("--recipe=default",), "bounds are for families rbm and boltzmann; the model's is jem_mlp"),
    ],
)
def test_bounds_are_refused_where_there_are_none(tmp_path, arguments, words):
    output = tmp_path / "model.safetensors"
    done = programs.train(output, "--data=digits", "--epochs=1", *arguments)
    assert done.returncode == 0, done.stderr
    done = programs.run("ebm-logz", f"--checkpoint={output}", "--method=bounds")
    assert done.returncode == 3
    programs.assert_one_line(done.stderr)
    assert words in done.stderr
    done = programs.run("ebm-logz", f"--checkpoint={output}", "--method=bounds", "--chains=200")
    assert done.returncode == 2 and "--method=bounds: has no --chains" in done.stderr


def test_bounds_without_an_estimate_are_printed_and_not_stored(tmp_path):
    model, output = tmp_path / "rbm.safetensors", tmp_path / "bounded.safetensors"
    done = programs.train(model, "--data=digits", "--recipe=rbm", "--binary_threshold=8", "--hidden_widths=30",
                          "--epochs=1")
    assert done.returncode == 0, done.stderr
    before = model.read_bytes()
    done = programs.run("ebm-logz", f"--checkpoint={model}", "--method=bounds", "--draws=100")
    assert done.returncode == 0 and "mean_field" in done.stdout, done.stderr
    done = programs.run("ebm-logz", f"--checkpoint={model}", f"--output={output}", "--method=bounds", "--draws=100")
    assert done.returncode == 3 and "mean_field" in done.stdout
    assert "not written: the model has no estimate of ln Z to store the bounds with" in done.stderr
    assert model.read_bytes() == before and not output.exists()


def test_a_file_in_dwaves_format_says_what_its_variables_are(tmp_path):
    problem, output = tmp_path / "problem.coo", tmp_path / "problem.safetensors"
    problem.write_text("# vartype=BINARY\n0 0 -1.0\n0 1 2.0\n1 1 -1.5\n")
    arguments = (f"--couplings={problem}", "--numbers=energy", f"--output={output}")
    done = programs.run("ebm-import", *arguments, "--variables=spins")
    assert done.returncode == 2 and "says that it is of bits" in done.stderr
    done = programs.run("ebm-import", *arguments)
    assert done.returncode == 0, done.stderr
    done = programs.run("ebm-logz", f"--checkpoint={output}", "--format=json")
    assert done.returncode == 0, done.stderr
    # The energies of 00, 01, 10 and 11 are 0, -1.5, -1 and -.5.
    assert json.loads(done.stdout)["log_z"] == pytest.approx(np.logaddexp.reduce([0, 1.5, 1, 0.5]), abs=1e-6)


def test_scores_are_the_log_probabilities_of_spins(ising, imported, server, tmp_path):
    spins = all_spins()[:: 2**SITES // 50]
    np.save(tmp_path / "spins.npy", spins.astype(np.float32))
    rows = server.ask("score", f"--input={tmp_path / 'spins.npy'}")
    log_z = np.logaddexp.reduce(log_density(ising, all_spins()))
    expected = log_density(ising, spins) - log_z
    np.testing.assert_allclose([row["normalized_log_density"] for row in rows], expected, atol=1e-4)
    page = programs.format_page()
    np.testing.assert_allclose([row["log_density"] for row in rows],
                               page["logits"](*page["read"](imported[0]), spins)[:, 0], atol=1e-4)


def test_samples_are_spins_of_the_model(ising, server, tmp_path):
    output = tmp_path / "samples.npy"
    done = server.client("sample", "--chains=1000", "--steps=200", "--seed=5", f"--output={output}")
    assert done.returncode == 0, done.stderr
    drawn = np.load(output)
    assert set(np.unique(drawn)) == {-1, 1}
    weights = np.exp(log_density(ising, all_spins()) - np.logaddexp.reduce(log_density(ising, all_spins())))
    means = weights @ all_spins()
    # 16 means, each off by 5.4 of its standard errors with a probability of one in ten million.
    assert (np.abs(drawn.mean(axis=0) - means) < 5.4 * np.sqrt((1 - means**2) / 1000)).all()


def test_a_seed_gives_the_same_bits_alone_and_under_load(server, tmp_path):
    np.save(tmp_path / "rows.npy", all_spins()[:500].astype(np.float32))
    programs.assert_same_bits_under_load(server, tmp_path, asks=("score", f"--input={tmp_path / 'rows.npy'}"))


def test_missing_spins_are_filled_given_the_others(server, tmp_path):
    gaps = tmp_path / "gaps.csv"
    gaps.write_text(",".join(["", "1"] * 8) + "\n")
    done = server.client("impute", f"--input={gaps}", f"--output={tmp_path / 'filled.csv'}")
    assert done.returncode == 0, done.stderr
    filled = np.loadtxt(tmp_path / "filled.csv", delimiter=",")
    assert (filled[1::2] == 1).all() and np.isin(filled, [-1, 1]).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("sample", "--kernel=langevin"), "need the gradient of ln p~, which this model does not have"),
        (("classify",), "FAILED_PRECONDITION"),
        (("score", "--hidden_means"), "has no hidden units"),
    ],
)
def test_what_the_model_lacks_is_refused_in_words(server, tmp_path, arguments, words):
    rows = tmp_path / "rows.csv"
    rows.write_text(",".join(["1"] * SITES) + "\n")
    inputs = [] if arguments[0] == "sample" else [f"--input={rows}"]
    done = server.client(*arguments, *inputs)
    assert done.returncode != 0
    assert words in done.stderr


def test_files_that_are_no_lists_are_refused_in_words(tmp_path):
    couplings = tmp_path / "j.csv"
    couplings.write_text("0,1,1\n1,0,2\n")
    done = programs.run("ebm-import", f"--couplings={couplings}", "--numbers=energy",
                        f"--output={tmp_path / 'x.safetensors'}")
    assert done.returncode == 2
    programs.assert_one_line(done.stderr)
    assert "line 2 of numbers: sites 0 and 1 already have a coupling" in done.stderr
    done = programs.run("ebm-import", f"--couplings={couplings}", f"--output={tmp_path / 'x.safetensors'}")
    assert done.returncode == 2 and "--numbers" in done.stderr, "the sign is never guessed"


def test_a_report_and_p_values_of_labelled_pictures(tmp_path):
    output, report = tmp_path / "digits.safetensors", tmp_path / "report.json"
    done = programs.train(output, "--data=digits", "--recipe=boltzmann", "--binary_threshold=8", "--epochs=30",
                          "--log_z=auto")
    assert done.returncode == 0, done.stderr
    done = programs.run("ebm-eval", f"--checkpoint={output}", "--data=digits", f"--report={report}",
                        f"--page={tmp_path / 'report.html'}", "--threads=1")
    assert done.returncode == 0, done.stderr
    figures = json.loads(report.read_text())["figures"]
    assert 0.3 < figures["bits_per_dim"]["value"] < 0.6
    assert figures["auroc_log_density_uniform_noise"]["value"] > 0.99
    with programs.Server(output, tmp_path) as server:
        rows = server.ask("score", "--digits=0:50")
        assert all(0 < row["p_value"] <= 1 and 0 <= row["percentile"] <= 100 for row in rows)
        listing = server.client("models").stdout
        assert "divided at 8" in listing and "p-values from" in listing
        picture = tmp_path / "samples.png"
        done = server.client("sample", "--chains=9", "--seed=2", f"--output={picture}")
        assert done.returncode == 0 and picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("objective", ["pcd", "pseudo_likelihood"])
def test_a_trained_machine_has_the_datas_pairs(tmp_path, objective):
    rng = np.random.default_rng(7)
    first = rng.random(600) < 0.3
    rows = np.column_stack([first, first ^ (rng.random(600) < 0.1), rng.random(600) < 0.6, rng.random(600) < 0.5])
    rows = rows.astype(int)
    data, output = tmp_path / "data.csv", tmp_path / "boltzmann.safetensors"
    data.write_text("a,b,c,d\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))
    done = programs.train(output, f"--data={data}", "--label=none", "--recipe=boltzmann", "--log_z=auto",
                          f"--objective={objective}")
    assert done.returncode == 0, done.stderr
    if objective == "pseudo_likelihood":
        # Four fair coins have 4 ln 2; the rows have less.
        values = [float(words) for words in re.findall(r"pseudo_likelihood +([0-9.]+)", done.stdout)]
        assert 0 < values[-1] < values[0] < 4 * np.log(2) + 0.1
    page = programs.format_page()
    states = np.array(list(itertools.product([0, 1], repeat=4)))
    logits = page["logits"](*page["read"](output), states)[:, 0]
    assert partition(output)["log_z"] == pytest.approx(np.logaddexp.reduce(logits), abs=1e-5)
    probabilities = np.exp(logits - np.logaddexp.reduce(logits))
    means, pair = probabilities @ states, probabilities @ (states[:, 0] * states[:, 1])
    # The chains' noise, the penalty of weights and the rows that are held out: far from a machine without couplings,
    # whose pair has the probability 0.1.
    np.testing.assert_allclose(means, rows.mean(axis=0), atol=0.05)
    assert pair == pytest.approx(np.mean(rows[:, 0] * rows[:, 1]), abs=0.05)
    with programs.Server(output, tmp_path) as trained:
        scored = trained.ask("score", f"--input={data}")
        expected = [logits[int("".join(map(str, row)), 2)] - np.logaddexp.reduce(logits) for row in rows]
        np.testing.assert_allclose([row["normalized_log_density"] for row in scored], expected, atol=1e-4)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--recipe=density", "--objective=cd"), "objective is cd; recipe density supports only pcd"),
        (("--recipe=boltzmann", "--objective=best"), "the known ones are: pcd, cd, pseudo_likelihood"),
        (("--recipe=class_rbm", "--objective=probability_flow"), "the model has 10 classes; one is needed"),
        (("--recipe=boltzmann",), "coordinate 0 has 17 levels; the coordinates of family boltzmann have two"),
        (("--recipe=boltzmann", "--binary_threshold=8", "--hidden_widths=4"), "family boltzmann has no hidden units"),
        (("--recipe=rbm", "--objective=pseudo_likelihood", "--chain_steps=3"), "pseudo_likelihood has no chains"),
        (("--recipe=rbm", "--objective=pseudo_likelihood", "--density_weight=2"), "pseudo_likelihood has no chains"),
    ],
)
def test_flags_that_do_not_fit_are_refused_in_words(tmp_path, arguments, words):
    done = programs.train(tmp_path / "x.safetensors", "--data=digits", *arguments)
    assert done.returncode == 2
    programs.assert_one_line(done.stderr)
    assert words in done.stderr
    assert not list(tmp_path.iterdir()), "nothing is left that a next run would have to overwrite"
