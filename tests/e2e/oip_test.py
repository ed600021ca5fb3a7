"""The Open Inference Protocol as its users meet it: tritonclient, unchanged, and buf curl."""

import json
import queue
import re
import subprocess
import sys

import ebm_client
import numpy as np
import programs
import pytest
import tritonclient.grpc as triton
from google.protobuf import descriptor_pb2
from google.protobuf import descriptor_pool
from tritonclient.grpc import model_config_pb2, service_pb2, service_pb2_grpc
from tritonclient.utils import InferenceServerException

ROWS = programs.digits()[:7, :64]
ENDLESS = 100_000  # steps
SERVICE = "inference.GRPCInferenceService"
BUF = f"{sys.prefix}/bin/buf"


@pytest.fixture
def client(server):
    with triton.InferenceServerClient(server.address) as client:
        yield client


@pytest.fixture
def model(client):
    return client.get_model_repository_index().models[0].name


def rows_input(rows=ROWS, datatype="FP32"):
    tensor = triton.InferInput("x", rows.shape, datatype)
    tensor.set_data_from_numpy(np.ascontiguousarray(rows, np.uint8 if datatype == "UINT8" else np.float32))
    return tensor


def named(*outputs):
    return [triton.InferRequestedOutput(output) for output in outputs]


def parameters_of(result) -> dict:
    parameters = result.get_response().parameters
    return {name: getattr(value, value.WhichOneof("parameter_choice")) for name, value in parameters.items()}


class Stream:
    """A stream of the client, whose responses are read one after the other."""

    def __init__(self, client):
        self._client = client
        self._answers = queue.Queue()
        client.start_stream(lambda result, error: self._answers.put((result, error)))

    def ask(self, model, inputs=(), **settings):
        self._client.async_stream_infer(model, list(inputs), **settings)

    def read(self):
        """The next (result, error)."""
        return self._answers.get(timeout=60)

    def read_to_final(self) -> list:
        """The results of one request, to its last."""
        results = []
        while not results or not parameters_of(results[-1])["triton_final_response"]:
            result, error = self.read()
            assert error is None, error
            results.append(result)
        return results

    def stop(self, cancel=False):
        self._client.stop_stream(cancel_requests=cancel)


@pytest.fixture
def stream(client):
    stream = Stream(client)
    yield stream
    stream.stop(cancel=True)


def descriptors_of(proto_folder, folder):
    """The protocol's descriptors in a pool of their own, apart from those of tritonclient."""
    image = folder / "inference.binpb"
    subprocess.run([BUF, "build", proto_folder, f"--path={proto_folder}/inference", "-o", image], check=True)
    pool = descriptor_pool.DescriptorPool()
    files = descriptor_pb2.FileDescriptorSet.FromString(image.read_bytes()).file
    for file in files:
        pool.Add(file)
    return [pool.FindFileByName(file.name) for file in files]


def fields_of(message) -> set:
    def type_of(field):
        described = field.message_type or field.enum_type
        return described.full_name if described else field.type

    own = {(message.full_name, field.name, field.number, field.is_repeated, type_of(field)) for field in message.fields}
    return own.union(*(fields_of(nested) for nested in message.nested_types))


def names_of(files) -> set:
    """Every field, value and method of the files, with its number and types."""
    found = set()
    for file in files:
        for message in file.message_types_by_name.values():
            found |= fields_of(message)
        for enum in file.enum_types_by_name.values():
            found |= {(enum.full_name, value.name, value.number) for value in enum.values}
        for service in file.services_by_name.values():
            found |= {
                (method.full_name, method.input_type.full_name, method.output_type.full_name,
                 method.client_streaming, method.server_streaming)
                for method in service.methods
            }
    return found


def test_names_numbers_and_types_are_those_of_the_protocol(tmp_path):
    ours = names_of(descriptors_of(programs.ROOT / "proto", tmp_path))
    theirs = names_of([service_pb2.DESCRIPTOR, model_config_pb2.DESCRIPTOR])
    assert len(ours) > 100
    assert ours - theirs == set()


def test_describes_itself(client, model):
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready(model) and client.is_model_ready(f"{model}.sample", "1")
    assert not client.is_model_ready("nobody")
    assert client.get_server_metadata().name == "ebm-server"
    metadata = client.get_model_metadata(model)
    assert [(tensor.name, list(tensor.shape)) for tensor in metadata.inputs] == [("x", [-1, 64])]
    assert "probabilities" in [tensor.name for tensor in metadata.outputs]
    assert not client.get_model_config(model).config.model_transaction_policy.decoupled
    assert client.get_model_config(f"{model}.sample").config.model_transaction_policy.decoupled


def test_the_page_names_every_tensor_and_parameter(client, model, stream):
    page = (programs.ROOT / "server/rpc/oip/README.md").read_text()
    described = set(re.findall(r"`(\w+)`", page))
    metadata = [client.get_model_metadata(name) for name in (model, f"{model}.sample")]
    names = {tensor.name for entry in metadata for tensor in [*entry.inputs, *entry.outputs]}
    stream.ask(f"{model}.sample", parameters={"steps": 1})
    for result in stream.read_to_final():
        names |= set(parameters_of(result))
    assert names - described == set()


def test_rows_have_the_native_answers(client, model, server):
    native = ebm_client.EbmClient(server.address)
    classified, probabilities = native.classify(ROWS)
    scores = native.score(ROWS)
    result = client.infer(model, [rows_input()], request_id="7")
    assert result.get_response().id == "7"
    np.testing.assert_array_equal(result.as_numpy("probabilities"), probabilities)
    np.testing.assert_array_equal(result.as_numpy("class"), list(classified.classes))
    np.testing.assert_array_equal(result.as_numpy("log_density"), np.float32(scores.log_densities))
    outputs = ["percentile", "max_softmax", "gradient_norm", "class"]
    result = client.infer(model, [rows_input()], outputs=named(*outputs), priority=1, timeout=60_000_000)
    assert [output.name for output in result.get_response().outputs] == outputs
    np.testing.assert_array_equal(result.as_numpy("percentile"), np.float32(scores.percentiles))
    np.testing.assert_array_equal(result.as_numpy("max_softmax"), np.float32(scores.max_softmaxes))
    np.testing.assert_array_equal(result.as_numpy("gradient_norm"), np.float32(scores.gradient_norms))


def test_every_form_of_the_rows_has_the_same_answer(client, model, channel):
    expected = client.infer(model, [rows_input()]).as_numpy("log_density")
    as_bytes = client.infer(model, [rows_input(datatype="UINT8")])
    np.testing.assert_array_equal(as_bytes.as_numpy("log_density"), expected)
    pictures = client.infer(model, [rows_input(ROWS.reshape(-1, 8, 8))])
    np.testing.assert_array_equal(pictures.as_numpy("log_density"), expected)
    tensor = service_pb2.ModelInferRequest.InferInputTensor(name="x", datatype="FP32", shape=ROWS.shape)
    tensor.contents.fp32_contents.extend(ROWS.flatten())
    typed = service_pb2_grpc.GRPCInferenceServiceStub(channel).ModelInfer(
        service_pb2.ModelInferRequest(model_name=model, inputs=[tensor])
    )
    np.testing.assert_array_equal(triton.InferResult(typed).as_numpy("log_density"), expected)


def test_an_error_says_what_is_wrong(client, model):
    with pytest.raises(InferenceServerException, match=r"inputs.shape: \[7, 63\], must be \[n, 64\]"):
        client.infer(model, [rows_input(ROWS[:, :63])])
    with pytest.raises(InferenceServerException, match="there is no output 'logits'"):
        client.infer(model, [rows_input()], outputs=named("logits"))
    with pytest.raises(InferenceServerException, match="use ModelStreamInfer"):
        client.infer(f"{model}.sample", [])
    with pytest.raises(InferenceServerException, match="only the checkpoint"):
        client.load_model(model)
    with pytest.raises(InferenceServerException, match="only the checkpoint"):
        client.unload_model(model)


def test_samples_have_the_native_bits(stream, model, server):
    request = {"chains": 5, "steps": 20, "target_class": 3, "seed": 11}
    native, summary = ebm_client.EbmClient(server.address).sample(**request)
    stream.ask(f"{model}.sample", request_id="s", parameters={**request, "frame_interval": 8})
    *frames, last = stream.read_to_final()
    assert {parameters_of(frame)["step"] for frame in frames} == {8, 16, 20}
    final = {}
    for frame in frames:
        assert frame.get_response().id == "s"
        if parameters_of(frame)["final"]:
            final.update(zip(frame.as_numpy("chains"), frame.as_numpy("states")))
    np.testing.assert_array_equal(np.stack([final[chain] for chain in range(5)]), native)
    figures = parameters_of(last)
    assert figures["chains_finished"] == 5 and figures["seed"] == 11
    assert figures["temperature"] == pytest.approx(summary.temperature)


def test_requests_of_a_stream_run_side_by_side(stream, model):
    stream.ask(f"{model}.sample", request_id="long", parameters={"chains": 2, "steps": ENDLESS})
    stream.ask(f"{model}.sample", request_id="bad", parameters={"chains": 0})
    stream.ask(model, [rows_input()], request_id="rows")
    stream.ask(f"{model}.sample", request_id="short", parameters={"chains": 2, "steps": 3})
    ids, errors = [], []
    for _ in range(4):
        result, error = stream.read()
        ids += [result.get_response().id] if result else []
        errors += [str(error)] if error else []
    assert sorted(ids) == ["rows", "short", "short"]
    assert len(errors) == 1 and "chains: 0, must be 1 to" in errors[0]


def test_a_cancelled_stream_frees_its_chains(client, model, server):
    stream = Stream(client)
    stream.ask(f"{model}.sample", parameters={"chains": 8, "steps": ENDLESS, "frame_interval": 1})
    stream.read()
    stream.stop(cancel=True)
    programs.wait_until(lambda: server.metric("ebm_running_chains") == 0, programs.END_SECONDS)
    programs.wait_until(lambda: server.metric("ebm_request_memory_bytes") == 0, programs.END_SECONDS)


def test_statistics_grow_with_requests(client, model):
    def statistics():
        return client.get_inference_statistics(model, "1").model_stats[0]

    before = statistics()
    client.infer(model, [rows_input()])
    after = statistics()
    assert int(after.version) == 1
    assert after.inference_count - before.inference_count == len(ROWS)
    assert after.execution_count > before.execution_count
    for name in ("success", "queue", "compute_input", "compute_infer", "compute_output"):
        old, new = (getattr(entry.inference_stats, name) for entry in (before, after))
        assert new.count == old.count + 1 and new.ns > old.ns, name


def test_methods_are_counted(client, model, server):
    client.infer(model, [rows_input()])
    text = server.scrape()
    unary = f'grpc_method="ModelInfer",grpc_service="{SERVICE}",grpc_type="unary"'
    assert any(unary in line and line.startswith("grpc_server_started_total") for line in text.splitlines())
    assert f'grpc_method="ModelStreamInfer",grpc_service="{SERVICE}",grpc_type="bidi_stream"' in text


def buf_curl(server, *arguments) -> str:
    command = [BUF, "curl", "--protocol=grpc", "--http2-prior-knowledge", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_buf_curl_calls_it_through_reflection(server, model):
    url = f"http://{server.address}"
    services = buf_curl(server, "--list-services", url).split()
    assert {SERVICE, "ebm.v1.InferenceService", "ebm.v1.ModelService"} <= set(services)
    tensor = {"name": "x", "datatype": "FP32", "shape": [1, 64], "contents": {"fp32_contents": ROWS[0].tolist()}}
    request = json.dumps({"model_name": model, "inputs": [tensor], "outputs": [{"name": "class"}]})
    answer = json.loads(buf_curl(server, f"--data={request}", f"{url}/{SERVICE}/ModelInfer"))
    assert answer["outputs"][0]["name"] == "class"
    request = json.dumps({"model_name": f"{model}.sample", "parameters": {"steps": {"int64_param": 2}}})
    streamed = buf_curl(server, f"--data={request}", f"{url}/{SERVICE}/ModelStreamInfer")
    assert "triton_final_response" in streamed
