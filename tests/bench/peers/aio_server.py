#!/usr/bin/env python3
"""The strongest peer: ebm.v1 on grpc.aio with a hand-written continuous batcher.

    aio_server.py CHECKPOINT : prints its port and serves until it is killed

One thread steps all running chains of all requests as one PyTorch batch, with a hand-written gradient and two torch
threads; requests join and leave between steps. Classify and Score rows are evaluated together between two steps.
"""

import asyncio
import sys
import threading

import grpc
import torch
from notebook_model import Mlp
from stubs import (
    classify_response,
    frame_response,
    inference_pb2,
    inference_pb2_grpc,
    summary_response,
    to_rows,
)


class Chains:
    """The chains of one Sample request, which are part of the batch."""

    def __init__(self, states, steps, frame_interval, deliver):
        self.states, self.steps, self.frame_interval, self.deliver = states, steps, frame_interval, deliver
        self.done = 0


class Batcher(threading.Thread):
    def __init__(self, mlp, loop):
        super().__init__(daemon=True)
        self.mlp, self.loop = mlp, loop
        self.lock = threading.Condition()
        self.new_chains, self.rows = [], []

    def submit_chains(self, chains):
        with self.lock:
            self.new_chains.append(chains)
            self.lock.notify()

    async def logits(self, rows):
        future = self.loop.create_future()
        with self.lock:
            self.rows.append((rows, future))
            self.lock.notify()
        return await future

    def run(self):
        torch.set_grad_enabled(False)
        running = []
        while True:
            with self.lock:
                while not (running or self.new_chains or self.rows):
                    self.lock.wait()
                arrived, self.new_chains = self.new_chains, []
                rows, self.rows = self.rows, []
            running += arrived
            if rows:
                self.evaluate(rows)
            if running:
                running = self.step(running)

    def evaluate(self, rows):
        logits = self.mlp.logits(torch.cat([batch for batch, _ in rows]))
        for part, (_, future) in zip(logits.split([len(batch) for batch, _ in rows]), rows):
            self.loop.call_soon_threadsafe(future.set_result, part)

    def step(self, running):
        states = self.mlp.step(torch.cat([chains.states for chains in running]))
        for part, chains in zip(states.split([len(chains.states) for chains in running]), running):
            chains.states = part
            chains.done += 1
            final = chains.done == chains.steps
            if final or (chains.frame_interval and chains.done % chains.frame_interval == 0):
                frame = (chains.done, part, self.mlp.log_density(part), final)
                self.loop.call_soon_threadsafe(chains.deliver, frame)
        return [chains for chains in running if chains.done < chains.steps]


class Service(inference_pb2_grpc.InferenceServiceServicer):
    def __init__(self, mlp, batcher):
        self.mlp, self.batcher = mlp, batcher

    def scaled(self, tensor):
        return torch.from_numpy(to_rows(tensor).copy()) * self.mlp.scale + self.mlp.offset

    async def Classify(self, request, context):
        return classify_response(torch.softmax(await self.batcher.logits(self.scaled(request.inputs)), 1))

    async def Score(self, request, context):
        logits = await self.batcher.logits(self.scaled(request.inputs))
        return inference_pb2.ScoreResponse(log_densities=torch.logsumexp(logits, 1).tolist())

    async def Sample(self, request, context):
        frames = asyncio.Queue()
        start = torch.rand(request.chains, self.mlp.dimension) * 2 - 1
        self.batcher.submit_chains(Chains(start, request.sampler.steps, request.frame_interval, frames.put_nowait))
        final = False
        while not final:
            step, states, log_densities, final = await frames.get()
            data = (states - self.mlp.offset) / self.mlp.scale
            yield frame_response(step, data, log_densities, final)
        yield summary_response(request)


async def serve(checkpoint):
    torch.set_num_threads(2)
    mlp = Mlp(checkpoint)
    batcher = Batcher(mlp, asyncio.get_running_loop())
    batcher.start()
    server = grpc.aio.server()
    inference_pb2_grpc.add_InferenceServiceServicer_to_server(Service(mlp, batcher), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"ready: 127.0.0.1:{port}", flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
