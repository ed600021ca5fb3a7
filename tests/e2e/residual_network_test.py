"""A residual network, from training to answers, with the same guarantees as the perceptron."""

import pathlib

import numpy as np
import programs
import pytest
import safetensors.numpy

DATA = ("--data=digits", "--hidden_widths=8,16")
FLAGS = {
    "plain": (*DATA, "--family=jem_resnet", "--activation=silu"),
    "density_resnet": (*DATA, "--recipe=density_resnet"),
}


@pytest.fixture(scope="module", params=FLAGS)
def flags(request) -> tuple[str, ...]:
    return FLAGS[request.param]


@pytest.fixture(scope="module")
def trained(flags, tmp_path_factory) -> pathlib.Path:
    output = tmp_path_factory.mktemp("resnet") / "resnet.safetensors"
    done = programs.train(output, *flags, "--epochs=2")
    assert done.returncode == 0, done.stderr
    return output


@pytest.fixture(scope="module")
def resnet_server(trained, tmp_path_factory):
    with programs.Server(trained, tmp_path_factory.mktemp("server")) as server:
        yield server


def test_the_served_logits_are_those_of_the_format_page(trained, resnet_server):
    page = programs.format_page()
    logits = page["logits"](*page["read"](trained), programs.digits()[:20, :64])
    scores = [row["log_density"] for row in resnet_server.ask("score", "--digits=0:20")]
    np.testing.assert_allclose(scores, np.logaddexp.reduce(logits, axis=1), rtol=1e-5, atol=1e-3)
    classes = [row["class"] for row in resnet_server.ask("classify", "--digits=0:20")]
    programs.assert_best_classes(classes, logits)


def test_a_seed_gives_the_same_bits_alone_and_under_load(resnet_server, tmp_path):
    programs.assert_same_bits_under_load(resnet_server, tmp_path)


def test_resume_goes_on_bit_for_bit(tmp_path):
    outputs = [tmp_path / "straight.safetensors", tmp_path / "resumed.safetensors"]
    flags = FLAGS["plain"]
    assert programs.train(outputs[0], *flags, "--epochs=2").returncode == 0
    assert programs.train(outputs[1], *flags, "--epochs=1").returncode == 0
    done = programs.train(outputs[1], *flags, "--epochs=2", "--resume")
    assert done.returncode == 0, done.stderr
    straight, resumed = (safetensors.numpy.load_file(output) for output in outputs)
    assert straight.keys() == resumed.keys()
    assert all(straight[name].tobytes() == resumed[name].tobytes() for name in straight)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--hidden_widths=12",), "hidden_widths holds 12; family jem_resnet takes multiples of 8"),
        (("--blocks_per_group=65",), "blocks_per_group is 65; 1 to 64"),
        (("--shape=64",), "input_shape has 1 entries; family jem_resnet takes [height, width]"),
    ],
)
def test_a_network_that_cannot_be_is_refused_in_words(tmp_path, more, words):
    done = programs.train(tmp_path / "x.safetensors", "--data=digits", "--family=jem_resnet", *more)
    assert done.returncode == 2
    programs.assert_one_line(done.stderr)
    assert words in done.stderr


def test_bf16_is_refused_in_words(trained):
    done = programs.run("ebm-server", f"--checkpoint={trained}", "--precision=bf16", "--listen=127.0.0.1:0")
    assert done.returncode != 0 and "family jem_resnet has f32 only" in done.stderr + done.stdout
