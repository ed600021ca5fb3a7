"""Builds the image with buildah, runs it with podman, and asks it the questions of the quickstart.

    python -m pytest -m long tests/deploy/image_build_test.py

It takes about 20 minutes and 20 GB. EBM_IMAGE keeps it from building: the name of an image in the store EBM_IMAGE_STORE
(a folder), which stays. EBM_BUILDAH_FLAGS are further flags of `buildah bud`, such as volumes with pip's settings.
"""

import json
import os
import pathlib
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile

import engines
import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
import programs  # noqa: E402

pytestmark = [pytest.mark.long, pytest.mark.skipif(bool(engines.missing()), reason=engines.missing())]

BASE = "localhost/debian-base:bookworm"
IMAGE = os.environ.get("EBM_IMAGE", "localhost/ebm-server:test")
MOST_BYTES = 700_000_000
RESTRICTED = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--pull=never"]
CLIENT = "/opt/ebm/bin/ebm-client"


@pytest.fixture(scope="module")
def folder():
    """A folder that other users can read, unlike pytest's."""
    with tempfile.TemporaryDirectory(prefix="ebm-image-") as name:
        os.chmod(name, 0o755)
        yield pathlib.Path(name)


def build(made: engines.Engines, folder: pathlib.Path) -> None:
    """From a clone, so that only what is committed is built."""
    source = folder / "source"
    subprocess.run(["git", "clone", "--quiet", ROOT, source], check=True)
    commit = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=source, capture_output=True, text=True)
    made.make_base(BASE)
    made.buildah("bud", "--isolation=chroot", "--pull-never", "--format=docker", f"--build-arg=BASE={BASE}",
                 f"--build-arg=COMMIT={commit.stdout.strip()}", "--build-arg=JOBS=2",
                 f"--ignorefile={source / '.dockerignore'}", *shlex.split(os.environ.get("EBM_BUILDAH_FLAGS", "")),
                 f"--tag={IMAGE}", f"--file={source / 'deploy/Dockerfile'}", source, timeout=3000)


@pytest.fixture(scope="module")
def engine(folder):
    """podman, with the image in its store."""
    kept = os.environ.get("EBM_IMAGE_STORE")
    made = engines.Engines(folder, pathlib.Path(kept) if kept else folder / "store")
    if not kept:
        build(made, folder)
    yield made
    made.remove_containers()


@pytest.fixture(scope="module")
def models(folder):
    """A model as a file, and as a repository: for both kinds of manifests."""
    made = folder / "models"
    made.mkdir()
    done = programs.train(made / "digits.safetensors", "--data=digits", "--epochs=1", "--seed=1")
    assert done.returncode == 0, done.stderr
    (made / "digits/1").mkdir(parents=True)
    shutil.copy(made / "digits.safetensors", made / "digits/1/model.safetensors")
    subprocess.run(["chmod", "--recursive", "a+rX", made], check=True)
    return made


@pytest.fixture(scope="module")
def address(engine, models):
    """Of the container, whose network is the machine's loopback."""
    engine.podman("run", "--detach", "--name=served", "--network=host", *RESTRICTED, f"--volume={models}:/models:ro",
                  IMAGE, "--checkpoint=/models/digits.safetensors", "--listen=127.0.0.1:0",
                  "--metrics_listen=127.0.0.1:0")
    return re.search(r" listen=(\S+)", engine.wait_for_log("served", "ebm-server ready")).group(1)


def ask(address: str, command: str, *flags) -> list[dict]:
    done = programs.run("ebm-client", command, f"--server={address}", "--format=json", *flags, timeout=60)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_the_image_is_small_enough(engine):
    assert int(engine.podman("image", "inspect", "--format={{.Size}}", IMAGE)) < MOST_BYTES


def test_the_image_says_what_it_is(engine):
    config = json.loads(engine.podman("image", "inspect", IMAGE))[0]
    assert config["Config"]["User"] == "10001:10001"
    assert config["Healthcheck"]["Test"][:3] == ["CMD", CLIENT, "health"]
    prefix = "org.opencontainers.image."
    assert {"title", "version", "revision", "licenses"} <= {
        name.removeprefix(prefix) for name, value in config["Labels"].items() if value
    }
    assert re.fullmatch(r"[0-9a-f]{12}", config["Labels"][prefix + "revision"])


@pytest.mark.parametrize("program", ["/bin/sh", "/usr/bin/python3", "/usr/bin/apt-get", "/usr/bin/gcc"])
def test_nothing_else_can_be_run_in_it(engine, program):
    done = engine.try_podman("run", "--rm", "--network=none", *RESTRICTED, f"--entrypoint={program}", IMAGE)
    assert done.returncode != 0 and "no such file" in done.stderr


def test_it_answers_the_questions_of_the_quickstart(engine, address):
    assert programs.run("ebm-client", "health", f"--server={address}").stdout == "serving\n"
    assert ask(address, "models")[0]["name"] == "digits"
    assert len(ask(address, "classify", "--digits=1350:447")) == 447
    assert all("log_density" in row for row in ask(address, "score", "--digits=1350:100"))
    assert ask(address, "sample", "--chains=8", "--seed=1", "--steps=50")


def test_it_runs_without_root_and_privileges(engine, address):
    """As the kernel sees it: user and group, capabilities, no_new_privs, and seccomp's filter."""
    process = engine.podman("inspect", "--format={{.State.Pid}}", "served")
    lines = pathlib.Path("/proc", process, "status").read_text().splitlines()
    status = {name: value.split() for name, value in (line.split(":", 1) for line in lines)}
    assert status["Uid"] == status["Gid"] == ["10001"] * 4 and status["Groups"] in ([], ["10001"])
    assert all(int(status[name][0], 16) == 0 for name in ("CapEff", "CapPrm", "CapBnd"))
    assert status["NoNewPrivs"] == ["1"] and status["Seccomp"] == ["2"]


def test_its_root_is_read_only(engine, models):
    done = engine.try_podman("run", "--rm", "--network=none", *RESTRICTED, f"--volume={models}:/models:ro",
                             f"--entrypoint={CLIENT}", IMAGE, "fetch", "/models/digits.safetensors", "/opt/m")
    assert done.returncode == 2 and "Read-only file system" in done.stderr


def test_its_health_check_knows_whether_it_serves(engine, models):
    engine.podman("run", "--detach", "--name=checked", "--network=none", *RESTRICTED, f"--volume={models}:/models:ro",
                  IMAGE, "--checkpoint=/models/digits.safetensors")
    engine.wait_for_log("checked", "ebm-server ready")
    assert engine.try_podman("healthcheck", "run", "checked").returncode == 0
    engine.podman("run", "--detach", "--name=other", "--network=none", *RESTRICTED, f"--volume={models}:/models:ro",
                  IMAGE, "--checkpoint=/models/digits.safetensors", "--listen=127.0.0.1:8600")
    engine.wait_for_log("other", "ebm-server ready")
    assert engine.try_podman("healthcheck", "run", "other").returncode != 0


def test_it_ends_in_good_order(engine, models):
    engine.podman("run", "--detach", "--name=ended", "--network=none", *RESTRICTED, f"--volume={models}:/models:ro",
                  IMAGE, "--checkpoint=/models/digits.safetensors", "--lame_duck_seconds=0")
    engine.wait_for_log("ended", "ebm-server ready")
    engine.podman("stop", "--time=30", "ended")
    assert engine.podman("inspect", "--format={{.State.ExitCode}}", "ended") == "0"


def adapted(documents: list[dict], models: pathlib.Path, port: int) -> list[dict]:
    """The base Deployment on this machine: the image, a folder in place of the claim, and free ports of loopback."""
    deployment = next(document for document in documents if document["kind"] == "Deployment")
    spec = deployment["spec"]["template"]["spec"]
    for volume in spec["volumes"]:
        if volume.pop("persistentVolumeClaim", None):
            volume["hostPath"] = {"path": str(models), "type": "Directory"}
    spec["hostNetwork"] = True
    container = spec["containers"][0]
    container |= {"image": IMAGE, "imagePullPolicy": "Never"}
    container.pop("ports")  # podman maps none on the machine's own network
    container["args"] = [*container.get("args", []), f"--listen=127.0.0.1:{port}", "--metrics_listen=127.0.0.1:0"]
    if any("--config" in word for word in container["args"]):
        container["args"] += ["--health_listen=127.0.0.1:0"]
    return [*(document for document in documents if document["kind"] == "ConfigMap"), deployment]


def test_podman_runs_the_base_deployment_and_the_client_talks_to_it(engine, models, folder):
    rendered = subprocess.run(["kubectl", "kustomize", ROOT / "deploy/kubernetes"], capture_output=True, text=True)
    assert rendered.returncode == 0, rendered.stderr
    port = free_port()
    manifest = folder / "base.yaml"
    manifest.write_text(yaml.safe_dump_all(adapted(list(yaml.safe_load_all(rendered.stdout)), models, port)))
    engine.podman("kube", "play", manifest)
    try:
        name = engine.podman("ps", "--filter=name=ebm-server", "--format={{.Names}}").splitlines()[0]
        engine.wait_for_log(name, "listen=")
        address = f"127.0.0.1:{port}"
        done = programs.run("ebm-client", "models", "watch", f"--server={address}", "--until_ready", "--wait",
                            timeout=60)
        assert done.returncode == 0, done.stderr
        assert len(ask(address, "classify", "--digits=1350:6")) == 6
    finally:
        engine.podman("kube", "down", manifest)
