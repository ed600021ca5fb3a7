"""The real server takes the arguments, the environment and the files of every overlay, and serves with them."""

import hashlib
import pathlib
import signal

import manifests
import pods_test
import programs
import pytest
from containers import Container, running_server
from manifests import objects, server_pod

TOKEN = "0123456789abcdef-test"
TOKENS = f'tokens {{ name: "test" token: "{TOKEN}" role: "infer" }}\n'.encode()
END_SECONDS = 30


@pytest.fixture
def container(checkpoint, certificate, tmp_path):
    """Makes the server's container of an overlay, with a model where the overlay has it from."""

    def make(documents) -> Container:
        pod = server_pod(documents)
        files = {"/tls": certificate, "/tokens": {"tokens.txtpb": TOKENS}}
        made = Container(documents, pod, "ebm-server", tmp_path, files)
        model = tmp_path / "volumes/models/digits/1"
        if "initContainers" in pod.spec:
            fetch = Container(documents, pod, "fetch-model", tmp_path).command()
            assert fetch[-1] == str(model / "model.safetensors"), "fetched to where the server looks"
        model.mkdir(parents=True, exist_ok=True)
        (model / "model.safetensors").write_bytes(checkpoint.read_bytes())
        return made

    return make


@pytest.mark.parametrize("folder", manifests.SERVERS)
def test_the_server_accepts_the_settings(folder, container):
    """And uses the ports and the times that the Deployment has."""
    documents = objects(folder)
    done = container(documents).run("--print_config")
    assert done.returncode == 0, done.stderr
    for name in ("lame_duck_seconds", "drain_seconds"):
        assert pods_test.seconds(done.stdout, name) == pods_test.seconds(pods_test.settings_of(documents), name)


def test_the_server_accepts_the_arguments_of_the_runtime_of_kserve():
    arguments = pods_test.runtime_container()["args"]
    assert programs.run("ebm-server", *arguments, "--print_config").returncode == 0
    assert programs.run("ebm-server", *arguments, "--repository_mod=poll", "--print_config").returncode == 2


@pytest.mark.parametrize("folder", manifests.SERVERS)
def test_the_settings_listen_on_the_ports_of_the_pod(folder):
    documents = objects(folder)
    ports = manifests.container(server_pod(documents), "ebm-server")["ports"]
    settings = pods_test.settings_of(documents)
    flags = {"grpc": "listen", "health": "health_listen", "metrics": "metrics_listen"}
    for port in ports:
        assert f'\n{flags[port["name"]]}: "0.0.0.0:{port["containerPort"]}"' in settings


@pytest.mark.parametrize(
    ("wrong", "right"), [("lame_duk_seconds", "lame_duck_seconds"), ('"polll"', '"poll"'), ('"txt"', '"json"')])
def test_a_mistake_in_the_settings_is_found(container, wrong, right):
    documents = objects("")
    for found in manifests.of_kind(documents, "ConfigMap"):
        assert right in found["data"]["server.txtpb"]
        found["data"]["server.txtpb"] = found["data"]["server.txtpb"].replace(right, wrong)
    assert container(documents).run("--print_config").returncode == 2


def test_a_misspelt_flag_is_found(container):
    documents = objects("overlays/production")
    arguments = manifests.container(server_pod(documents), "ebm-server")["args"]
    arguments[arguments.index("--tls_key=/tls/tls.key")] = "--tls_keys=/tls/tls.key"
    assert container(documents).run("--print_config").returncode == 2


@pytest.mark.parametrize("folder", manifests.SERVERS)
def test_the_server_serves_and_ends_as_the_overlay_says(folder, container, tmp_path):
    """Through its health port in plain text, as the probes ask, and with certificate and token where there are some."""
    made = container(objects(folder))
    with running_server(made) as (process, addresses):
        for service in ([], ["--service=liveness"]):
            asked = programs.run("ebm-client", "health", f"--server={addresses['health']}", *service)
            assert asked.returncode == 0, asked.stderr
        flags = []
        if "--tls_key" in " ".join(made.command()):
            (tmp_path / "token").write_text(TOKEN)
            flags = [f"--tls_ca={tmp_path}/volumes/tls/tls.crt", "--tls_server_name=ebm-server.ebm.svc",
                     f"--token_file={tmp_path}/token"]
        done = programs.run("ebm-client", "classify", f"--server={addresses['listen']}", "--digit=0", *flags)
        assert done.returncode == 0, done.stderr
        process.send_signal(signal.SIGINT)  # the same end as by SIGTERM, without the seconds of the lame duck
        assert process.wait(END_SECONDS) == 0


def replace(file: pathlib.Path, content: bytes) -> None:
    new = file.with_name("new")
    new.write_bytes(content)
    new.rename(file)


def test_changed_volumes_take_effect_without_a_restart(container, certificate, other_certificate, tmp_path):
    """Settings on SIGHUP, certificate and tokens by themselves; what the log shows of each."""
    volumes = tmp_path / "volumes"
    with running_server(container(objects("overlays/production"))) as (process, _):
        settings = volumes / "configuration/server.txtpb"
        replace(settings, settings.read_bytes() + b'log_level: "debug"\n')
        process.send_signal(signal.SIGHUP)
        replace(volumes / "tokens/tokens.txtpb", b"tokens { nonsense }")
        for name, content in other_certificate.items():
            replace(volumes / "tls" / name, content)
        wanted = ["configuration_read", "tokens_refused", "tls_replaced"]
        log = tmp_path / "server.log"
        programs.wait_until(lambda: all(event in log.read_text() for event in wanted), END_SECONDS)
        assert '"changed":"log_level"' in log.read_text() and process.poll() is None


@pytest.fixture
def fetch(checkpoint, tmp_path):
    """Runs production's init container with a file of this machine in place of the address, and this digest."""
    if "fetch" not in programs.run("ebm-client", "--help").stdout:
        pytest.skip("this build of ebm-client has no command fetch")

    def run(digest: str) -> bool:
        documents = objects("overlays/production")
        container = manifests.container(server_pod(documents), "fetch-model")
        command, _, address, file = container["args"]
        assert command == "fetch" and address.startswith("https://")
        container["args"] = [command, f"--sha256={digest}", str(checkpoint), file]
        return Container(documents, server_pod(documents), "fetch-model", tmp_path).run().returncode == 0

    return run


def test_the_init_container_fetches_what_has_the_digest(fetch, checkpoint, tmp_path):
    model = tmp_path / "volumes/models/digits/1/model.safetensors"
    assert not fetch("0" * 64) and not model.exists()
    assert fetch(hashlib.sha256(checkpoint.read_bytes()).hexdigest())
    assert model.read_bytes() == checkpoint.read_bytes()


def test_callers_of_production_need_a_certificate_and_a_token(container, tmp_path):
    with running_server(container(objects("overlays/production"))) as (_, addresses):
        ask = ["classify", f"--server={addresses['listen']}", "--digit=0", "--retries=0"]
        assert programs.run("ebm-client", *ask).returncode == 1
        tls = [f"--tls_ca={tmp_path}/volumes/tls/tls.crt", "--tls_server_name=ebm-server.ebm.svc"]
        refused = programs.run("ebm-client", *ask, *tls)
        assert refused.returncode == 1 and "UNAUTHENTICATED" in refused.stderr
