import dataclasses

import pytest

from results import Key, Results, make_result

KEY = Key("iris", 0, "", "random forest", "1")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results.jsonl"


def stored(key: Key, error: float = 0.1) -> dict:
    return make_result(key) | {"figures": {"error": error}}


def test_finds_what_an_earlier_run_has_stored(path):
    Results(path).add(stored(KEY))
    assert Results(path).get(KEY) == stored(KEY)


@pytest.mark.parametrize(
    "change", [{"table": "wine"}, {"seed": 1}, {"left_out": "Iris-setosa"}, {"method": "kNN"}, {"version": "2"}]
)
def test_a_result_counts_only_for_its_whole_key(path, change):
    Results(path).add(stored(KEY))
    assert dataclasses.replace(KEY, **change) not in Results(path)


def test_failed_runs_are_results(path):
    failure = {"step": "ebm-train", "status": 3, "message": "diverged"}
    Results(path).add(make_result(KEY) | {"failures": [failure]})
    assert Results(path).get(KEY)["failures"] == [failure]


def test_a_line_that_was_cut_off_is_measured_again(path):
    results, other = Results(path), dataclasses.replace(KEY, seed=1)
    results.add(stored(KEY))
    results.add(stored(other))
    path.write_text(path.read_text()[:-20])
    again = Results(path)
    assert KEY in again and other not in again
    again.add(stored(other, 0.3))
    assert Results(path).get(other)["figures"]["error"] == 0.3


def test_a_damaged_line_is_named(path):
    path.write_text("{}\n")
    with pytest.raises(ValueError, match="results.jsonl: line 1 is no result"):
        Results(path)
