"""The file of results: one JSON object per line, and what is in it is not computed again.

A result has the fields of its key, and

  figures    {name: number}
  seconds    {step: number}
  failures   [{step, status, message}]: steps that ended with an error, and whose figures are therefore missing
  about      whatever else is worth knowing, such as the numbers of rows
"""

import dataclasses
import json
import pathlib
from typing import Any

Result = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Key:
    """What a result is about."""

    table: str
    seed: int
    left_out: str  # the class that training rows lack; "": none
    method: str
    version: str  # of the method: of our programs and flags, or of the baselines

    @classmethod
    def of(cls, result: Result) -> "Key":
        return cls(**{field.name: result[field.name] for field in dataclasses.fields(cls)})


def name_of_split(result: Result) -> str:
    without = f" without {result['left_out']}" if result["left_out"] else ""
    return f"{result['table']}{without}, seed {result['seed']}"


def make_result(key: Key) -> Result:
    return {**dataclasses.asdict(key), "figures": {}, "seconds": {}, "failures": [], "about": {}}


class Results:
    """Results by key, appended to the file as they come. A last line without its end was cut off, and is removed."""

    def __init__(self, path: pathlib.Path):
        self._path = path
        text = path.read_text() if path.exists() else ""
        kept = text[: text.rfind("\n") + 1]
        if kept != text:
            path.write_text(kept)
        self._by_key: dict[Key, Result] = {}
        for number, line in enumerate(kept.splitlines(), start=1):
            try:
                result = json.loads(line)
                self._by_key[Key.of(result)] = result
            except (json.JSONDecodeError, KeyError) as error:
                raise ValueError(f"{path}: line {number} is no result: {error!r}") from error

    def get(self, key: Key) -> Result | None:
        return self._by_key.get(key)

    def __contains__(self, key: Key) -> bool:
        return key in self._by_key

    def add(self, result: Result) -> None:
        self._by_key[Key.of(result)] = result
        with self._path.open("a") as file:
            file.write(json.dumps(result) + "\n")
