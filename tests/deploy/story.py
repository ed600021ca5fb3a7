"""A server under load beside a real Prometheus: rows like the training data at first, then noise as well."""

import dataclasses
import itertools
import pathlib
import re
import shutil
import subprocess
import threading
import time

import adapt
import answers
import programs
import pytest

PROMETHEUS = shutil.which("prometheus") or programs.ROOT / ".deps/prometheus/usr/bin/prometheus"
LISTENS = re.compile(r'msg="Listening on" address=(127\.0\.0\.1:\d+)')
READY = "Server is ready to receive web requests"
SECONDS = 60
FIRST_TEST_ROW = 1350  # of the digits: rows that training does not see
DRIFT_ALERT = "EbmServerOutOfDistribution"


def skip_without_prometheus() -> None:
    if not pathlib.Path(PROMETHEUS).exists():
        pytest.skip("there is no prometheus: deploy/install_dependencies.sh --with-tests could not unpack its package")


class Prometheus:
    """Prometheus with our configuration and rules, its durations divided by the factor, until the `with` block ends."""

    def __init__(self, folder: pathlib.Path, target: str, factor: float):
        adapt.write(folder, [target], factor=factor)
        self._log = folder / "prometheus.log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [PROMETHEUS, f"--config.file={folder}/prometheus.yaml", f"--storage.tsdb.path={folder}/data",
                 "--web.listen-address=127.0.0.1:0"],
                stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            self.address = programs.wait_until(self._listens, SECONDS)
            programs.wait_until(lambda: self.value("sum(up)") == 1, SECONDS)
        except BaseException:
            self.__exit__()
            raise

    def _listens(self) -> str | None:
        assert self.process.poll() is None, f"Prometheus ended: {self._log.read_text()}"
        log = self._log.read_text()
        found = LISTENS.search(log)
        return found[1] if found and READY in log else None

    def value(self, query: str) -> float | None:
        """The query's single value now, or None if it has none."""
        found = answers.ask(self.address, "query", query=query)["result"]
        assert len(found) <= 1, f"{query} has several values: {found}"
        return float(found[0]["value"][1]) if found else None

    def firing(self) -> set[str]:
        alerts = answers.ask(self.address, "alerts")["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def __enter__(self) -> "Prometheus":
        return self

    def __exit__(self, *_) -> None:
        self.process.terminate()
        self.process.wait(SECONDS)


class RowsLikeTheData:
    """A caller that has rows of the digits scored, again and again, until the `with` block ends."""

    def __init__(self, server: programs.Server):
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._score, args=(server,))

    def _score(self, server: programs.Server) -> None:
        for begin in itertools.cycle(range(FIRST_TEST_ROW, 1700, 100)):
            if self._ends.wait(0.2):
                return
            server.client("score", f"--digits={begin}:100", "--false_positive_rate=0.05")
            server.client("classify", f"--digits={begin}:50")
            server.client("sample", "--class=99")  # no such class: the caller's mistake

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_) -> None:
        self._ends.set()
        self._thread.join()


def load(server: programs.Server, seconds: float, *weights: str) -> None:
    """A mix of calls. The rows of ebm-load are noise."""
    done = programs.run(
        "ebm-load", f"--server={server.address}", "--dimension=64", "--rate=20", f"--seconds={seconds}",
        "--warm_up_seconds=0", *weights,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@dataclasses.dataclass
class Story:
    """What a test can ask afterwards. Alerts are those that fired after the rows like the data, and after the noise."""

    prometheus: Prometheus
    scraped: str
    quiet_alerts: set[str]
    drift_alerts: set[str]
    span: answers.Span


def publish(checkpoint: pathlib.Path, folder: pathlib.Path) -> None:
    """A repository with the checkpoint as version 1 of the model `digits`."""
    (folder / "digits/1").mkdir(parents=True)
    shutil.copy(checkpoint, folder / "digits/1/model.safetensors")


def wait_for_noise_to_fire(server: programs.Server, prometheus: Prometheus, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end or DRIFT_ALERT not in prometheus.firing():
        assert time.monotonic() < end + SECONDS, "the drifted rows set off no alert"
        load(server, 2, "--classify=70", "--classify_rows=8", "--score=10", "--sample=20")


def tell(server: programs.Server, prometheus: Prometheus, quiet_seconds: float, drift_seconds: float) -> Story:
    """Rows like the data and samples for quiet_seconds, and noise beside them for at least drift_seconds."""
    start = time.time()
    with RowsLikeTheData(server):
        load(server, quiet_seconds, "--classify=0", "--sample=1")
        quiet = prometheus.firing()
        wait_for_noise_to_fire(server, prometheus, drift_seconds)
    return Story(prometheus, server.scrape(), quiet, prometheus.firing(), answers.Span(start, time.time()))
