"""The dependencies that a target lists are those that its files include, no more and no fewer.

A library's DEPS are what its headers include, and its PRIVATE_DEPS what only its sources include; a program and a test
list both in DEPS. The headers of a folder belong to the folder's library. Folders without a library (tests/support)
are read through.
"""

import dataclasses
import pathlib
import posixpath
import re

CALL = re.compile(r"^ebm_(library|program|test)\(\s*([\w-]+)\s+([^)]*)\)", re.MULTILINE)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]', re.MULTILINE)
KEYWORDS = {"SRCS", "DEPS", "PRIVATE_DEPS", "ALONE", "TIMEOUT"}

# By the beginning of an included path; a name without a slash is the whole path.
LIBRARY_TARGETS = {
    "absl/algorithm/": "absl::algorithm_container",
    "absl/base/": "absl::core_headers",
    "absl/cleanup/": "absl::cleanup",
    "absl/status/status.h": "absl::status",
    "absl/status/statusor.h": "absl::statusor",
    "absl/strings/": "absl::strings",
    "absl/strings/cord.h": "absl::cord",
    "absl/strings/str_format.h": "absl::str_format",
    "absl/synchronization/": "absl::synchronization",
    "absl/time/": "absl::time",
    "ATen/": "ebm_torch",
    "benchmark/": "benchmark::benchmark_main",
    "c10/": "ebm_torch",
    "CLI/": "CLI11::CLI11",
    "curl/": "CURL::libcurl",
    "ebm/config/": "ebm_proto_config",
    "ebm/v1/": "ebm_proto",
    "google/protobuf/": "protobuf::libprotobuf",
    "grpc/health/": "ebm_proto",
    "grpc/support/": "gRPC::grpc++",
    "grpcpp/": "gRPC::grpc++",
    "grpcpp/ext/proto_server_reflection": "gRPC::grpc++_reflection",
    "hwy/": "hwy::hwy",
    "inference/": "ebm_proto_inference",
    "jerror.h": "JPEG::JPEG",
    "jpeglib.h": "JPEG::JPEG",
    "nlohmann/": "nlohmann_json::nlohmann_json",
    "openssl/": "OpenSSL::Crypto",
    "microhttpd.h": "microhttpd::microhttpd",
    "png.h": "PNG::PNG",
    "prometheus/": "prometheus-cpp::core",
    "prometheus/exposer.h": "prometheus-cpp::pull",
    "spdlog/": "spdlog::spdlog",
    "thread": "Threads::Threads",
    "torch/": "ebm_torch",
    "zip.h": "libzip::zip",
    "zlib.h": "ZLIB::ZLIB",
}


@dataclasses.dataclass
class Target:
    kind: str
    name: str
    folder: str
    words: dict[str, list[str]]

    def sources(self) -> list[str]:
        return [posixpath.normpath(f"{self.folder}/{source}") for source in self.words["SRCS"]]


def folder_of(path: str) -> str:
    return str(pathlib.PurePosixPath(path).parent)


def parse(folder: str, text: str) -> list[Target]:
    targets = []
    for kind, name, body in CALL.findall(re.sub(r"#.*", "", text)):
        words: dict[str, list[str]] = {keyword: [] for keyword in KEYWORDS}
        keyword = ""
        for word in body.split():
            if word in KEYWORDS:
                keyword = word
            else:
                words[keyword].append(word)
        targets.append(Target(kind, name, folder, words))
    return targets


def library_target(path: str) -> str | None:
    """The target of a library's header: the longest prefix decides."""
    prefixes = [prefix for prefix in LIBRARY_TARGETS if path.startswith(prefix) and ("/" in prefix or path == prefix)]
    return LIBRARY_TARGETS[max(prefixes, key=len)] if prefixes else None


class Tree:
    """The sources and headers (path from the root: content), and the libraries of the folders."""

    def __init__(self, texts: dict[str, str], build_files: dict[str, str]):
        self.texts = texts
        self.targets = [target for folder, text in build_files.items() for target in parse(folder, text)]
        self.library_of = {target.folder: target.name for target in self.targets if target.kind == "library"}

    def needed(self, files: list[str], own: Target) -> set[str]:
        """The targets that the files include, directly and through headers that no other library has."""
        found, seen, todo = set(), set(), list(files)
        while todo:
            if (file := todo.pop()) in seen:
                continue
            seen.add(file)
            for path in INCLUDE.findall(self.texts.get(file, "")):
                library = self.library_of.get(folder_of(path))
                if library is not None and library != own.name:
                    found.add(library)
                elif path in self.texts:
                    todo.append(path)
                elif target := library_target(path):
                    found.add(target)
        return found

    def wanted(self, target: Target) -> tuple[set[str], set[str]]:
        """DEPS and PRIVATE_DEPS as they should be."""
        if target.kind != "library":
            return self.needed(target.sources(), target), set()
        headers = [file for file in self.texts if file.endswith(".h") and folder_of(file) == target.folder]
        public = self.needed(headers, target)
        return public, self.needed(target.sources(), target) - public

    def complaints(self) -> list[str]:
        found = []
        for target in self.targets:
            for keyword, wanted in zip(("DEPS", "PRIVATE_DEPS"), self.wanted(target)):
                listed = set(target.words[keyword])
                if missing := wanted - listed:
                    found.append(f"{target.name}: {keyword} lacks {' '.join(sorted(missing))}")
                if unused := listed - wanted:
                    found.append(f"{target.name}: {keyword} lists {' '.join(sorted(unused))}, which no file includes")
        return found
