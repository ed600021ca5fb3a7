"""A model with class Gaussians as its base density, from training to answers."""

import pathlib

import numpy as np
import programs
import pytest
import safetensors.numpy

FLAGS = ("--data=digits", "--recipe=density", "--hidden_widths=32,32")


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> pathlib.Path:
    output = tmp_path_factory.mktemp("density") / "density.safetensors"
    done = programs.train(output, *FLAGS, "--epochs=2")
    assert done.returncode == 0, done.stderr
    return output


@pytest.fixture(scope="module")
def density_server(trained, tmp_path_factory):
    with programs.Server(trained, tmp_path_factory.mktemp("server")) as server:
        yield server


def test_the_served_log_density_is_that_of_the_format_page(trained, density_server):
    page = programs.format_page()
    logits = page["logits"](*page["read"](trained), programs.digits()[:20, :64])
    scores = [row["log_density"] for row in density_server.ask("score", "--digits=0:20")]
    np.testing.assert_allclose(scores, np.logaddexp.reduce(logits, axis=1), rtol=1e-5, atol=1e-3)
    classes = [row["class"] for row in density_server.ask("classify", "--digits=0:20")]
    programs.assert_best_classes(classes, logits)


def test_chains_start_at_the_base_and_are_accepted_or_refused_by_default(density_server):
    (answer,) = density_server.ask("sample", "--chains=8", "--steps=50", "--seed=1")
    assert answer["start"] == "base"
    assert answer["metropolis"] is True
    assert answer["temperature"] == pytest.approx(1, rel=1e-5)
    assert answer["acceptance_rate"] > 0.5


def test_a_class_starts_at_its_own_gaussian(trained, density_server):
    tensors = safetensors.numpy.load_file(trained)
    (answer,) = density_server.ask("sample", "--chains=200", "--steps=1", "--step_size=1e-9", "--seed=2", "--class=3")
    scaled = 2 / 17 * np.array(answer["states"]) - 1
    whitened = (scaled - tensors["base.means"][3]) @ np.tril(tensors["base.whitening"][3]).T
    # The whitened states are standard normal, so the sum of 200 * 64 squares is within 6 standard deviations.
    assert abs((whitened**2).sum() - 200 * 64) < 6 * np.sqrt(2 * 200 * 64)


def test_one_gaussian_can_stand_under_all_classes(tmp_path):
    output = tmp_path / "model.safetensors"
    done = programs.train(output, *FLAGS, "--base=gaussian", "--epochs=1")
    assert done.returncode == 0, done.stderr
    assert safetensors.numpy.load_file(output)["base.means"].shape == (1, 64)
    with programs.Server(output, tmp_path) as server:
        (answer,) = server.ask("sample", "--chains=2", "--steps=5")
        assert answer["start"] == "base"


def test_a_seed_gives_the_same_bits_alone_and_under_load(density_server, tmp_path):
    programs.assert_same_bits_under_load(density_server, tmp_path)


def test_a_temperature_can_be_asked_for(density_server):
    (answer,) = density_server.ask("sample", "--chains=2", "--steps=5", "--temperature=0.25", "--no_metropolis")
    assert answer["temperature"] == pytest.approx(0.25, rel=1e-5)
    assert answer["metropolis"] is False


def test_a_repeat_gives_the_same_bits_and_another_length_is_another_run(trained, tmp_path):
    output = tmp_path / "density.safetensors"
    assert programs.train(output, *FLAGS, "--epochs=2").returncode == 0
    again, first = safetensors.numpy.load_file(output), safetensors.numpy.load_file(trained)
    assert again.keys() == first.keys()
    assert all(first[name].tobytes() == again[name].tobytes() for name in first)
    # The learning rate decays over the requested epochs, so a run cannot be resumed with another number of epochs.
    done = programs.train(output, *FLAGS, "--epochs=3", "--resume")
    assert done.returncode == 2 and "learning_rate_decay" in done.stderr


def test_chains_tune_their_step_and_say_how_they_mixed(density_server):
    flags = ("--chains=8", "--steps=300", "--adaptation_steps=100", "--step_size=1e-6", "--temperature=1", "--seed=3")
    (answer,) = density_server.ask("sample", *flags, "--diagnostics")
    assert answer["adapted_step_size"] > 1e-5
    assert answer["temperature"] == pytest.approx(1, rel=1e-5)
    diagnostics = answer["diagnostics"]
    assert (diagnostics["first_step"], diagnostics["draws"]) == (201, 100)
    assert diagnostics["largest_r_hat"] >= 0.9
    assert 0 < diagnostics["log_density_effective_sample_size"] < 8 * 100
    (again,) = density_server.ask("sample", *flags)
    assert again["states"] == answer["states"] and "diagnostics" not in again


def test_annealed_chains_carry_the_weights_of_draws_from_the_model(density_server):
    flags = ("sample", "--chains=64", "--steps=60", "--anneal", "--no_clamp", "--seed=4")
    (answer,) = density_server.ask(*flags)
    weights = np.exp(answer["log_weights"])
    annealing = answer["annealing"]
    assert annealing["log_z"] == pytest.approx(np.log(weights.mean()), abs=1e-9)
    assert annealing["effective_sample_size"] == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
    assert (answer["start"], answer["temperature"]) == ("base", pytest.approx(1, rel=1e-5))
    assert 0 < answer["acceptance_rate"] <= 1
    (again,) = density_server.ask(*flags, "--frame_interval=7")
    assert again["states"] == answer["states"] and again["log_weights"] == answer["log_weights"]
    assert again["acceptance_rate"] == answer["acceptance_rate"]


def test_the_classes_annealed_one_by_one_add_up_to_the_model(density_server):
    """Z is the sum over y of the integrals of p~(x, y). Both estimates agree within five standard errors."""
    flags = ("sample", "--chains=200", "--steps=60", "--anneal", "--no_clamp")
    whole = density_server.ask(*flags, "--seed=4")[0]["annealing"]
    parts = [density_server.ask(*flags, f"--class={y}", f"--seed={10 + y}")[0]["annealing"] for y in range(10)]
    z = np.exp([part["log_z"] for part in parts])
    error = np.sqrt(((z * [part["log_z_standard_error"] for part in parts]) ** 2).sum()) / z.sum()
    allowed = 5 * np.hypot(error, whole["log_z_standard_error"])
    assert np.log(z.sum()) == pytest.approx(whole["log_z"], abs=allowed)
    assert allowed < 1, "too wide to tell a class from the whole, which are some ln 10 apart"
