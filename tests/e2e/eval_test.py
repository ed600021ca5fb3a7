"""ebm-eval: it makes a report from a checkpoint and data."""

import html.parser
import json
import pathlib
import shutil

import numpy as np
import numpy_model
import programs
import pytest
import safetensors

VOID_ELEMENTS = {"meta", "img"}
FETCHING_ATTRIBUTES = {"src", "href", "srcset", "xlink:href", "data", "action", "poster"}


def evaluate(checkpoint, folder, *arguments):
    """Runs ebm-eval on one thread (see programs.train)."""
    files = (f"--report={folder / 'report.json'}", f"--page={folder / 'page.html'}")
    return programs.run("ebm-eval", f"--checkpoint={checkpoint}", "--threads=1", *files, *arguments)


def metadata(checkpoint) -> dict:
    with safetensors.safe_open(checkpoint, "numpy") as file:
        return {key: json.loads(text) for key, text in file.metadata().items() if text.startswith("{")}


def write_rows(path: pathlib.Path, rows) -> pathlib.Path:
    np.savetxt(path, rows, delimiter=",", fmt="%g")
    return path


@pytest.fixture(scope="module")
def evaluated(checkpoint, tmp_path_factory):
    """A folder with a report on the test digits and an extra set of outliers, and with the updated checkpoint."""
    folder = tmp_path_factory.mktemp("eval")
    copy = shutil.copy(checkpoint, folder / "model.safetensors")
    transposed = programs.digits()[:50, :64].reshape(-1, 8, 8).transpose(0, 2, 1).reshape(-1, 64)
    outliers = write_rows(folder / "transposed.csv", transposed)
    done = evaluate(copy, folder, "--data=digits", f"--outliers=transposed={outliers}", "--update_checkpoint")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def report(evaluated) -> dict:
    return json.loads((evaluated / "report.json").read_text())


def test_figures_are_those_of_a_slow_model(evaluated, report):
    model = numpy_model.Mlp.load(evaluated / "model.safetensors")
    test = programs.digits()[1350:]
    scaled, labels = 2 / 17 * test[:, :64].astype(np.float64) - 1, test[:, 64].astype(int)
    logits = model.logits(scaled)
    log_density = np.logaddexp.reduce(logits, axis=1)
    figures = report["figures"]
    assert figures["error"]["value"] == pytest.approx(np.mean(logits.argmax(axis=1) != labels), abs=1e-9)
    cross_entropy = np.mean(log_density - logits[np.arange(len(labels)), labels])
    assert figures["cross_entropy"]["value"] == pytest.approx(cross_entropy, rel=1e-4)
    inverted = np.logaddexp.reduce(model.logits(2 / 17 * (16 - test[:, :64].astype(np.float64)) - 1), axis=1)
    auroc = np.mean(log_density[:, None] > inverted[None, :])
    assert figures["auroc_log_density_inverted"]["value"] == pytest.approx(auroc, abs=1e-4)


def test_every_figure_has_an_interval(report):
    for name, figure in report["figures"].items():
        assert set(figure) == {"value", "lower", "upper"} and figure["lower"] <= figure["upper"], name
    sets = [entry["name"] for entry in report["outliers"]]
    assert len(sets) == 9 and "transposed" in sets
    for kind in sets:
        for score in ("log_density", "max_softmax", "negative_gradient_norm"):
            assert f"auroc_{score}_{kind}" in report["figures"]


class PageCheck(html.parser.HTMLParser):
    """Checks that elements are closed in order, and that nothing is fetched from outside the page."""

    def __init__(self):
        super().__init__()
        self.open, self.pictures = [], 0

    def handle_starttag(self, tag, attributes):
        assert tag not in {"script", "link", "iframe", "object", "embed"}
        for name, value in attributes:
            assert name not in FETCHING_ATTRIBUTES or value.startswith("data:"), (tag, name)
            assert not name.startswith("on")
        self.pictures += tag == "img"
        if tag not in VOID_ELEMENTS:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_no_network(evaluated):
    page = (evaluated / "page.html").read_text(encoding="utf-8")
    assert "http:" not in page and "https:" not in page and "url(" not in page and "@import" not in page
    check = PageCheck()
    check.feed(page)
    check.close()
    assert check.open == [] and check.pictures > 3


def test_the_checkpoint_carries_the_figures_and_still_serves(evaluated, report, tmp_path):
    stored = metadata(evaluated / "model.safetensors")
    assert stored["evaluation"]["report_error"] == report["figures"]["error"]["value"]
    name = "auroc_log_density_shuffled"
    assert stored["evaluation"][f"report_{name}"] == report["figures"][name]["value"]
    assert "validation_error" in stored["evaluation"]
    assert stored["provenance"]["settings"]["report_data_sha256"] == report["data"]["sha256"]
    with programs.Server(evaluated / "model.safetensors", tmp_path) as server:
        assert len(server.ask("classify", "--digits=0:3")) == 3


def test_a_model_without_a_base_has_bits_once_ln_z_is_known(checkpoint, tmp_path):
    """Every dequantised row is inside the box that ebm-logz chooses, so the figure is finite."""
    copy = shutil.copy(checkpoint, tmp_path / "model.safetensors")
    done = programs.run("ebm-logz", f"--checkpoint={copy}", "--chains=200", "--steps=60", "--threads=1")
    assert done.returncode == 0, done.stderr
    assert evaluate(copy, tmp_path, "--data=digits", "--samples=10").returncode == 0
    figures = json.loads((tmp_path / "report.json").read_text())["figures"]
    assert 0 < figures["bits_per_dim"]["value"] < 10


def test_a_seed_gives_the_same_report(checkpoint, tmp_path):
    reports = []
    for seed in (1, 1, 2):
        done = evaluate(checkpoint, tmp_path, "--data=digits", "--split=validation", "--samples=20", f"--seed={seed}")
        assert done.returncode == 0, done.stderr
        reports.append((tmp_path / "report.json").read_text())
    assert reports[0] == reports[1] != reports[2]


def test_files_of_ones_own(checkpoint, tmp_path):
    rows = programs.digits()
    data, training = write_rows(tmp_path / "data.csv", rows[:30]), write_rows(tmp_path / "train.csv", rows[30:90])
    done = evaluate(checkpoint, tmp_path, f"--data={data}", "--samples=10")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert "nearest" not in report["samples"] and "validation_data" not in report["reliability"]
    assert "--training_data" in (tmp_path / "page.html").read_text()
    flags = (f"--training_data={training}", f"--validation_data={training}")
    assert evaluate(checkpoint, tmp_path, f"--data={data}", "--samples=10", *flags).returncode == 0
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["samples"]["nearest"]["training_rows"] == 60
    served = metadata(checkpoint)["calibration"]["class_temperature"]
    assert report["numbers"]["temperature"] == served, "whatever validation rows are given"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--data=/no/such/file.csv",),
        ("--data=digits", "--split=train"),
        ("--data=digits", "--samples=0"),
        ("--data=digits", "--seed=-1"),
        ("--data=digits", "--outliers=letters"),
        ("--data=digits", "--outliers=shuffled=/dev/null"),
        ("--data=digits", "--outliers=letters=/dev/null"),
        ("--data=digits", "--training_data=/no/such/file.csv"),
        ("--data=digits", "--page=/no/such/folder/page.html"),
        ("--data=digits", "--checkpoint=/no/such/model.safetensors"),
    ],
    ids=" ".join,
)
def test_bad_arguments_are_one_line_and_status_2(checkpoint, tmp_path, arguments):
    replaced = {argument.partition("=")[0] for argument in arguments}
    given = [f"--checkpoint={checkpoint}", f"--report={tmp_path / 'report.json'}", f"--page={tmp_path / 'page.html'}"]
    kept = [argument for argument in given if argument.partition("=")[0] not in replaced]
    done = programs.run("ebm-eval", *kept, *arguments)
    assert done.returncode == 2
    programs.assert_one_line(done.stderr)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("change", [lambda rows: rows[:, :64], lambda rows: rows[:, :50], lambda rows: rows * np.nan])
def test_bad_rows_are_one_line_and_status_2(checkpoint, tmp_path, change):
    data = write_rows(tmp_path / "data.csv", change(programs.digits()[:20]))
    done = evaluate(checkpoint, tmp_path, f"--data={data}")
    assert done.returncode == 2
    programs.assert_one_line(done.stderr)
    assert "data.csv" in done.stderr
