"""Reads rows from most of the files that `ebm-client --input` takes, told by their content: CSV (read_table.py), NPY,
IDX, each also inside gzip; and PNG and JPEG with Pillow."""

import gzip
import io
import math
import pathlib
import sys
import zlib

import numpy as np
from read_table import IGNORED, LABEL, rows_of_array, rows_of_csv

IDX_BYTES = 8
# What numpy, gzip and Pillow raise for files that they cannot read.
BAD_FILE = (ValueError, EOFError, OSError, zlib.error, ImportError, SyntaxError, OverflowError, MemoryError)


def read_rows(path, model):
    """path: a file, or "-" for standard input. Returns rows, [n, C] in data units, and the classes of their labels,
    [n]; None if the file has no labels."""
    content = sys.stdin.buffer.read() if path == "-" else pathlib.Path(path).read_bytes()
    try:
        content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        array = parse(content, model)
        return rows_of_csv(content.decode("utf-8-sig"), model) if array is None else rows_of_array(array, model)
    except BAD_FILE as error:
        raise ValueError(f"{path}: {error}") from None


def parse(content, model):
    """Returns an array [n, ...]; None for CSV."""
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
    if content.startswith((b"\x89PNG", b"\xff\xd8\xff")):
        return parse_picture(content, model)
    return None


def parse_idx(content):
    """yann.lecun.com/exdb/mnist: two zeros, a type, the number of axes, each axis' size, the values."""
    if content[2] != IDX_BYTES:
        raise ValueError(f"not an IDX file of bytes: its type is {content[2]}, not {IDX_BYTES}")
    header = 4 + 4 * content[3]
    shape = np.frombuffer(content[4:header], ">u4")
    return np.frombuffer(content[header:], np.uint8).reshape(shape)


def parse_picture(content, model):
    """The picture's gray values, or its colours for a model of [3, h, w], mapped from 0..255 to the range of
    the data, or of the channel where channels have columns of their own. Transparent pixels lie on black."""
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
    lower, upper = channel_ranges(model, len(pixels))
    return (lower + (upper - lower) * pixels.astype(np.float32) / 255)[None]


def channel_ranges(model, channels):
    """The least and the greatest value of each channel, [channels, 1, 1] each."""
    ranges = [column.range for column in model.columns if column.kind not in (LABEL, IGNORED)] or [model.data_range]
    values = int(np.prod(model.input_shape)) // len(ranges)
    lower, upper = (np.repeat(np.array(ends, np.float32), values).reshape(channels, -1)
                    for ends in zip(*((range_.lower, range_.upper) for range_ in ranges)))
    return lower.min(1)[:, None, None], upper.max(1)[:, None, None]
