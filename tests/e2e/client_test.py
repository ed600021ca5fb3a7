"""ebm-client with ebm-server: every command, every format, and errors for bad input."""

import gzip
import json
import struct

import numpy as np
import numpy_model
import programs
import pytest

ROWS = slice(1350, 1360)  # rows of the test split


@pytest.fixture(scope="module")
def rows():
    return programs.digits()[ROWS]


@pytest.fixture
def csv(tmp_path, rows):
    file = tmp_path / "rows.csv"
    np.savetxt(file, rows, delimiter=",", fmt="%g")
    return file


@pytest.fixture
def model(server, checkpoint):
    """The numpy model with the scaling that the server reports: maps [n, D] in data units to logits."""
    scaling = server.ask("models")[0]["scaling"]
    mlp = numpy_model.Mlp.load(checkpoint)
    return lambda x: mlp.logits(scaling["scale"] * x.astype(np.float64) + scaling["offset"])


def test_classify_gives_the_softmax_of_the_logits(server, csv, rows, model):
    answers = server.ask("classify", f"--input={csv}")
    logits = model(rows[:, :64])
    expected = numpy_model.softmax(logits)
    assert [answer["row"] for answer in answers] == list(range(len(rows)))
    programs.assert_best_classes([answer["class"] for answer in answers], logits)
    np.testing.assert_allclose([answer["probabilities"] for answer in answers], expected, atol=1e-5)


def test_metropolis_says_how_many_steps_were_accepted(server):
    flags = ("--chains=4", "--steps=40", "--step_size=0.02", "--noise=0.02", "--metropolis", "--seed=1")
    answer = server.ask("sample", *flags)[0]
    assert answer["metropolis"] is True and answer["final_noise_free_step"] is False
    assert 0 < answer["acceptance_rate"] <= 1
    assert server.ask("sample", *flags)[0]["states"] == answer["states"]
    plain = server.ask("sample", *flags[:-2])[0]
    assert plain["metropolis"] is False and "acceptance_rate" not in plain
    refused = server.client("sample", "--chains=1", "--noise=0", "--metropolis")
    assert refused.returncode == 1 and "sampler.noise_scale: 0, must be above 0" in refused.stderr


def test_score_gives_the_log_sum_exp_of_the_logits(server, csv, rows, model):
    answers = server.ask("score", f"--input={csv}")
    logits = model(rows[:, :64])
    expected = numpy_model.log_sum_exp(logits)
    np.testing.assert_allclose([answer["log_density"] for answer in answers], expected, rtol=1e-4, atol=1e-4)
    softmax = numpy_model.softmax(logits).max(axis=1)
    np.testing.assert_allclose([answer["max_softmax"] for answer in answers], softmax, atol=1e-5)
    assert all(0 <= answer["percentile"] <= 100 and answer["gradient_norm"] >= 0 for answer in answers)


def test_noise_scores_below_digits(server, tmp_path, csv):
    noise = tmp_path / "noise.npy"
    np.save(noise, np.random.default_rng(0).uniform(0, 16, (10, 64)).astype(np.float32))
    digits = [answer["log_density"] for answer in server.ask("score", f"--input={csv}")]
    assert max(answer["log_density"] for answer in server.ask("score", f"--input={noise}")) < min(digits)


@pytest.mark.parametrize("command", ["classify", "score"])
def test_every_input_format_gives_the_same_answer(server, command, csv, rows, tmp_path):
    np.save(tmp_path / "rows.npy", rows)
    for file in (csv, tmp_path / "rows.npy"):
        file.with_name(file.name + ".gz").write_bytes(gzip.compress(file.read_bytes()))
    sources = [f"--input={tmp_path / name}" for name in ("rows.npy", "rows.csv.gz", "rows.npy.gz")]
    expected = server.ask(command, f"--input={csv}")
    for source in [*sources, f"--digits={ROWS.start}:{len(rows)}"]:
        assert server.ask(command, source) == expected


def test_labels_are_only_used_for_the_accuracy(server, csv, rows, tmp_path):
    np.savetxt(tmp_path / "bare.csv", rows[:, :64], delimiter=",", fmt="%g")
    labelled = server.client("classify", f"--input={csv}")
    bare = server.client("classify", f"--input={tmp_path / 'bare.csv'}")
    assert "accuracy" in labelled.stdout and "accuracy" not in bare.stdout
    probabilities = [answer["probabilities"] for answer in server.ask("classify", f"--input={csv}")]
    assert probabilities == [a["probabilities"] for a in server.ask("classify", f"--input={tmp_path / 'bare.csv'}")]


def test_models_describes_the_model(server):
    (model,) = server.ask("models")
    assert model["name"] == "tiny" and model["input_shape"] in ([64], [8, 8])
    assert set(model["capabilities"]) >= {"classify", "score", "percentile", "sample"}


def test_sample_writes_an_array(server, tmp_path):
    output = tmp_path / "samples.npy"
    (answer,) = server.ask("sample", "--chains=3", "--steps=5", "--seed=7", "--class=4", f"--output={output}")
    states = np.load(output)
    assert states.shape == (3, 64) and states.dtype == np.float32 and np.isfinite(states).all()
    assert (answer["seed"], answer["class"], answer["steps"], answer["chains_finished"]) == (7, 4, 5, 3)
    assert answer["temperature"] == pytest.approx(answer["noise"] ** 2 / (2 * answer["step_size"]))


def test_sample_prints_the_states(server, tmp_path):
    arguments = ("--chains=2", "--steps=3", "--seed=7")
    (answer,) = server.ask("sample", *arguments)
    server.ask("sample", *arguments, f"--output={tmp_path / 'samples.npy'}")
    np.testing.assert_array_equal(np.float32(answer["states"]), np.load(tmp_path / "samples.npy"))


def test_sample_draws_a_sheet(server, tmp_path):
    output = tmp_path / "samples.png"
    done = server.client("sample", "--chains=4", "--steps=3", f"--output={output}")
    assert done.returncode == 0, done.stderr
    header = output.read_bytes()[:24]
    width, height = struct.unpack(">II", header[16:])
    assert header[:8] == b"\x89PNG\r\n\x1a\n" and width >= 16 and height >= 16


def test_a_picture_is_an_input(server, tmp_path):
    png = pytest.importorskip("PIL.Image")
    image = (programs.digits()[0, :64].reshape(8, 8) * 255 / 16).round().astype(np.uint8)
    png.fromarray(image).save(tmp_path / "digit.png")
    (answer,) = server.ask("classify", f"--input={tmp_path / 'digit.png'}")
    np.testing.assert_allclose(
        answer["probabilities"], server.ask("classify", "--digit=0")[0]["probabilities"], atol=0.05
    )


def test_tables_are_for_people(server, csv):
    for command in ("classify", "score", "models"):
        done = server.client(command, *([] if command == "models" else [f"--input={csv}"]))
        assert done.returncode == 0 and done.stdout
        with pytest.raises(json.JSONDecodeError):
            json.loads(done.stdout.splitlines()[0])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("1,2,3\n", "64"),
        (",".join(["1"] * 63 + ["nan"]) + "\n", "nan"),
        (",".join(["1"] * 63 + ["inf"]) + "\n", "inf"),
        (",".join(["1"] * 64) + "\n" + "1,2\n", "2"),
        (",".join(["one"] * 64) + "\n", "one"),
        (",".join(["1"] * 64 + ["10"]) + "\n", "10"),
        ("", "rows.csv"),
    ],
    ids=["width", "nan", "infinity", "ragged", "words", "label", "empty"],
)
def test_bad_rows_are_usage_errors(server, tmp_path, content, says):
    file = tmp_path / "rows.csv"
    file.write_text(content)
    done = server.client("classify", f"--input={file}")
    assert done.returncode == 2
    programs.assert_one_line(done.stderr)
    assert says in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("classify", "--input=/no/such/file.csv"),
        ("classify", "--digit=1797"),
        ("classify", "--digit=0", "--colour=red"),
        ("classify",),
        ("score", "--digit=0", "--format=xml"),
        ("sample", "--chains=1", "--output=/no/such/folder/samples.npy"),
        ("sample", "--chains=1", "--output=samples.jpeg"),
        ("sample", "--chains=many"),
    ],
    ids=" ".join,
)
def test_bad_arguments_are_usage_errors(server, arguments):
    done = server.client(*arguments)
    assert done.returncode == 2
    programs.assert_one_line(done.stderr)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--chains=1", "--class=10"), "target_class"),
        (("--chains=100000",), "chains"),
        (("--chains=0",), "chains"),
        (("--chains=1", "--steps=1000000000"), "steps"),
        (("--chains=1000", "--steps=100000"), "steps"),
        (("--chains=1", "--step_size=-1"), "step_size"),
        (("--chains=1", "--step_size=nan"), "step_size"),
        (("--chains=1", "--noise=-1"), "noise"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_refused_samples_name_the_field(server, arguments, says):
    done = server.client("sample", *arguments)
    assert done.returncode in (1, 2)  # rejected by the server, or by the client before any call
    programs.assert_one_line(done.stderr)
    assert says in done.stderr


def test_a_server_that_is_not_there_is_an_error():
    done = programs.run("ebm-client", "models", "--server=127.0.0.1:1", "--deadline=5")
    assert done.returncode == 1
    programs.assert_one_line(done.stderr)


@pytest.mark.parametrize("arguments", [(), ("dance",), ("--help",), ("sample", "--help")], ids=" ".join)
def test_help_and_its_absence(arguments):
    done = programs.run("ebm-client", *arguments)
    assert done.returncode == (0 if "--help" in arguments else 2)
