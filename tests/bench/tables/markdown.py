"""Tables and numbers in Markdown."""

import math
from collections.abc import Iterable, Sequence

from intervals import Mean

NOTHING = "–"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def number(value: float, digits: int, factor: float = 1) -> str:
    return NOTHING if math.isnan(value) else f"{factor * value:.{digits}f}"


def with_interval(mean: Mean, digits: int, factor: float = 1) -> str:
    value = number(mean.value, digits, factor)
    if math.isnan(mean.low):
        return value
    return f"{value} ({number(mean.low, digits, factor)} to {number(mean.high, digits, factor)})"
