#!/usr/bin/env python3
"""Draws a sheet of samples and a sheet of real digits, for comparison.

    draw_sheets.py FOLDER TEMPERATURE

FOLDER contains class-0.npy to class-9.npy, the samples of each class at that temperature, [n, 64] in data units.
FOLDER/samples.png shows them, one column per class. FOLDER/digits.png shows as many real digits, from the test rows of the embedded digits.
"""

import pathlib
import sys

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

DIGITS = pathlib.Path(__file__).resolve().parents[1] / "model/offline/data/digits/digits.csv"
FIRST_TEST_ROW = 1350
CLASSES, SIDE, MAXIMUM = 10, 8, 16


def real_digits(count: int) -> list[np.ndarray]:
    rows = np.loadtxt(DIGITS, delimiter=",")[FIRST_TEST_ROW:]
    return [rows[rows[:, -1] == y, :-1][:count] for y in range(CLASSES)]


def draw_sheet(columns: list[np.ndarray], title: str, picture: pathlib.Path) -> None:
    """columns: one array per class, [n, 64]."""
    count = min(map(len, columns))
    figure, grid = pyplot.subplots(count, CLASSES, figsize=(0.62 * CLASSES, 0.62 * count + 0.7), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.03, wspace=0, hspace=0)
    figure.suptitle(title)
    for y, column in enumerate(columns):
        grid[0, y].set_title(str(y), fontsize=10, color="0.4")
        for axes, image in zip(grid[:, y], column):
            axes.imshow(image.reshape(SIDE, SIDE), cmap="gray_r", vmin=0, vmax=MAXIMUM, interpolation="nearest")
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_color("0.85")
    figure.savefig(picture, dpi=110)
    pyplot.close(figure)


def main(folder: pathlib.Path, temperature: str) -> None:
    samples = [np.load(folder / f"class-{y}.npy") for y in range(CLASSES)]
    title = f"Drawn by the model at temperature {temperature}, one column per class"
    draw_sheet(samples, title, folder / "samples.png")
    draw_sheet(real_digits(len(samples[0])), "Real digits from the test rows", folder / "digits.png")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), sys.argv[2])
