#!/usr/bin/env python3
"""Python client of the server for energy-based models: grpcio, with stubs generated from proto/ at run time.

    client = EbmClient("127.0.0.1:8500")  # or "dns:///HOST:PORT", "ipv4:A:P,B:P": calls take turns among addresses
    response, probabilities = client.classify(rows)  # rows: [n, C], data units
    states, summary = client.sample(chains=16, steps=20, seed=1)

Calls that change nothing are sent again after UNAVAILABLE, Sample only before its first frame. tls=Tls(ca_file)
encrypts the connection; a token is sent only over TLS.

As a program it has the commands of `ebm-client` and prints one JSON object per line, with the main keys of `ebm-client
--format=json`. Exit status: 0, success; 1, the server refused the request or cannot be reached; 2, usage error.
"""

import argparse
import dataclasses
import functools
import importlib
import json
import pathlib
import re
import sys
import tempfile

import grpc
import numpy as np
from grpc_tools import protoc
from read_rows import read_rows

PROTO_ROOT = pathlib.Path(__file__).resolve().parents[2] / "proto"
MOST_ROWS = 256  # per request
MOST_REQUEST_BYTES = 3 << 20
PER_ROW_SCORES = ["log_densities", "max_softmaxes", "gradient_norms", "percentiles", "outlier_scores", "p_values",
                  "normalized_log_densities", "bits_per_dimension"]  # of the ScoreResponse
PER_VALUE_SCORES = ["column_rises", "best_values"]  # of the ScoreResponse, [n, C]
MOST_EXPLANATION_EVALUATIONS = 32768  # per request; inference.proto says how they are counted
DATA_TYPES = {1: "<f4", 2: "|u1"}  # ebm.v1.DataType -> numpy


@dataclasses.dataclass(frozen=True)
class Tls:
    """Files in PEM format. Without ca_file, the system's roots; the client's certificate and key for mutual TLS."""

    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    server_name: str | None = None  # in the server's certificate; default: the target's host


def service_config(retries):
    """gRPC's own retries (as client/channel.cc has them, with Sample), and turns among the server's addresses."""
    names = [{"service": "ebm.v1.InferenceService"},
             *({"service": "ebm.v1.ModelService", "method": method} for method in ("ListModels", "GetModel"))]
    policy = {"maxAttempts": retries + 1, "initialBackoff": "0.1s", "maxBackoff": "2s", "backoffMultiplier": 2,
              "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"]}
    config = {"loadBalancingConfig": [{"round_robin": {}}]}
    if retries:
        config |= {"retryThrottling": {"maxTokens": 200, "tokenRatio": 0.1},
                   "methodConfig": [{"name": names, "retryPolicy": policy}]}
    return json.dumps(config)


def make_channel(server, tls, token_file, retries):
    """token_file is read for every call, so it can be replaced."""
    options = [("grpc.max_receive_message_length", 256 << 20), ("grpc.enable_http_proxy", 0),
               ("grpc.service_config", service_config(retries)), ("grpc.per_rpc_retry_buffer_size", 64 << 20)]
    if tls is None:
        if token_file is not None:
            raise ValueError("a token is sent only over TLS")
        return grpc.insecure_channel(server, options)
    if tls.server_name:
        options.append(("grpc.ssl_target_name_override", tls.server_name))
    files = (tls.ca_file, tls.key_file, tls.certificate_file)
    credentials = grpc.ssl_channel_credentials(*(pathlib.Path(file).read_bytes() if file else None for file in files))
    if token_file is not None:
        def add_token(_, callback):
            token = pathlib.Path(token_file).read_text().strip()
            callback([("authorization", f"Bearer {token}")], None)

        pathlib.Path(token_file).read_bytes()  # an error now, and not at the first call
        credentials = grpc.composite_channel_credentials(credentials, grpc.metadata_call_credentials(add_token))
    return grpc.secure_channel(server, credentials, options)


@functools.cache
def load_stubs(proto_root=PROTO_ROOT):
    """Generates the modules of ebm.v1 into a temporary folder and imports them."""
    files = [str(path.relative_to(proto_root)) for path in sorted(proto_root.glob("ebm/v1/*.proto"))]
    with tempfile.TemporaryDirectory() as folder:
        if protoc.main(["protoc", f"-I{proto_root}", f"--python_out={folder}", f"--grpc_python_out={folder}", *files]):
            raise RuntimeError(f"protoc failed on {proto_root}")
        sys.path.insert(0, folder)
        try:
            names = ["inference_pb2", "inference_pb2_grpc", "model_pb2", "model_pb2_grpc", "sampler_pb2", "tensor_pb2"]
            return {name: importlib.import_module(f"ebm.v1.{name}") for name in names}
        finally:
            sys.path.remove(folder)


class EbmClient:
    """One channel to the servers of a target. Methods may raise grpc.RpcError with the server's code and details."""

    def __init__(self, server, model="", version="", timeout=None, *, label="", tls=None, token_file=None, retries=3):
        stubs = load_stubs()
        self._inference, self._models = stubs["inference_pb2"], stubs["model_pb2"]
        self._sampler, self._tensor = stubs["sampler_pb2"], stubs["tensor_pb2"]
        channel = make_channel(server, tls, token_file, retries)
        self._inference_stub = stubs["inference_pb2_grpc"].InferenceServiceStub(channel)
        self._model_stub = stubs["model_pb2_grpc"].ModelServiceStub(channel)
        self._selector = self._inference.ModelSelector(name=model, version=version, label=label)
        self._timeout = timeout

    def classify(self, rows, calibrated=False):
        """rows: [n, C], data units; NaN marks a missing value, for models with CAPABILITY_MISSING_VALUES. Returns the
        ClassifyResponse and its probabilities, [n, K]."""

        def ask(selector, part):
            request = self._inference.ClassifyRequest(
                model=selector, inputs=self._to_tensor(part), calibrated=calibrated)
            return self._inference_stub.Classify(request, timeout=self._timeout)

        return self.join_classify(self._ask_in_parts(rows, ask))

    def join_classify(self, responses):
        """One answer out of those for the parts of a request."""
        probabilities = np.concatenate([self._to_array(response.probabilities) for response in responses])
        answer = responses[0]
        for response in responses[1:]:
            answer.classes.extend(response.classes)
        answer.probabilities.CopyFrom(self._to_tensor(probabilities))
        return answer, probabilities

    def score(self, rows, percentile=True, p_value=False, normalized_log_density=False, explanation=False,
              hidden_means=False):
        """rows: [n, C], data units, NaN for missing values. Returns the ScoreResponse. percentile needs a model with
        validation scores, p_value one with calibration scores, normalized_log_density one with an estimate of ln Z.
        With explanation, the response has the rise of each column and its best value (explanation_of); with
        hidden_means, which needs a model with hidden units, their means given each row (hidden_means_of)."""

        def ask(selector, part):
            request = self._inference.ScoreRequest(
                model=selector, inputs=self._to_tensor(part), include_max_softmax=True,
                include_gradient_norm=has_gradient, include_percentile=percentile, include_p_value=p_value,
                include_normalized_log_density=normalized_log_density, include_explanation=explanation,
                include_hidden_means=hidden_means)
            return self._inference_stub.Score(request, timeout=self._timeout)

        model = self.model()
        has_gradient = (self._models.CAPABILITY_GRADIENT_NORM in model.capabilities
                        or self._models.CAPABILITY_GIBBS not in model.capabilities)
        most = most_rows_explained(model) if explanation else MOST_ROWS
        return self.join_score(self._ask_in_parts(rows, ask, most))

    def join_score(self, responses):
        """One answer out of those for the parts of a request."""
        answer = responses[0]
        for response in responses[1:]:
            for name in PER_ROW_SCORES:
                getattr(answer, name).extend(getattr(response, name))
        for name in (*PER_VALUE_SCORES, "hidden_means"):
            parts = [getattr(response, name) for response in responses]
            if parts[0].data and len(parts) > 1:
                joined = np.concatenate([self._to_array(part) for part in parts])
                getattr(answer, name).CopyFrom(self._to_tensor(joined))
        return answer

    def explanation_of(self, response):
        """The rises of ln p~ and the best values of a ScoreResponse, both [n, C]; None if it has no explanation."""
        if not response.column_rises.data:
            return None
        return tuple(self._to_array(getattr(response, name)) for name in PER_VALUE_SCORES)

    def hidden_means_of(self, response):
        """The means of the hidden units of a ScoreResponse, [n, H]; None if it has none."""
        return self._to_array(response.hidden_means) if response.hidden_means.data else None

    def _ask_in_parts(self, rows, ask, most_rows=MOST_ROWS):
        """Divides rows so that each request is within the default limits of a server. All parts are answered by the
        same version of the model. A grpc.RpcError has the number of the first row of its part as first_row, and the
        responses before it as responses."""
        rows = np.asarray(rows, "<f4")
        row_bytes = max(1, rows[:1].nbytes)
        most = max(1, min(MOST_ROWS, most_rows, MOST_REQUEST_BYTES // row_bytes))
        responses, selector = [], self._selector
        for first in range(0, max(1, len(rows)), most):
            try:
                responses.append(ask(selector, rows[first : first + most]))
            except grpc.RpcError as error:
                error.first_row, error.responses = first, responses
                raise
            served = responses[0].model
            selector = self._inference.ModelSelector(name=served.name, version=served.version)
        return responses

    def frames(self, **fields):
        """Sends a SampleRequest with these fields and returns the stream of SampleResponses."""
        request = self._inference.SampleRequest(model=self._selector, **fields)
        return self._inference_stub.Sample(request, timeout=self._timeout)

    def settings(self, steps=None, **kernel):
        """Returns SamplerSettings that change the model's default kernel: step_size, noise_scale, ..."""
        settings = self._sampler.SamplerSettings(steps=steps)
        if kernel:
            kind = self.model().sampler_defaults.WhichOneof("kernel")
            for name, value in kernel.items():
                setattr(getattr(settings, kind), name, value)
        return settings

    def sample(self, chains, steps=None, step_size=None, noise=None, target_class=None, seed=None, first_chain=0):
        """Returns the final states, [chains, C] in data units with NaN rows for diverged chains, and the summary.

        With a seed, two calls for chains 0 to 59 and 60 to 99 (first_chain=60, chains=40) return the states of one call
        of 100 chains.
        """
        changes = {"step_size": step_size, "noise_scale": noise}
        sampler = self.settings(steps, **{name: value for name, value in changes.items() if value is not None})
        final, summary = {}, None
        for message in self.frames(
            chains=chains, seed=seed, target_class=target_class, sampler=sampler, first_chain=first_chain
        ):
            if message.HasField("summary"):
                summary = message.summary
            elif message.frame.final:
                final.update(zip(message.frame.chains, self._to_array(message.frame.states)))
        dimension = len(next(iter(final.values()))) if final else 0
        lost = np.full(dimension, np.nan, np.float32)
        return np.stack([final.get(first_chain + i, lost) for i in range(chains)]), summary

    def models(self):
        """Returns the list of Models that the server serves."""
        return self._model_stub.ListModels(self._models.ListModelsRequest(), timeout=self._timeout).models

    def model(self):
        """Returns the Model that this client uses."""
        request = self._models.GetModelRequest(model=self._selector)
        return self._model_stub.GetModel(request, timeout=self._timeout).model

    def has_percentile(self, model):
        return self._models.CAPABILITY_PERCENTILE in model.capabilities

    def has_p_value(self, model):
        return self._models.CAPABILITY_P_VALUE in model.capabilities

    def has_normalized_log_density(self, model):
        return self._models.CAPABILITY_NORMALIZED_LOG_DENSITY in model.capabilities

    def _to_tensor(self, array):
        array = np.ascontiguousarray(array, "<f4")
        return self._tensor.Tensor(data_type=self._tensor.DATA_TYPE_FLOAT32, shape=array.shape, data=array.tobytes())

    @staticmethod
    def _to_array(tensor):
        # A copy: the message's own bytes cannot be written to.
        return np.frombuffer(tensor.data, DATA_TYPES[tensor.data_type]).reshape(tuple(tensor.shape)).copy()


def columns_of_values(model):
    """The Column of each value of a row; None for all of them if the model has no columns of its own."""
    inputs = [column for column in model.columns if column.kind not in (5, 6)]  # neither a label nor ignored
    values = int(np.prod(model.input_shape))
    return [inputs[value * len(inputs) // values] if inputs else None for value in range(values)]


def most_rows_explained(model):
    """How many rows one request can have explained."""
    columns = columns_of_values(model)
    of_number = 8 if len(columns) > 256 else 48
    evaluations = sum(len(column.values) if column and column.values else of_number for column in columns)
    return max(1, MOST_EXPLANATION_EVALUATIONS // evaluations)


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(prog="ebm_client.py", description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["classify", "score", "sample", "models"])
    parser.add_argument("--server", required=True, metavar="TARGET", help="HOST:PORT, dns:///HOST:PORT, ipv4:A:P,B:P")
    parser.add_argument("--model", default="", help="default: the server's only model")
    parser.add_argument("--label", default="", help="the version with this label")
    parser.add_argument("--deadline", type=float, metavar="SECONDS")
    parser.add_argument("--retries", type=int, default=3, choices=range(5), help="after UNAVAILABLE")
    parser.add_argument("--tls", action="store_true", help="with the system's roots; the next four imply it")
    for name, what in [("ca", "root certificates"), ("cert", "this client's certificate"), ("key", "its key")]:
        parser.add_argument(f"--tls_{name}", metavar="FILE", help=f"{what}, PEM")
    parser.add_argument("--tls_server_name", metavar="NAME", help="in the server's certificate")
    parser.add_argument("--token_file", metavar="FILE", help="bearer token, over TLS only")
    parser.add_argument("--input", metavar="FILE", help="CSV, NPY or IDX, also gzipped, D values per row, and "
                        "optionally a label; or a PNG or JPEG, with Pillow; -: standard input")
    parser.add_argument("--calibrated", action="store_true", help="classify at the temperature fitted on held-out rows")
    parser.add_argument("--explain", action="store_true", help="score: also the rise of ln p~ when one column "
                        "takes its best value, and this value, for each column")
    parser.add_argument("--chains", type=int, default=16)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--step_size", type=float)
    parser.add_argument("--noise", type=float)
    parser.add_argument("--class", type=int, dest="target_class")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--output", metavar="FILE.npy")
    options = parser.parse_args(arguments)
    if options.command in ("classify", "score") and not options.input:
        parser.error(f"{options.command} needs --input")
    if options.output and not options.output.endswith(".npy"):
        parser.error(f"--output: {options.output!r} does not end in .npy")
    folder = pathlib.Path(options.output or ".").parent
    if options.output and (not folder.is_dir() or pathlib.Path(options.output).is_dir()):
        parser.error(f"--output: {options.output!r} cannot be written")
    return options


def connect(options):
    files = (options.tls_ca, options.tls_cert, options.tls_key, options.tls_server_name)
    tls = Tls(*files) if options.tls or any(files) else None
    return EbmClient(options.server, options.model, timeout=options.deadline, label=options.label, tls=tls,
                     token_file=options.token_file, retries=options.retries)


def classify(client, options):
    rows, labels = read_rows(options.input, client.model())
    try:
        print_classes(*client.classify(rows, options.calibrated), labels)
    except grpc.RpcError as error:
        if error.responses:
            print_classes(*client.join_classify(error.responses), labels)
        raise


def print_classes(response, probabilities, labels):
    for row, (y, p) in enumerate(zip(response.classes, probabilities)):
        print(json.dumps({"row": row, "class": y, "label": response.class_labels[y], "probabilities": p.tolist()}))
    if labels is not None:
        right = np.array(response.classes) == labels[: len(response.classes)]
        print(f"accuracy {np.mean(right):.4f}", file=sys.stderr)


def score(client, options):
    model = client.model()
    rows, _ = read_rows(options.input, model)
    has_percentile, has_p_value = client.has_percentile(model), client.has_p_value(model)
    has_ln_p = client.has_normalized_log_density(model)

    def show(response):
        explanations = explain(client, model, rows, response)
        print_scores(response, has_percentile, has_p_value, has_ln_p, explanations)

    try:
        show(client.score(rows, has_percentile, has_p_value, has_ln_p, options.explain))
    except grpc.RpcError as error:
        if error.responses:
            show(client.join_score(error.responses))
        raise


def explain(client, model, rows, response):
    """The explanation of each row as ebm-client prints it; None if the response has none."""
    if (explanation := client.explanation_of(response)) is None:
        return None
    columns = columns_of_values(model)
    named = [column is not None and column.name and columns.count(column) == 1 for column in columns]

    def value_of(place, value):
        names = {known.code: known.name for known in columns[place].values} if columns[place] else {}
        return names.get(float(value), float(value) if np.isfinite(value) else None)

    explained = []
    for row, rises, best in zip(np.asarray(rows, "<f4"), *explanation):
        order = np.argsort(-np.nan_to_num(rises, nan=-1), kind="stable")
        explained.append([{"column": columns[i].name if named[i] else int(i), "value": value_of(i, row[i]),
                           "rise": float(rises[i]) if np.isfinite(rises[i]) else None,
                           "best_value": value_of(i, best[i])} for i in order])
    return explained


def print_scores(response, has_percentile, has_p_value, has_ln_p, explanations=None):
    rows = len(response.log_densities)
    columns = {"log_density": response.log_densities, "max_softmax": response.max_softmaxes,
               "gradient_norm": response.gradient_norms,
               "percentile": response.percentiles if has_percentile else [None] * rows}
    if has_p_value:
        columns |= {"outlier_score": response.outlier_scores, "p_value": response.p_values}
    if has_ln_p:
        columns |= {"normalized_log_density": response.normalized_log_densities,
                    "bits_per_dimension": response.bits_per_dimension,
                    "log_z_standard_error": [response.log_z_standard_error] * rows}
    for row, values in enumerate(zip(*columns.values())):
        finite = [value if value is None or np.isfinite(value) else None for value in values]
        explanation = {} if explanations is None else {"explanation": explanations[row]}
        print(json.dumps({"row": row} | dict(zip(columns, finite)) | explanation))


def sample(client, options):
    states, summary = client.sample(options.chains, options.steps, options.step_size, options.noise,
                                    options.target_class, options.seed)
    kind = summary.sampler.WhichOneof("kernel")
    kernel = getattr(summary.sampler, kind)
    answer = {"chains": len(states), "class": options.target_class, "seed": summary.seed,
              "steps": summary.sampler.steps, "kernel": kind, "step_size": getattr(kernel, "step_size", None),
              "noise": getattr(kernel, "noise_scale", None),
              "temperature": summary.temperature,
              "chains_finished": summary.chains_finished}
    if options.output:
        with open(options.output, "wb") as file:  # given a path, np.save might append .npy to it
            np.save(file, states)
        answer["output"] = options.output
    else:
        answer["states"] = [None if np.isnan(state).all() else state.tolist() for state in states]
    print(json.dumps(answer))


def models(client, _):
    for model in client.models():
        print(json.dumps({"name": model.identity.name, "version": model.identity.version, "family": model.family,
                          "input_shape": list(model.input_shape), "class_labels": list(model.class_labels)}))


def details_of(error):
    """The server counts the rows of one request; this counts those of the input."""
    first = getattr(error, "first_row", 0)
    return re.sub(r"^(inputs: row )(\d+)", lambda match: match[1] + str(int(match[2]) + first), error.details() or "")


def main(arguments=None):
    options = parse_arguments(arguments)
    commands = {"classify": classify, "score": score, "sample": sample, "models": models}
    try:
        commands[options.command](connect(options), options)
    except grpc.RpcError as error:
        print(f"ebm_client.py: {error.code().name}: {details_of(error)}", file=sys.stderr)
        return 1
    except (OSError, ValueError) as error:
        print(f"ebm_client.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
