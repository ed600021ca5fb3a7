"""Runs the product's programs as a user would: command lines, exit statuses, a server on a free port."""

import contextlib
import json
import pathlib
import re
import subprocess
from collections.abc import Iterator
from typing import Any

LONGEST_RUN_SECONDS = 3600
END_SECONDS = 60
KEPT_MESSAGE = 500  # characters


class StepFailed(Exception):
    """A program ended with an error."""

    def __init__(self, step: str, status: int | str, message: str):
        super().__init__(f"{step}: {status}: {message}")
        self.failure = {"step": step, "status": status, "message": message[-KEPT_MESSAGE:].strip()}


def run(program: pathlib.Path, *arguments: object, step: str = "") -> str:
    """Returns what the program prints. Raises StepFailed for an exit status that is not 0."""
    step = step or program.name
    try:
        done = subprocess.run(
            [program, *map(str, arguments)], capture_output=True, text=True, timeout=LONGEST_RUN_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise StepFailed(step, "timeout", f"no end after {LONGEST_RUN_SECONDS} s") from None
    if done.returncode != 0:
        raise StepFailed(step, done.returncode, done.stderr or done.stdout)
    return done.stdout


def checkpoint_header(checkpoint: pathlib.Path) -> dict[str, Any]:
    """The header of a checkpoint (model/checkpoint/FORMAT.md)."""
    with checkpoint.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        return json.loads(file.read(length))


class Client:
    """Asks a running server."""

    def __init__(self, program: pathlib.Path, address: str):
        self._program, self._address = program, address

    def ask(self, command: str, *arguments: str) -> list[dict[str, Any]]:
        printed = run(self._program, command, f"--server={self._address}", "--format=json", *arguments,
                      step=f"ebm-client {command}")
        return [json.loads(line) for line in printed.splitlines() if line.startswith("{")]


@contextlib.contextmanager
def serving(programs: pathlib.Path, checkpoint: pathlib.Path, threads: int) -> Iterator[Client]:
    """A server for the length of the `with` block."""
    command = [programs / "ebm-server", f"--checkpoint={checkpoint}", "--listen=127.0.0.1:0", f"--workers={threads}"]
    log = checkpoint.with_suffix(".server.log")
    with log.open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        ready = next((line for line in process.stdout if line.startswith("ebm-server ready:")), "")
        if not ready:
            raise StepFailed("ebm-server", process.wait(END_SECONDS), log.read_text())
        yield Client(programs / "ebm-client", re.search(r"listen=(\S+)", ready).group(1))
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
