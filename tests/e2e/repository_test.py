"""A server of a model repository: publishing, polling, rolling back, loading on request, and memory that comes back."""

import pathlib
import threading

import grpc
import programs
import pytest

SECONDS = 60
POLL = ("--repository_mode=poll", "--repository_poll_seconds=0.1")
EXPLICIT = ("--repository_mode=explicit",)
# What a server may grow by, in pages, after ten cycles of loading and unloading. Threads that start later touch their
# stacks and heaps for the first time: up to 2 MiB. A version that stays takes more than that.
LATE_PAGES = 512


class Repository:
    """A folder with the model `digits`."""

    def __init__(self, folder: pathlib.Path, checkpoint: pathlib.Path):
        self.folder, self.checkpoint = folder, checkpoint
        self.digits = folder / "digits"
        self.digits.mkdir(parents=True)

    def publish(self, version: int, data: bytes | None = None) -> pathlib.Path:
        """As a person does it by hand: a hidden folder, then mv."""
        hidden = self.digits / f".incoming-{version}"
        hidden.mkdir()
        (hidden / "model.safetensors").write_bytes(self.checkpoint.read_bytes() if data is None else data)
        return hidden.rename(self.digits / str(version))

    def configure(self, text: str) -> None:
        new = self.digits / ".model.txtpb"
        new.write_text(text)
        new.rename(self.digits / "model.txtpb")


@pytest.fixture
def repository(tmp_path, checkpoint):
    return Repository(tmp_path / "models", checkpoint)


@pytest.fixture
def serve(repository, tmp_path):
    """Starts servers of the repository with the given flags and stops them at the end of the test."""
    servers = []

    def start(*flags) -> programs.Server:
        servers.append(programs.Server(None, tmp_path, f"--repository={repository.folder}", *flags))
        return servers[-1]

    yield start
    for server in servers:
        server.__exit__()


class Caller:
    """Calls a server."""

    def __init__(self, server, wire):
        self.wire = wire
        self.channel = grpc.insecure_channel(server.address)
        self.inference = wire.InferenceServiceStub(self.channel)
        self.models = wire.ModelServiceStub(self.channel)
        zeros = wire.Tensor(data_type=wire.DATA_TYPE_UINT8, shape=[1, 64], data=bytes(64))
        self._row = wire.ClassifyRequest(inputs=zeros)

    def classify(self, **selector) -> str:
        """The version that answers."""
        request = self.wire.ClassifyRequest()
        request.CopyFrom(self._row)
        request.model.MergeFrom(self.wire.ModelSelector(name="digits", **selector))
        return self.inference.Classify(request, timeout=SECONDS).model.version

    def versions(self) -> dict:
        request = self.wire.GetModelRequest(model=self.wire.ModelSelector(name="digits"))
        return {version.version: version for version in self.models.GetModel(request, timeout=SECONDS).versions}

    def wait_for(self, version: str, state: str):
        wanted = self.wire.ModelState.Value(f"MODEL_STATE_{state}")

        def found():
            known = self.versions().get(version)
            return known if known and known.state == wanted else None

        return programs.wait_until(found, SECONDS)

    def load(self, name="digits", version=""):
        return self.models.LoadModel(self.wire.LoadModelRequest(name=name, version=version), timeout=SECONDS).model

    def unload(self, name="digits", version=""):
        self.models.UnloadModel(self.wire.UnloadModelRequest(name=name, version=version), timeout=SECONDS)


def code_of(call, *arguments, **named):
    with pytest.raises(grpc.RpcError) as error:
        call(*arguments, **named)
    return error.value.code()


def test_a_trained_version_is_published_and_served(repository, serve, wire):
    arguments = ("--data=digits", "--epochs=1", "--recipe=default", "--threads=1", f"--publish={repository.digits}")
    done = programs.run("ebm-train", *arguments)
    assert done.returncode == 0, done.stderr
    assert "published version 1" in done.stdout
    caller = Caller(serve(*POLL), wire)
    assert caller.classify() == "1"
    done = programs.run("ebm-train", *arguments, "--keep_versions=1")
    assert done.returncode == 0, done.stderr
    assert "validation error" in done.stdout and "published version 2" in done.stdout
    caller.wait_for("2", "READY")
    programs.wait_until(lambda: caller.classify() == "2", SECONDS)
    assert {entry.name for entry in repository.digits.iterdir()} >= {"2"}
    assert not list(repository.digits.glob(".*"))


def test_no_request_fails_while_versions_change(repository, serve, wire):
    repository.publish(1)
    server = serve(*POLL)
    caller = Caller(server, wire)
    answers, failures, stop = [], [], threading.Event()

    def ask_again_and_again():
        while not stop.is_set():
            try:
                answers.append(int(caller.classify()))
            except grpc.RpcError as error:
                failures.append(error)

    asking = [threading.Thread(target=ask_again_and_again) for _ in range(2)]
    for thread in asking:
        thread.start()
    for version in range(2, 6):
        repository.publish(version)
        programs.wait_until(lambda wanted=version: answers and answers[-1] == wanted, SECONDS)
    stop.set()
    for thread in asking:
        thread.join()
    assert not failures
    assert set(answers) == {1, 2, 3, 4, 5}


def test_a_stream_finishes_on_the_version_it_began_with(repository, serve, wire):
    repository.publish(1)
    caller = Caller(serve(*POLL), wire)
    stream = caller.inference.Sample(
        wire.SampleRequest(chains=64, seed=1, sampler=wire.SamplerSettings(steps=1000), frame_interval=4),
        timeout=SECONDS,
    )
    next(stream)
    repository.publish(2)
    programs.wait_until(lambda: caller.classify() == "2", SECONDS)
    *_, last = stream
    assert last.summary.model.version == "1" and last.summary.chains_finished == 64
    assert caller.wait_for("1", "AVAILABLE")


def test_rolling_back_is_moving_a_label(repository, serve, wire):
    repository.publish(1)
    repository.publish(2)
    repository.configure('labels { key: "stable" value: 2 }')
    caller = Caller(serve(*POLL), wire)
    assert caller.classify() == "2"
    repository.configure('labels { key: "stable" value: 1 }\nlabels { key: "canary" value: 2 }')
    programs.wait_until(lambda: caller.classify() == "1", SECONDS)
    assert caller.classify(label="canary") == "2" and caller.classify(version="2") == "2"
    assert code_of(caller.classify, label="blue") == grpc.StatusCode.NOT_FOUND
    assert code_of(caller.classify, label="canary", version="2") == grpc.StatusCode.INVALID_ARGUMENT


def test_a_partial_file_is_never_served(repository, serve, wire):
    whole = repository.checkpoint.read_bytes()
    repository.publish(1)
    caller = Caller(serve(*POLL), wire)
    file = repository.publish(2, whole[: len(whole) // 2]) / "model.safetensors"
    failed = caller.wait_for("2", "FAILED")
    assert failed.reason and str(repository.folder) not in failed.reason
    assert caller.classify() == "1"
    with file.open("ab") as rest:
        rest.write(whole[len(whole) // 2 :])
    programs.wait_until(lambda: caller.classify() == "2", SECONDS)


def test_only_callers_who_may_change_models_are_told_why_a_load_failed(repository, serve, tmp_path):
    tokens = tmp_path / "tokens.txtpb"
    roles = ("infer", "admin")
    tokens.write_text("\n".join(f'tokens {{ name: "{r}" token: "0123456789abcdef-{r}" role: "{r}" }}' for r in roles))
    repository.publish(1)
    repository.publish(2, b"no checkpoint")
    server = serve(*EXPLICIT, "--load_model=*", f"--tokens={tokens}", "--plaintext_tokens=accept")

    def reason(role):
        token = tmp_path / role
        token.write_text(f"0123456789abcdef-{role}")
        (model,) = server.ask("models", "describe", "--model=digits", f"--token_file={token}", "--token_without_tls")
        return next(version["reason"] for version in model["versions"] if version["version"] == "2")

    assert "model.safetensors" in reason("admin")
    assert "model.safetensors" not in reason("infer") and "callers who may change models" in reason("infer")


def test_versions_are_loaded_and_unloaded_on_request(repository, serve, wire):
    for version in (1, 2):
        repository.publish(version)
    caller = Caller(serve(*EXPLICIT), wire)
    assert code_of(caller.classify) == grpc.StatusCode.NOT_FOUND
    assert [v.state for v in caller.versions().values()] == [wire.MODEL_STATE_AVAILABLE] * 2
    assert caller.load(version="1").identity.version == "1"
    assert caller.load().identity.version == "2"
    assert caller.classify() == "2"
    caller.unload()
    assert code_of(caller.classify) == grpc.StatusCode.NOT_FOUND
    assert code_of(caller.unload) == grpc.StatusCode.NOT_FOUND
    assert code_of(caller.load, version="3") == grpc.StatusCode.NOT_FOUND
    assert code_of(caller.load, name="../digits") == grpc.StatusCode.INVALID_ARGUMENT
    repository.publish(3, b"no model")
    assert code_of(caller.load, version="3") == grpc.StatusCode.FAILED_PRECONDITION
    caller.wait_for("3", "FAILED")


def test_a_server_without_a_usable_version_does_not_start(repository, tmp_path):
    repository.publish(1, b"no model")
    done = programs.run("ebm-server", f"--repository={repository.folder}", "--listen=127.0.0.1:0")
    assert done.returncode == 2 and "model digits version 1: " in done.stderr
    done = programs.run("ebm-server", f"--repository={repository.folder}", f"--checkpoint={repository.checkpoint}")
    assert done.returncode == 2


def resident_pages(server) -> int:
    return int(pathlib.Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])


def growth(server, caller, cycles: int, before_unload) -> tuple[int, int]:
    """The pages after ten cycles of loading and unloading, and by how many the server grows in the others."""
    for cycle in range(cycles):
        caller.load(version="1")
        caller.classify()
        before_unload()
        caller.unload()
        wire = caller.wire
        unloading = wire.MODEL_STATE_UNLOADING
        if before_unload is do_nothing:
            programs.wait_until(lambda: caller.versions()["1"].state != unloading, SECONDS)
        if cycle == 9:
            first = resident_pages(server)
    return first, resident_pages(server) - first


def do_nothing():
    pass


@pytest.mark.parametrize("cycles", [60, pytest.param(500, marks=pytest.mark.long)])
def test_memory_of_unloaded_versions_comes_back(repository, serve, wire, cycles):
    repository.publish(1)
    server = serve(*EXPLICIT, "--workers=2")
    first, grown = growth(server, Caller(server, wire), cycles, do_nothing)
    assert grown <= (LATE_PAGES if cycles < 500 else first // 100)


def test_the_check_of_memory_sees_versions_that_stay(repository, serve, wire):
    """Streams that run keep each version's memory: growth that the test above must not overlook."""
    repository.publish(1)
    server = serve(*EXPLICIT, "--workers=2", "--max_steps=2000000000", "--max_chain_steps=2000000000")
    caller = Caller(server, wire)
    streams = []

    def keep_a_stream():
        settings = wire.SamplerSettings(steps=1_000_000_000)
        streams.append(caller.inference.Sample(wire.SampleRequest(chains=1, sampler=settings, frame_interval=1)))
        next(streams[-1])

    assert growth(server, caller, 60, keep_a_stream)[1] > LATE_PAGES
    for stream in streams:
        stream.cancel()
