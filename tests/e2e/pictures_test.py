"""Pictures as people have them: folders of files, arrays with the channels last, archives, CIFAR-10's files."""

import io
import json
import struct
import subprocess
import sys
import zlib

import numpy as np
import programs
import pytest
from PIL import Image

CLIENT = programs.ROOT / "client/python/ebm_client.py"
SIDE = 4
CLASSES = ["blue", "red"]
TRAINING = ["--recipe=density", "--epochs=1", "--hidden_widths=16", "--seed=1"]


def png_of(pixels):
    """pixels: [h, w, 3]. A PNG without the help of a library that the programs use."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    height, width, _ = pixels.shape
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def colours(pictures, seed):
    """Noisy pictures, [n, h, w, 3], of class i % 2: blue ones, then red ones."""
    draws = np.random.default_rng(seed)
    pixels = draws.integers(0, 120, (pictures, SIDE, SIDE, 3))
    classes = np.arange(pictures) % 2
    pixels[classes == 0, :, :, 2] += 130
    pixels[classes == 1, :, :, 0] += 130
    return pixels.astype(np.uint8), classes


def write_folder(folder, pixels, classes):
    for number, (picture, label) in enumerate(zip(pixels, classes)):
        file = folder / CLASSES[label] / f"{number:03}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(png_of(picture))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder to train on, and the model that was trained on it."""
    here = tmp_path_factory.mktemp("pictures")
    write_folder(here / "train", *colours(80, 1))
    done = programs.train(here / "colours.safetensors", f"--data={here / 'train'}/", *TRAINING)
    assert done.returncode == 0, done.stderr
    assert "80 pictures of 4 x 4 pixels, in colour" in done.stdout
    return here


@pytest.fixture(scope="module")
def picture_server(folder, tmp_path_factory):
    with programs.Server(folder / "colours.safetensors", tmp_path_factory.mktemp("server")) as server:
        yield server


def test_the_model_has_the_shape_and_the_channels_of_the_folder(picture_server):
    (model,) = picture_server.ask("models")
    assert model["input_shape"] == [3, SIDE, SIDE]
    assert model["class_labels"] == CLASSES
    assert [column["name"] for column in model["columns"]] == ["red", "green", "blue"]
    assert [column["range"] for column in model["columns"]] == [[0, 255]] * 3


def scores(server, path):
    return [answer["log_density"] for answer in server.ask("score", f"--input={path}")]


def test_a_folder_an_array_and_an_archive_are_the_same_rows(picture_server, tmp_path):
    pixels, classes = colours(6, 2)
    order = np.argsort(classes, kind="stable")  # as the folder's classes are sorted
    of_folder = scores(picture_server, write_folder(tmp_path / "new", pixels, classes))
    assert len(of_folder) == 6 and np.isfinite(of_folder).all()
    last = pixels[order]
    np.save(tmp_path / "last.npy", last)
    np.save(tmp_path / "first.npy", np.moveaxis(last, -1, 1))
    np.savez_compressed(tmp_path / "pictures.npz", images=last, labels=classes[order])
    for name in ("last.npy", "first.npy", "pictures.npz"):
        assert scores(picture_server, tmp_path / name) == of_folder, name
    assert scores(picture_server, tmp_path / "new/red/001.png") == [of_folder[3]]


def test_the_labels_of_a_folder_are_its_subfolders(picture_server, tmp_path):
    answers = picture_server.ask("classify", f"--input={write_folder(tmp_path / 'new', *colours(4, 3))}")
    assert [answer["label"] for answer in answers] == ["blue", "blue", "red", "red"]


def test_a_jpeg_has_the_values_that_pillow_reads(picture_server, tmp_path):
    pixels, _ = colours(1, 4)
    for subsampling in (0, 2):
        content = io.BytesIO()
        Image.fromarray(pixels[0]).save(content, "JPEG", quality=80, subsampling=subsampling)
        (tmp_path / "one.jpg").write_bytes(content.getvalue())
        np.save(tmp_path / "one.npy", np.asarray(Image.open(content))[None])
        assert scores(picture_server, tmp_path / "one.jpg") == scores(picture_server, tmp_path / "one.npy")


def test_the_python_client_gives_the_same_answers(picture_server, tmp_path):
    pixels, _ = colours(2, 9)
    content = io.BytesIO()
    Image.fromarray(pixels[0]).save(content, "JPEG")
    np.save(tmp_path / "last.npy", pixels)
    rows = np.moveaxis(pixels, -1, 1).reshape(2, -1)
    header = ",".join(f"p{i}" for i in range(rows.shape[1])) + "\n"
    (tmp_path / "named.csv").write_text(header + "\n".join(",".join(map(str, row)) for row in rows) + "\n")
    (tmp_path / "one.jpg").write_bytes(content.getvalue())
    for name in ("last.npy", "named.csv", "one.jpg"):
        arguments = ["score", f"--server={picture_server.address}", f"--input={tmp_path / name}"]
        done = subprocess.run([sys.executable, CLIENT, *arguments], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        theirs = [json.loads(line)["log_density"] for line in done.stdout.splitlines()]
        np.testing.assert_array_equal(np.float32(theirs), np.float32(scores(picture_server, tmp_path / name)))


def test_the_evaluation_reads_the_folder(folder, tmp_path):
    write_folder(tmp_path / "test", *colours(20, 5))
    report = tmp_path / "report.json"
    done = programs.run("ebm-eval", f"--checkpoint={folder / 'colours.safetensors'}", f"--data={tmp_path / 'test'}",
                        "--samples=10", f"--report={report}", f"--page={tmp_path / 'page.html'}")
    assert done.returncode == 0, done.stderr
    assert json.loads(report.read_text())["data"]["name"] == "test"


def test_gray_pictures_make_a_gray_model(tmp_path):
    pixels, classes = colours(40, 6)
    write_folder(tmp_path / "gray", np.repeat(pixels[..., :1], 3, axis=-1), classes)
    output = tmp_path / "gray.safetensors"
    done = programs.train(output, f"--data={tmp_path / 'gray'}", *TRAINING)
    assert done.returncode == 0, done.stderr
    assert "40 pictures of 4 x 4 pixels, gray" in done.stdout
    with programs.Server(output, tmp_path) as server:
        (model,) = server.ask("models")
    assert model["input_shape"] == [SIDE, SIDE] and model["columns"] is None


def write_cifar10(folder, rows):
    folder.mkdir()
    draws = np.random.default_rng(7)
    for name in [*(f"data_batch_{batch}.bin" for batch in range(1, 6)), "test_batch.bin"]:
        records = draws.integers(0, 256, (rows, 3073)).astype(np.uint8)
        records[:, 0] = np.arange(rows) % 10
        (folder / name).write_bytes(records.tobytes())
    names = "airplane automobile bird cat deer dog frog horse ship truck".split()
    (folder / "batches.meta.txt").write_text("\n".join(names) + "\n\n")


def test_the_folder_of_cifar10_is_a_known_data_set(tmp_path):
    write_cifar10(tmp_path / "cifar-10-batches-bin", 20)
    output = tmp_path / "cifar.safetensors"
    data = f"--data={tmp_path / 'cifar-10-batches-bin'}"
    done = programs.train(output, data, "--recipe=default", "--epochs=1", "--hidden_widths=8", "--chain_steps=2")
    assert done.returncode == 0, done.stderr
    done = programs.run("ebm-eval", f"--checkpoint={output}", data, "--split=test", "--samples=2",
                        f"--report={tmp_path / 'report.json'}", f"--page={tmp_path / 'page.html'}")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "report.json").read_text())["data"]["rows"] == 20


@pytest.mark.parametrize("change, told", [
    (lambda folder: (folder / "red/notes.txt").write_text("text"), "notes.txt: neither a PNG nor a JPEG picture"),
    (lambda folder: (folder / "red/x.png").write_bytes(png_of(np.zeros((2, 3, 3), np.uint8))), "3 x 2 pixels"),
    (lambda folder: (folder / "red/x.jpg").write_bytes(b"\xff\xd8\xff\xe0"), "x.jpg: "),
    (lambda folder: (folder / "green").mkdir(), "green: this folder of a class has no pictures"),
    (lambda folder: (folder / "x.png").write_bytes(png_of(np.zeros((4, 4, 3), np.uint8))), "x.png: a file beside"),
], ids=["text", "size", "damaged", "empty", "beside"])
def test_a_bad_folder_is_one_line_and_status_2(tmp_path, change, told):
    write_folder(tmp_path / "data", *colours(12, 8))
    change(tmp_path / "data")
    done = programs.train(tmp_path / "model.safetensors", f"--data={tmp_path / 'data'}", *TRAINING)
    assert done.returncode == 2
    programs.assert_one_line(done.stderr)
    assert told in done.stderr
