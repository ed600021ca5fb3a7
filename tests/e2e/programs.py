"""Runs the real programs as a user would, with command lines, ports, signals and exit statuses."""

import concurrent.futures
import json
import pathlib
import re
import signal
import subprocess
import time
import urllib.request

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "build/release/bin"
DIGITS = ROOT / "model/offline/data/digits/digits.csv"
START_SECONDS = 60
END_SECONDS = 60
ADDRESS = re.compile(r"127\.0\.0\.1:\d+")


def run(program: str, *arguments, timeout=300, **options) -> subprocess.CompletedProcess:
    command = [BIN / program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, **options)


def with_recipe(arguments) -> list[str]:
    """The arguments of ebm-train with a recipe: unless they name one, that which trains fastest."""
    arguments = list(map(str, arguments))
    has_recipe = any(argument.startswith("--recipe=") for argument in arguments)
    return arguments if has_recipe else ["--recipe=default", *arguments]


def train(output, *arguments, **options) -> subprocess.CompletedProcess:
    """Trains on one thread, because threads that wait for each other are very slow if other programs use the cores."""
    return run("ebm-train", f"--output={output}", "--threads=1", *with_recipe(arguments), **options)


def train_tiny(folder: pathlib.Path) -> pathlib.Path:
    """A model after three epochs of training: not accurate, but trained by the real program."""
    output = folder / "tiny.safetensors"
    done = train(output, "--data=digits", "--epochs=3", "--seed=1")
    assert done.returncode == 0, done.stderr
    return output


def make_certificate(folder: pathlib.Path, alternative_name: str) -> None:
    """A key and a certificate that it has signed itself, tls.key and tls.crt in the folder."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-keyout", "tls.key", "-out", "tls.crt", "-subj", "/CN=ebm", "-addext",
         f"subjectAltName={alternative_name}"],
        cwd=folder, check=True, capture_output=True)


def wait_until(condition, seconds: float):
    """Polls the condition and returns its first true value. Fails if there is none in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := condition():
            return answer
        time.sleep(0.02)
    raise AssertionError(f"nothing within {seconds} s")


def assert_one_line(text: str) -> None:
    assert text.strip() and len(text.strip().splitlines()) == 1, f"not one line: {text!r}"


def format_page() -> dict:
    """The functions of the Python example in model/checkpoint/FORMAT.md."""
    page = ROOT / "model/checkpoint/FORMAT.md"
    functions = {}
    code = re.search(r"```python\n(.*?)```", page.read_text(), re.DOTALL).group(1)
    exec(compile(code, page, "exec"), functions)
    return functions


def digits() -> np.ndarray:
    """The embedded digits, [1797, 65]: 64 pixels and a label per row."""
    return np.loadtxt(DIGITS, delimiter=",", dtype=np.float32, comments="#")


class Server:
    """A server on free ports that runs until the end of the `with` block. Without a checkpoint, flags tell it."""

    def __init__(self, checkpoint, folder: pathlib.Path, *flags):
        self._log = folder / f"server-{time.monotonic_ns()}.log"
        models = [f"--checkpoint={checkpoint}"] if checkpoint else []
        command = [BIN / "ebm-server", *models, "--listen=127.0.0.1:0"]
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [*command, "--metrics_listen=127.0.0.1:0", "--lame_duck_seconds=0", *flags], stdout=log,
                stderr=subprocess.STDOUT,
            )
        ready = wait_until(self._ready_line, START_SECONDS)
        self.address, self.metrics_address, *health = ADDRESS.findall(ready)
        self.health_address = health[0] if health else None

    def _ready_line(self) -> str | None:
        assert self.process.poll() is None, f"the server ended: {self.log()}"
        return next((line for line in self.log().splitlines() if len(ADDRESS.findall(line)) >= 2), None)

    def log(self) -> str:
        return self._log.read_text()

    def client(self, command: str, *arguments, **options) -> subprocess.CompletedProcess:
        return run("ebm-client", command, f"--server={self.address}", *arguments, **options)

    def ask(self, command: str, *arguments) -> list[dict]:
        """Returns the client's JSON answers. The call must succeed."""
        done = self.client(command, "--format=json", *arguments)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def scrape(self) -> str:
        """The page that Prometheus reads."""
        with urllib.request.urlopen(f"http://{self.metrics_address}/metrics", timeout=10) as answer:
            return answer.read().decode()

    def metric(self, name: str) -> float:
        """The sum of a metric over all models."""
        values = re.findall(rf"^{name}(?:{{.*}})? (\S+)$", self.scrape(), re.MULTILINE)
        assert values, f"no {name}"
        return sum(float(value) for value in values)

    def wait_until_chains_run(self) -> None:
        wait_until(lambda: self.metric("ebm_running_chains") > 0, END_SECONDS)

    def wait_until_chains_are_parked(self) -> None:
        """The only request's reader is slow: no chain runs until it reads."""

        def nothing_moves() -> bool:
            steps = self.metric("ebm_chain_steps_total")
            if self.metric("ebm_parked_chains") == 0 or self.metric("ebm_running_chains") > 0:
                return False
            time.sleep(0.1)
            return self.metric("ebm_chain_steps_total") == steps

        wait_until(nothing_moves, END_SECONDS)

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        return self.process.wait(END_SECONDS)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def assert_best_classes(classes: list[int], logits: np.ndarray) -> None:
    """Each row's class has the largest logit, or one that single precision does not tell from it. logits: [n, K]."""
    np.testing.assert_allclose(logits[np.arange(len(classes)), classes], logits.max(axis=1), rtol=1e-5, atol=1e-3)


def assert_same_bits_under_load(server: Server, folder: pathlib.Path, asks=("classify", "--digits=0:500")) -> None:
    """Checks that a seed gives the same samples alone and while other callers sample and ask about rows."""

    def draw(name, *arguments):
        output = folder / f"{name}.npy"
        done = server.client("sample", *arguments, f"--output={output}")
        assert done.returncode == 0, done.stderr
        return output.read_bytes()

    ours = ("--chains=5", "--steps=100", "--seed=99")
    alone = draw("alone", *ours)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        load = [(f"--chains={7 + 20 * i}", "--steps=60", f"--seed={i}") for i in range(6)]
        others = [pool.submit(draw, f"other{i}", *arguments) for i, arguments in enumerate(load)]
        repeats = [pool.submit(draw, f"repeat{i}", *ours) for i in range(3)]
        rows = [pool.submit(server.client, *asks) for _ in range(3)]
        assert [repeat.result() for repeat in repeats] == [alone] * 3
        assert all(other.result() for other in others) and all(row.result().returncode == 0 for row in rows)
