"""ebm-train: complete files, runs that resume where they stopped, and clear errors for bad input."""

import csv
import json
import random
import signal
import subprocess
import time

import numpy as np
import programs
import pytest
import safetensors
import safetensors.numpy

DATA = ("--data=digits", "--seed=3")


@pytest.fixture
def start_training():
    """Starts trainers and kills them at the end of the test."""
    runs = []

    def start(output, *arguments) -> subprocess.Popen:
        arguments = programs.with_recipe([*DATA, *arguments])
        command = [programs.BIN / "ebm-train", f"--output={output}", "--threads=1", *arguments]
        runs.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))
        return runs[-1]

    yield start
    for run in runs:
        run.kill()
        run.wait()


def state_of(output):
    """The file that --resume reads. It is written after every epoch."""
    return output.with_suffix(".state.safetensors")


def metadata_of(checkpoint) -> dict[str, str]:
    with safetensors.safe_open(checkpoint, framework="numpy") as file:
        return file.metadata()


def assert_same_tensors(first, second) -> None:
    ours, theirs = safetensors.numpy.load_file(first), safetensors.numpy.load_file(second)
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():
        assert tensor.tobytes() == theirs[name].tobytes(), name


@pytest.fixture(scope="module")
def four_epochs(tmp_path_factory):
    output = tmp_path_factory.mktemp("straight") / "model.safetensors"
    done = programs.train(output, *DATA, "--epochs=4")
    assert done.returncode == 0, done.stderr
    return output


def test_python_opens_the_checkpoint(checkpoint):
    with safetensors.safe_open(checkpoint, framework="numpy") as file:
        names, metadata = list(file.keys()), file.metadata()
        assert "layers.0.weight" in names and file.get_tensor("layers.0.weight").shape[1] == 64
    for name in ("model", "sampler", "provenance", "evaluation"):
        assert isinstance(json.loads(metadata[name]), dict)


def test_the_same_seed_gives_the_same_model(four_epochs, tmp_path):
    programs.train(tmp_path / "again.safetensors", *DATA, "--epochs=4")
    assert_same_tensors(four_epochs, tmp_path / "again.safetensors")


def test_resume_goes_on_bit_for_bit(four_epochs, tmp_path):
    output = tmp_path / "model.safetensors"
    assert programs.train(output, *DATA, "--epochs=2").returncode == 0
    done = programs.train(output, *DATA, "--epochs=4", "--resume")
    assert done.returncode == 0, done.stderr
    assert_same_tensors(four_epochs, output)


def test_a_job_resumes_its_own_run_and_replaces_that_of_another(four_epochs, tmp_path):
    output = tmp_path / "model.safetensors"
    for epochs in (2, 4):
        done = programs.train(output, *DATA, f"--epochs={epochs}", "--resume_or_overwrite")
        assert done.returncode == 0 and "begins anew" not in done.stdout, done.stderr
    assert done.stdout.count("train error") == 2
    assert_same_tensors(four_epochs, output)
    done = programs.train(output, *DATA, "--epochs=1", "--learning_rate=0.0005", "--resume_or_overwrite")
    assert done.returncode == 0 and "begins anew" in done.stdout and "learning_rate" in done.stdout
    state_of(output).write_bytes(b"damaged")
    done = programs.train(output, *DATA, "--epochs=1", "--resume_or_overwrite")
    assert done.returncode == 0 and "begins anew" in done.stdout


def test_resuming_a_finished_run_keeps_what_other_programs_wrote(tmp_path):
    """A model with a base density, whose ln Z needs few steps."""
    output = tmp_path / "model.safetensors"

    def train(*arguments):
        done = programs.train(output, *DATA, "--recipe=density", "--hidden_widths=32", *arguments)
        assert done.returncode == 0, done.stderr
        metadata = metadata_of(output)
        return metadata.get("partition"), json.loads(metadata["evaluation"])

    train("--epochs=2")
    checkpoint = f"--checkpoint={output}"
    done = programs.run("ebm-logz", checkpoint, "--chains=200", "--steps=50", "--threads=1")
    assert done.returncode == 0, done.stderr
    files = (f"--report={tmp_path / 'report.json'}", f"--page={tmp_path / 'report.html'}")
    done = programs.run("ebm-eval", checkpoint, "--data=digits", "--samples=20", "--update_checkpoint", *files)
    assert done.returncode == 0, done.stderr
    metadata = metadata_of(output)
    before = (metadata["partition"], json.loads(metadata["evaluation"]))
    assert "report_error" in before[1]

    assert train("--epochs=2", "--resume") == before
    partition, evaluation = train("--epochs=2", "--learning_rate=0.001", "--overwrite")
    assert partition is None and "report_error" not in evaluation


def test_an_interrupted_run_resumes_bit_for_bit(four_epochs, tmp_path, start_training):
    output = tmp_path / "model.safetensors"
    run = start_training(output, "--epochs=4")
    programs.wait_until(state_of(output).exists, 60)
    run.send_signal(signal.SIGINT)
    assert run.wait(60) in (0, 130), run.stderr.read()
    done = programs.train(output, *DATA, "--epochs=4", "--resume")
    assert done.returncode == 0, done.stderr
    assert_same_tensors(four_epochs, output)


def test_a_killed_run_leaves_whole_files(tmp_path, start_training):
    output = tmp_path / "model.safetensors"
    assert programs.train(output, *DATA, "--epochs=1").returncode == 0
    before = output.read_bytes()
    chance = random.Random(1)
    for _ in range(3):
        run = start_training(output, "--epochs=500", "--resume")
        written = state_of(output).stat().st_mtime_ns
        programs.wait_until(lambda: state_of(output).stat().st_mtime_ns != written, 60)
        time.sleep(chance.uniform(0, 1))
        assert run.poll() is None, run.stderr.read()
        run.kill()
        run.wait()
        assert safetensors.numpy.load_file(state_of(output))
        assert output.read_bytes() == before


def test_metrics_are_a_table_with_a_row_per_epoch(four_epochs):
    (file,) = four_epochs.parent.glob("*.csv")
    with file.open() as table:
        rows = list(csv.DictReader(table))
    assert [int(row["epoch"]) for row in rows] == [0, 1, 2, 3]
    assert all(np.isfinite(float(row["validation_loss"])) for row in rows)


def test_tensorboard_reads_the_events(four_epochs):
    loader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    (file,) = four_epochs.parent.rglob("*tfevents*")
    events = loader.EventAccumulator(str(file)).Reload()
    assert events.Tags()["scalars"] and events.Tags()["images"]
    for tag in events.Tags()["scalars"]:
        assert len(events.Scalars(tag)) == 4


def digits_csv(folder, change) -> str:
    rows = programs.digits()[:200].astype(object)
    lines = [",".join(f"{value:g}" for value in row) for row in rows]
    lines[7] = change(lines[7])
    file = folder / "data.csv"
    file.write_text("\n".join(lines) + "\n")
    return f"--data={file}"


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line + ",1",
        lambda line: line.replace("0", "nan", 1),
        lambda line: line.replace("0", "zero", 1),
        lambda line: line.rpartition(",")[0] + ",1.5",
    ],
    ids=["ragged", "nan", "words", "broken label"],
)
def test_bad_data_is_one_line_and_status_2(tmp_path, change):
    done = programs.train(tmp_path / "model.safetensors", digits_csv(tmp_path, change), "--epochs=1")
    assert done.returncode == 2
    programs.assert_one_line(done.stderr)
    assert "data.csv" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--data=/no/such/file.csv",),
        ("--data=digits", "--recipe=sourdough", "--epochs=1"),
        ("--data=digits", "--activation=tanh", "--epochs=1"),
        ("--data=digits", "--hidden_widths=8,0", "--epochs=1"),
        ("--data=digits", "--epochs=0"),
        ("--data=digits", "--epochs=ten"),
        ("--data=digits", "--seed=-1", "--epochs=1"),
        ("--data=digits", "--colour=red", "--epochs=1"),
        ("--data=digits", "--resume", "--epochs=1"),
        ("--data=digits", "--base=gaussian", "--epochs=1"),
    ],
    ids=" ".join,
)
def test_bad_arguments_are_one_line_and_status_2(tmp_path, arguments):
    done = programs.train(tmp_path / "model.safetensors", *arguments)
    assert done.returncode == 2
    programs.assert_one_line(done.stderr)


def test_a_recipe_that_cannot_be_saved_ends_with_status_3(tmp_path):
    """The learning rate is so high that training diverges, even after it is halved several times."""
    output = tmp_path / "model.safetensors"
    done = programs.train(output, *DATA, "--recipe=notebook", "--learning_rate=10", "--epochs=1")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "what to try: --learning_rate=" in done.stdout and not output.exists()
    programs.assert_one_line(done.stderr)


def test_chains_that_are_accepted_or_refused_train_too(tmp_path):
    output = tmp_path / "model.safetensors"
    flags = ("--chain_metropolis", "--chain_steps=3", "--chain_step_size=0.001", "--chain_noise_scale=0.02")
    done = programs.train(output, *DATA, "--epochs=1", *flags)
    assert done.returncode == 0, done.stderr
    with safetensors.safe_open(output, framework="numpy") as file:
        settings = json.loads(file.metadata()["provenance"])["settings"]
    assert (settings["chain_kernel"], settings["chain_steps"]) == ("metropolis_langevin", "3")
    with open(output.with_suffix(".metrics.csv"), newline="") as file:
        (epoch,) = csv.DictReader(file)
    assert 0 < float(epoch["chain_acceptance"]) < 1


def test_an_output_that_cannot_be_written_is_told_before_training(tmp_path):
    begin = time.monotonic()
    done = programs.train(tmp_path / "no/such/folder/model.safetensors", *DATA)
    assert done.returncode == 2 and time.monotonic() - begin < 5
    programs.assert_one_line(done.stderr)


def test_other_data_than_the_digits(tmp_path, start_server):
    file = tmp_path / "data.csv.gz"
    np.savetxt(file, programs.digits()[:400], delimiter=",", fmt="%g")
    output = tmp_path / "model.safetensors"
    done = programs.train(output, f"--data={file}", "--epochs=2")
    assert done.returncode == 0, done.stderr
    with programs.Server(output, tmp_path) as server:
        assert len(server.ask("classify", "--digits=0:3")) == 3


@pytest.mark.parametrize("activation", ["silu", "softplus"])
def test_other_networks_than_the_recipes(tmp_path, activation):
    output = tmp_path / "model.safetensors"
    done = programs.train(output, *DATA, "--epochs=2", f"--activation={activation}", "--hidden_widths=48,33")
    assert done.returncode == 0, done.stderr
    with programs.Server(output, tmp_path) as server:
        assert len(server.ask("score", "--digits=0:3")) == 3
        server.ask("sample", "--chains=3", "--steps=5")
