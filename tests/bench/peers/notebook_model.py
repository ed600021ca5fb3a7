"""The measured model in PyTorch: a checkpoint's weights, the forward pass, and a hand-written Langevin step.

The gradient of LSE f with respect to x is written as matrix products, which is faster than autograd.
"""

import json

import safetensors
import torch
from torch import nn


class Mlp:
    """f(x) = W_L ELU(... ELU(W_1 x + b_1) ...) + b_L; x: [n, D] in scaled units."""

    def __init__(self, checkpoint):
        with safetensors.safe_open(checkpoint, framework="pt") as file:
            metadata = json.loads(file.metadata()["model"])
            layers = range(len(metadata["hidden_widths"]) + 1)
            self.weights = [file.get_tensor(f"layers.{i}.weight") for i in layers]  # [out, in]
            self.biases = [file.get_tensor(f"layers.{i}.bias") for i in layers]
        self.scale, self.offset = metadata["scale"], metadata["offset"]
        self.transposed = [weight.t().contiguous() for weight in self.weights]

    @property
    def dimension(self):
        return self.weights[0].shape[1]

    @property
    def classes(self):
        return self.weights[-1].shape[0]

    def hidden_and_logits(self, x):
        hidden = []
        for weight, bias in zip(self.transposed[:-1], self.biases[:-1]):
            x = nn.functional.elu(torch.addmm(bias, x, weight))
            hidden.append(x)
        return hidden, torch.addmm(self.biases[-1], x, self.transposed[-1])

    def logits(self, x):
        return self.hidden_and_logits(x)[1]

    def log_density(self, x):
        return torch.logsumexp(self.logits(x), 1)

    def gradient(self, x):
        hidden, logits = self.hidden_and_logits(x)
        v = torch.softmax(logits, 1)
        for weight, h in zip(reversed(self.weights[1:]), reversed(hidden)):
            v = torch.mm(v, weight) * torch.where(h > 0, 1.0, h + 1)
        return torch.mm(v, self.weights[0])

    def step(self, x, step_size=0.1, noise_scale=0.01):
        return (x + step_size * self.gradient(x) + noise_scale * torch.randn_like(x)).clamp(-1, 1)

    def torchebm_sampler(self):
        """torchebm's Langevin sampler on E(x) = -LSE f(x)."""
        from torchebm.core import BaseModel
        from torchebm.samplers import LangevinDynamics

        network = self.module()

        class Energy(BaseModel):
            def forward(self, x):
                return -torch.logsumexp(network(x), 1)

        return LangevinDynamics(model=Energy(), step_size=0.1, noise_scale=0.01)

    def module(self):
        """The network as PyTorch modules, for autograd."""
        layers = []
        for weight, bias in zip(self.weights, self.biases):
            linear = nn.Linear(weight.shape[1], weight.shape[0])
            linear.weight.data, linear.bias.data = weight.clone(), bias.clone()
            layers += [linear, nn.ELU()]
        return nn.Sequential(*layers[:-1]).requires_grad_(False)
