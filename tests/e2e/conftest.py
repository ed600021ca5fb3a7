import sys

import grpc
import programs
import pytest

sys.path.insert(0, str(programs.ROOT / "client/python"))
import ebm_client  # noqa: E402


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory):
    return programs.train_tiny(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def server(checkpoint, tmp_path_factory):
    with programs.Server(checkpoint, tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def start_server(checkpoint, tmp_path):
    """Starts servers with the given flags and stops them at the end of the test."""
    servers = []

    def start(*flags) -> programs.Server:
        servers.append(programs.Server(checkpoint, tmp_path, *flags))
        return servers[-1]

    yield start
    for server in servers:
        server.__exit__()


@pytest.fixture(scope="session")
def wire():
    """The messages and stubs generated from proto/, by name."""
    modules = ebm_client.load_stubs().values()
    names = {name: value for module in modules for name, value in vars(module).items() if not name.startswith("_")}
    return type("Wire", (), names)


@pytest.fixture
def channel(server):
    with grpc.insecure_channel(server.address) as channel:
        yield channel
