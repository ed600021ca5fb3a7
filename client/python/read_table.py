"""Rows of a CSV text or of an array for a model: its columns are matched by name or, without names, by place, as
`ebm-client` does."""

import csv
import io

import numpy as np

SEPARATORS = "\t;,"
MISSING = {"", "?", "na", "n/a", "nan", "null"}
ONLY_CLASS = "data"  # of rows without labels
# ebm.v1.ColumnKind
BINARY, CATEGORY, LABEL, IGNORED = 3, 4, 5, 6
CAPABILITY_MISSING_VALUES = 10  # ebm.v1.Capability


def rows_of_csv(text, model):
    """Returns rows, [n, C] in data units with NaN for missing values, and labels, [n], or None."""
    records = parse(text)
    names = names_of(model)
    named = has_header(records, names)
    header = records.pop(0) if named else None
    if not records:
        raise ValueError("the file holds no rows")
    for number, record in enumerate(records, 1):
        if len(record) != len(records[0]):
            raise ValueError(f"row {number} has {len(record)} values, the first has {len(records[0])}")
    inputs, label = places_by_name(header, model) if header and names else places_in_order(len(records[0]), model)
    columns = input_columns(model, len(inputs))
    rows = [[value_of(record[place], column, number) for place, column in zip(inputs, columns)]
            for number, record in enumerate(records, 1)]
    labels = None if label is None else [record[label] for record in records]
    rows = np.array(rows, np.float32)
    check_gaps(rows, columns, model)
    return rows, labels_of(labels, model)


def check_gaps(rows, columns, model):
    if CAPABILITY_MISSING_VALUES in model.capabilities or not np.isnan(rows).any():
        return
    row, place = np.argwhere(np.isnan(rows))[0]
    column = columns[place]
    name = repr(column.name) if column and column.name else place + 1
    raise ValueError(f"row {row + 1}: column {name} has no value: it is empty, NA, nan or ?; the model has no base "
                     "density, which missing values need")


def rows_of_array(array, model):
    """array: [n, ...]. The same, with the numbers as they are."""
    array = with_channels_first(array, list(model.input_shape))
    flat = array.reshape(len(array), -1)
    if array.ndim > 2 or flat.shape[1] == values_of(model):
        inputs, label = list(range(values_of(model))), None
        if flat.shape[1] != len(inputs):
            raise ValueError(f"rows of {flat.shape[1]} values; the model takes {len(inputs)}")
    else:
        inputs, label = places_in_order(flat.shape[1], model)
    rows = flat[:, inputs].astype(np.float32)
    if np.isinf(rows).any():
        raise ValueError("not all values are finite in float32")
    check_gaps(rows, input_columns(model, len(inputs)), model)
    return rows, labels_of(None if label is None else [f"{value:g}" for value in flat[:, label]], model)


def with_channels_first(array, shape):
    """[n, h, w, c] for a model of [c, h, w] becomes [n, c, h, w]."""
    moved = np.moveaxis(array, -1, 1) if array.ndim == 4 else array
    return moved if len(shape) == 3 and list(array.shape[1:]) != shape == list(moved.shape[1:]) else array


def values_of(model):
    return int(np.prod(model.input_shape))


def names_of(model):
    """The columns' names, unless a column describes several values, as those of a picture's channels do."""
    inputs = sum(column.kind not in (LABEL, IGNORED) for column in model.columns)
    return [column.name for column in model.columns if column.name and inputs == values_of(model)]


def parse(text):
    """Cells without blanks around them; lines without any text are left out."""
    lines = text.splitlines(keepends=True)
    found = [[len(cells) for cells in csv.reader(lines[:20], delimiter=separator) if any(cells)]
             for separator in SEPARATORS]
    steady = [s for s, widths in zip(SEPARATORS, found) if len(set(widths)) == 1 and widths[0] > 1]
    delimiter = steady[0] if steady else max(SEPARATORS, key=text.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    records = [[cell.strip() for cell in record] for record in reader]
    records = [record for record in records if any(record) or len(record) > 1]
    if records and all(len(record) == len(records[0]) > 1 and not record[-1] for record in records):
        records = [record[:-1] for record in records]  # separators at the lines' ends
    if not records:
        raise ValueError("the file holds no rows")
    return records


def number_of(cell):
    try:
        return float(cell)
    except ValueError:
        return None


def is_word(cell):
    return cell.lower() not in MISSING and number_of(cell) is None


def has_header(records, names):
    """Mostly known names, or words above numbers."""
    first, below = records[0], records[1:100]
    if 2 * sum(cell in names for cell in first) >= len(first):
        return True
    columns = list(zip(*below)) if all(len(record) == len(first) for record in below) else []
    return any(is_word(name) and not any(map(is_word, cells)) and any(number_of(cell) is not None for cell in cells)
               for name, cells in zip(first, columns))


def input_columns(model, count):
    """The description of each value; None: any number."""
    inputs = [column for column in model.columns if column.kind not in (LABEL, IGNORED)] or [None]
    return [inputs[place * len(inputs) // count] for place in range(count)]


def places_by_name(header, model):
    inputs, label, missing, free = [], None, [], list(enumerate(header))
    for column in model.columns:
        place = next(((place, name) for place, name in free if name == column.name), None)
        if place:
            free.remove(place)
        if column.kind == LABEL:
            label = place and place[0]
        elif column.kind != IGNORED:
            inputs.append(place and place[0])
            missing += [] if place else [column.name]
    unknown = ", ".join(repr(name) for _, name in free)
    if missing:
        raise ValueError(f"there is no column {', '.join(missing)}, which the model takes; unknown are " +
                         (unknown or "none"))
    if unknown:
        raise ValueError(f"the model does not know the column {unknown}")
    return inputs, label


def places_in_order(width, model):
    """All columns of the training file, or without its label, its ignored columns or both."""
    found = []
    for left_out in ((), (LABEL,), (IGNORED,), (LABEL, IGNORED)):
        kept = [column.kind for column in model.columns if column.kind not in left_out]
        inputs = [place for place, kind in enumerate(kept) if kind not in (LABEL, IGNORED)]
        places = inputs, kept.index(LABEL) if LABEL in kept else None
        if len(kept) == width and len(inputs) == values_of(model) and places not in found:
            found.append(places)
    if len(found) > 1:
        raise ValueError(f"a row has {width} values, which may be with the label or with the ignored columns; give all "
                         "columns, or a header")
    if found:
        return found[0]
    values = values_of(model)
    has_classes = list(model.class_labels) != [ONLY_CLASS]
    if width == values or (width == values + 1 and has_classes):
        return list(range(values)), values if width > values else None
    raise ValueError(f"a row has {width} values; the model takes {values}" +
                     (f", or {values + 1} with a label in the last column" if has_classes else ""))


def value_of(cell, column, row):
    where = f"row {row}" + (f": column {column.name!r}" if column and column.name else "")
    if cell.lower() in MISSING:
        return np.nan
    number = number_of(cell)
    if column and column.kind in (BINARY, CATEGORY):
        for value in column.values:
            if value.name == cell or (number is not None and number_of(value.name) == number):
                return value.code
        raise ValueError(f"{where}: {cell!r} is none of its values: {', '.join(v.name for v in column.values)}")
    if number is None:
        raise ValueError(f"{where}: {cell!r} is not a number")
    if not np.isfinite(np.float32(number)):
        raise ValueError(f"{where}: {cell} is not finite in float32")
    return number


def labels_of(texts, model):
    """Classes by name or, if no class has a number for a name, by index. None if all labels are missing."""
    if texts is None or all(text.lower() in MISSING for text in texts):
        return None
    classes = list(model.class_labels)
    by_index = not any(number_of(name) is not None for name in classes)
    labels = []
    for row, text in enumerate(texts, 1):
        number = number_of(text)
        whole = str(int(number)) if number is not None and np.isfinite(number) and number == int(number) else text
        if whole in classes or text in classes:
            labels.append(classes.index(whole if whole in classes else text))
        elif by_index and whole.isdigit() and int(whole) < len(classes):
            labels.append(int(whole))
        else:
            raise ValueError(f"row {row}: label {text!r} is none of the classes: {', '.join(classes)}")
    return np.array(labels)
