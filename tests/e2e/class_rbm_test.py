"""A classification RBM on digits as 17 levels, from training to answers."""

import json
import pathlib

import grpc
import numpy as np
import programs
import pytest


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> pathlib.Path:
    output = tmp_path_factory.mktemp("rbm") / "rbm.safetensors"
    done = programs.train(output, "--data=digits", "--recipe=class_rbm", "--hidden_widths=8", "--epochs=20",
                          "--log_z=auto")
    assert done.returncode == 0, done.stderr
    return output


@pytest.fixture(scope="module")
def server(trained, tmp_path_factory):
    with programs.Server(trained, tmp_path_factory.mktemp("server")) as server:
        yield server


def section(path: pathlib.Path, name: str) -> dict:
    return json.loads(programs.format_page()["read"](path)[0][name])


def test_the_served_logits_are_those_of_the_format_page(trained, server):
    page = programs.format_page()
    logits = page["logits"](*page["read"](trained), programs.digits()[:20, :64])
    scores = [row["log_density"] for row in server.ask("score", "--digits=0:20")]
    np.testing.assert_allclose(scores, np.logaddexp.reduce(logits, axis=1), rtol=1e-5, atol=1e-3)
    classes = [row["class"] for row in server.ask("classify", "--digits=0:20")]
    programs.assert_best_classes(classes, logits)


def test_few_hidden_units_have_an_exact_ln_z(trained):
    partition = section(trained, "partition")
    assert partition["method"] == "exact" and partition["standard_error"] == 0
    _, tensors = programs.format_page()["read"](trained)
    weight, bias = tensors["rbm.weight"].astype(float), tensors["rbm.visible_bias"].astype(float)
    h = (np.arange(256)[:, None] >> np.arange(8) & 1).astype(float)
    visible = np.logaddexp.reduce((bias + h @ weight.T).reshape(256, 64, 17), axis=2).sum(1)
    of_class = np.logaddexp.reduce(tensors["rbm.class_bias"] + h @ tensors["rbm.class_weight"].T, axis=1)
    terms = h @ tensors["rbm.hidden_bias"] + visible + of_class
    assert partition["log_z"] == pytest.approx(np.logaddexp.reduce(terms), abs=1e-5)


def test_annealing_agrees_with_the_exact_ln_z(trained, tmp_path):
    done = programs.run("ebm-logz", f"--checkpoint={trained}", f"--output={tmp_path / 'x.safetensors'}", "--method=ais",
                        "--chains=400", "--seed=3", "--threads=1", "--format=json")
    assert done.returncode == 0, done.stderr
    estimate = json.loads(done.stdout)
    # One in a million: 4.9 standard errors.
    assert estimate["log_z"] == pytest.approx(section(trained, "partition")["log_z"],
                                              abs=4.9 * estimate["standard_error"])


def test_scores_are_probabilities(trained, server):
    rows = server.ask("score", "--digits=0:50")
    log_z = section(trained, "partition")["log_z"]
    for row in rows:
        assert row["normalized_log_density"] == pytest.approx(row["log_density"] - log_z, abs=1e-3)
        assert row["bits_per_dimension"] == pytest.approx(-row["normalized_log_density"] / 64 / np.log(2), abs=1e-5)
        assert row["gradient_norm"] is None and 0 < row["p_value"] <= 1
    assert np.mean([row["bits_per_dimension"] for row in rows]) < 2.5, "17 levels have 4.09 bits"


def test_hidden_means_are_features(trained, server, tmp_path):
    _, tensors = programs.format_page()["read"](trained)
    x = programs.digits()[:20, :64].astype(int)
    fields = tensors["rbm.hidden_bias"] + tensors["rbm.weight"].reshape(64, 17, 8)[np.arange(64), x].sum(axis=1)
    with_class = fields[:, None] + tensors["rbm.class_weight"]
    logits = tensors["rbm.class_bias"] + np.logaddexp(0, with_class).sum(axis=2)
    of_class = np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))
    expected = (of_class[:, :, None] / (1 + np.exp(-with_class))).sum(axis=1)
    output = tmp_path / "features.npy"
    done = server.client("score", "--digits=0:20", "--hidden_means", f"--output={output}")
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(np.load(output)["hidden_means"], expected, atol=1e-5)
    printed = server.ask("score", "--digits=0:20", "--hidden_means")
    np.testing.assert_allclose([row["hidden_means"] for row in printed], expected, atol=1e-5)
    done = server.client("score", "--digits=0:20", "--hidden_means")
    assert done.returncode == 2 and "add --output=FILE or --format=json" in done.stderr


def test_the_report_has_all_that_needs_no_gradient(trained, tmp_path):
    report = tmp_path / "report.json"
    done = programs.run("ebm-eval", f"--checkpoint={trained}", "--data=digits", f"--report={report}",
                        f"--page={tmp_path / 'report.html'}", "--threads=1")
    assert done.returncode == 0, done.stderr
    figures = json.loads(report.read_text())["figures"]
    assert 2 < figures["bits_per_dim"]["value"] < 2.6
    assert figures["auroc_log_density_uniform_noise"]["value"] > 0.99
    assert not any("gradient" in name for name in figures)


def test_samples_are_levels_and_keep_what_is_held(server, tmp_path):
    output = tmp_path / "samples.npy"
    done = server.client("sample", "--chains=40", "--seed=1", "--steps=100", "--start_digit=5", "--held_rows=0:4",
                         f"--output={output}")
    assert done.returncode == 0, done.stderr
    samples = np.load(output)
    assert np.isin(samples, np.arange(17)).all()
    assert (samples[:, :32] == programs.digits()[5, :32]).all()
    assert np.unique(samples[:, 32:], axis=0).shape[0] == 40


def test_states_come_as_bytes_on_request(server, wire):
    with grpc.insecure_channel(server.address) as channel:
        stub = wire.InferenceServiceStub(channel)

        def states(**fields):
            frames = [response.frame for response in stub.Sample(wire.SampleRequest(chains=7, seed=4, **fields))
                      if response.HasField("frame")]
            kinds = {wire.DATA_TYPE_FLOAT32: "<f4", wire.DATA_TYPE_UINT8: "u1"}
            rows = {}
            for frame in frames:
                values = np.frombuffer(frame.states.data, kinds[frame.states.data_type]).reshape(frame.states.shape)
                rows |= dict(zip(frame.chains, values))
            return np.array([rows[chain] for chain in range(7)])

        plain, packed = states(), states(states_type=wire.DATA_TYPE_UINT8)
        assert packed.dtype == np.uint8 and (plain == packed).all()


def test_samples_of_a_class_are_classified_as_it(server, tmp_path):
    output = tmp_path / "threes.npy"
    done = server.client("sample", "--chains=50", "--class=3", "--seed=1", f"--output={output}")
    assert done.returncode == 0, done.stderr
    classes = [row["class"] for row in server.ask("classify", f"--input={output}")]
    assert classes.count(3) > 15, "of 50, and 5 would be so by chance"


def test_a_seed_gives_the_same_bits_alone_and_under_load(server, tmp_path):
    programs.assert_same_bits_under_load(server, tmp_path)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("sample", "--kernel=langevin"), "need the gradient of ln p~, which this model does not have"),
        (("sample", "--anneal", "--start=base"), "need the gradient of ln p~, which this model does not have"),
        (("sample", "--step_size=0.1"), "Gibbs chains have neither"),
        (("sample", "--temperature=0"), "temperature"),
    ],
)
def test_what_the_model_lacks_is_refused_in_words(server, arguments, words):
    done = server.client(*arguments)
    assert done.returncode != 0
    programs.assert_one_line(done.stderr)
    assert words in done.stderr


def test_a_row_that_is_not_of_levels_is_refused(server, tmp_path):
    rows = tmp_path / "rows.csv"
    row = ["0"] * 64
    row[3] = "2.5"
    rows.write_text(",".join(row) + "\n")
    done = server.client("score", f"--input={rows}")
    assert done.returncode == 1
    assert "value 3 is 2.5, must be 0 to 16 in steps of 1" in done.stderr


def test_recipe_rbm_has_no_classes(tmp_path):
    output = tmp_path / "rbm.safetensors"
    done = programs.train(output, "--data=digits", "--recipe=rbm", "--hidden_widths=8", "--epochs=10", "--log_z=auto")
    assert done.returncode == 0, done.stderr
    with programs.Server(output, tmp_path) as plain:
        row = plain.ask("score", "--digits=0:1")[0]
        page = programs.format_page()
        logits = page["logits"](*page["read"](output), programs.digits()[:1, :64])
        assert logits.shape == (1, 1)
        assert row["log_density"] == pytest.approx(logits[0, 0], rel=1e-5)
        refused = plain.client("classify", "--digits=0:1")
        assert refused.returncode == 1 and "FAILED_PRECONDITION" in refused.stderr


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--hidden_widths=8,8",), "hidden_widths has 2 entries; family rbm has one"),
        (("--family=jem_resnet",), "recipe class_rbm supports only rbm"),
        (("--base=gaussian",), "recipe class_rbm supports only independent"),
        (("--activation=silu",), "family rbm has none"),
        (("--density_weight=-1",), "density_weight is -1; 0 to 100 is allowed"),
        (("--weight_penalty=nan",), "weight_penalty is nan; 0 to 100 is allowed"),
        (("--chain_step_size=0.1",), "the recipe's chains are Gibbs chains"),
    ],
)
def test_flags_that_do_not_fit_are_refused_in_words(tmp_path, more, words):
    done = programs.train(tmp_path / "x.safetensors", "--data=digits", "--recipe=class_rbm", *more)
    assert done.returncode == 2
    programs.assert_one_line(done.stderr)
    assert words in done.stderr


def test_a_table_of_categories_and_numbers(tmp_path):
    rng = np.random.default_rng(1)
    lines = ["colour,size,loud,kind"]
    for _ in range(300):
        kind = rng.integers(2)
        colour = rng.choice(["red", "green", "blue"], p=[0.8, 0.1, 0.1] if kind else [0.1, 0.1, 0.8])
        size = rng.binomial(6, 0.7 if kind else 0.3)
        lines.append(f"{colour},{size},{'yes' if rng.random() < 0.5 else 'no'},{'a' if kind else 'b'}")
    data, output = tmp_path / "data.csv", tmp_path / "table.safetensors"
    data.write_text("\n".join(lines) + "\n")
    done = programs.train(output, f"--data={data}", "--label=kind", "--recipe=class_rbm", "--hidden_widths=4",
                          "--epochs=30", "--log_z=auto")
    assert done.returncode == 0, done.stderr
    with programs.Server(output, tmp_path) as table_server:
        rows = table_server.ask("score", f"--input={data}")
        assert np.mean([row["normalized_log_density"] for row in rows]) > -4.2, "far more probable than 1 in 84"
        samples = tmp_path / "samples.npy"
        done = table_server.client("sample", "--chains=300", "--seed=2", f"--output={samples}")
        assert done.returncode == 0, done.stderr
        drawn = np.load(samples)
        assert np.isin(drawn[:, 0], [0, 1, 2]).all() and np.isin(drawn[:, 1], np.arange(7)).all()
    logits = programs.format_page()
    metadata, tensors = logits["read"](output)
    np.testing.assert_allclose(
        np.logaddexp.reduce(logits["logits"](metadata, tensors, drawn[:5]), axis=1).shape, (5,))


def test_a_table_with_gaps_is_trained_on_and_filled(tmp_path):
    rng = np.random.default_rng(5)
    kinds = rng.integers(2, size=400)
    votes = (rng.random((400, 8)) < 0.05) ^ (kinds[:, None] == np.arange(8) % 2)
    gone = rng.random((400, 8)) < 0.2
    words = np.where(gone, "?", np.where(votes, "yes", "no"))
    header = ",".join(f"vote{i}" for i in range(8))
    table, gaps, filled = (tmp_path / name for name in ("table.csv", "gaps.csv", "filled.csv"))
    table.write_text("\n".join([header + ",party"] + [",".join([*row, "ab"[kind]]) for row, kind in
                                                      zip(words[:300], kinds[:300], strict=True)]) + "\n")
    gaps.write_text("\n".join([header] + [",".join(row) for row in words[300:]]) + "\n")
    output = tmp_path / "votes.safetensors"
    done = programs.train(output, f"--data={table}", "--label=party", "--recipe=class_rbm", "--hidden_widths=4",
                          "--epochs=60")
    assert done.returncode == 0, done.stderr
    assert "rows have missing values" in done.stdout
    with programs.Server(output, tmp_path) as server:
        done = server.client("impute", f"--input={gaps}", f"--output={filled}")
        assert done.returncode == 0, done.stderr
        answers = server.ask("classify", f"--input={gaps}")
    guesses = np.array([line.split(",") for line in filled.read_text().splitlines()[1:]])
    truth = np.where(votes[300:], "yes", "no")
    assert (guesses == truth)[~gone[300:]].all(), "known values stay"
    # About 160 guesses, each right with a probability of 0.95; 0.5 by chance. 0.8 is 8 standard errors from both.
    assert np.mean((guesses == truth)[gone[300:]]) > 0.8
    # A row lacks more than four of its eight votes with a probability of 0.01.
    assert np.mean([answer["label"] == "ab"[kind] for answer, kind in zip(answers, kinds[300:], strict=True)]) > 0.9


def test_levels_need_not_be_multiples_of_their_step(tmp_path):
    rng = np.random.default_rng(2)
    data, output = tmp_path / "odd.csv", tmp_path / "odd.safetensors"
    rows = 1 + 2 * rng.binomial(4, 0.5, size=(200, 3))
    data.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    done = programs.train(output, f"--data={data}", "--label=none", "--data_step=2", "--recipe=rbm",
                          "--hidden_widths=3", "--epochs=5")
    assert done.returncode == 0, done.stderr
    with programs.Server(output, tmp_path) as odd:
        explained = odd.ask("score", f"--input={data}", "--explain")
        best = {entry["best_value"] for row in explained for entry in row["explanation"]}
        assert best and best <= {1, 3, 5, 7, 9}
        gaps = tmp_path / "gaps.csv"
        gaps.write_text("1,,3\n,5,\n")
        done = odd.client("impute", f"--input={gaps}", f"--output={tmp_path / 'filled.csv'}")
        assert done.returncode == 0, done.stderr
        filled = np.loadtxt(tmp_path / "filled.csv", delimiter=",")
        assert np.isin(filled, [1, 3, 5, 7, 9]).all() and filled[0, 0] == 1 and filled[1, 1] == 5


def test_grey_pictures_are_divided_at_a_threshold(tmp_path):
    output = tmp_path / "black_and_white.safetensors"
    done = programs.train(output, "--data=digits", "--recipe=class_rbm", "--binary_threshold=8", "--hidden_widths=8",
                          "--epochs=10", "--log_z=auto")
    assert done.returncode == 0, done.stderr
    page = programs.format_page()
    with programs.Server(output, tmp_path) as server:
        logits = page["logits"](*page["read"](output), programs.digits()[:20, :64])
        rows = server.ask("score", "--digits=0:20")
        np.testing.assert_allclose([row["log_density"] for row in rows], np.logaddexp.reduce(logits, axis=1), rtol=1e-5,
                                   atol=1e-3)
        assert max(row["bits_per_dimension"] for row in rows) < 1.5, "black or white is one bit"
        samples = tmp_path / "samples.npy"
        done = server.client("sample", "--chains=50", "--start_digit=5", "--held_rows=0:4", f"--output={samples}")
        assert done.returncode == 0, done.stderr
        drawn = np.load(samples)
        assert set(np.unique(drawn[:, 32:])) == {0, 16}
        assert (drawn[:, :32] == programs.digits()[5, :32]).all(), "held values come back as they were given"
        [column] = server.ask("models")[0]["columns"]
        assert column["threshold"] == 8 and column["range"] == [0, 16]


def test_a_threshold_needs_a_model_of_levels(tmp_path):
    done = programs.train(tmp_path / "x.safetensors", "--data=digits", "--recipe=density", "--binary_threshold=8")
    assert done.returncode == 2
    programs.assert_one_line(done.stderr)
    assert "binary_threshold: only recipes of models of levels have one" in done.stderr


def test_a_table_with_continuous_columns_is_refused(tmp_path):
    data = tmp_path / "data.csv"
    data.write_text("x,y\n" + "".join(f"{i * 0.37},{i % 2}\n" for i in range(60)))
    done = programs.train(tmp_path / "x.safetensors", f"--data={data}", "--recipe=class_rbm")
    assert done.returncode == 2
    assert "column 'x' has numbers without a step; a model of levels needs" in done.stderr
