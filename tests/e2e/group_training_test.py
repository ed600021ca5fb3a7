"""Several processes train one model: ebm-train as torchrun, a Kubernetes Job or mpirun starts it."""

import os
import signal
import socket
import subprocess
import sys

import numpy as np
import programs
import pytest
import safetensors.numpy

SECONDS = 200
# A slice of 16 rows per rank: then the sums of two ranks are those of one process, bit for bit.
ROWS = 16
TRAINING = ("--data=digits", "--recipe=default", "--hidden_widths=32,32", "--seed=3", "--threads=1")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Ranks:
    """Two processes that train one model. The variables are those that an Indexed Job or torchrun would set."""

    def __init__(self, output, *flags, flags_of_one=()):
        address = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
        command = [programs.BIN / "ebm-train", f"--output={output}", f"--batch_size={ROWS}", *TRAINING, *flags]
        self.processes = [
            subprocess.Popen([*command, *(flags_of_one if rank == 1 else ())], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env={**os.environ, **address, "JOB_COMPLETION_INDEX": str(rank)})
            for rank in range(2)
        ]

    def wait(self) -> list[tuple[int, str, str]]:
        """Exit status, standard output and standard error of each."""
        ended = [process.communicate(timeout=SECONDS) for process in self.processes]
        return [(process.returncode, *texts) for process, texts in zip(self.processes, ended)]

    def __enter__(self) -> "Ranks":
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()


def train_together(output, *flags):
    with Ranks(output, *flags) as ranks:
        leader, follower = ranks.wait()
    assert leader[0] == follower[0] == 0, leader[2] + follower[2]
    assert "wrote" in leader[1] and follower[1] == "" and follower[2] == ""


def weights(checkpoint) -> dict[str, np.ndarray]:
    tensors = safetensors.numpy.load_file(checkpoint)
    return {name: tensor for name, tensor in tensors.items() if name.startswith("layers.")}


def assert_same_weights(first, second) -> None:
    ours, theirs = weights(first), weights(second)
    assert ours.keys() == theirs.keys() and ours
    for name, tensor in ours.items():
        assert tensor.tobytes() == theirs[name].tobytes(), name


def epochs_done(output) -> int:
    metrics = output.with_suffix(".metrics.csv")
    return len(metrics.read_text().splitlines()) - 1 if metrics.exists() else 0


def test_two_ranks_give_the_bits_of_one_process_with_batches_twice_as_large(tmp_path):
    train_together(tmp_path / "two.safetensors", "--epochs=2")
    alone = programs.run("ebm-train", f"--output={tmp_path}/one.safetensors", f"--batch_size={2 * ROWS}",
                         "--replay_shards=2", *TRAINING, "--epochs=2")
    assert alone.returncode == 0, alone.stderr
    assert_same_weights(tmp_path / "two.safetensors", tmp_path / "one.safetensors")


def test_a_lost_rank_ends_all_with_one_line_and_the_run_can_be_resumed(tmp_path):
    straight, broken = tmp_path / "straight.safetensors", tmp_path / "broken.safetensors"
    train_together(straight, "--epochs=4")
    with Ranks(broken, "--epochs=100000") as ranks:
        programs.wait_until(lambda: epochs_done(broken) in (1, 2), SECONDS)
        ranks.processes[1].kill()
        (status, _, error), _ = ranks.wait()
    assert status not in (0, -signal.SIGKILL)
    programs.assert_one_line(error)
    assert "rank 0: another process of this run is lost or late" in error
    done = epochs_done(broken)
    assert 1 <= done < 100
    train_together(broken, "--resume", f"--epochs={max(done, 4)}")
    if done <= 4:
        assert_same_weights(straight, broken)


def test_a_stop_of_any_rank_stops_all_and_keeps_the_model(tmp_path):
    output = tmp_path / "model.safetensors"
    with Ranks(output, "--epochs=100000") as ranks:
        programs.wait_until(lambda: epochs_done(output) > 0, SECONDS)
        ranks.processes[1].terminate()
        (status, text, error), follower = ranks.wait()
    assert status == follower[0] == 0, error + follower[2]
    assert "stopping" in text and weights(output)


def test_a_rank_with_other_flags_is_refused(tmp_path):
    with Ranks(tmp_path / "model.safetensors", "--epochs=1", flags_of_one=("--learning_rate=0.5",)) as ranks:
        leader, follower = ranks.wait()
    assert follower[0] == 2 and "rank 1: this process has learning_rate=0.5, and rank 0 has" in follower[2]
    assert leader[0] != 0


def test_the_number_of_epochs_must_be_given(tmp_path):
    done = programs.run("ebm-train", f"--output={tmp_path}/model.safetensors", "--data=digits", "--minutes=1",
                        env={**os.environ, "WORLD_SIZE": "2", "RANK": "0", "MASTER_ADDR": "127.0.0.1"})
    assert done.returncode == 2 and "epochs: unset" in done.stderr


@pytest.mark.long
def test_torchrun_starts_the_ranks(tmp_path, torchrun):
    output = tmp_path / "model.safetensors"
    command = [torchrun, "--no-python", "--nproc-per-node=2", f"--master-port={free_port()}",
               programs.BIN / "ebm-train", f"--output={output}", f"--batch_size={ROWS}", *TRAINING, "--epochs=2"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    train_together(tmp_path / "by-hand.safetensors", "--epochs=2")
    assert_same_weights(output, tmp_path / "by-hand.safetensors")


@pytest.fixture(scope="session")
def torchrun(tmp_path_factory):
    """torchrun of the LibTorch that the programs use, with its Python dependencies in an environment of their own."""
    packages = next(programs.ROOT.glob(".deps/python/lib/python3*/site-packages"))
    folder = tmp_path_factory.mktemp("torchrun")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    installed = subprocess.run(
        [folder / "bin/python", "-m", "pip", "install", "--quiet", "filelock", "fsspec", "jinja2", "networkx", "numpy",
         "sympy", "typing_extensions"], capture_output=True, text=True)
    if installed.returncode != 0:
        pytest.skip(f"torch's Python dependencies cannot be installed: {installed.stderr.splitlines()[-1]}")
    own = next(folder.glob("lib/python3*/site-packages"))
    (own / "torch.pth").write_text(f"{packages}\n")
    script = folder / "bin/torchrun"
    script.write_text(f"#!{folder}/bin/python\nfrom torch.distributed.run import main\nmain()\n")
    script.chmod(0o755)
    return script
