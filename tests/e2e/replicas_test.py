"""Clients of two servers behind one target, while one of them goes away."""

import json
import subprocess

import ebm_client
import programs
import pytest

ROWS = "--classify=1 --score=1 --sample=0 --classify_rows=4 --score_rows=4 --dimension=64".split()


@pytest.fixture
def servers(start_server):
    return [start_server(), start_server()]


@pytest.fixture
def density_servers(density_checkpoint, tmp_path):
    """Two servers of a model with a base density."""
    with programs.Server(density_checkpoint, tmp_path) as one, programs.Server(density_checkpoint, tmp_path) as other:
        yield [one, other]


@pytest.fixture(scope="module")
def density_checkpoint(tmp_path_factory):
    output = tmp_path_factory.mktemp("density") / "density.safetensors"
    done = programs.train(output, "--data=digits", "--recipe=density", "--epochs=1")
    assert done.returncode == 0, done.stderr
    return output


def target(servers) -> str:
    return "ipv4:" + ",".join(server.address for server in servers)


def start(program, *arguments) -> subprocess.Popen:
    command = [programs.BIN / program, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def requests(server) -> float:
    return server.metric("ebm_rows_evaluated_total")


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_no_request_fails_while_a_server_goes_away(servers, end):
    flags = ["--callers=4", "--seconds=3", "--warm_up_seconds=0", "--retries=4", "--json"]
    load = start("ebm-load", f"--server={target(servers)}", *flags, *ROWS)
    for server in servers:
        programs.wait_until(lambda: requests(server) > 50, programs.END_SECONDS)  # noqa: B023
    servers[0].terminate() if end == "terminate" else servers[0].process.kill()
    out, errors = load.communicate(timeout=100)
    assert load.returncode == 0, errors + out
    assert set(json.loads(out)["codes"]) == {"OK"}


def test_no_call_of_the_python_client_fails(servers):
    client = ebm_client.EbmClient(target(servers), timeout=60)
    rows = programs.digits()[:4, :64]
    for server in servers:
        while requests(server) == 0:
            client.classify(rows)
    servers[0].process.kill()
    for _ in range(20):
        client.classify(rows)


def test_samples_are_the_same_when_their_server_dies(servers, tmp_path):
    arguments = ["--chains=16", "--steps=1500", "--frame_interval=100", "--seed=5"]
    whole = tmp_path / "whole.npy"
    done = servers[0].client("sample", *arguments, f"--output={whole}")
    assert done.returncode == 0, done.stderr
    cut = tmp_path / "cut.npy"
    sample = start("ebm-client", "sample", f"--server={target(servers)}", *arguments, f"--output={cut}")
    busy = programs.wait_until(lambda: [server for server in servers if server.metric("ebm_running_chains") > 0],
                               programs.END_SECONDS)
    busy[0].process.kill()
    out, errors = sample.communicate(timeout=100)
    assert sample.returncode == 0, errors + out
    assert cut.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("kernel", [(), ("--anneal", "--start=base")])
def test_a_divided_request_has_the_bits_of_a_whole_one(density_servers, tmp_path, kernel):
    servers = density_servers
    arguments = ["--chains=11", "--steps=200", "--seed=5", "--first_chain=3", "--format=json", *kernel]
    whole, parts = tmp_path / "whole.npy", tmp_path / "parts.npy"
    done = servers[0].client("sample", *arguments, f"--output={whole}")
    assert done.returncode == 0, done.stderr
    before = servers[1].metric("ebm_samples_total")
    # The parts go to the servers that the client is connected to, and it does not wait for the second one.
    for _ in range(20):
        divided = programs.run("ebm-client", "sample", f"--server={target(servers)}", *arguments, "--parts=4",
                               f"--output={parts}")
        assert divided.returncode == 0, divided.stderr
        assert parts.read_bytes() == whole.read_bytes()
        if servers[1].metric("ebm_samples_total") > before:
            return
    pytest.fail("the second server has had no part of any request")
    one, joined = json.loads(done.stdout), json.loads(divided.stdout)
    assert joined.get("annealing") == (pytest.approx(one["annealing"]) if kernel else None)
    assert joined.pop("acceptance_rate") == pytest.approx(one.pop("acceptance_rate"))
    varying = {"annealing", "output", "queue_seconds", "total_seconds"}
    assert {name: joined[name] for name in one if name not in varying} == {
        name: value for name, value in one.items() if name not in varying}


def test_diagnostics_cannot_be_divided(servers):
    refused = programs.run("ebm-client", "sample", f"--server={target(servers)}", "--parts=2", "--diagnostics")
    assert refused.returncode == 2 and "--diagnostics" in refused.stderr


def test_without_retries_the_loss_is_reported(servers):
    sample = start("ebm-client", "sample", f"--server={servers[0].address}", "--chains=500", "--steps=4000",
                   "--retries=0")
    servers[0].wait_until_chains_run()
    servers[0].process.kill()
    _, errors = sample.communicate(timeout=100)
    assert sample.returncode == 1 and "UNAVAILABLE" in errors
    programs.assert_one_line(errors)
