"""Figures of several methods, paired: only splits for which each of the methods has the figure count."""

import dataclasses

import pandas as pd

from intervals import Mean, mean_over_tables
from options import VARIANTS
from results import Result, name_of_split

SPLIT = ["table", "seed", "left_out"]


@dataclasses.dataclass(frozen=True)
class Paired:
    by_table: pd.DataFrame  # means over a table's splits; a row per table, a column per method
    lacking: list[str]  # splits that do not count, because a method lacks the figure

    @property
    def for_means(self) -> pd.DataFrame:
        """Without variants of other tables."""
        return self.by_table.drop(index=list(VARIANTS), errors="ignore")

    def means(self) -> dict[str, Mean]:
        return {method: mean_over_tables(list(self.for_means[method])) for method in self.by_table}

    def differences(self, ours: str) -> dict[str, Mean]:
        """Our figure less that of each method."""
        figures = self.for_means
        return {method: mean_over_tables(list(figures[ours] - figures[method])) for method in figures if method != ours}


def pair(results: list[Result], figures: dict[str, tuple[str, str]]) -> Paired:
    """figures: of each column, the method and the name of the figure."""
    splits = list(dict.fromkeys(tuple(result[field] for field in SPLIT) for result in results))
    columns = {
        column: {
            tuple(result[field] for field in SPLIT): result["figures"].get(figure)
            for result in results
            if result["method"] == method
        }
        for column, (method, figure) in figures.items()
    }
    frame = pd.DataFrame(columns, index=pd.MultiIndex.from_tuples(splits, names=SPLIT), dtype=float)
    frame = frame.dropna(how="all")
    lacks = frame.isna().any(axis=1)
    lacking = [name_of_split(dict(zip(SPLIT, split, strict=True))) for split in frame.index[lacks]]
    return Paired(frame[~lacks].groupby("table", sort=False).mean(), lacking)
