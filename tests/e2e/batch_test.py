"""Files of many rows: bounded memory, and the same bytes whatever interrupts the run."""

import json
import pathlib
import re
import signal
import subprocess
import time

import numpy as np
import programs
import pytest

ROWS = 200_000
MEMORY_MEGABYTES = 100  # the file has more


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A model of small rows, so that many of them take few seconds."""
    folder = tmp_path_factory.mktemp("batch")
    rng = np.random.default_rng(1)
    train = folder / "train.csv"
    rows = rng.normal(size=(300, 4))
    np.savetxt(train, np.column_stack([rows, rows[:, 0] > 0]), delimiter=",", fmt="%g", header="a,b,c,d,class",
               comments="")
    done = programs.train(folder / "table.safetensors", f"--data={train}", "--label=class", "--epochs=2",
                          "--hidden_widths=8")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def many(table):
    """200000 rows as text of about 600 bytes each."""
    path = table / "many.csv"
    rng = np.random.default_rng(2)
    lines = [",".join(f"{value:.150f}" for value in row) for row in rng.normal(size=(1000, 4))]
    block = "\n".join(lines) + "\n"
    path.write_text("a,b,c,d\n" + block * (ROWS // 1000))
    return path


@pytest.fixture(scope="module")
def table_server(table):
    with programs.Server(table / "table.safetensors", table) as server:
        yield server


SLOWLY = ("--in_flight=1", "--rows_per_request=50")


def score(server, many, output, *flags) -> subprocess.Popen:
    command = [programs.BIN / "ebm-client", "score", f"--server={server.address}", f"--input={many}",
               f"--output={output}", *flags]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def rows_kept(output) -> int:
    try:
        return json.loads(output.with_name(output.name + ".progress").read_text())["rows"]
    except FileNotFoundError:  # not yet, or no more
        return 0


def most_megabytes(process) -> float:
    """The most memory that the process has had; what it inherited before it became the program does not count."""
    peak = re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{process.pid}/status").read_text())
    return int(peak.group(1)) / 1024 if peak else 0  # none once it has ended


@pytest.fixture(scope="module")
def whole(table_server, table, many):
    """The scores of one run, and the most memory that it had near its end."""
    output = table / "whole.npy"
    process = score(table_server, many, output)
    memory = 0
    while process.poll() is None:
        if rows_kept(output) > 0 and (megabytes := most_megabytes(process)):
            memory = megabytes
        time.sleep(0.02)
    out, errors = process.communicate()
    assert process.returncode == 0, errors
    assert f"{ROWS} rows" in out
    return output, memory


def test_memory_is_bounded(whole, many):
    assert many.stat().st_size > MEMORY_MEGABYTES * 2**20
    assert 0 < whole[1] < MEMORY_MEGABYTES


def test_fields_are_those_of_the_printed_answers(table_server, whole, many, tmp_path):
    scores = np.load(whole[0])
    assert len(scores) == ROWS and np.array_equal(scores[:1000], scores[-1000:])
    head = tmp_path / "head.csv"
    with many.open() as file:
        head.write_text("".join(next(file) for _ in range(101)))
    for row, answer in enumerate(table_server.ask("score", f"--input={head}")):
        for field in scores.dtype.names:
            assert scores[field][row] == np.float32(answer[field]), (row, field)


def test_an_interrupt_keeps_the_rows_that_are_done(table_server, whole, many, tmp_path):
    output = tmp_path / "scores.npy"
    process = score(table_server, many, output, *SLOWLY)
    programs.wait_until(lambda: rows_kept(output) > 0, programs.END_SECONDS)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=100)
    assert process.returncode == 1 and "--resume goes on" in errors and not output.exists()
    kept = rows_kept(output)
    assert 0 < kept < ROWS
    process = score(table_server, many, output, "--resume")
    _, errors = process.communicate(timeout=100)
    assert process.returncode == 0 and f"resuming behind row {kept}" in errors
    assert output.read_bytes() == whole[0].read_bytes()


def test_a_kill_keeps_what_was_recorded_and_a_lost_server_is_no_loss(table, whole, many, tmp_path):
    output = tmp_path / "scores.npy"
    with programs.Server(table / "table.safetensors", tmp_path) as server:
        process = score(server, many, output, *SLOWLY)
        programs.wait_until(lambda: rows_kept(output) > 0, programs.END_SECONDS)
        process.kill()
        process.communicate()
        process = score(server, many, output, *SLOWLY, "--resume", "--retries=0")
        assert "resuming behind row" in process.stderr.readline()
        server.process.kill()
        _, errors = process.communicate(timeout=100)
        assert process.returncode == 1 and "UNAVAILABLE" in errors
    with programs.Server(table / "table.safetensors", tmp_path) as server:
        process = score(server, many, output, "--resume")
        _, errors = process.communicate(timeout=100)
        assert process.returncode == 0, errors
    assert output.read_bytes() == whole[0].read_bytes()
