"""Pictures of red, green and blue: trained on, sampled, drawn, and read from PNG files."""

import base64
import io
import json
import re
import subprocess
import sys
import types

import numpy as np
import programs
import pytest
import read_rows

Image = pytest.importorskip("PIL.Image")

CLIENT = programs.ROOT / "client/python/ebm_client.py"
SHAPE = (3, 4, 4)
WORDS = ["red", "blue"]


def pictures(count, seed):
    """[count, 3, 4, 4] of whole numbers from 0 to 255, and the channel that is bright in each: 0 or 2."""
    draws = np.random.default_rng(seed)
    values = draws.integers(0, 80, (count, *SHAPE))
    bright = draws.choice([0, 2], count)
    values[np.arange(count), bright] += 150
    values[0, :, 0, 0], values[1, :, 0, 0] = 0, 255  # the data's range is that of a PNG
    return values, bright


def csv_text(values, bright):
    rows = zip(values.reshape(len(values), -1), bright)
    return "".join(",".join(map(str, row)) + f",{WORDS[channel // 2]}\n" for row, channel in rows)


@pytest.fixture(scope="module")
def colors(tmp_path_factory):
    """The folder of a trained model."""
    folder = tmp_path_factory.mktemp("colors")
    (folder / "data.csv").write_text(csv_text(*pictures(300, 1)))
    done = programs.train(folder / "colors.safetensors", f"--data={folder / 'data.csv'}", "--shape=3,4,4",
                          "--epochs=2", "--seed=1")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def color_server(colors, tmp_path_factory):
    with programs.Server(colors / "colors.safetensors", tmp_path_factory.mktemp("server")) as server:
        yield server


def test_samples_are_one_sheet_in_colour(color_server, tmp_path):
    arguments = ("--chains=4", "--steps=5", "--seed=3")
    (answer,) = color_server.ask("sample", *arguments)
    assert color_server.client("sample", *arguments, f"--output={tmp_path / 'sheet.png'}").returncode == 0
    sheet = Image.open(tmp_path / "sheet.png")
    assert sheet.mode == "RGB" and sheet.size == (38, 38)  # 2 by 2 pictures, 4 by 4 for each pixel, and 2 between
    first = np.asarray(sheet)[2:18:4, 2:18:4]
    states = np.array(answer["states"][0]).reshape(SHAPE).clip(0, 255)
    np.testing.assert_allclose(first, np.moveaxis(states, 0, -1), atol=0.51)


def test_rows_are_drawn_with_their_answers(color_server, colors):
    done = color_server.client("classify", f"--input={colors / 'data.csv'}", "--pictures")
    assert done.returncode == 0, done.stderr
    assert "@" in done.stdout or "▓" in done.stdout or "▒" in done.stdout


def test_both_clients_read_a_picture_in_colour(color_server, tmp_path):
    values, _ = pictures(2, 5)
    file = tmp_path / "picture.png"
    Image.fromarray(np.moveaxis(values[1], 0, -1).astype(np.uint8)).save(file)
    np.save(tmp_path / "rows.npy", values[1:].reshape(1, -1).astype(np.float32))
    (ours,) = color_server.ask("classify", f"--input={file}")
    assert ours == color_server.ask("classify", f"--input={tmp_path / 'rows.npy'}")[0]
    done = subprocess.run([sys.executable, CLIENT, "classify", f"--server={color_server.address}", f"--input={file}"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout)
    assert theirs["class"] == ours["class"]
    np.testing.assert_array_equal(np.float32(theirs["probabilities"]), np.float32(ours["probabilities"]))


def test_training_shows_the_chains_in_colour(colors):
    loader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    (file,) = colors.rglob("*tfevents*")
    (event,) = loader.EventAccumulator(str(file)).Reload().Images("chains")
    image = Image.open(io.BytesIO(event.encoded_image_string))
    assert image.mode == "RGB" and image.size == (event.width, event.height)


def test_the_page_of_a_report_is_in_colour(colors, tmp_path):
    (tmp_path / "test.csv").write_text(csv_text(*pictures(60, 9)))
    done = programs.run("ebm-eval", f"--checkpoint={colors / 'colors.safetensors'}", f"--data={tmp_path / 'test.csv'}",
                        f"--report={tmp_path / 'report.json'}", f"--page={tmp_path / 'page.html'}", "--samples=20",
                        "--threads=1")
    assert done.returncode == 0, done.stderr
    found = re.findall(r'data:image/png;base64,([^"]+)"', (tmp_path / "page.html").read_text())
    assert len(found) >= 8  # the kinds of outliers, and the samples
    assert all(Image.open(io.BytesIO(base64.b64decode(png))).mode == "RGB" for png in found)


def column(lower, upper, kind=1):
    return types.SimpleNamespace(kind=kind, range=types.SimpleNamespace(lower=lower, upper=upper))


def test_a_picture_has_the_ranges_of_its_channels():
    model = types.SimpleNamespace(
        input_shape=[3, 1, 2], columns=[column(0, 1), column(0, 0, kind=5), column(1, 3), column(-255, 0)])
    content = io.BytesIO()
    Image.fromarray(np.uint8([[[255, 0, 0], [128, 128, 128]]])).save(content, "PNG")
    row = read_rows.parse_picture(content.getvalue(), model)
    np.testing.assert_allclose(row.ravel(), [1, 128 / 255, 1, 1 + 2 * 128 / 255, -255, -127], rtol=1e-6)
