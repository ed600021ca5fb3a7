"""The server's start and drain, and its handling of slow and vanished readers."""

import os
import re
import signal
import subprocess
import threading
import time

import grpc
import programs
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def long_request(wire, **fields):
    """A request that takes some seconds and streams frames all the time."""
    settings = wire.SamplerSettings(steps=2000)
    return wire.SampleRequest(**{"chains": 64, "seed": 1, "sampler": settings, "frame_interval": 100, **fields})


def test_health_says_serving(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    for service in ("", "ebm.v1.InferenceService"):
        assert stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=10).status == SERVING
    with pytest.raises(grpc.RpcError) as error:
        stub.Check(health_pb2.HealthCheckRequest(service="no.such.Service"), timeout=10)
    assert error.value.code() == grpc.StatusCode.NOT_FOUND


def test_reflection_names_the_services(channel):
    services = ProtoReflectionDescriptorDatabase(channel).get_services()
    assert {"ebm.v1.InferenceService", "ebm.v1.ModelService", "grpc.health.v1.Health"} <= set(services)


def test_sigterm_drains(start_server, wire):
    server = start_server()
    with grpc.insecure_channel(server.address) as channel:
        health = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=60)
        assert next(health).status == SERVING
        stream = wire.InferenceServiceStub(channel).Sample(long_request(wire), timeout=120)
        next(stream)
        server.terminate()
        assert next(health).status == NOT_SERVING
        health.cancel()

        def refused() -> grpc.StatusCode | None:
            try:
                wire.InferenceServiceStub(channel).Sample(wire.SampleRequest(chains=1), timeout=10).next()
            except grpc.RpcError as error:
                return error.code()

        # The health changes slightly before the connection is closed, which cancels a call that arrives meanwhile.
        code = programs.wait_until(refused, programs.END_SECONDS)
        assert code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
        last = list(stream)[-1]
    assert last.summary.chains_finished == 64
    assert server.wait() == 0, server.log()


def test_new_calls_are_served_until_the_lame_duck_time_is_over(start_server):
    """Balancers learn from the health port; calls that they still send succeed."""
    server = start_server("--lame_duck_seconds=2", "--health_listen=127.0.0.1:0")
    with grpc.insecure_channel(server.health_address) as probes:
        health = health_pb2_grpc.HealthStub(probes)
        readiness = health.Watch(health_pb2.HealthCheckRequest(), timeout=60)
        assert next(readiness).status == SERVING
        server.terminate()
        assert next(readiness).status == NOT_SERVING
        assert health.Check(health_pb2.HealthCheckRequest(service="liveness"), timeout=10).status == SERVING
        assert server.ask("sample", "--chains=1", "--steps=10")
    assert server.wait() == 0, server.log()


def test_a_second_signal_ends_a_drain(start_server, wire):
    server = start_server("--lame_duck_seconds=1000")
    with grpc.insecure_channel(server.address) as channel:
        health = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=60)
        assert next(health).status == SERVING
        server.terminate()
        assert next(health).status == NOT_SERVING
        server.terminate()
        assert server.wait() == 128 + 15


def test_no_call_fails_while_two_replicas_restart_in_turn(start_server, wire):
    """A client that takes turns among the healthy, while each of both drains and is replaced at the same address."""
    servers = [start_server("--lame_duck_seconds=1") for _ in range(2)]
    addresses = [server.address for server in servers]
    policy = '{"loadBalancingConfig": [{"round_robin": {}}], "healthCheckConfig": {"serviceName": ""}}'
    options = [("grpc.service_config", policy), ("grpc.initial_reconnect_backoff_ms", 100)]
    failures, calls, ended = [], 0, threading.Event()

    def call():
        nonlocal calls
        with grpc.insecure_channel(f"ipv4:{','.join(addresses)}", options) as channel:
            stub = wire.InferenceServiceStub(channel)
            tensor = wire.Tensor(data_type=wire.DATA_TYPE_FLOAT32, shape=[1, 64], data=bytes(256))
            while not ended.is_set():
                try:
                    stub.Classify(wire.ClassifyRequest(inputs=tensor), timeout=30)
                    calls += 1
                except grpc.RpcError as error:
                    failures.append((error.code(), error.details()))

    caller = threading.Thread(target=call)
    caller.start()
    for i, server in enumerate(servers):
        server.terminate()
        assert server.wait() == 0, server.log()
        servers[i] = start_server(f"--listen={addresses[i]}")
        programs.wait_until(lambda: servers[i].metric("ebm_rows_evaluated_total") > 20, programs.END_SECONDS)
    ended.set()
    caller.join()
    assert failures == [] and calls > 40


def test_settings_of_a_file_count_less_than_flags(checkpoint, tmp_path):
    settings = tmp_path / "server.txtpb"
    settings.write_text(f'checkpoint: "{checkpoint}"\nworkers: 2\nmax_rows: 5\n')
    printed = programs.run("ebm-server", f"--config={settings}", "--max_rows=7", "--print_config")
    assert printed.returncode == 0 and "workers: 2" in printed.stdout and "max_rows: 7" in printed.stdout
    settings.write_text('listen: "nowhere"\nworkers: 0\nno_such_setting: 1\n')
    refused = programs.run("ebm-server", f"--config={settings}")
    assert refused.returncode == 2 and f"{settings}:3:" in refused.stderr


def test_sighup_reads_the_settings_again(start_server, tmp_path):
    settings = tmp_path / "server.txtpb"
    settings.write_text("drain_seconds: 20\n")
    server = start_server(f"--config={settings}")
    settings.write_text("drain_seconds: 0.5\nmax_rows: 3\n")
    server.process.send_signal(signal.SIGHUP)
    programs.wait_until(lambda: "drain_seconds" in server.log() and "max_rows" in server.log(), programs.END_SECONDS)
    settings.write_text("drain_seconds: -1\n")
    server.process.send_signal(signal.SIGHUP)
    programs.wait_until(lambda: f"{settings}:1:" in server.log(), programs.END_SECONDS)
    assert server.ask("sample", "--chains=1", "--steps=10")
    server.terminate()
    assert server.wait() == 0, server.log()


def test_a_drain_has_an_end(start_server, wire):
    server = start_server("--drain_seconds=1", "--max_chain_steps=1000000000")
    endless = long_request(wire, chains=500, sampler=wire.SamplerSettings(steps=100_000))  # minutes of any machine
    with grpc.insecure_channel(server.address) as channel:
        stream = wire.InferenceServiceStub(channel).Sample(endless, timeout=120)
        next(stream)
        begin = time.monotonic()
        server.terminate()
        with pytest.raises(grpc.RpcError) as error:
            list(stream)
    assert error.value.code() == grpc.StatusCode.UNAVAILABLE
    assert server.wait() == 0, server.log()
    assert time.monotonic() - begin < 10


def test_addresses_of_the_environment_can_be_overridden(checkpoint):
    """As an image has them: flags behind the entry point replace the image's addresses."""
    command = [programs.BIN / "ebm-server", f"--checkpoint={checkpoint}"]
    environment = os.environ | {"EBM_LISTEN": "127.0.0.1:0", "EBM_METRICS_LISTEN": "127.0.0.1:0"}

    def ready_line(*flags):
        with subprocess.Popen([*command, *flags], env=environment, stdout=subprocess.PIPE, text=True) as server:
            line = server.stdout.readline()
            server.terminate()
        return line

    assert re.search(r"listen=127.0.0.1:\d+ metrics=127.0.0.1:\d+", ready_line())
    assert re.search(r"listen=127.0.0.2:\d+ metrics=127.0.0.3:\d+",
                     ready_line("--listen=127.0.0.2:0", "--metrics_listen=127.0.0.3:0"))


def test_an_idle_server_ends_at_once(start_server):
    server = start_server()
    begin = time.monotonic()
    server.terminate()
    assert server.wait() == 0 and time.monotonic() - begin < 5


def test_a_reader_that_vanishes_frees_its_chains(start_server):
    server = start_server()
    command = [programs.BIN / "ebm-client", "sample", f"--server={server.address}", "--chains=500", "--steps=4000"]
    client = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server.wait_until_chains_run()
    client.kill()
    client.wait()
    begin = time.monotonic()
    server.ask("sample", "--chains=1", "--steps=10")
    assert time.monotonic() - begin < 5
    server.terminate()
    assert server.wait() == 0 and time.monotonic() - begin < 10


def test_a_slow_reader_does_not_hold_up_others(start_server, wire):
    server = start_server()
    with grpc.insecure_channel(server.address) as channel:
        request = long_request(wire, chains=256, frame_interval=1)
        stream = wire.InferenceServiceStub(channel).Sample(request, timeout=120)
        next(stream)  # read one frame only, so frames queue up until the server parks the chains
        server.wait_until_chains_are_parked()
        begin = time.monotonic()
        server.ask("sample", "--chains=4", "--steps=50")
        assert time.monotonic() - begin < 5
        stream.cancel()


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="reads memory from /proc")
def test_a_slow_reader_does_not_fill_the_memory(start_server, wire):
    server = start_server()

    def resident_megabytes() -> float:
        with open(f"/proc/{server.process.pid}/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))

    with grpc.insecure_channel(server.address) as channel:
        stream = wire.InferenceServiceStub(channel).Sample(long_request(wire, chains=500, frame_interval=1), timeout=60)
        next(stream)
        before = resident_megabytes()
        server.wait_until_chains_are_parked()
        assert resident_megabytes() - before < 100  # all frames together are 256 MB
        stream.cancel()


def test_oversized_requests_are_refused(channel, wire):
    stub = wire.InferenceServiceStub(channel)
    tensor = wire.Tensor(data_type=wire.DATA_TYPE_FLOAT32, shape=[2**40, 64], data=b"\0" * 256)
    with pytest.raises(grpc.RpcError) as error:
        stub.Classify(wire.ClassifyRequest(inputs=tensor), timeout=10)
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT and "inputs" in error.value.details()


@pytest.mark.parametrize(
    "flags",
    [
        (),
        ("--checkpoint=/no/such/file.safetensors",),
        ("--colour=red",),
        ("--listen=nowhere",),
        ("--workers=-1",),
    ],
    ids=["none", "missing", "unknown", "address", "workers"],
)
def test_a_bad_start_is_one_line_and_a_status(checkpoint, flags):
    given = [] if not flags or flags[0].startswith("--checkpoint") else [f"--checkpoint={checkpoint}"]
    done = programs.run("ebm-server", *given, *flags, timeout=60)
    assert done.returncode in (1, 2)
    programs.assert_one_line(done.stderr)


PROGRAMS = ["ebm-train", "ebm-logz", "ebm-eval", "ebm-import", "ebm-server", "ebm-client", "ebm-load"]


def test_all_programs_name_one_version():
    versions = set()
    for program in PROGRAMS:
        done = programs.run(program, "--version")
        assert done.returncode == 0 and done.stdout.startswith(program + " ")
        versions.add(done.stdout.removeprefix(program + " "))
    assert len(versions) == 1 and re.fullmatch(r"\d+\.\d+\.\d+(\+[0-9a-f]{12,})?\n", versions.pop())


@pytest.mark.parametrize("program", ["ebm-server", "ebm-logz", "ebm-eval"])
def test_a_checkpoint_that_is_a_folder_is_wrong_usage_of_every_program(program, tmp_path):
    done = programs.run(program, f"--checkpoint={tmp_path}", timeout=60)
    assert done.returncode == 2
    programs.assert_one_line(done.stderr)


def test_a_damaged_checkpoint_is_refused(checkpoint, tmp_path):
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(checkpoint.read_bytes()[:-1])
    done = programs.run("ebm-server", f"--checkpoint={damaged}", "--listen=127.0.0.1:0", timeout=60)
    assert done.returncode == 2
    programs.assert_one_line(done.stderr)


def test_many_readers_come_and_go(start_server, wire):
    server = start_server()

    def visit(index: int) -> None:
        with grpc.insecure_channel(server.address) as channel:
            stream = wire.InferenceServiceStub(channel).Sample(long_request(wire, chains=8), timeout=60)
            next(stream)
            if index % 2:
                stream.cancel()

    visitors = [threading.Thread(target=visit, args=(index,)) for index in range(16)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    server.terminate()
    assert server.wait() == 0, server.log()
