#!/usr/bin/env python3
"""A peer: ebm.v1 on Ray Serve's gRPC proxy, one replica with torchebm's Langevin sampler.

    ray_server.py CHECKPOINT PORT : serves on that port until it is killed; Ray listens on loopback only

Ray Serve does not batch chains of different requests: each Sample call runs its own chains, one frame at a time.
"""

import os
import signal
import sys

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import ray  # noqa: E402
import stubs  # noqa: E402
from ray import serve  # noqa: E402
from ray.serve.config import gRPCOptions  # noqa: E402

PATHS = [os.path.dirname(os.path.abspath(__file__)), stubs._folder]


@serve.deployment(num_replicas=1, max_ongoing_requests=64, ray_actor_options={"num_cpus": 1})
class Model:
    def __init__(self, checkpoint):
        import torch
        from notebook_model import Mlp

        torch.set_num_threads(2)
        self.torch, self.mlp = torch, Mlp(checkpoint)
        self.sampler = self.mlp.torchebm_sampler()

    def scaled(self, tensor):
        from stubs import to_rows

        return self.torch.from_numpy(to_rows(tensor).copy()) * self.mlp.scale + self.mlp.offset

    def Classify(self, request):
        from stubs import classify_response

        with self.torch.no_grad():
            return classify_response(self.torch.softmax(self.mlp.logits(self.scaled(request.inputs)), 1))

    def Score(self, request):
        from stubs import inference_pb2

        with self.torch.no_grad():
            log_densities = self.mlp.log_density(self.scaled(request.inputs))
        return inference_pb2.ScoreResponse(log_densities=log_densities.tolist())

    def Sample(self, request):
        from stubs import frame_response, summary_response

        states = self.torch.rand(request.chains, self.mlp.dimension) * 2 - 1
        steps, done = request.sampler.steps, 0
        while done < steps:
            some = min(request.frame_interval or steps, steps - done)
            states = self.sampler.sample(x=states, n_steps=some)
            done += some
            data = ((states - self.mlp.offset) / self.mlp.scale).detach()
            with self.torch.no_grad():
                log_densities = self.mlp.log_density(states)
            yield frame_response(done, data, log_densities, done == steps)
        yield summary_response(request)


def main(checkpoint, port):
    environment = {"env_vars": {"PYTHONPATH": ":".join(PATHS)}}
    ray.init(num_cpus=2, include_dashboard=False, _node_ip_address="127.0.0.1", runtime_env=environment,
             log_to_driver=False)
    functions = ["ebm.v1.inference_pb2_grpc.add_InferenceServiceServicer_to_server"]
    serve.start(http_options={"host": "127.0.0.1", "port": int(port) + 1},
                grpc_options=gRPCOptions(port=int(port), grpc_servicer_functions=functions))
    serve.run(Model.bind(checkpoint), name="ebm")
    print(f"ready: 127.0.0.1:{port}", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    serve.shutdown()
    ray.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
