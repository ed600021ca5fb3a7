"""Reads rows of numbers from the files that `ebm-client --input` takes, told by their content: CSV, NPY, IDX, each also
inside gzip; and PNG with Pillow."""

import gzip
import io
import math
import pathlib
import sys
import zlib

import numpy as np

IDX_BYTES = 8
# What numpy, gzip and Pillow raise for files that they cannot read.
BAD_FILE = (ValueError, EOFError, OSError, zlib.error, ImportError, SyntaxError, OverflowError, MemoryError)


def read_rows(path, model):
    """path: a file, or "-" for standard input. Returns rows, [n, D] in data units, and labels, [n]; labels are None if
    the file's rows have D values."""
    content = sys.stdin.buffer.read() if path == "-" else pathlib.Path(path).read_bytes()
    try:
        array = parse(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content, model)
    except BAD_FILE as error:
        raise ValueError(f"{path}: {error}") from None
    dimension = int(np.prod(model.input_shape))
    rows = array.reshape(len(array), -1)
    labelled = rows.shape[1] == dimension + 1 and array.ndim == 2
    if rows.shape[1] != dimension and not labelled:
        raise ValueError(f"{path}: rows of {rows.shape[1]} values; the model takes {dimension}")
    if not np.isfinite(rows.astype(np.float32)).all():
        raise ValueError(f"{path}: not all values are finite in float32")
    return rows[:, :dimension], labels_of(rows[:, dimension], path, model) if labelled else None


def labels_of(column, path, model):
    classes = len(model.class_labels)
    for row, label in enumerate(column):
        if not (0 <= label < classes and label == int(label)):
            raise ValueError(f"{path}: row {row + 1}: label {label} is not a whole number from 0 to {classes - 1}")
    return column.astype(int)


def parse(content, model):
    """Returns an array [n, ...]."""
    if not content.strip():
        raise ValueError("no rows")
    if content.startswith(b"\x93NUMPY"):
        array = np.load(io.BytesIO(content), allow_pickle=False)
        if array.dtype.kind not in "biuf":
            raise ValueError(f"dtype {array.dtype} is not one of numbers")
        if array.ndim == 0:
            raise ValueError("the array is a single number without dimensions")
        return array[None] if array.ndim == 1 else array
    if content[:2] == b"\0\0" and len(content) > 4:
        return parse_idx(content)
    if content.startswith(b"\x89PNG"):
        return parse_png(content, model)
    return np.loadtxt(lines_of(content.decode("utf-8-sig")), delimiter=",", ndmin=2, comments=None)


def lines_of(text):
    """Without blank lines; lines end in any way."""
    return [line for line in text.splitlines() if line.strip()]


def parse_idx(content):
    """yann.lecun.com/exdb/mnist: two zeros, a type, the number of axes, each axis' size, the values."""
    if content[2] != IDX_BYTES:
        raise ValueError(f"not an IDX file of bytes: its type is {content[2]}, not {IDX_BYTES}")
    header = 4 + 4 * content[3]
    shape = np.frombuffer(content[4:header], ">u4")
    return np.frombuffer(content[header:], np.uint8).reshape(shape)


def parse_png(content, model):
    """The picture's gray values, or its colours for a model of [3, h, w], mapped from 0..255 to the data range.
    Transparent pixels lie on black."""
    from PIL import Image  # only for pictures

    try:
        image = Image.open(io.BytesIO(content))
    except Image.DecompressionBombError as error:
        raise ValueError(error) from None
    if image.mode.startswith("I"):  # 16 bits of gray, which Pillow would cut at 255
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    image = image.convert("RGBA")
    image = Image.alpha_composite(Image.new("RGBA", image.size, (0, 0, 0, 255)), image).convert("RGB")
    shape = tuple(model.input_shape)
    if len(shape) == 1:  # as ebm-client: a square number of values is a picture
        shape = (math.isqrt(shape[0]), math.isqrt(shape[0]))
    colored = len(shape) == 3 and shape[0] == 3
    pixels = np.moveaxis(np.asarray(image), -1, 0) if colored else np.asarray(image.convert("L"))[None]
    if len(shape) not in (2, 3) or np.prod(shape) != np.prod(model.input_shape):
        raise ValueError(f"the model's inputs, of shape {list(shape)}, are not pictures")
    if pixels.shape != (shape if len(shape) == 3 else (1, *shape)):
        size = f"{image.width} x {image.height}"
        raise ValueError(f"a picture of {size} pixels; the model takes {shape[-1]} x {shape[-2]}")
    lower, upper = model.data_range.lower, model.data_range.upper
    return (lower + (upper - lower) * pixels.astype(np.float32) / 255)[None]
