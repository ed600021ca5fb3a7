"""Every include follows the dependency graph, and the check detects those that do not."""

import conftest
import include_direction
import pytest


def complaints(file: str, line: str) -> list[str]:
    return include_direction.complaints({file: f"// A file.\n{line}\n"})


def test_every_include_follows_the_arrows(root):
    texts = {file.relative_to(root).as_posix(): file.read_text() for file in conftest.sources(".h", ".cc")}
    found = include_direction.complaints(texts)
    assert not found, "\n".join(found)


NAMES = {
    "ebm/v1": "proto", "ebm/config/v1": "proto", "grpc/health/v1": "proto", "inference": "proto",
    "protobuf": "Protobuf", "torch": "LibTorch", "hwy": "Highway", "grpc": "gRPC", "nlohmann": "nlohmann-json",
    "CLI": "CLI11", "png": "libpng", "jpeg": "libjpeg-turbo", "zip": "libzip", "openssl": "OpenSSL",
    "curl": "libcurl",
    "prometheus": "prometheus-cpp", "posix": "POSIX", "microhttpd": "libmicrohttpd",
}


def test_the_architecture_page_has_every_arrow(root):
    lines = (root / "ARCHITECTURE.md").read_text().splitlines()
    rows = [line.split("|")[1:4] for line in lines if line.count("|") == 4]
    cells = [(name.strip(" `"), set(arrows.replace("`", "").replace(",", " ").split())) for name, _, arrows in rows]
    told = {name: arrows for name, arrows in cells if name in include_direction.RULES}
    rules = {
        name: {NAMES.get(arrow, arrow) for arrow in rule.folders | rule.libraries}
        for name, rule in include_direction.RULES.items()
    }
    assert told == rules


def test_arrows_point_one_way():
    """No arrow leads back to its folder through others."""
    for name, rule in include_direction.RULES.items():
        reached = {folder for arrow in rule.folders for folder in include_direction.below(arrow).folders}
        assert name not in reached


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("model/core/random.cc", '#include "server/batching/clock.h"'),
        ("model/core/random.cc", '#include "model/energy/jem_mlp.h"'),
        ("model/sampler/langevin.cc", "#include <ATen/ATen.h>"),
        ("model/offline/train/loop.cc", '#include "ebm/v1/inference.pb.h"'),
        ("model/offline/data/loop.cc", '#include "CLI/CLI.hpp"'),
        ("server/batching/worker.cc", '#include "model/core/energy_model.h"'),
        ("server/inference/classify.cc", "#include <unistd.h>"),
        ("server/batching/worker.cc", "#include <grpcpp/grpcpp.h>"),
        ("server/catalog/catalog.cc", "#include <torch/torch.h>"),
        ("server/observe/metrics.cc", '#include "ebm/v1/inference.pb.h"'),
        ("server/rpc/service.cc", "#include <prometheus/registry.h>"),
        ("server/rpc/service.cc", '#include "client/client.h"'),
        ("server/inference/sample_plan.cc", '#include "ebm/v1/inference.pb.h"'),
        ("server/inference/sample_plan.cc", "#include <grpcpp/server.h>"),
        ("server/inference/model.cc", '#include "server/catalog/catalog.h"'),
        ("client/client.cc", '#include "server/rpc/convert.h"'),
        ("client/client.cc", '#include "model/energy/jem_mlp.h"'),
        ("client/client.cc", "#  include <boost/asio.hpp>"),
        ("tests/server/batching/worker_test.cc", '#include "model/core/random.h"'),
        ("newfolder/file.cc", "#include <vector>"),
    ],
)
def test_sees_a_wrong_arrow(file, line):
    assert len(complaints(file, line)) == 1


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("model/core/random.cc", '#include "model/core/random.h"'),
        ("model/core/random.cc", "#include <vector>"),
        ("model/energy/jem_mlp.cc", "#include <torch/torch.h>"),
        ("model/offline/train/main.cc", '#include "CLI/CLI.hpp"\nint main(int argc, char** argv) {}'),
        ("server/batching/worker.cc", '#include "absl/time/time.h"'),
        ("server/rpc/service.cc", '#include "server/catalog/catalog.h"'),
        ("server/rpc/ebm_v1/service.cc", '#include "ebm/v1/inference.grpc.pb.h"'),
        ("tests/server/rpc/service_test.cc", '#include "model/energy/energy_factory.h"'),
        ("tests/model/core/random_test.cc", "#include <gtest/gtest.h>"),
    ],
)
def test_lets_a_right_arrow_pass(file, line):
    assert complaints(file, line) == []


def test_sees_torch_through_a_header():
    texts = {
        "model/energy/network.h": "#include <ATen/ATen.h>",
        "model/energy/jem.h": '#include "model/energy/network.h"',
        "model/offline/train/loop.cc": '#include "model/energy/jem.h"',
        "server/catalog/catalog.cc": '#include "model/energy/jem.h"',
    }
    assert include_direction.complaints(texts) == ["server/catalog/catalog.cc: model/energy/jem.h includes LibTorch"]
