"""The Python client and ebm-client get the same answers, so the .proto files describe the protocol completely."""

import gzip
import io
import json
import struct
import subprocess
import sys

import ebm_client
import numpy as np
import programs
import pytest
from PIL import Image

CLIENT = programs.ROOT / "client/python/ebm_client.py"


def npy_of(rows):
    content = io.BytesIO()
    np.save(content, rows)
    return content.getvalue()


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


def test_many_rows_are_divided_among_requests(client):
    """More rows than a server takes at once by default."""
    rows = np.tile(programs.digits()[:100, :64], (50, 1))
    response, probabilities = client.classify(rows)
    assert len(response.classes) == len(probabilities) == len(rows)
    np.testing.assert_array_equal(probabilities[:100], probabilities[-100:])
    assert len(client.score(rows).log_densities) == len(rows)


def test_an_error_in_a_later_part_names_the_row_of_the_input(tmp_path):
    """And loses no answer: row 290 of 300, in the second request, is too far from the model's base density."""
    output = tmp_path / "model.safetensors"
    done = programs.train(output, "--data=digits", "--recipe=density", "--hidden_widths=16", "--epochs=1")
    assert done.returncode == 0, done.stderr
    rows = np.tile(programs.digits()[:1, :64], (300, 1))
    rows[290] = 3e38
    np.save(tmp_path / "rows.npy", rows)
    with programs.Server(output, tmp_path) as server:
        arguments = ["score", f"--server={server.address}", f"--input={tmp_path / 'rows.npy'}"]
        theirs = subprocess.run([sys.executable, CLIENT, *arguments], capture_output=True, text=True)
        ours = programs.run("ebm-client", *arguments, "--format=json")
    for client in (theirs, ours):
        assert client.returncode == 1 and "inputs: row 290 " in client.stderr, client.stderr
        assert len(client.stdout.splitlines()) == 256


@pytest.mark.parametrize(
    "content", [gzip.compress(b"1,2")[:-5], b"", b"\x93NUMPY", npy_of(np.float32(3)), b"\x89PNG\r\n\x1a\n", b"a,b\n1,2"]
)
def test_a_bad_file_is_one_line(server, tmp_path, content):
    file = tmp_path / "rows"
    file.write_bytes(content)
    done = subprocess.run([sys.executable, CLIENT, "classify", f"--server={server.address}", f"--input={file}"],
                          capture_output=True, text=True)
    assert done.returncode == 2 and str(file) in done.stderr
    programs.assert_one_line(done.stderr)


def test_arrays_can_be_written_to(client, rows):
    probabilities = client.classify(rows)[1]
    probabilities *= 2


def idx_of(pictures):
    return b"\0\0\x08\x03" + struct.pack(">III", len(pictures), 8, 8) + pictures.astype(np.uint8).tobytes()


def png_of(picture, mode="L", scale=1):
    image = Image.fromarray((picture.reshape(8, 8) * 255 / 16).round().astype(np.uint8))
    if scale > 1:
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * scale)
    content = io.BytesIO()
    (image if scale > 1 else image.convert(mode)).save(content, "PNG")
    return content.getvalue()


def test_reads_what_ebm_client_reads(server, tmp_path, rows):
    """Every kind of file gives the same classes and probabilities in both clients."""
    csv = "\n".join(",".join(f"{value:g}" for value in row) for row in rows).encode()
    files = [csv, b"\xef\xbb\xbf" + csv, gzip.compress(csv), gzip.compress(npy_of(rows)), npy_of(rows.astype(">f2")),
             npy_of(np.asfortranarray(rows)), npy_of(rows[0]), idx_of(rows), gzip.compress(idx_of(rows)),
             png_of(rows[0]), png_of(rows[0], "RGB"), png_of(rows[0], "P"), png_of(rows[0], scale=257)]
    for number, content in enumerate(files):
        file = tmp_path / f"{number}.data"
        file.write_bytes(content)
        done = subprocess.run(
            [sys.executable, CLIENT, "classify", f"--server={server.address}", f"--input={file}"],
            capture_output=True, text=True)
        assert done.returncode == 0, (number, done.stderr)
        theirs = [json.loads(line) for line in done.stdout.splitlines()]
        ours = server.ask("classify", f"--input={file}")
        assert [answer["class"] for answer in theirs] == [answer["class"] for answer in ours], number
        np.testing.assert_array_equal(
            np.float32([answer["probabilities"] for answer in theirs]),
            np.float32([answer["probabilities"] for answer in ours]), err_msg=str(number))


@pytest.mark.parametrize("command", ["classify", "score", "sample", "models"])
def test_command_line(server, command, rows, tmp_path):
    np.save(tmp_path / "rows.npy", rows)
    extra = [f"--input={tmp_path / 'rows.npy'}"] if command in ("classify", "score") else []
    done = subprocess.run(
        [sys.executable, CLIENT, command, f"--server={server.address}", *extra], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert all(json.loads(line) for line in done.stdout.splitlines())
