"""ebm-train without a recipe, with a time to train for, with ln Z, and from an earlier model."""

import json
import re

import numpy as np
import programs
import pytest


def write_table(path, rows, seed):
    """Two classes of correlated columns, one of which has a few missing values."""
    random = np.random.default_rng(seed)
    lines = ["height,weight,class"]
    for row in range(rows):
        height = random.normal(170, 10)
        weight = 0.9 * (height - 100) + random.normal(0, 5) + (30 if row % 2 else 0)
        lines.append(f"{height:.1f},{'' if row % 10 == 3 else round(weight, 1)},{'runner' if row % 2 else 'swimmer'}")
    path.write_text("\n".join(lines) + "\n")


def train(output, *arguments):
    done = programs.train(output, "--recipe=auto", "--hidden_widths=16", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("auto")
    write_table(folder / "people.csv", 200, seed=1)
    write_table(folder / "more.csv", 240, seed=2)
    folder.joinpath("log.txt").write_text(
        train(folder / "people.safetensors", f"--data={folder / 'people.csv'}", "--log_z=auto"))
    return folder


def settings_of(path):
    meta = programs.format_page()["read"](path)[0]
    return json.loads(meta["provenance"])["settings"]


def test_it_says_what_it_chose_and_why(folder):
    log = folder.joinpath("log.txt").read_text()
    assert "label: column 'class', 2 classes: runner, swimmer" in log
    assert "20 of 200 rows have missing values" in log
    assert re.search(r"auto: a table of \d+ rows, 2 values in 2 coordinates, 2 classes", log)
    assert "recipe auto: table: jem_mlp 16, base class_gaussians" in log
    assert settings_of(folder / "people.safetensors")["recipe"] == "auto: table"


def test_log_z_is_part_of_the_same_command(folder):
    assert "ln Z " in folder.joinpath("log.txt").read_text()
    assert "partition" in programs.format_page()["read"](folder / "people.safetensors")[0]


def test_the_time_becomes_a_number_of_epochs_that_a_resumed_run_keeps(folder):
    output = folder / "short.safetensors"
    data = f"--data={folder / 'people.csv'}"
    log = train(output, data, "--minutes=1e-6")
    assert re.search(r"^epochs: 1, what fits into --minutes=1e-06, .* --epochs=1 repeats the run", log, re.MULTILINE)
    assert settings_of(output)["max_epochs"] == "1"
    for more in ((), ("--minutes=5",)):
        assert "epochs: 1, as chosen when the run began" in train(output, data, "--resume", *more)


def test_a_small_table_is_calibrated_on_all_of_its_rows(folder):
    calibration = programs.format_page()["read"](folder / "people.safetensors")[1]["calibration.scores"]
    assert len(calibration) == 200


@pytest.mark.parametrize("flags, words", [
    (("--family=jem_resnet",), "jem_resnet"),
    (("--hidden_widths=-5",), "hidden_widths"),
    (("--hidden_widths=1000000,1000000",), "parameters"),
    (("--minutes=0",), "minutes"),
    (("--minutes=1", "--epochs=2"), "epochs"),
])
def test_bad_settings_are_found_before_anything_is_trained(folder, tmp_path, flags, words):
    output = tmp_path / "bad.safetensors"
    done = programs.train(output, "--recipe=auto", f"--data={folder / 'people.csv'}", *flags)
    assert done.returncode == 2 and words in done.stderr
    programs.assert_one_line(done.stderr)
    assert not list(tmp_path.glob("*.safetensors"))


def test_an_earlier_model_is_where_training_starts(folder):
    output = folder / "tomorrow.safetensors"
    done = programs.train(output, "--recipe=auto", f"--data={folder / 'more.csv'}",
                          f"--init_from={folder / 'people.safetensors'}")
    assert done.returncode == 0, done.stderr
    log = done.stdout
    first = re.search(r"^epoch   0 .* validation error +([\d.]+) %", log, re.MULTILINE)
    assert float(first[1]) < 20, "it begins with what it knows"
    old, new = (programs.format_page()["read"](folder / name)[0] for name in ("people.safetensors",
                                                                              "tomorrow.safetensors"))
    assert old["columns"] == new["columns"]


def test_an_earlier_models_network_stays(folder):
    done = programs.train(folder / "wide.safetensors", "--recipe=auto", f"--data={folder / 'people.csv'}",
                          f"--init_from={folder / 'people.safetensors'}", "--hidden_widths=64")
    assert done.returncode == 2 and "omit --family, --hidden_widths" in done.stderr
    assert not (folder / "wide.state.safetensors").exists()


def test_an_earlier_model_with_other_classes_is_refused(folder):
    other = folder / "other.csv"
    other.write_text(folder.joinpath("more.csv").read_text().replace("runner", "rower"))
    done = programs.train(folder / "refused.safetensors", "--recipe=auto", f"--data={other}",
                          f"--init_from={folder / 'people.safetensors'}")
    assert done.returncode == 2 and "rower" in done.stderr
    programs.assert_one_line(done.stderr)
