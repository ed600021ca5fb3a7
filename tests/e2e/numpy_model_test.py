"""Checks the numpy model itself, with published test vectors and a finite difference."""

import numpy as np
import numpy_model
import pytest

# Random123 (Salmon et al. 2011), kat_vectors: counter, key, result of philox4x32 with 10 rounds.
KNOWN_ANSWERS = [
    ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        [0xA4093822, 0x299F31D0],
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]


@pytest.mark.parametrize(("counter", "key", "result"), KNOWN_ANSWERS)
def test_philox_gives_the_published_answers(counter, key, result):
    assert numpy_model.philox4x32(np.array([counter]), tuple(key)).tolist() == [result]


@pytest.mark.parametrize("target_class", [None, 1])
def test_gradient_is_the_slope(target_class):
    rng = np.random.default_rng(1)
    shapes = [(6, 4), (5, 6), (3, 5)]
    model = numpy_model.Mlp([rng.normal(size=s) for s in shapes], [rng.normal(size=s[0]) for s in shapes])
    x, h = rng.normal(size=(2, 4)), 1e-6

    def value(x):
        return model.log_density(x) if target_class is None else model.logits(x)[:, target_class]

    slope = np.stack([(value(x + h * e) - value(x - h * e)) / (2 * h) for e in np.eye(4)], axis=1)
    np.testing.assert_allclose(model.gradient(x, target_class), slope, atol=1e-8)
