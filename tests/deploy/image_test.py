"""The image: what its Dockerfile promises, and that the file system which it copies serves by itself.

The file system is made from the programs that the other tests use, so that no compiler runs. image_build_test.py builds
and runs the image itself.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile

import dockerfile
import pytest
import sandbox

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
import programs  # noqa: E402

DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text()
VERSION = re.search(r"project\(ebm VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
PROGRAMS = ("ebm-server", "ebm-client", "ebm-train", "ebm-logz", "ebm-eval", "ebm-import")
MOST_BYTES = 700_000_000
ELF = b"\x7fELF"


def has_sandbox() -> bool:
    """Whether bubblewrap is here and may make namespaces."""
    words = ["bwrap", "--ro-bind", "/", "/", "--unshare-all", "true"]
    return shutil.which("bwrap") is not None and subprocess.run(words, capture_output=True).returncode == 0


needs_sandbox = pytest.mark.skipif(not has_sandbox(), reason="bubblewrap is missing or may not make namespaces")


@pytest.fixture(scope="module")
def folder():
    """A folder that other users can read, unlike pytest's."""
    with tempfile.TemporaryDirectory(prefix="ebm-image-") as name:
        os.chmod(name, 0o755)
        yield pathlib.Path(name)


@pytest.fixture(scope="module")
def runtime(folder):
    """What the build stage leaves for the last one."""
    made = folder / "runtime"
    subprocess.run([ROOT / "deploy/collect_runtime.sh", made, *(programs.BIN / name for name in PROGRAMS)], check=True)
    subprocess.run([sys.executable, ROOT / "deploy/write_sbom.py", made, f"--version={VERSION}"], check=True)
    return made / "root"


@pytest.fixture(scope="module")
def models(folder):
    made = folder / "models"
    made.mkdir()
    done = programs.train(made / "digits.safetensors", "--data=digits", "--epochs=1", "--seed=1")
    assert done.returncode == 0, done.stderr
    (made / "digits.safetensors").chmod(0o644)
    return made


@contextlib.contextmanager
def served(runtime, models):
    """A server of the file system; yields its address."""
    words = sandbox.command(runtime, "/opt/ebm/bin/ebm-server", "--checkpoint=/models/digits.safetensors",
                            "--listen=127.0.0.1:0", "--metrics_listen=127.0.0.1:0", "--lame_duck_seconds=0",
                            models=models)
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        ready = process.stdout.readline()
        try:
            yield re.search(r"listen=(\S+)", ready).group(1)
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def address(runtime, models):
    with served(runtime, models) as address:
        yield address


def files(root: pathlib.Path) -> list[pathlib.Path]:
    return [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]


def is_shared_object(path: pathlib.Path) -> bool:
    return ".so" in path.name and path.read_bytes()[:4] == ELF


def runnable(root: pathlib.Path) -> list[str]:
    """All files that a kernel or an interpreter would run, but for shared objects."""
    found = []
    for path in files(root):
        with path.open("rb") as file:
            start = file.read(4)
        executable = path.stat().st_mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
        if (executable or start == ELF or start[:2] == b"#!") and not is_shared_object(path):
            found.append(str(path.relative_to(root)))
    return sorted(found)


def answer(done: subprocess.CompletedProcess) -> list[str]:
    return [line for line in done.stdout.splitlines() if not line.startswith("time ")]


def test_the_dockerfile_keeps_to_its_rules():
    assert dockerfile.breaches(DOCKERFILE, VERSION) == []


@pytest.mark.parametrize(("before", "after", "rule"), [
    ("ARG BASE=debian:12-slim", "ARG BASE=debian:testing", "the base is an argument"),
    ("deploy/collect_runtime.sh /runtime", "cp -r / /runtime;", "the build runs the project's scripts"),
    ("FROM scratch", "FROM ${BASE}", "the last stage has no distribution"),
    ("WORKDIR /\n", "RUN apt-get update\n", "the last stage runs nothing"),
    ("COPY --from=build /runtime/root /", "COPY --from=build / /", "files come from the build only"),
    ("USER 10001:10001", "USER ebm", "the user is a number and not root"),
    ("USER 10001:10001", "USER 0:0", "the user is a number and not root"),
    ('CMD ["/opt/ebm/bin/ebm-client"', 'CMD ["/bin/sh"', "the health check is a program"),
    ('ENTRYPOINT ["/opt/ebm/bin/ebm-server"]', "ENTRYPOINT ebm-server", "the entry point is a program"),
    ("org.opencontainers.image.revision", "revision", "labels of the Open Container Initiative"),
    (f"ARG VERSION={VERSION}", "ARG VERSION=9", "the version is the project's"),
])
def test_a_breach_of_the_dockerfile_is_found(before, after, rule):
    assert before in DOCKERFILE
    assert rule in dockerfile.breaches(DOCKERFILE.replace(before, after), VERSION)


def test_the_context_of_the_build_holds_what_the_build_files_name():
    """A file that is missing there fails the build of the image only, after minutes."""
    build_files = [ROOT / "CMakeLists.txt", *(ROOT / "cmake").glob("*.cmake")]
    words = set(re.findall(r"[\w.-]+", "\n".join(file.read_text() for file in build_files)))
    kept = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    listed = subprocess.run(["git", "ls-tree", "--name-only", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    named = words & set(listed.stdout.split())
    assert {"LICENSE", "client", "server"} <= named
    assert named <= kept


def test_nothing_but_the_programs_can_be_run(runtime, tmp_path):
    assert runnable(runtime) == sorted(f"opt/ebm/bin/{name}" for name in PROGRAMS)
    (tmp_path / "script").write_text("#!/bin/sh\n")
    assert runnable(tmp_path) == ["script"]


def test_the_file_system_is_small_enough(runtime):
    assert sum(path.stat().st_size for path in files(runtime)) < MOST_BYTES


def test_every_package_has_its_licence_and_its_record(runtime):
    records = {path.name for path in (runtime / "var/lib/dpkg/status.d").iterdir()}
    licences = {path.parent.name for path in (runtime / "usr/share/doc").glob("*/copyright")}
    assert {"libc6", "libgrpc29", "libcurl4", "ca-certificates"} <= records
    assert records == licences
    assert (runtime / "usr/share/doc/libtorch/LICENSE").exists() and (runtime / "usr/share/doc/ebm/NOTICE").exists()


def test_the_bill_of_materials_lists_every_package_and_the_product(runtime):
    bom = json.loads((runtime / "usr/share/sbom/ebm.cdx.json").read_text())
    assert (bom["metadata"]["component"]["name"], bom["metadata"]["component"]["version"]) == ("ebm", VERSION)
    listed = {component["name"] for component in bom["components"]}
    assert {path.name for path in (runtime / "var/lib/dpkg/status.d").iterdir()} | {"torch"} <= listed


@needs_sandbox
def test_the_client_of_the_file_system_asks_its_server(runtime, address):
    """The questions of the quickstart, with the same answers as the programs outside give."""
    questions = [("health",), ("models",), ("classify", "--digits=1350:6"), ("score", "--digits=1350:6"),
                 ("sample", "--chains=2", "--steps=20", "--seed=1")]
    for command, *flags in questions:
        inside = sandbox.run(runtime, "/opt/ebm/bin/ebm-client", command, f"--server={address}", *flags)
        outside = programs.run("ebm-client", command, f"--server={address}", *flags, env={})
        assert inside.returncode == 0, inside.stderr
        assert answer(inside) == answer(outside) != []


@needs_sandbox
def test_the_health_check_of_the_image_knows_whether_it_serves(runtime, models):
    check = dockerfile.exec_form(dockerfile.arguments_of(dockerfile.last_stage(DOCKERFILE), "HEALTHCHECK")[0])
    with served(runtime, models) as address:
        asked = [word.replace("127.0.0.1:8500", address) for word in check]
        assert asked != check
        assert sandbox.run(runtime, *asked).returncode == 0
    assert sandbox.run(runtime, *asked, "--retries=0").returncode == 1


@needs_sandbox
def test_its_root_is_read_only_and_a_model_is_fetched_into_a_mounted_folder(runtime, models):
    fetch = ("/opt/ebm/bin/ebm-client", "fetch", "/models/digits.safetensors")
    assert sandbox.run(runtime, *fetch, "/tmp/model", models=models).returncode == 0
    refused = sandbox.run(runtime, *fetch, "/opt/model", models=models)
    assert refused.returncode == 2 and "Read-only file system" in refused.stderr


def not_needed(runtime: pathlib.Path, copy: pathlib.Path, names=None) -> list[str]:
    """The shared objects (all, or those with these beginnings) without which every program starts all the same."""
    subprocess.run(["cp", "--archive", "--link", runtime, copy], check=True)
    starts = lambda: all(sandbox.run(copy, f"/opt/ebm/bin/{name}", "--version").returncode == 0  # noqa: E731
                         for name in PROGRAMS)
    assert starts()
    found = []
    for path in filter(is_shared_object, files(copy)):
        if names is None or path.name.startswith(names):
            away = path.rename(copy / path.name)
            found += [path.name] if starts() else []
            away.rename(path)
    return found


@needs_sandbox
def test_without_a_shared_object_programs_do_not_start(runtime, folder):
    assert not_needed(runtime, folder / "less", ("libgrpc.so", "libc10.so", "libcurl.so", "libc.so")) == []


@needs_sandbox
def test_an_object_that_is_not_needed_is_found(runtime, folder):
    libraries = next(runtime.glob("usr/lib/*-linux-gnu"))
    extra = libraries / "libextra.so.1"
    shutil.copy(libraries / "libz.so.1", extra)
    assert not_needed(runtime, folder / "more", ("libextra",)) == ["libextra.so.1"]
    extra.unlink()


@needs_sandbox
@pytest.mark.long
def test_every_shared_object_is_needed(runtime, folder):
    assert not_needed(runtime, folder / "each") == []
