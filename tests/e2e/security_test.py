"""TLS, mutual TLS, certificates that are replaced, and bearer tokens."""

import ssl
import subprocess
import time
import urllib.request

import grpc
import programs
import pytest

UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
CERTIFICATE_SECONDS = 1  # the interval at which the server reads its certificate
TOKENS = """
tokens { name: "web" token: "0123456789abcdef-web" role: "infer" max_chains: 5 }
tokens { name: "ops" token: "0123456789abcdef-ops" role: "admin" }
"""
WEB = [("authorization", "Bearer 0123456789abcdef-web")]
OPS = [("authorization", "Bearer 0123456789abcdef-ops")]


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def make_authority(folder, name):
    openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-keyout", f"{name}.key", "-out", f"{name}.crt", "-subj", f"/CN={name}")


def make_certificate(folder, name, authority):
    """NAME.crt and NAME.key, of localhost."""
    openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
            "-out", f"{name}.csr", "-subj", f"/CN={name}")
    (folder / "names").write_text("subjectAltName=DNS:localhost")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.crt", "-CAkey", f"{authority}.key",
            "-CAcreateserial", "-out", f"{name}.crt", "-days", "2", "-extfile", "names")


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    for authority in ("first", "second"):
        make_authority(folder, authority)
        make_certificate(folder, f"server-{authority}", authority)
        make_certificate(folder, f"client-{authority}", authority)
    return folder


@pytest.fixture
def files(certificates, tmp_path):
    """A folder with the certificate that the server uses, and a function that replaces it as Kubernetes does."""

    def use(authority):
        folder = tmp_path / f"of-{authority}"
        folder.mkdir()
        for end in ("crt", "key"):
            (folder / f"tls.{end}").write_bytes((certificates / f"server-{authority}.{end}").read_bytes())
        (tmp_path / "new").symlink_to(folder)
        (tmp_path / "new").rename(tmp_path / "current")

    use("first")
    return tmp_path / "current", use


def tls_flags(folder):
    return f"--tls_certificate={folder}/tls.crt", f"--tls_key={folder}/tls.key"


def open_channel(server, certificates, authority="first", client=None):
    parts = [(certificates / f"{authority}.crt").read_bytes()]
    if client:
        parts += [(certificates / f"{client}.{end}").read_bytes() for end in ("key", "crt")]
    port = server.address.split(":")[1]
    return grpc.secure_channel(f"localhost:{port}", grpc.ssl_channel_credentials(*parts))


def status_of(channel, wire, metadata=None):
    try:
        wire.ModelServiceStub(channel).ListModels(wire.ListModelsRequest(), timeout=10, metadata=metadata)
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def wait_for_the_second_certificate(server, wire, certificates):
    def is_served() -> bool:
        with open_channel(server, certificates, authority="second") as channel:
            return status_of(channel, wire) == grpc.StatusCode.OK

    programs.wait_until(is_served, programs.END_SECONDS)


def test_calls_go_over_tls_only(start_server, wire, certificates, files):
    server = start_server(*tls_flags(files[0]))
    with open_channel(server, certificates) as channel:
        assert status_of(channel, wire) == grpc.StatusCode.OK
    with open_channel(server, certificates, authority="second") as stranger:
        assert status_of(stranger, wire) == UNAVAILABLE
    with grpc.insecure_channel(server.address) as plain:
        assert status_of(plain, wire) == UNAVAILABLE


def test_mutual_tls_refuses_clients_without_a_certificate(start_server, wire, certificates, files):
    server = start_server(*tls_flags(files[0]), f"--tls_client_ca={certificates}/second.crt")
    with open_channel(server, certificates, client="client-second") as known:
        assert status_of(known, wire) == grpc.StatusCode.OK
    for client in (None, "client-first"):
        with open_channel(server, certificates, client=client) as unknown:
            assert status_of(unknown, wire) == UNAVAILABLE


def test_a_replaced_certificate_is_used_without_a_restart(start_server, wire, certificates, files):
    folder, use = files
    server = start_server(*tls_flags(folder))
    use("second")
    wait_for_the_second_certificate(server, wire, certificates)


def test_metrics_have_the_same_certificate(start_server, certificates, files):
    folder, use = files
    server = start_server(*tls_flags(folder), "--metrics_tls=on")
    port = server.metrics_address.split(":")[1]

    def scrape(authority) -> bool:
        context = ssl.create_default_context(cafile=certificates / f"{authority}.crt")
        try:
            with urllib.request.urlopen(f"https://localhost:{port}/metrics", timeout=10, context=context) as answer:
                return b"ebm_tls_certificate_not_after_seconds" in answer.read()
        except OSError:
            return False

    assert scrape("first") and not scrape("second")
    use("second")
    programs.wait_until(lambda: scrape("second"), programs.END_SECONDS)


def test_files_that_cannot_be_used_change_nothing(start_server, wire, certificates, files):
    """New connections have the certificate before, while files are half written, empty, no pair or gone."""
    folder, use = files
    server = start_server(*tls_flags(folder))
    whole = {name: (folder / name).read_bytes() for name in ("tls.crt", "tls.key")}
    other = (certificates / "server-second.key").read_bytes()
    for name, text in (("tls.crt", whole["tls.crt"][:300]), ("tls.crt", b""), ("tls.key", b""), ("tls.key", other)):
        (folder / name).write_bytes(text)
        time.sleep(1.5 * CERTIFICATE_SECONDS)
        with open_channel(server, certificates) as new:
            assert status_of(new, wire) == grpc.StatusCode.OK, name
        (folder / name).write_bytes(whole[name])
    assert "tls_refused" in server.log()
    use("second")
    wait_for_the_second_certificate(server, wire, certificates)


def test_files_that_are_no_pair_are_refused_at_the_start(checkpoint, certificates, tmp_path):
    def start(certificate, key):
        return programs.run("ebm-server", f"--checkpoint={checkpoint}", f"--tls_certificate={certificate}",
                            f"--tls_key={key}", "--listen=127.0.0.1:0")

    good = certificates / "server-first.crt"
    half = tmp_path / "half.crt"
    half.write_text(good.read_text()[:300])
    for certificate, key, named in (
        (good, certificates / "server-second.key", "server-second.key"),
        (half, certificates / "server-first.key", "half.crt"),
        (good, tmp_path / "none.key", "none.key"),
    ):
        refused = start(certificate, key)
        assert refused.returncode == 2 and named in refused.stderr
        programs.assert_one_line(refused.stderr)


@pytest.fixture
def guarded(start_server, tmp_path):
    tokens = tmp_path / "tokens.txtpb"
    tokens.write_text(TOKENS)
    return start_server(f"--tokens={tokens}", "--plaintext_tokens=accept"), tokens


def test_calls_need_a_token_and_changes_of_models_an_admin(guarded, wire):
    server, _ = guarded
    with grpc.insecure_channel(server.address) as channel:
        assert status_of(channel, wire) == grpc.StatusCode.UNAUTHENTICATED
        unknown = [("authorization", "Bearer no-such-token-here")]
        assert status_of(channel, wire, unknown) == grpc.StatusCode.UNAUTHENTICATED
        assert status_of(channel, wire, WEB) == grpc.StatusCode.OK
        load = wire.ModelServiceStub(channel).LoadModel
        for metadata, code in ((None, "UNAUTHENTICATED"), (WEB, "PERMISSION_DENIED"), (OPS, "UNIMPLEMENTED")):
            with pytest.raises(grpc.RpcError) as error:
                load(wire.LoadModelRequest(name="x"), timeout=10, metadata=metadata)
            assert error.value.code().name == code


def test_a_caller_cannot_hold_more_than_its_share(guarded, wire):
    server, _ = guarded
    with grpc.insecure_channel(server.address) as channel:
        sample = wire.InferenceServiceStub(channel).Sample
        assert list(sample(wire.SampleRequest(chains=5), timeout=60, metadata=WEB))
        with pytest.raises(grpc.RpcError) as error:
            list(sample(wire.SampleRequest(chains=6), timeout=60, metadata=WEB))
        assert error.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED and "caller web" in error.value.details()
        assert list(sample(wire.SampleRequest(chains=6), timeout=60, metadata=OPS))


def test_tokens_change_without_a_restart(guarded, wire):
    server, tokens = guarded
    with grpc.insecure_channel(server.address) as channel:
        tokens.write_text("tokens { name: ")
        programs.wait_until(lambda: f"{tokens}:1:" in server.log(), programs.END_SECONDS)
        assert status_of(channel, wire, WEB) == grpc.StatusCode.OK
        tokens.write_text(TOKENS.replace("abcdef-web", "abcdef-new"))
        programs.wait_until(lambda: status_of(channel, wire, WEB) == grpc.StatusCode.UNAUTHENTICATED,
                            programs.END_SECONDS)
