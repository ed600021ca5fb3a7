"""Checks that includes follow the dependency graph of the source tree.

    client -> proto <- server/rpc/ebm_v1 -> server/inference -> server/batching
    server/catalog -> {server/inference, server/batching, model -> LibTorch}

RULES lists what the files of each folder may include; everything else is an error. The standard library, Abseil and
the folder's own headers are always allowed. A test folder mirrors a source folder and may include what that folder can
reach through its dependencies. A header that includes LibTorch, directly or indirectly, counts as LibTorch.
"""

import dataclasses
import pathlib
import re


@dataclasses.dataclass(frozen=True)
class Rule:
    folders: frozenset[str]
    libraries: frozenset[str]


def may_see(*names: str) -> Rule:
    """Names with a slash, and "client", are our folders or the generated protocol. The others are libraries."""
    folders = frozenset(name for name in names if "/" in name or name == "client")
    return Rule(folders, frozenset(names) - folders)


RULES = {
    # What serving needs.
    "model/core": may_see("hwy"),
    "model/spec": may_see("model/core"),
    "model/io": may_see("model/core", "posix", "png", "jpeg", "zip", "zlib", "openssl", "nlohmann"),
    "model/repository": may_see("model/core", "model/io", "proto/text", "ebm/config/v1", "posix", "protobuf"),
    "model/process": may_see("model/core", "CLI", "posix"),
    "model/kernels": may_see("model/core", "model/spec", "hwy", "posix"),
    "model/networks": may_see("model/core", "model/spec", "posix", "torch"),
    "model/sampler": may_see("model/core"),
    "model/base": may_see("model/core", "model/spec", "model/kernels", "model/sampler"),
    "model/energy": may_see("model/core", "model/spec", "model/kernels", "model/networks", "model/base", "torch"),
    "model/annealing": may_see("model/core", "model/base", "model/sampler"),
    "model/scoring": may_see("model/core"),
    "model/checkpoint": may_see(
        "model/core", "model/spec", "model/io", "model/sampler", "model/scoring", "posix", "nlohmann"
    ),
    # The offline programs, and what only they use.
    "model/offline/program": may_see("model/core", "model/io", "model/process", "CLI", "posix"),
    "model/offline/data": may_see("model/core", "model/spec", "model/io", "posix"),
    "model/offline/statistics": may_see("model/core", "model/scoring"),
    "model/offline/parallel": may_see("model/core", "torch"),
    "model/offline/bounds": may_see("model/core", "model/spec"),
    "model/offline/partition": may_see(
        "model/core", "model/spec", "model/io", "model/checkpoint", "model/scoring", "model/sampler", "model/base",
        "model/energy", "model/annealing", "model/networks", "model/offline/bounds", "model/offline/program",
        "model/process", "nlohmann", "posix",
    ),
    "model/offline/evaluation": may_see(
        "model/core", "model/spec", "model/io", "model/checkpoint", "model/sampler", "model/energy", "model/networks",
        "model/scoring", "model/offline/data", "model/offline/statistics", "model/offline/program", "model/process",
        "nlohmann",
    ),
    "model/offline/import": may_see(
        "model/core", "model/spec", "model/io", "model/checkpoint", "model/sampler", "model/offline/program",
        "model/process",
    ),
    "model/offline/train": may_see(
        "model/core", "model/spec", "model/io", "model/checkpoint", "model/sampler", "model/networks", "model/base",
        "model/energy", "model/scoring", "model/offline/data", "model/offline/statistics", "model/offline/program",
        "model/offline/parallel", "model/offline/partition", "model/process", "model/repository", "posix",
        "CLI", "torch",
    ),
    # The wire's types and the plain ones.
    "proto/text": may_see("protobuf"),
    "proto/convert": may_see("model/core", "model/sampler", "model/spec", "ebm/v1"),
    "server/batching": may_see("posix"),
    "server/inference": may_see(
        "server/batching", "model/core", "model/spec", "model/sampler", "model/scoring", "model/annealing"
    ),
    "server/catalog": may_see(
        "server/batching", "server/inference", "model/core", "model/checkpoint", "model/sampler", "model/base",
        "model/annealing", "model/energy", "model/networks", "model/scoring",
    ),
    "server/access": may_see(
        "server/batching", "server/inference", "model/core", "model/io", "proto/text", "ebm/config/v1"
    ),
    "server/config": may_see("model/core", "model/process", "proto/text", "ebm/config/v1", "CLI", "protobuf"),
    "server/repository": may_see(
        "server/batching", "server/inference", "server/catalog", "model/core", "model/repository", "posix"
    ),
    "server/net": may_see("model/core", "posix"),
    "server/observe": may_see(
        "server/net", "server/batching", "server/inference", "server/rpc", "model/core", "model/process", "prometheus",
        "microhttpd", "nlohmann", "spdlog", "posix",
    ),
    "server/rpc": may_see(
        "server/net", "server/access", "server/batching", "server/inference", "server/catalog", "model/core",
        "model/io", "grpc/health/v1", "grpc", "nlohmann", "openssl", "posix", "protobuf",
    ),
    "server/rpc/ebm_v1": may_see(
        "server/rpc", "server/access", "server/batching", "server/inference", "server/catalog", "model/core",
        "proto/convert", "ebm/v1",
        "grpc",
    ),
    "server/rpc/oip": may_see(
        "server/rpc", "server/access", "server/batching", "server/inference", "server/catalog", "model/core",
        "model/sampler", "proto/convert", "ebm/v1", "inference", "grpc",
    ),
    "server": may_see(
        "server/access", "server/batching", "server/config", "server/inference", "server/catalog", "server/observe",
        "server/repository", "server/rpc", "server/rpc/ebm_v1", "server/rpc/oip", "model/core", "model/energy",
        "model/io", "model/process", "ebm/config/v1", "CLI", "posix",
    ),
    "client": may_see("model/core", "model/spec", "model/sampler", "proto/convert", "ebm/v1", "grpc/health/v1", "grpc"),
    "client/flags": may_see("client", "model/process", "CLI"),
    "client/fetch": may_see("client", "model/core", "model/io", "curl", "posix"),
    "client/load": may_see("client", "client/flags", "model/core", "model/process", "ebm/v1", "grpc", "nlohmann"),
    "client/cli": may_see(
        "client", "client/fetch", "client/flags", "model/core", "model/spec", "model/io", "model/sampler",
        "model/annealing", "model/scoring", "model/offline/data", "model/process", "nlohmann", "CLI", "posix",
    ),
}

# What test folders may include in addition to the dependencies of their source folder.
TEST_RULES = {
    "tests/support": may_see(
        "server/batching", "model/core", "model/io", "model/checkpoint", "posix", "png", "jpeg", "zip", "zlib"
    ),
    "tests/reference": may_see("model/core", "model/spec", "model/sampler", "model/base"),
    "tests/bench": may_see(
        "server/catalog", "server/batching", "model/core", "model/spec", "model/kernels", "model/sampler",
        "model/networks", "model/energy", "ebm/v1", "inference", "grpc", "benchmark",
    ),
    "tests/proto": may_see("model/core", "model/io", "ebm/v1", "protobuf"),
    "tests/proto/text": may_see("ebm/config/v1"),
    "tests/fuzz": may_see(
        "model/core", "model/io", "model/offline/data", "model/checkpoint", "model/repository",
        "server/inference", "server/rpc/ebm_v1", "server/rpc/oip", "ebm/v1",
    ),
    "tests/model/annealing": may_see("model/energy"),
    "tests/model/base": may_see("model/energy", "model/networks"),
    "tests/model/networks": may_see("model/energy"),
    "tests/model/energy": may_see("model/sampler"),
    "tests/model/scoring": may_see("model/energy"),
}
SHARED_BY_TESTS = {"tests/support", "tests/reference"}

# Folders of generated headers.
GENERATED = {"ebm/v1", "ebm/config/v1", "grpc/health/v1"}

OPEN_TO_ALL = {"std", "absl"}
OPEN_TO_TESTS = {"gtest", "gmock"}

# The library's name, for libraries whose include paths do not start with it.
LIBRARY_OF = {
    **dict.fromkeys(["ATen", "c10"], "torch"),
    "google": "protobuf",
    "grpcpp": "grpc",
    **dict.fromkeys(["dlfcn.h", "fcntl.h", "langinfo.h", "locale.h", "malloc.h", "poll.h", "pthread.h"], "posix"),
    **dict.fromkeys(["netdb.h", "netinet", "sched.h", "signal.h", "sys", "termios.h", "unistd.h"], "posix"),
    **dict.fromkeys(["cpuid.h", "immintrin.h"], "hwy"),
    "jerror.h": "jpeg",
    "jpeglib.h": "jpeg",
    "microhttpd.h": "microhttpd",
    "png.h": "png",
    "zip.h": "zip",
    "zlib.h": "zlib",
}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
MAIN = re.compile(r"^int main\(", re.MULTILINE)


def folder_of(path: str) -> str:
    return str(pathlib.PurePosixPath(path).parent)


def library_of(path: str) -> str:
    first = path.split("/")[0]
    if "." not in path and "/" not in path:
        return "std"
    return LIBRARY_OF.get(first, first)


def below(folder: str) -> Rule:
    """All dependencies of the folder, direct and indirect."""
    reached, libraries, todo = set(), set(), [folder]
    while todo:
        if (here := todo.pop()) not in reached:
            reached.add(here)
            rule = RULES.get(here, may_see())
            libraries |= rule.libraries
            todo += rule.folders
    return Rule(frozenset(reached), frozenset(libraries))


def rule_for(folder: str) -> Rule | None:
    if not folder.startswith("tests"):
        return RULES.get(folder)
    mirrored = below(folder.removeprefix("tests/"))
    extra = TEST_RULES.get(folder, may_see())
    beside = {f"tests/{name}" for name in mirrored.folders}
    return Rule(
        mirrored.folders | extra.folders | beside | SHARED_BY_TESTS,
        mirrored.libraries | extra.libraries | OPEN_TO_TESTS,
    )


def complaint(file: str, path: str, quoted: bool, is_program: bool) -> str | None:
    """Why `file` may not include `path`, or None if it may."""
    folder, target = folder_of(file), folder_of(path)
    rule = rule_for(folder)
    if rule is None:
        return f"{file}: the folder {folder} has no rule"
    if quoted and (target in RULES or target.startswith("tests/") or target in GENERATED):
        allowed = target == folder or target in rule.folders
        return None if allowed else f"{file}: {folder} must not include {path}"
    library = library_of(path)
    if library == "CLI" and is_program:
        return None
    if library not in OPEN_TO_ALL | rule.libraries:
        return f"{file}: {folder} must not include {path}"
    return None


def headers_with_torch(texts: dict[str, str]) -> set[str]:
    """The headers among `texts` (path: content) that include LibTorch, directly or indirectly."""
    headers = {file: text for file, text in texts.items() if file.endswith(".h")}
    includes = {file: {path for _, path in INCLUDE.findall(text)} for file, text in headers.items()}
    tainted = {file for file, paths in includes.items() if any(library_of(path) == "torch" for path in paths)}
    while more := {file for file, paths in includes.items() if paths & tainted} - tainted:
        tainted |= more
    return tainted


def complaints(texts: dict[str, str]) -> list[str]:
    """One line for each forbidden include in `texts` (path from the root: content)."""
    tainted = headers_with_torch(texts)
    found = []
    for file, text in texts.items():
        is_program = bool(MAIN.search(text))
        for mark, path in INCLUDE.findall(text):
            found.append(complaint(file, path, mark == '"', is_program))
            if path in tainted and "torch" not in (rule_for(folder_of(file)) or may_see()).libraries:
                found.append(f"{file}: {path} includes LibTorch")
    return [message for message in found if message is not None]
