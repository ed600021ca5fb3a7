"""A simple, slow reference implementation of the model and its sampler, written from the definitions.

Noise: model/core/random.h. Model: model/energy/joint_energy_model.h. Step: model/sampler/langevin.h. Everything is in
scaled units; `dtype` is the precision of the arithmetic.
"""

import dataclasses

import numpy as np
import safetensors.numpy

LANGEVIN_NOISE, CHAIN_START = 0, 1  # streams


def philox4x32(counter: np.ndarray, key: tuple[int, int]) -> np.ndarray:
    """Ten rounds of Philox4x32 (Salmon et al. 2011). counter: [n, 4] of 32-bit words."""
    low = np.uint64(0xFFFFFFFF)
    c0, c1, c2, c3 = (counter[:, i].astype(np.uint64) for i in range(4))
    k0, k1 = key
    for _ in range(10):
        product0, product1 = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        c0, c2 = (product1 >> np.uint64(32)) ^ c1 ^ np.uint64(k0), (product0 >> np.uint64(32)) ^ c3 ^ np.uint64(k1)
        c1, c3 = product1 & low, product0 & low
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], axis=1)


def words(seed: int, stream: int, chain: int, step: int, count: int) -> np.ndarray:
    """The 32-bit words of coordinates 0 to count - 1, rounded up to a whole block: [blocks, 4]."""
    blocks = -(-count // 4)
    counter = np.array([[block, step, chain, stream] for block in range(blocks)])
    return philox4x32(counter, (seed & 0xFFFFFFFF, seed >> 32))


def uniform(seed: int, stream: int, chain: int, step: int, count: int) -> np.ndarray:
    return (words(seed, stream, chain, step, count) >> np.uint64(8)).reshape(-1)[:count] * 2.0**-24


def normal(seed: int, stream: int, chain: int, step: int, count: int) -> np.ndarray:
    word = words(seed, stream, chain, step, count)
    a = ((word[:, 0::2] >> np.uint64(1)).astype(np.float32) + np.float32(0.5)).astype(np.float64) * 2.0**-31
    angle = 2 * np.pi * (word[:, 1::2] >> np.uint64(8)) * 2.0**-24
    radius = np.sqrt(-2 * np.log(a))
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=2)  # [blocks, 2, 2]
    return pairs.reshape(-1)[:count]


@dataclasses.dataclass
class Mlp:
    """f(x) = W_L ELU(... ELU(W_1 x + b_1) ...) + b_L."""

    weights: list[np.ndarray]  # [out, in]
    biases: list[np.ndarray]  # [out]

    @classmethod
    def load(cls, checkpoint, dtype=np.float64) -> "Mlp":
        tensors = safetensors.numpy.load_file(checkpoint)
        layers = range(sum(name.startswith("layers.") and name.endswith(".weight") for name in tensors))
        return cls(
            [tensors[f"layers.{i}.weight"].astype(dtype) for i in layers],
            [tensors[f"layers.{i}.bias"].astype(dtype) for i in layers],
        )

    def logits(self, x: np.ndarray) -> np.ndarray:
        return self._forward(x)[-1]

    def log_density(self, x: np.ndarray) -> np.ndarray:
        return log_sum_exp(self.logits(x))

    def gradient(self, x: np.ndarray, target_class: int | None = None) -> np.ndarray:
        """The gradient with respect to x of ln p~(x), or of ln p~(x, y) for a class y: [n, D]."""
        *hidden, logits = self._forward(x)
        if target_class is None:
            above = np.exp(logits - log_sum_exp(logits)[:, None])
        else:
            above = np.zeros_like(logits)
            above[:, target_class] = 1
        for weight, h in zip(self.weights[:0:-1], reversed(hidden)):
            above = (above @ weight) * np.where(h > 0, 1, h + 1)
        return above @ self.weights[0]

    def _forward(self, x: np.ndarray) -> list[np.ndarray]:
        """The outputs of the hidden layers, followed by the logits."""
        outputs = []
        for weight, bias in zip(self.weights[:-1], self.biases[:-1]):
            a = (outputs[-1] if outputs else x) @ weight.T + bias
            outputs.append(np.where(a > 0, a, np.expm1(np.minimum(a, 0))))
        return [*outputs, outputs[-1] @ self.weights[-1].T + self.biases[-1]]


def log_sum_exp(logits: np.ndarray) -> np.ndarray:
    top = logits.max(axis=1)
    return top + np.log(np.exp(logits - top[:, None]).sum(axis=1))


def softmax(logits: np.ndarray) -> np.ndarray:
    return np.exp(logits - log_sum_exp(logits)[:, None])


def uniform_start(seed: int, chains: int, dimension: int, lower: float, upper: float) -> np.ndarray:
    return np.stack([lower + (upper - lower) * uniform(seed, CHAIN_START, c, 0, dimension) for c in range(chains)])


@dataclasses.dataclass
class Langevin:
    seed: int
    step_size: float
    noise_scale: float
    target_class: int | None = None
    clamp: tuple[float, float] = (-np.inf, np.inf)
    noise_free_step: int | None = None

    def run(self, model: Mlp, x: np.ndarray, steps: int) -> np.ndarray:
        dtype = model.weights[0].dtype
        x = x.astype(dtype)
        for step in range(steps):
            noise = np.stack([normal(self.seed, LANGEVIN_NOISE, chain, step, x.shape[1]) for chain in range(len(x))])
            sigma = 0 if step == self.noise_free_step else self.noise_scale
            x = x + dtype.type(self.step_size) * model.gradient(x, self.target_class)
            x = np.clip(x + (sigma * noise).astype(dtype), *self.clamp).astype(dtype)
        return x
