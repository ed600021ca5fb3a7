"""What `cmake --install` puts into a folder: programs that run there, and a library for other projects."""

import pathlib
import re
import subprocess

import programs
import pytest

BUILD = programs.ROOT / "build/release"


def run(*command, **options) -> str:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=1000, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install(component: str, folder: pathlib.Path) -> pathlib.Path:
    run("cmake", "--install", BUILD, "--component", component, "--prefix", folder)
    return folder


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The program of client/README.md, built outside of the source tree."""
    folder = tmp_path_factory.mktemp("example")
    page = (programs.ROOT / "client/README.md").read_text()
    (folder / "main.cc").write_text(re.search(r"```cpp\n(.*?)```", page, re.DOTALL).group(1))
    lines = re.search(r"```cmake\n(.*?)```", page, re.DOTALL).group(1)
    (folder / "CMakeLists.txt").write_text(f"cmake_minimum_required(VERSION 3.25)\nproject(example CXX)\n{lines}")
    prefix = install("library", folder / "prefix")
    run("cmake", "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_BUILD_TYPE=Debug")
    run("cmake", "--build", folder / "build")
    return folder / "build/example"


def test_another_project_builds_against_the_library(example, server):
    out = run(example, server.address)
    assert re.fullmatch(r"8 chains of \S+, sum \S+\nclass \d\n", out)


def test_its_stream_goes_on_at_another_server(example, start_server):
    """Continued from its last frames, with the same bits."""
    servers = [start_server(), start_server()]
    whole = run(example, servers[0].address)
    target = "ipv4:" + ",".join(server.address for server in servers)
    process = subprocess.Popen([example, target], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    busy = programs.wait_until(lambda: [server for server in servers if server.metric("ebm_running_chains") > 0],
                               programs.END_SECONDS)
    busy[0].process.kill()
    out, errors = process.communicate(timeout=100)
    assert process.returncode == 0, errors
    assert out == whole


def test_installed_programs_find_their_libraries_beside_them(tmp_path):
    prefix = install("programs", tmp_path)
    for program in sorted((prefix / "bin").iterdir()):
        assert run(program, "--version").startswith(program.name)
        libraries = run("ldd", program)
        assert "not found" not in libraries and ".deps" not in libraries, libraries
        if "libtorch_cpu.so" in libraries:
            assert f"=> {prefix}/bin/../lib/ebm/libtorch_cpu.so" in libraries
