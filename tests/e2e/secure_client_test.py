"""TLS and bearer tokens of the clients, against a server of another implementation with certificates by openssl."""

import concurrent.futures
import subprocess
import sys

import grpc
import ebm_client
import programs
import pytest


def openssl(*arguments, folder) -> None:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """ca.pem; server.pem for the name "models.test" and client.pem, signed by it; other.pem, another root."""
    folder = tmp_path_factory.mktemp("certificates")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    for root in ("ca", "other"):
        openssl("req", "-x509", *key, "-keyout", f"{root}.key", "-out", f"{root}.pem", "-subj", f"/CN={root}",
                folder=folder)
    for name in ("server", "client"):
        openssl("req", "-x509", "-CA", "ca.pem", "-CAkey", "ca.key", *key, "-keyout", f"{name}.key", "-out",
                f"{name}.pem", "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:models.test", folder=folder)
    return folder


@pytest.fixture(scope="module")
def secure_server(certificates, wire):
    """Its address, and the tokens that it received."""
    tokens = []

    class Models(wire.ModelServiceServicer):
        def ListModels(self, request, context):
            tokens.append(dict(context.invocation_metadata()).get("authorization"))
            model = wire.Model(identity=wire.ModelIdentity(name="safe", version="1"), input_shape=[2])
            return wire.ListModelsResponse(models=[model])

    read = lambda name: (certificates / name).read_bytes()  # noqa: E731
    credentials = grpc.ssl_server_credentials([(read("server.key"), read("server.pem"))], read("ca.pem"),
                                              require_client_auth=True)
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(2))
    wire.add_ModelServiceServicer_to_server(Models(), server)
    port = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    yield f"127.0.0.1:{port}", tokens
    server.stop(None)


@pytest.fixture
def flags(certificates):
    return [f"--tls_ca={certificates / 'ca.pem'}", f"--tls_cert={certificates / 'client.pem'}",
            f"--tls_key={certificates / 'client.key'}", "--tls_server_name=models.test"]


def models(address, *flags):
    return programs.run("ebm-client", "models", f"--server={address}", "--retries=0", "--deadline=30", *flags)


def test_mutual_tls_with_a_token(secure_server, flags, tmp_path):
    address, tokens = secure_server
    token = tmp_path / "token"
    token.write_text("secret-one\n")
    done = models(address, *flags, f"--token_file={token}")
    assert done.returncode == 0 and "safe 1" in done.stdout, done.stderr
    assert tokens[-1] == "Bearer secret-one"


def test_a_server_that_cannot_be_trusted_is_unavailable(secure_server, flags, certificates):
    address, tokens = secure_server
    seen = len(tokens)
    for wrong in ([f"--tls_ca={certificates / 'other.pem'}", *flags[1:]],  # another root
                  flags[:3],                                              # another name
                  [flags[0], flags[3]],                                   # no certificate of the client
                  []):                                                    # plain text
        done = models(address, *wrong)
        assert done.returncode == 1 and "UNAVAILABLE" in done.stderr, (wrong, done.stderr)
        programs.assert_one_line(done.stderr)
    assert len(tokens) == seen


def test_what_does_not_fit_together_is_wrong_usage(flags, tmp_path):
    token = tmp_path / "token"
    token.write_text("secret")
    for wrong in ([f"--token_file={token}"], flags[:2], ["--tls_ca=/no/such/file"], [*flags, "--token_file=/no/such"]):
        done = models("127.0.0.1:1", *wrong)
        assert done.returncode == 2 and "secret" not in done.stderr, (wrong, done.stderr)
        programs.assert_one_line(done.stderr)
    assert models("127.0.0.1:1", f"--token_file={token}", "--token_without_tls").returncode == 1


def test_the_python_client_has_the_same(secure_server, certificates, flags, tmp_path):
    address, tokens = secure_server
    token = tmp_path / "token"
    token.write_text("secret-two\n")
    files = [str(certificates / name) for name in ("ca.pem", "client.pem", "client.key")]
    client = ebm_client.EbmClient(address, tls=ebm_client.Tls(*files, "models.test"), token_file=token, timeout=30)
    assert [model.identity.name for model in client.models()] == ["safe"] and tokens[-1] == "Bearer secret-two"
    token.write_text("secret-three")
    client.models()
    assert tokens[-1] == "Bearer secret-three"
    with pytest.raises(ValueError, match="only over TLS"):
        ebm_client.EbmClient(address, token_file=token)
    program = programs.ROOT / "client/python/ebm_client.py"
    done = subprocess.run([sys.executable, program, "models", f"--server={address}", *flags], capture_output=True,
                          text=True)
    assert done.returncode == 0 and '"safe"' in done.stdout, done.stderr
