"""ebm-logz: an estimate that lands in the checkpoint whole, or not at all."""

import json
import os
import pty
import select
import signal
import subprocess

import numpy as np
import numpy_model
import programs
import pytest
import safetensors
import safetensors.numpy

SMALL = ("--chains=200", "--steps=60", "--seed=5", "--threads=1")


def log_z(checkpoint, *arguments, **options) -> subprocess.CompletedProcess:
    return programs.run("ebm-logz", f"--checkpoint={checkpoint}", *arguments, **options)


def metadata_of(checkpoint) -> dict:
    with safetensors.safe_open(checkpoint, framework="numpy") as file:
        return file.metadata()


@pytest.fixture(scope="module")
def estimated(checkpoint, tmp_path_factory):
    """The tiny model with its ln Z, and what the program said of it."""
    output = tmp_path_factory.mktemp("logz") / "estimated.safetensors"
    done = log_z(checkpoint, f"--output={output}", *SMALL, "--format=json")
    assert done.returncode == 0, done.stderr
    programs.assert_one_line(done.stdout)
    return output, json.loads(done.stdout)


def test_the_estimate_stands_in_the_checkpoint_and_nothing_else_changes(checkpoint, estimated):
    output, said = estimated
    before, after = metadata_of(checkpoint), metadata_of(output)
    recorded = json.loads(after.pop("partition"))
    assert recorded == {
        **{name: said[name] for name in ("log_z", "standard_error", "effective_sample_size", "reverse_log_z")},
        **{"chains": 200, "steps": 60, "seed": 5, "base": "uniform", "temperature": 1.0},
        **{"box_lower": pytest.approx(said["box"][0]), "box_upper": pytest.approx(said["box"][1])},
    }
    assert before.pop("content_sha256") != after.pop("content_sha256")
    assert before == after
    ours, theirs = safetensors.numpy.load_file(checkpoint), safetensors.numpy.load_file(output)
    assert ours.keys() == theirs.keys()
    assert all(ours[name].tobytes() == theirs[name].tobytes() for name in ours)


def test_the_estimate_agrees_with_plain_importance_sampling(estimated):
    """Uniform draws in numpy: noisier, but of the same integral."""
    output, said = estimated
    lower, upper = said["box"]
    x = np.random.default_rng(3).uniform(lower, upper, (20000, 64)).astype(np.float32)
    log_density = numpy_model.Mlp.load(output).log_density(x)
    weights = np.exp(log_density - log_density.max())
    plain = np.log(weights.mean()) + log_density.max() + 64 * np.log(upper - lower)
    plain_error = weights.std() / weights.mean() / np.sqrt(len(x))
    six_sigma = 6 * np.hypot(plain_error, said["standard_error"])  # 2e-9, if both are normal
    assert abs(said["log_z"] - plain) < six_sigma < 0.25
    assert said["lower"] < said["log_z"] < said["upper"]


def test_the_same_seed_gives_the_same_file_on_any_number_of_threads(checkpoint, estimated, tmp_path):
    again = tmp_path / "again.safetensors"
    assert log_z(checkpoint, f"--output={again}", *SMALL[:-1], "--threads=3").returncode == 0
    assert again.read_bytes() == estimated[0].read_bytes()


def test_without_an_output_the_checkpoint_itself_is_replaced(checkpoint, estimated, tmp_path):
    copy = tmp_path / "model.safetensors"
    copy.write_bytes(checkpoint.read_bytes())
    done = log_z(copy, *SMALL)
    assert done.returncode == 0, done.stderr
    assert "95 % interval" in done.stdout and "uniform on" in done.stdout
    assert copy.read_bytes() == estimated[0].read_bytes()


def test_a_server_serves_a_checkpoint_with_an_estimate(estimated, tmp_path):
    with programs.Server(estimated[0], tmp_path) as server:
        assert len(server.ask("score", "--digits=0:3")) == 3


@pytest.mark.parametrize("schedule", ["geometric", "linear"])
def test_other_schedules_come_to_the_same(checkpoint, estimated, tmp_path, schedule):
    _, adaptive = estimated
    output = tmp_path / "other.safetensors"
    done = log_z(checkpoint, f"--output={output}", *SMALL, f"--schedule={schedule}", "--format=json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    six_sigma = 6 * np.hypot(said["standard_error"], adaptive["standard_error"])  # 2e-9, if both are normal
    assert abs(said["log_z"] - adaptive["log_z"]) < six_sigma < 1


def test_what_cannot_be_claimed_is_not_written(checkpoint, tmp_path):
    """On so wide a box one step leaves the weights to a few chains."""
    output = tmp_path / "none.safetensors"
    done = log_z(checkpoint, f"--output={output}", "--chains=200", "--steps=1", "--box=-60,60", "--threads=1")
    assert done.returncode == 3, done.stdout + done.stderr
    problem, advice = done.stderr.strip().splitlines()
    assert "effective sample size" in problem and "--steps=" in advice and "--chains=" in advice
    assert done.stdout == "" and not output.exists()


PART = ("--chains=101", "--steps=60", "--seed=5", "--threads=1")


@pytest.fixture(scope="module")
def parts(checkpoint, tmp_path_factory):
    """The weights of chains 0 to 100 and 101 to 201."""
    files = [tmp_path_factory.mktemp("parts") / f"part-{first}.safetensors" for first in (0, 101)]
    before = checkpoint.read_bytes()
    for first, file in zip((0, 101), files, strict=True):
        done = log_z(checkpoint, f"--weights={file}", f"--first_chain={first}", *PART, "--format=json")
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        assert (said["first_chain"], said["chains"], said["steps"]) == (first, 101, 60)
    assert checkpoint.read_bytes() == before
    return files


def test_parts_are_joined_to_the_estimate_of_one_run(checkpoint, parts, tmp_path):
    whole, joined = tmp_path / "whole.safetensors", tmp_path / "joined.safetensors"
    done = log_z(checkpoint, f"--output={whole}", "--chains=202", *PART[1:], "--format=json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    merge = f"--merge={parts[1]},{parts[0]}"
    done = log_z(checkpoint, f"--output={joined}", merge, "--format=json")
    assert done.returncode == 0, done.stderr
    merged = json.loads(done.stdout)
    assert merged["effective_sample_size"] == said["effective_sample_size"]
    assert (merged["log_z"], merged["chains"], merged["seed"]) == (said["log_z"], 202, 5)
    # Beyond it by chance in 2e-9 of runs, if both are normal.
    six_sigma = 6 * np.hypot(said["reverse_standard_error"], merged["reverse_standard_error"])
    assert abs(merged["reverse_log_z"] - said["reverse_log_z"]) < six_sigma < 1
    assert json.loads(metadata_of(joined)["partition"])["log_z"] == merged["log_z"]


def test_the_weights_are_open_to_other_tools(parts):
    weights = safetensors.numpy.load_file(parts[1])
    assert {name: (str(one.dtype), one.shape) for name, one in weights.items()} == {
        "forward": ("float64", (101,)),
        "reverse": ("float64", (101,)),
        "betas": ("float64", (61,)),
        "step_sizes": ("float32", (61,)),
    }


def test_parts_that_do_not_belong_together_are_refused(checkpoint, parts, tmp_path):
    other = tmp_path / "other.safetensors"
    assert log_z(checkpoint, f"--weights={other}", "--first_chain=101", *PART[:2], "--seed=6").returncode == 0
    refusals = {
        f"--merge={parts[1]}": "a part is missing",
        f"--merge={parts[0]},{parts[0]}": "two parts have chains in common",
        f"--merge={parts[0]},{other}": "another --seed",
        f"--merge={parts[0]},{checkpoint}": "metadata 'kind' is missing",
        f"--merge={parts[0]},{tmp_path / 'none'}": "none",
    }
    for merge, words in refusals.items():
        done = log_z(checkpoint, f"--output={tmp_path / 'out.safetensors'}", merge)
        assert done.returncode == 2 and words in done.stderr, done.stderr
        programs.assert_one_line(done.stderr)
    assert not (tmp_path / "out.safetensors").exists()


def test_parts_of_another_model_are_refused(parts, tmp_path):
    other = tmp_path / "other.safetensors"
    assert programs.train(other, "--data=digits", "--epochs=1", "--seed=77").returncode == 0
    done = log_z(other, f"--merge={parts[0]},{parts[1]}")
    assert done.returncode == 2 and "another model" in done.stderr


def read_until(terminal: int, words: str) -> str:
    """What the program draws on its terminal, up to the words."""
    text = ""
    while words not in text:
        ready, _, _ = select.select([terminal], [], [], 60)
        assert ready, f"nothing but {text!r}"
        text += os.read(terminal, 4096).decode()
    return text


def test_an_interrupt_ends_it_with_nothing_written(checkpoint, tmp_path):
    """On a terminal, where a bar tells how far it has come."""
    output = tmp_path / "none.safetensors"
    command = [programs.BIN / "ebm-logz", f"--checkpoint={checkpoint}", f"--output={output}", "--steps=2000"]
    ours, its = pty.openpty()
    with subprocess.Popen([*command, "--threads=1"], stdout=subprocess.PIPE, stderr=its, text=True) as run:
        assert "pilot run [" in read_until(ours, " left")
        assert run.poll() is None
        run.send_signal(signal.SIGINT)
        assert "\r\033[Kebm-logz: " in read_until(ours, "\n")
        assert run.wait(20) == 130 and run.stdout.read() == ""
    os.close(ours)
    os.close(its)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("--chains=100",),
        ("--chains=many",),
        ("--steps=0",),
        ("--steps=some",),
        ("--seed=-1",),
        ("--box=1",),
        ("--box=1,-1",),
        ("--format=xml",),
        ("--output=/no/such/folder/model.safetensors",),
        ("--colour=red",),
        ("--first_chain=5",),
        ("--weights=/no/such/folder/part.safetensors",),
        ("--weights=part", "--merge=part"),
        ("--weights=part", "--output=model.safetensors"),
        ("--merge=part", "--seed=7"),
    ],
    ids=" ".join,
)
def test_bad_arguments_are_one_line_and_status_2(checkpoint, arguments):
    done = log_z(checkpoint, *arguments)
    assert done.returncode == 2
    programs.assert_one_line(done.stderr)


def test_a_missing_or_broken_checkpoint_is_one_line_and_status_2(tmp_path):
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"no model")
    for checkpoint in (broken, tmp_path / "none.safetensors"):
        done = log_z(checkpoint)
        assert done.returncode == 2
        programs.assert_one_line(done.stderr)
        assert str(checkpoint) in done.stderr
