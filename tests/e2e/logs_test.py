"""The server's log, as a collector of log lines reads it."""

import json
import re

import grpc
import programs
import pytest
from tritonclient.grpc import service_pb2, service_pb2_grpc

CLASSIFY = "/ebm.v1.InferenceService/Classify"
SAMPLE = "/ebm.v1.InferenceService/Sample"
TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"


def json_lines(server) -> list[dict]:
    """The log's lines. The ready line on standard output, which the test has merged with them, is none."""
    lines = [line for line in server.log().splitlines() if not line.startswith("ebm-server ready: ")]
    return [json.loads(line) for line in lines]


def requests(server, **fields) -> list[dict]:
    """The access lines that have these fields."""
    lines = [line for line in json_lines(server) if line["event"] == "request"]
    return [line for line in lines if fields.items() <= line.items()]


def wait_for_request(server, **fields) -> dict:
    """A line is written when the call is over, slightly after its caller has the answer."""
    return programs.wait_until(lambda: requests(server, **fields), 30)[0]


@pytest.fixture
def logging_server(start_server):
    return start_server("--log_format=json", "--log_requests=all")


def classify(channel, wire, rows=3, columns=64, metadata=()):
    tensor = wire.Tensor(data_type=wire.DATA_TYPE_FLOAT32, shape=[rows, columns], data=bytes(4 * rows * columns))
    request = wire.ClassifyRequest(inputs=tensor)
    return wire.InferenceServiceStub(channel).Classify.with_call(request, timeout=60, metadata=metadata)


def id_in(trailing_metadata) -> str:
    return dict(trailing_metadata)["x-request-id"]


def test_events_are_json_with_fields(start_server):
    server = start_server("--log_format=json")
    server.terminate()
    assert server.wait() == 0
    events = json_lines(server)
    assert [line["event"] for line in events] == ["model_loaded", "ready", "draining", "stopped"]
    for line in events:
        assert list(line)[:3] == ["time", "level", "event"] and line["level"] == "info"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["time"])
    assert events[1]["listen"] == server.address and events[1]["metrics"] == server.metrics_address
    assert events[2]["signal"] == 15


def test_text_is_the_default(start_server):
    server = start_server()
    line = r"^\d{4}-\S+Z info ready models=1 listen=\S+ metrics=\S+ health=none workers=\d+$"
    assert re.search(line, server.log(), re.MULTILINE)


def test_a_line_of_classify(logging_server, wire):
    with grpc.insecure_channel(logging_server.address) as channel:
        metadata = (("x-request-id", "job-7"), ("traceparent", f"00-{TRACE}-{SPAN}-01"))
        _, call = classify(channel, wire, metadata=metadata)
        assert id_in(call.trailing_metadata()) == "job-7"
    line = wait_for_request(logging_server, request_id="job-7")
    assert line["method"] == CLASSIFY and line["code"] == "OK"
    assert (line["model"], line["version"], line["rows"]) == ("tiny", "1", 3)
    assert (line["trace_id"], line["parent_id"]) == (TRACE, SPAN)
    assert re.fullmatch(r"ipv4:127\.0\.0\.1:\d+", line["peer"])
    assert 0 <= line["queue_seconds"] and 0 < line["compute_seconds"]
    assert line["queue_seconds"] + line["compute_seconds"] <= line["total_seconds"]


def test_ids_are_made_and_come_back(logging_server, wire):
    made = []
    with grpc.insecure_channel(logging_server.address) as channel:
        for metadata in ((), (("x-request-id", "x" * 129),), (("traceparent", "nonsense"),)):
            made.append(id_in(classify(channel, wire, metadata=metadata)[1].trailing_metadata()))
    assert len(set(made)) == 3
    for request_id in made:
        assert re.fullmatch("[0-9a-f]{32}", request_id)
        assert "trace_id" not in wait_for_request(logging_server, request_id=request_id)


def test_lines_of_score_and_sample(logging_server):
    logging_server.ask("score", "--digits=0:2")
    logging_server.ask("sample", "--chains=3", "--steps=7")
    assert wait_for_request(logging_server, method="/ebm.v1.InferenceService/Score")["rows"] == 2
    line = wait_for_request(logging_server, method=SAMPLE)
    assert (line["code"], line["chains"], line["steps"]) == ("OK", 3, 7)


def test_the_line_of_a_stream_has_the_model_of_its_first_request(logging_server):
    tensor = service_pb2.ModelInferRequest.InferInputTensor(name="x", datatype="FP32", shape=[1, 64])
    tensor.contents.fp32_contents.extend([0.0] * 64)
    request = service_pb2.ModelInferRequest(model_name="tiny", inputs=[tensor])
    with grpc.insecure_channel(logging_server.address) as channel:
        stream = service_pb2_grpc.GRPCInferenceServiceStub(channel).ModelStreamInfer(iter([request]), timeout=60)
        assert [answer.error_message for answer in stream] == [""]
    line = wait_for_request(logging_server, method="/inference.GRPCInferenceService/ModelStreamInfer")
    assert (line["code"], line["model"], line["version"]) == ("OK", "tiny", "1") and "rows" not in line


def test_the_line_of_a_change_has_the_model(logging_server):
    assert logging_server.client("models", "load", "--model=other", "--model_version=7").returncode != 0
    line = wait_for_request(logging_server, method="/ebm.v1.ModelService/LoadModel")
    assert (line["code"], line["model"], line["version"]) == ("Unimplemented", "other", "7")


def test_lines_of_calls_that_fail(start_server, wire):
    """The default logs them, and only them."""
    server = start_server("--log_format=json", "--max_queued_chains=100", "--max_chains=100",
                          "--max_chain_steps=1000000000")
    with grpc.insecure_channel(server.address) as channel:
        stub = wire.InferenceServiceStub(channel)
        with pytest.raises(grpc.RpcError) as refused:
            classify(channel, wire, columns=63)
        assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        line = wait_for_request(server, request_id=id_in(refused.value.trailing_metadata()))
        assert line["code"] == "InvalidArgument" and line["error"] == refused.value.details()
        assert "queue_seconds" not in line

        endless = wire.SampleRequest(chains=80, sampler=wire.SamplerSettings(steps=100_000), frame_interval=10)
        stream = stub.Sample(endless)
        next(stream)
        with pytest.raises(grpc.RpcError) as full:
            stub.Sample(wire.SampleRequest(chains=30, sampler=wire.SamplerSettings(steps=1)), timeout=60).next()
        assert full.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert wait_for_request(server, code="ResourceExhausted")["chains"] == 30
        stream.cancel()
        cancelled = wait_for_request(server, code="Canceled", method=SAMPLE)
        assert cancelled["chains"] == 80 and cancelled["compute_seconds"] > 0

        forged = "/no.such.Service/Method"
        with pytest.raises(grpc.RpcError):
            channel.unary_unary(forged, bytes, bytes)(b"", timeout=60)
        assert wait_for_request(server, code="Unimplemented")["method"] == forged
        classify(channel, wire)
    server.terminate()
    assert server.wait() == 0
    assert requests(server, code="OK") == []


def test_every_call_has_one_line(logging_server, wire):
    """As many lines as calls that have started, and as counts of calls that have ended."""
    with grpc.insecure_channel(logging_server.address) as channel:
        for _ in range(5):
            classify(channel, wire)
    logging_server.client("sample", "--chains=1", "--class=99")
    text = logging_server.scrape()

    def total(name) -> int:
        return sum(int(value) for value in re.findall(rf"^{name}{{.*}} (\d+)$", text, re.MULTILINE))

    assert total("grpc_server_started_total") == total("grpc_server_handled_total") >= 6
    logging_server.terminate()
    assert logging_server.wait() == 0
    lines = requests(logging_server)
    assert len(lines) == total("grpc_server_started_total") == len({line["request_id"] for line in lines})


@pytest.mark.parametrize("flags", [("--log_level=warning", "--log_requests=all"), ("--log_requests=none",)])
def test_requests_can_be_left_out(start_server, flags, wire):
    server = start_server("--log_format=json", *flags)
    with grpc.insecure_channel(server.address) as channel, pytest.raises(grpc.RpcError):
        classify(channel, wire, columns=63)
    server.terminate()
    assert server.wait() == 0
    assert requests(server) == []


@pytest.mark.parametrize("flag", ["--log_format=xml", "--log_level=loud", "--log_requests=some"])
def test_wrong_words_are_refused(checkpoint, flag):
    done = programs.run("ebm-server", f"--checkpoint={checkpoint}", flag, timeout=60)
    assert done.returncode == 2
    programs.assert_one_line(done.stderr)
