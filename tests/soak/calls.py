"""What the clients of a soak call, and the status codes that each kind of call may end with.

A call without a short deadline must succeed, whatever versions come and go, since the load is below every limit.
"""

import dataclasses
import hashlib
import time
from collections.abc import Callable

import grpc
import numpy as np
import stubs

MODELS = ("digits", "letters")
LABELS = ("stable", "canary", "pinned")
DIMENSION = 64
PATIENCE = 600  # seconds, of calls that are to succeed on a loaded machine
# The request whose bits must never change: by the version that is labelled "pinned".
REPEATED = {"chains": 5, "steps": 50, "seed": 99}


WIRE = stubs.load("ebm/v1")
OIP = stubs.load("inference")


def digest(states: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(states, np.float32).tobytes()).hexdigest()


class Caller:
    """One client with a channel and random numbers of its own."""

    def __init__(self, server, random, digests):
        # A pool of its own, so that callers of one process do not share a connection.
        self._channel = grpc.insecure_channel(server, [("grpc.use_local_subchannel_pool", 1)])
        self._inference = WIRE.InferenceServiceStub(self._channel)
        self._models = WIRE.ModelServiceStub(self._channel)
        self._oip = OIP.GRPCInferenceServiceStub(self._channel)
        self._random = random
        self._digests = digests

    def close(self):
        self._channel.close()

    def _model(self, **version):
        return WIRE.ModelSelector(name=self._random.choice(MODELS), **version)

    def _served(self):
        label = self._random.choice((*LABELS, None))
        return self._model(label=label) if label else self._model()

    def _rows(self, columns=DIMENSION):
        n = self._random.randint(1, 64)
        return WIRE.Tensor(data_type=WIRE.DATA_TYPE_UINT8, shape=[n, columns], data=self._random.randbytes(n * columns))

    def _sample_request(self, **fields):
        settings = WIRE.SamplerSettings(steps=self._random.randint(1, 200))
        if self._random.random() < 0.3:
            settings.metropolis_langevin.CopyFrom(WIRE.MetropolisLangevin(step_size=0.01, temperature=1))
        return WIRE.SampleRequest(**{"model": self._served(), "chains": self._random.randint(1, 32),
                                     "sampler": settings, "priority": self._random.randint(0, 3), **fields})

    def classify(self):
        self._inference.Classify(WIRE.ClassifyRequest(model=self._served(), inputs=self._rows()), timeout=PATIENCE)

    def score(self):
        wanted = {"include_gradient_norm": self._random.random() < 0.5, "include_percentile": True}
        self._inference.Score(WIRE.ScoreRequest(model=self._served(), inputs=self._rows(), **wanted), timeout=PATIENCE)

    def bad_rows(self):
        request = WIRE.ClassifyRequest(model=self._served(), inputs=self._rows(DIMENSION - 1))
        self._inference.Classify(request, timeout=PATIENCE)

    def no_version(self):
        request = WIRE.ScoreRequest(model=self._model(version="1000000"), inputs=self._rows())
        self._inference.Score(request, timeout=PATIENCE)

    def any_version(self):
        """One that may be served, or be gone, or not be there yet."""
        model = self._model(version=str(self._random.randint(1, 50)))
        self._inference.Classify(WIRE.ClassifyRequest(model=model, inputs=self._rows()), timeout=PATIENCE)

    def get_model(self):
        self._models.GetModel(WIRE.GetModelRequest(model=self._model()), timeout=PATIENCE)

    def hasty_rows(self):
        request = WIRE.ScoreRequest(model=self._served(), inputs=self._rows(), include_gradient_norm=True)
        self._inference.Score(request, timeout=self._random.uniform(0.001, 0.05))

    def sample(self):
        for _ in self._inference.Sample(self._sample_request(), timeout=PATIENCE):
            pass

    def sample_frames(self):
        request = self._sample_request(frame_interval=self._random.randint(1, 20))
        for _ in self._inference.Sample(request, timeout=PATIENCE):
            pass

    def hasty_sample(self):
        steps = 2 ** self._random.randint(5, 13)  # few are done in time, some are broken off, many cannot be met
        request = self._sample_request(sampler=WIRE.SamplerSettings(steps=steps), frame_interval=20)
        for _ in self._inference.Sample(request, timeout=self._random.uniform(0.001, 0.2)):
            pass

    def cancelled(self):
        stream = self._inference.Sample(self._sample_request(frame_interval=1), timeout=PATIENCE)
        for _, _ in zip(range(self._random.randint(0, 5)), stream):
            pass
        stream.cancel()

    def slow_reader(self):
        """Reads more than the server and the connection hold, with pauses, and gives up at times."""
        request = self._sample_request(sampler=WIRE.SamplerSettings(steps=400), frame_interval=1, chains=32)
        stream = self._inference.Sample(request, timeout=PATIENCE)
        for _ in stream:
            if self._random.random() < 0.02:
                time.sleep(self._random.uniform(0, 0.5))
            if self._random.random() < 0.001:
                return stream.cancel()

    def repeat(self):
        """The same seed gives the same bits under any load. Raises AssertionError otherwise."""
        model = self._model(label="pinned")
        settings = WIRE.SamplerSettings(steps=REPEATED["steps"])
        request = WIRE.SampleRequest(model=model, chains=REPEATED["chains"], seed=REPEATED["seed"], sampler=settings)
        states = np.zeros((REPEATED["chains"], DIMENSION), np.float32)
        for message in self._inference.Sample(request, timeout=PATIENCE):
            if message.frame.final:
                frame = np.frombuffer(message.frame.states.data, np.float32)
                states[list(message.frame.chains)] = frame.reshape(-1, DIMENSION)
        assert digest(states) == self._digests[model.name], f"other bits of {model.name}"

    def _oip_rows(self, suffix="", **parameters):
        name = self._random.choice(MODELS) + suffix
        request = OIP.ModelInferRequest(model_name=name)
        for key, value in parameters.items():
            request.parameters[key].int64_param = value
        return request

    def oip_infer(self):
        rows = self._rows()
        request = self._oip_rows()
        request.inputs.append(request.InferInputTensor(name="x", datatype="UINT8", shape=rows.shape))
        request.raw_input_contents.append(rows.data)
        self._oip.ModelInfer(request, timeout=PATIENCE)

    def oip_stream(self):
        request = self._oip_rows(".sample", chains=self._random.randint(1, 16), steps=self._random.randint(1, 100),
                                 frame_interval=self._random.randint(0, 10))
        for answer in self._oip.ModelStreamInfer(iter([request]), timeout=PATIENCE):
            assert not answer.error_message, answer.error_message

    def oip_cancelled(self):
        request = self._oip_rows(".sample", chains=8, steps=5000, frame_interval=1)
        stream = self._oip.ModelStreamInfer(iter([request]), timeout=PATIENCE)
        for _, _ in zip(range(self._random.randint(0, 5)), stream):
            pass
        stream.cancel()

    def oip_index(self):
        self._oip.ServerReady(OIP.ServerReadyRequest(), timeout=PATIENCE)
        self._oip.RepositoryIndex(OIP.RepositoryIndexRequest(), timeout=PATIENCE)


@dataclasses.dataclass(frozen=True)
class Kind:
    call: Callable[[Caller], None]
    codes: frozenset[str]  # that it may end with


def kinds_of(calls, *codes):
    return {call.__name__: Kind(call, frozenset(codes)) for call in calls}


# What the threads of a client do: rows, samples, streams that are broken off, and slow reading.
THREADS = (
    kinds_of([Caller.classify, Caller.score, Caller.get_model, Caller.oip_infer, Caller.oip_index], "OK")
    | kinds_of([Caller.bad_rows], "INVALID_ARGUMENT")
    | kinds_of([Caller.no_version], "NOT_FOUND")
    | kinds_of([Caller.any_version], "OK", "NOT_FOUND")
    | kinds_of([Caller.hasty_rows], "OK", "DEADLINE_EXCEEDED"),
    kinds_of([Caller.sample, Caller.sample_frames, Caller.repeat, Caller.oip_stream], "OK"),
    kinds_of([Caller.cancelled, Caller.oip_cancelled], "OK", "CANCELLED")
    | kinds_of([Caller.hasty_sample], "OK", "DEADLINE_EXCEEDED"),
    kinds_of([Caller.slow_reader], "OK", "CANCELLED"),
)
