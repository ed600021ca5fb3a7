"""Tables as people have them: names, words, labels of any text, rows without labels, columns with their own units."""

import json
import re
import subprocess
import sys

import ebm_client
import numpy as np
import programs
import pytest

CLIENT = programs.ROOT / "client/python/ebm_client.py"
NAMES = ["id", "income", "rooms", "colour", "member", "species"]
COLOURS = ["red", "green", "dark blue"]


def people(rows, seed):
    """Records of a skewed number, a whole number, a category, a binary column and a label that depends on all."""
    draws = np.random.default_rng(seed)
    records = []
    for row in range(rows):
        kind = int(draws.integers(2))
        income = np.exp(draws.normal(7 + kind, 0.8))
        rooms = draws.integers(1, 5) + 2 * kind
        colour = COLOURS[draws.choice(3, p=[0.6, 0.3, 0.1] if kind else [0.1, 0.3, 0.6])]
        member = ["no", "yes"][draws.random() < 0.3 + 0.4 * kind]
        records.append([row + 1, f"{income:.2f}", rooms, colour, member, ["cat", "wild dog"][kind]])
    return records


def csv_text(records, names=NAMES, separator=",", header=True):
    places = [NAMES.index(name) for name in names]
    lines = ([names] if header else []) + [[record[place] for place in places] for record in records]
    return "".join(separator.join(map(str, line)) + "\n" for line in lines)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A trained model's path, the trainer's output and rows that it has not seen."""
    folder = tmp_path_factory.mktemp("table")
    (folder / "people.csv").write_text(csv_text(people(400, 1)))
    done = programs.train(folder / "people.safetensors", f"--data={folder / 'people.csv'}", "--recipe=density",
                          "--epochs=10", "--hidden_widths=32", "--seed=1")
    assert done.returncode == 0, done.stderr
    assert programs.run("ebm-logz", f"--checkpoint={folder / 'people.safetensors'}", "--seed=1").returncode == 0
    return folder / "people.safetensors", done.stdout, people(50, 2)


@pytest.fixture(scope="module")
def table_server(table, tmp_path_factory):
    with programs.Server(table[0], tmp_path_factory.mktemp("server")) as server:
        yield server


def ask_both(server, command, file):
    """The answers of ebm-client, which are the same from the Python client."""
    ours = server.ask(command, f"--input={file}")
    done = subprocess.run([sys.executable, CLIENT, command, f"--server={server.address}", f"--input={file}"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for answer, theirs in zip(ours, map(json.loads, done.stdout.splitlines()), strict=True):
        for key in theirs.keys() & answer.keys():
            if not isinstance(answer[key], (str, type(None))):
                np.testing.assert_allclose(answer[key], theirs[key], rtol=1e-6, err_msg=key)
    return ours


def test_the_trainer_says_what_it_chose(table):
    assert "label: column 'species', 2 classes: cat, wild dog" in table[1]
    assert "column 'id' is ignored: it counts the rows" in table[1]


def test_the_model_describes_its_columns(table_server):
    (model,) = table_server.ask("models")
    kinds = {column["name"]: column["kind"] for column in model["columns"]}
    assert kinds == {"id": "ignored", "income": "continuous", "rooms": "whole_number", "colour": "category",
                     "member": "binary", "species": "label"}
    (colour,) = [column for column in model["columns"] if column["name"] == "colour"]
    assert colour["values"] == [{"name": name, "code": code} for code, name in enumerate(sorted(COLOURS))]
    assert model["scaling"] is None and model["class_labels"] == ["cat", "wild dog"]


@pytest.mark.parametrize("command", ["classify", "score"])
def test_columns_are_matched_by_name_or_place(table_server, table, tmp_path, command):
    file = tmp_path / "rows.csv"
    file.write_text(csv_text(table[2]))
    expected = ask_both(table_server, command, file)
    layouts = [{"names": NAMES[::-1], "separator": ";"}, {"names": ["member", "rooms", "colour", "income"]},
               {"header": False}, {"names": NAMES[1:5], "header": False, "separator": "\t"}]
    for layout in layouts:
        file.write_text(csv_text(table[2], **layout))
        answers = ask_both(table_server, command, file)
        assert [a.get("probabilities", a.get("log_density")) for a in answers] == [
            a.get("probabilities", a.get("log_density")) for a in expected], layout


@pytest.mark.parametrize(
    ("text", "says"),
    [("income,rooms,member\n1,2,no\n", "colour"), (csv_text(people(2, 3)).replace("rooms", "bedrooms"), "bedrooms"),
     ("income,rooms,colour,member\n1,2,mauve,no\n", "'mauve' is none of its values: dark blue, green, red"),
     ("income,rooms,colour,member\n1,many,red,no\n", "many")],
    ids=["missing", "unknown", "no value of the category", "word for a number"],
)
def test_both_clients_refuse_rows_that_do_not_fit(table_server, tmp_path, text, says):
    file = tmp_path / "rows.csv"
    file.write_text(text)
    done = table_server.client("score", f"--input={file}")
    theirs = subprocess.run([sys.executable, CLIENT, "score", f"--server={table_server.address}", f"--input={file}"],
                            capture_output=True, text=True)
    for client in (done, theirs):
        assert client.returncode == 2 and says in client.stderr and str(file) in client.stderr
        programs.assert_one_line(client.stderr)


def test_answers_are_those_of_the_format_page(table_server, table):
    metadata, tensors = programs.format_page()["read"](table[0])
    rows = [[float(r[1]), r[2], sorted(COLOURS).index(r[3]), ["no", "yes"].index(r[4])] for r in table[2]]
    logits = programs.format_page()["logits"](metadata, tensors, np.float32(rows))
    response = ebm_client.EbmClient(table_server.address, timeout=60).score(rows, percentile=False)
    np.testing.assert_allclose(response.log_densities, np.logaddexp.reduce(logits, axis=1), rtol=1e-4, atol=1e-4)


def test_a_far_value_is_what_makes_its_row_unlike_the_data(table_server, tmp_path):
    changed = [list(record) for record in people(3, 6)]
    changed[1][1] = "9e6"  # the income
    changed[2][2] = 60  # the rooms
    file = tmp_path / "rows.csv"
    file.write_text(csv_text(changed))
    answers = table_server.ask("score", f"--input={file}", "--explain")
    assert [answers[row]["explanation"][0]["column"] for row in (1, 2)] == ["income", "rooms"]
    for answer in answers:
        rises = [column["rise"] for column in answer["explanation"]]
        assert sorted(rises, reverse=True) == rises and rises[-1] >= 0 and len(rises) == 4
    # With its best value, a row's log density is higher by the rise. Words are values as the file has them.
    for column in range(4):
        explained = answers[1]["explanation"][column]
        better = [list(changed[1])]
        better[0][NAMES.index(explained["column"])] = explained["best_value"]
        file.write_text(csv_text(better))
        (answer,) = table_server.ask("score", f"--input={file}")
        expected = answers[1]["log_density"] + explained["rise"]
        np.testing.assert_allclose(answer["log_density"], expected, rtol=1e-4, atol=1e-2)


def test_a_row_with_a_missing_value_is_explained_by_its_others(table_server, tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("income,rooms,colour,member\n,60,red,no\n")
    (answer,) = table_server.ask("score", f"--input={file}", "--explain")
    assert answer["explanation"][0]["column"] == "rooms"
    assert answer["explanation"][-1] == {"column": "income", "value": None, "rise": None, "best_value": None}


def test_both_clients_explain_rows_alike(table_server, table, tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text(csv_text(table[2]))
    command = ["score", f"--server={table_server.address}", f"--input={file}", "--explain"]
    done = subprocess.run([sys.executable, CLIENT, *command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ours = table_server.ask("score", f"--input={file}", "--explain")
    for answer, theirs in zip(ours, map(json.loads, done.stdout.splitlines()), strict=True):
        for column, other in zip(answer["explanation"], theirs["explanation"], strict=True):
            assert column["column"] == other["column"]
            for key in ("rise", "value", "best_value"):
                assert column[key] == (other[key] if isinstance(other[key], str) else pytest.approx(other[key]))


def test_samples_are_rows_of_the_table(table_server):
    (answer,) = table_server.ask("sample", "--chains=64", "--steps=20", "--seed=3")
    states = np.array(answer["states"])
    assert states.shape == (64, 4)
    np.testing.assert_array_equal(states[:, 1], np.round(states[:, 1]))
    assert set(states[:, 2]) <= {0, 1, 2} and set(states[:, 3]) <= {0, 1}
    assert len(set(states[:, 2])) > 1 and len(set(states[:, 3])) > 1


def test_a_report_is_made(table, tmp_path):
    data = tmp_path / "rows.csv"
    data.write_text(csv_text(table[2], separator=";"))
    report, page = tmp_path / "report.json", tmp_path / "report.html"
    done = programs.run("ebm-eval", f"--checkpoint={table[0]}", f"--data={data}", f"--report={report}",
                        f"--page={page}")
    assert done.returncode == 0, done.stderr
    assert "permuted_columns" in done.stdout


def test_ln_p_integrates_to_1_over_data_units(tmp_path):
    """Of a table of two columns with scales of their own, one of them skewed."""
    draws = np.random.default_rng(5)
    rows = [f"{1000 * np.exp(draws.normal(0, 0.5)):.3f},{draws.normal(-3, 0.02):.5f}" for _ in range(400)]
    (tmp_path / "two.csv").write_text("amount,level\n" + "\n".join(rows) + "\n")
    model = tmp_path / "two.safetensors"
    done = programs.train(model, f"--data={tmp_path / 'two.csv'}", "--label=none", "--recipe=density", "--epochs=10",
                          "--hidden_widths=32", "--seed=1")
    assert done.returncode == 0, done.stderr
    assert programs.run("ebm-logz", f"--checkpoint={model}", "--seed=1").returncode == 0
    amounts, levels = np.exp(np.linspace(np.log(30), np.log(30000), 200)), np.linspace(-3.2, -2.8, 120)
    grid = np.stack(np.meshgrid(amounts, levels, indexing="ij"), axis=-1).reshape(-1, 2)
    with programs.Server(model, tmp_path) as server:
        client = ebm_client.EbmClient(server.address, timeout=60)
        (description,) = server.ask("models")
        response = client.score(grid, percentile=False, normalized_log_density=True)
    assert "power" in description["columns"][0] and "power" not in description["columns"][1]
    density = np.exp(np.float64(response.normalized_log_densities)).reshape(200, 120)
    integral = np.trapezoid(np.trapezoid(density, levels, axis=1), amounts)
    # Five standard errors of ln Z, and a thousandth for the grid.
    assert abs(np.log(integral)) < 5 * response.log_z_standard_error + 1e-3


def test_rows_without_labels_are_a_density_alone(table_server, tmp_path):
    (tmp_path / "normal.csv").write_text(csv_text(people(200, 4), names=NAMES[1:5]))
    model = tmp_path / "normal.safetensors"
    done = programs.train(model, f"--data={tmp_path / 'normal.csv'}", "--label=none", "--recipe=density", "--epochs=5",
                          "--hidden_widths=32")
    assert done.returncode == 0, done.stderr
    assert programs.run("ebm-logz", f"--checkpoint={model}").returncode == 0
    with programs.Server(model, tmp_path) as server:
        (description,) = server.ask("models")
        assert "classify" not in description["capabilities"] and "p_value" in description["capabilities"]
        answers = server.ask("score", f"--input={tmp_path / 'normal.csv'}")
        assert {"p_value", "normalized_log_density"} <= answers[0].keys()
        refused = server.client("classify", f"--input={tmp_path / 'normal.csv'}")
        assert refused.returncode == 1 and re.search("FAILED_PRECONDITION.*one class", refused.stderr)
        (samples,) = server.ask("sample", "--chains=3", "--steps=5")
        assert np.shape(samples["states"]) == (3, 4)
    done = programs.run("ebm-eval", f"--checkpoint={model}", f"--data={tmp_path / 'normal.csv'}",
                        f"--report={tmp_path / 'report.json'}", f"--page={tmp_path / 'report.html'}")
    assert done.returncode == 0, done.stderr
