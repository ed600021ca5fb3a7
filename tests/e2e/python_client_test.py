"""The Python client and ebm-client get the same answers, so the .proto files describe the protocol completely."""

import json
import subprocess
import sys

import ebm_client
import numpy as np
import programs
import pytest

CLIENT = programs.ROOT / "client/python/ebm_client.py"


@pytest.fixture
def client(server):
    return ebm_client.EbmClient(server.address, timeout=60)


@pytest.fixture(scope="module")
def rows():
    return programs.digits()[1500:1520, :64]


def test_classify(server, client, rows):
    response, probabilities = client.classify(rows)
    answers = server.ask("classify", "--digits=1500:20")
    assert list(response.classes) == [answer["class"] for answer in answers]
    np.testing.assert_array_equal(probabilities, np.float32([answer["probabilities"] for answer in answers]))


def test_score(server, client, rows):
    response = client.score(rows)
    answers = server.ask("score", "--digits=1500:20")
    for ours, theirs in [
        (response.log_densities, "log_density"),
        (response.max_softmaxes, "max_softmax"),
        (response.gradient_norms, "gradient_norm"),
        (response.percentiles, "percentile"),
    ]:
        np.testing.assert_array_equal(np.float32(ours), np.float32([answer[theirs] for answer in answers]))


def test_sample(server, client, tmp_path):
    states, summary = client.sample(chains=4, steps=10, target_class=2, seed=11)
    output = tmp_path / "samples.npy"
    server.ask("sample", "--chains=4", "--steps=10", "--class=2", "--seed=11", f"--output={output}")
    np.testing.assert_array_equal(states, np.load(output))
    assert summary.seed == 11 and summary.chains_finished == 4


def test_chains_are_divided_among_calls(client):
    whole, _ = client.sample(chains=5, steps=10, seed=11)
    head, _ = client.sample(chains=2, steps=10, seed=11)
    tail, _ = client.sample(chains=3, steps=10, seed=11, first_chain=2)
    np.testing.assert_array_equal(np.concatenate([head, tail]), whole)


def test_frames_arrive_while_the_chain_runs(client):
    steps = [message.frame.step for message in client.frames(chains=1, frame_interval=5, seed=1)][:-1]
    assert steps == sorted(steps) and steps[0] == 5 and len(steps) > 1


@pytest.mark.parametrize("command", ["classify", "score", "sample", "models"])
def test_command_line(server, command, rows, tmp_path):
    np.save(tmp_path / "rows.npy", rows)
    extra = [f"--input={tmp_path / 'rows.npy'}"] if command in ("classify", "score") else []
    done = subprocess.run(
        [sys.executable, CLIENT, command, f"--server={server.address}", *extra], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert all(json.loads(line) for line in done.stdout.splitlines())
