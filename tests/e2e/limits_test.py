"""What the server does where its resources end, and that it serves again when they are back."""

import http.client
import os
import resource
import socket
import subprocess
import time

import grpc
import programs
import pytest

LARGE = 300 << 20
CLASSIFY = "/ebm.v1.InferenceService/Classify"


def connect(address):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)))


def scrape(server, method="GET", path="/metrics"):
    connection = http.client.HTTPConnection(server.metrics_address, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), answer


def counter(server, name) -> float:
    lines = [line for line in server.scrape().splitlines() if line.startswith(name + " ")]
    return float(lines[0].split()[1])


def memory_peak(server) -> float:
    """In MiB."""
    with open(f"/proc/{server.process.pid}/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


def call_raw(server, message, method=CLASSIFY, **options):
    with grpc.insecure_channel(server.address, [("grpc.max_send_message_length", -1)]) as channel:
        with pytest.raises(grpc.RpcError) as error:
            channel.unary_unary(method, bytes, bytes)(message, timeout=60, **options)
    return error.value.code()


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="reads memory from /proc")
@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_a_huge_message_costs_little_memory(start_server, compression):
    server = start_server("--max_message_mb=1")
    before = memory_peak(server)
    code = call_raw(server, bytes(LARGE), compression=compression)
    assert code in (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNIMPLEMENTED)
    assert memory_peak(server) - before < 64
    assert server.ask("classify", "--digit=0")


def test_calls_that_grpc_refuses_are_counted(start_server):
    server = start_server("--max_message_mb=1")
    assert call_raw(server, bytes(2 << 20)) == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert call_raw(server, b"", method="/no.such.Service/Method") == grpc.StatusCode.UNIMPLEMENTED
    assert counter(server, "ebm_grpc_calls_started_total") == 2
    assert server.metric("grpc_server_started_total") == 1, "only the second was handed to a method"
    assert counter(server, "ebm_grpc_calls_failed_total") == 1


def test_silent_connections_do_not_block_a_scrape(start_server):
    server = start_server()
    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    idle = [connect(server.metrics_address) for _ in range(min(100, descriptors // 16))]
    begin = time.monotonic()
    assert scrape(server)[0] == 200
    assert time.monotonic() - begin < 4  # silent connections are closed after 5
    for connection in idle:
        connection.close()


def test_the_metrics_port_answers_as_http_servers_do(server):
    status, body, answer = scrape(server, "HEAD")
    assert (status, body) == (200, "") and int(answer.headers["Content-Length"]) > 1000
    assert scrape(server, path="/")[0] == 404
    assert scrape(server, path="/metrics/x")[0] == 404
    status, _, answer = scrape(server, "POST")
    assert status == 405 and answer.headers["Allow"] == "GET, HEAD"


def test_the_server_outlives_a_lack_of_descriptors(start_server):
    server = start_server()
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (64, 64))
    held = [connect(server.address) for _ in range(200)]
    programs.wait_until(lambda: counter(server, "ebm_shed_connections_total") >= 100, 20)
    for connection in held:
        connection.close()

    def is_served():
        command = [programs.BIN / "ebm-client", "classify", f"--server={server.address}", "--digit=0", "--deadline=5"]
        return subprocess.run(command, capture_output=True).returncode == 0

    programs.wait_until(is_served, 20)


PROGRAMS = ["ebm-train", "ebm-logz", "ebm-eval", "ebm-import", "ebm-server", "ebm-client", "ebm-load"]


def run_in_shell(script, *arguments):
    """Runs a command line in bash, with the arguments as $1, $2, ..."""
    command = ["bash", "-c", script, "bash", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("output", ["/dev/full", "&-"], ids=["full", "closed"])
def test_lost_output_is_an_error(program, output):
    done = run_in_shell(f'"$1" --help >{output}', programs.BIN / program)
    assert done.returncode == 1
    assert done.stderr == f"{program}: cannot write to standard output\n"


def test_a_closed_standard_output_does_not_become_part_of_the_checkpoint(tmp_path):
    """The first file that a program opens would get its descriptor, and with it what the program prints."""
    output = tmp_path / "model.safetensors"
    script = '"$1" --data=digits --recipe=default --output="$2" --epochs=1 --threads=1 >&-'
    done = run_in_shell(script, programs.BIN / "ebm-train", output)
    assert done.returncode == 1 and "standard output" in done.stderr
    assert programs.format_page()["read"](output)


def test_a_limit_on_the_size_of_files_is_an_error(tmp_path):
    output = tmp_path / "model.safetensors"
    script = 'ulimit -f 100; exec "$1" --data=digits --recipe=default --output="$2" --epochs=1 --threads=1'
    done = run_in_shell(script, programs.BIN / "ebm-train", output)
    assert done.returncode == 1 and "File too large" in done.stderr
    programs.assert_one_line(done.stderr)
    assert not output.exists()


def test_a_trainer_whose_reader_is_gone_still_writes_its_checkpoint(tmp_path):
    output = tmp_path / "model.safetensors"
    script = '"$1" --data=digits --recipe=default --output="$2" --epochs=3 --threads=1 | head --lines=1'
    run_in_shell(script, programs.BIN / "ebm-train", output)
    programs.wait_until(output.exists, 60)
