"""The Jobs' own commands, run with the real programs: a training run that is evicted, and the scoring of a file."""

import io
import re
import signal
import subprocess

import manifests
import numpy as np
import programs
import pytest
from containers import Container, running_server
from manifests import PodTemplate, objects, pods, server_pod


def job_pod(folder: str, job: str) -> PodTemplate:
    return next(pod for pod in pods(objects(folder)) if pod.owner == f"Job/{job}")


def job_container(folder: str, job: str, name: str, tmp_path) -> Container:
    return Container(objects(folder), job_pod(folder, job), name, tmp_path)


@pytest.fixture
def training(tmp_path):
    """The training Job's container; more flags keep it short."""
    made = job_container("overlays/training", "ebm-train", "ebm-train", tmp_path)
    return made, ["--recipe=default", "--threads=1"]


def published(made: Container) -> list[str]:
    return sorted(file.parent.name for file in (made.folder / "volumes/models/digits").glob("[0-9]*/model.safetensors"))


def has_begun(file) -> bool:
    """Whether the file is there; a table, with the row of an epoch."""
    return file.exists() and (file.suffix != ".csv" or len(file.read_text().splitlines()) > 1)


@pytest.mark.parametrize(
    "begun", ["model.metrics.csv", pytest.param("model.state.safetensors", marks=pytest.mark.long)])
def test_an_evicted_training_run_fails_and_the_next_one_goes_on_with_it(training, tmp_path, begun):
    """After an epoch, when there is a model that could be taken for the result, or before."""
    made, flags = training
    file = made.folder / "volumes/models/digits/.training" / begun
    command = [*made.command(), *flags, "--epochs=1000"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, env=made.environment(), stdout=log, stderr=log)
    try:
        programs.wait_until(lambda: has_begun(file) or process.poll() is not None, programs.START_SECONDS)
        process.send_signal(signal.SIGTERM)
        assert process.wait(programs.END_SECONDS) == 130
    finally:
        process.kill()
    assert "stopped" in (tmp_path / "log").read_text()
    assert published(made) == []
    table = made.folder / "volumes/models/digits/.training/model.metrics.csv"
    epochs = len(table.read_text().splitlines()) - 1 if table.exists() else 0
    done = made.run(*flags, f"--epochs={epochs + 1}")
    assert done.returncode == 0, done.stderr
    assert re.findall(r"^epoch +(\d+) ", done.stdout, re.MULTILINE) == [str(epochs)]
    assert published(made) == ["1"]


def test_all_servers_pick_up_what_a_training_job_publishes(training, tmp_path):
    """They are ready before there is a model, and none is restarted."""
    job, flags = training
    documents = objects("overlays/training")
    server = Container(documents, server_pod(documents), "ebm-server", tmp_path)
    with running_server(server, "first") as (_, first), running_server(server, "second") as (_, second):
        done = job.run(*flags, "--epochs=1")
        assert done.returncode == 0, done.stderr
        for addresses in (first, second):
            ask = ["classify", f"--server={addresses['listen']}", "--model=digits", "--digit=0"]
            programs.wait_until(lambda: programs.run("ebm-client", *ask).returncode == 0, programs.START_SECONDS)


def test_a_wrong_flag_of_training_is_not_tried_again(training):
    """Status 2, which the Job's podFailurePolicy does not repeat."""
    made, _ = training
    rules = manifests.named(objects("overlays/training"), "Job", "ebm-train")["spec"]["podFailurePolicy"]["rules"]
    given_up = next(rule["onExitCodes"]["values"] for rule in rules if rule["action"] == "FailJob")
    status = made.run("--epoch=1").returncode
    assert status in given_up


@pytest.fixture
def scoring(checkpoint, tmp_path):
    """A server, and the scoring Job's command for it."""
    repository = tmp_path / "repository"
    (repository / "digits/1").mkdir(parents=True)
    (repository / "digits/1/model.safetensors").write_bytes(checkpoint.read_bytes())
    made = job_container("jobs/score-file", "ebm-score", "ebm-client", tmp_path)
    with programs.Server(None, tmp_path, f"--repository={repository}") as server:
        yield made, [word.replace("dns:///ebm-server:8500", server.address) for word in made.command()]


def test_a_scoring_job_answers_every_row_once_also_after_a_restart(scoring):
    made, command = scoring
    rows = made.folder / "volumes/rows"
    buffer = io.StringIO()
    np.savetxt(buffer, programs.digits()[:1000], delimiter=",", fmt="%g")
    text = buffer.getvalue()
    # The first pod meets a row that is not whole, as one that is being copied, and keeps what is before it.
    (rows / "rows.csv").write_text(text + "1,2,3\n")
    assert subprocess.run(command, capture_output=True, timeout=60).returncode == 2
    assert (rows / "scores.npy.partial").exists()
    (rows / "rows.csv").write_text(text)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "nothing to resume" not in done.stderr, done.stderr
    assert len(np.load(rows / "scores.npy")) == 1000
