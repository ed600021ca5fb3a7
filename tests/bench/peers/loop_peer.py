#!/usr/bin/env python3
"""Times the Langevin loop of one peer.

    loop_peer.py NAME CHECKPOINT   NAME: eager, compile, jax, torchebm, gemm

Reads lines `CHAINS THREADS` and answers each with the seconds of one loop of 20 steps. gemm reads `f32 THREADS` or
`bf16 THREADS` and answers with the operations per second of the best square matrix product. The first loop of each
measurement is a warm-up.
"""

import json
import sys
import time

STEPS = 20
SECONDS = 0.5  # a measurement is repeated for this long


def time_of(run):
    run()
    count, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < SECONDS:
        run()
        count += 1
    return passed / count


def torch_loop(mlp, step):
    import torch

    def loop(chains):
        x = torch.rand(chains, mlp.dimension) * 2 - 1
        for _ in range(STEPS):
            x = step(x)
        return x

    return loop


def eager(checkpoint):
    import torch
    from notebook_model import Mlp

    torch.set_grad_enabled(False)
    mlp = Mlp(checkpoint)
    return torch_loop(mlp, mlp.step)


def compiled(checkpoint):
    import torch
    from notebook_model import Mlp

    torch.set_grad_enabled(False)
    mlp = Mlp(checkpoint)
    return torch_loop(mlp, torch.compile(mlp.step, dynamic=False))


def torchebm_loop(checkpoint):
    import torch
    from notebook_model import Mlp

    mlp = Mlp(checkpoint)
    sampler = mlp.torchebm_sampler()
    return lambda chains: sampler.sample(x=torch.rand(chains, mlp.dimension) * 2 - 1, n_steps=STEPS)


def jax_loop(checkpoint):
    import jax
    import jax.numpy as jnp
    from notebook_model import Mlp

    mlp = Mlp(checkpoint)
    weights = [jnp.asarray(weight.numpy()) for weight in mlp.transposed]
    biases = [jnp.asarray(bias.numpy()) for bias in mlp.biases]

    def log_density(x):
        for weight, bias in zip(weights[:-1], biases[:-1]):
            x = jax.nn.elu(x @ weight + bias)
        return jax.nn.logsumexp(x @ weights[-1] + biases[-1], axis=1).sum()

    def step(_, carry):
        x, key = carry
        key, own = jax.random.split(key)
        x = x + 0.1 * jax.grad(log_density)(x) + 0.01 * jax.random.normal(own, x.shape)
        return jnp.clip(x, -1, 1), key

    @jax.jit
    def loop(x, key):
        return jax.lax.fori_loop(0, STEPS, step, (x, key))[0]

    key = jax.random.key(0)
    return lambda chains: loop(jnp.zeros((chains, mlp.dimension)), key).block_until_ready()


def gemm_rate(kind):
    import torch

    torch.set_grad_enabled(False)
    best = 0
    for size in (256, 512, 1024, 2048):
        a = torch.rand(size, size).to(torch.float32 if kind == "f32" else torch.bfloat16)
        best = max(best, 2 * size**3 / time_of(lambda: torch.mm(a, a)))
    return best


def main(name, checkpoint):
    makers = {"eager": eager, "compile": compiled, "jax": jax_loop, "torchebm": torchebm_loop}
    loop = makers[name](checkpoint) if name != "gemm" else None
    print("ready", flush=True)
    for line in sys.stdin:
        what, threads = line.split()
        if name != "jax":
            import torch

            torch.set_num_threads(int(threads))
        answer = gemm_rate(what) if name == "gemm" else time_of(lambda: loop(int(what)))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
