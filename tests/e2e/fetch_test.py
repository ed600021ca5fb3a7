"""`ebm-client fetch`: a file comes whole and with its digest, or the file that is there stays as it was."""

import dataclasses
import hashlib
import http.server
import pathlib
import resource
import signal
import ssl
import subprocess
import threading

import programs
import pytest

BODY = bytes(range(256)) * 8000
DIGEST = hashlib.sha256(BODY).hexdigest()
OTHER_DIGEST = hashlib.sha256(b"other").hexdigest()


@dataclasses.dataclass
class Answer:
    """What the web server does with one request. Without a length, the body ends with the connection."""

    code: int = 200
    body: bytes = BODY
    length: int | None = len(BODY)
    headers: dict = dataclasses.field(default_factory=dict)
    hold: threading.Event | None = None  # keep the connection open until then


class WebServer:
    """Plays its answers in order, the last one again and again, and keeps the headers of the requests."""

    def __init__(self, certificates: pathlib.Path | None):
        web_server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                web_server.requests.append({name.lower(): value for name, value in self.headers.items()})
                answers = web_server.answers
                web_server.play(self, answers.pop(0) if len(answers) > 1 else answers[0])

            def log_message(self, *arguments):
                pass

        self.answers, self.requests = [Answer()], []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificates:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.address = f"{'https' if certificates else 'http'}://localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def play(self, handler, answer: Answer) -> None:
        handler.send_response(answer.code)
        headers = {} if answer.length is None else {"Content-Length": answer.length}
        for name, value in (headers | answer.headers).items():
            handler.send_header(name, str(value))
        handler.end_headers()
        try:
            handler.wfile.write(answer.body)
            if answer.hold:
                answer.hold.wait(60)
        except OSError:
            pass  # the client refused the rest

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("server", "other"):
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                   "2", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}", "-addext",
                   "subjectAltName=DNS:localhost"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def web(certificates):
    server = WebServer(certificates)
    yield server
    server.close()


@pytest.fixture
def plain_web():
    server = WebServer(None)
    yield server
    server.close()


@pytest.fixture
def fetch(certificates, tmp_path):
    """Runs the command into a file of its own folder, which must hold nothing else afterwards."""
    (tmp_path / "models").mkdir()
    file = tmp_path / "models/m.safetensors"

    def run(source, *flags, **options):
        done = programs.run("ebm-client", "fetch", f"--tls_ca={certificates / 'server.pem'}", *flags, source, file,
                            timeout=60, **options)
        assert {path.name for path in file.parent.iterdir()} <= {file.name}, "something was left behind"
        return done

    run.file = file
    return run


def assert_fetched(done, fetch) -> None:
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"fetched {fetch.file}: {len(BODY)} bytes, SHA-256 {DIGEST}\n"
    assert fetch.file.read_bytes() == BODY


def assert_refused(done, fetch, status: int, *words: str) -> None:
    assert done.returncode == status, done.stdout + done.stderr
    assert all(word in done.stderr for word in words), done.stderr
    assert not fetch.file.exists()


def test_a_file_comes_from_a_path_and_from_file_addresses(fetch, tmp_path):
    source = tmp_path / "a model.bin"
    source.write_bytes(BODY)
    assert_fetched(fetch(source, f"--sha256={DIGEST.upper()}"), fetch)
    fetch.file.unlink()
    assert_fetched(fetch(source.as_uri(), f"--sha256={DIGEST}"), fetch)


def test_a_file_comes_by_https(fetch, web):
    assert_fetched(fetch(f"{web.address}/m", f"--sha256={DIGEST}"), fetch)


def test_an_empty_file_is_a_file(fetch, web):
    web.answers = [Answer(body=b"", length=0)]
    assert fetch(f"{web.address}/m").returncode == 0
    assert fetch.file.read_bytes() == b""


def test_a_file_with_the_digest_is_kept_and_nothing_is_fetched(fetch, web):
    fetch.file.write_bytes(BODY)
    before = fetch.file.stat()
    done = fetch(f"{web.address}/m", f"--sha256={DIGEST}")
    assert done.stdout == f"kept {fetch.file}: {len(BODY)} bytes, SHA-256 {DIGEST}\n"
    assert not web.requests and fetch.file.stat().st_ino == before.st_ino
    fetch.file.write_bytes(b"damaged")
    assert_fetched(fetch(f"{web.address}/m", f"--sha256={DIGEST}"), fetch)


def test_another_digest_leaves_the_file_as_it_was(fetch, web):
    fetch.file.write_bytes(b"old")
    done = fetch(f"{web.address}/m", f"--sha256={OTHER_DIGEST}")
    assert done.returncode == 1 and "DATA_LOSS" in done.stderr
    assert DIGEST in done.stderr and OTHER_DIGEST in done.stderr
    assert fetch.file.read_bytes() == b"old"


def test_plain_http_needs_a_digest(fetch, plain_web):
    assert_refused(fetch(f"{plain_web.address}/m"), fetch, 2, "--sha256")
    assert not plain_web.requests
    assert_fetched(fetch(f"{plain_web.address}/m", f"--sha256={DIGEST}"), fetch)


def test_redirections_within_https_are_followed_and_to_http_refused(fetch, web, plain_web):
    web.answers = [Answer(code=302, body=b"", length=0, headers={"Location": "/elsewhere"}), Answer()]
    assert_fetched(fetch(f"{web.address}/m"), fetch)
    fetch.file.unlink()
    web.answers = [Answer(code=302, body=b"", length=0, headers={"Location": f"{plain_web.address}/m"})]
    assert_refused(fetch(f"{web.address}/m", f"--sha256={DIGEST}"), fetch, 1, "leads away from https")
    assert not plain_web.requests


def test_a_server_that_is_not_trusted_is_refused_at_once(fetch, web, certificates):
    done = fetch(f"{web.address}/m", f"--tls_ca={certificates / 'other.pem'}")
    assert_refused(done, fetch, 1, "FAILED_PRECONDITION", "certificate")
    assert "again" not in done.stderr


def test_the_roots_of_the_environment_are_used(certificates, web, tmp_path):
    def run(roots):
        return programs.run("ebm-client", "fetch", f"{web.address}/m", tmp_path / "m", timeout=60,
                            env={"SSL_CERT_FILE": str(certificates / roots)})

    assert run("server.pem").returncode == 0
    assert run("other.pem").returncode == 1


@pytest.mark.parametrize("code, name", [(404, "NOT_FOUND"), (403, "PERMISSION_DENIED"), (401, "UNAUTHENTICATED"),
                                        (418, "FAILED_PRECONDITION")])
def test_a_refusal_is_not_repeated(fetch, web, code, name):
    web.answers = [Answer(code=code, body=b"no", length=2)]
    assert_refused(fetch(f"{web.address}/m"), fetch, 1, name, str(code))
    assert len(web.requests) == 1


def test_a_server_that_is_overloaded_is_asked_again(fetch, web):
    web.answers = [Answer(code=503, body=b"busy", length=4, headers={"Retry-After": "1"}), Answer()]
    done = fetch(f"{web.address}/m")
    assert "the server answered 503; trying again in 1.0 s" in done.stderr
    assert_fetched(done, fetch)


def test_a_transfer_that_is_cut_off_goes_on_where_it_ended(fetch, web):
    """It asks for the rest of the version that it has."""
    tag = {"ETag": '"v1"'}
    cut, rest = len(BODY) // 3, len(BODY) - len(BODY) // 3
    part = tag | {"Content-Range": f"bytes {cut}-{len(BODY) - 1}/{len(BODY)}"}
    web.answers = [Answer(body=BODY[:cut], headers=tag), Answer(code=206, body=BODY[cut:], length=rest, headers=part)]
    assert_fetched(fetch(f"{web.address}/m", f"--sha256={DIGEST}"), fetch)
    assert web.requests[1]["range"] == f"bytes={cut}-" and web.requests[1]["if-range"] == '"v1"'


@pytest.mark.parametrize("headers", [{"ETag": '"v1"'}, {"ETag": 'W/"v1"'}, {}])
def test_another_version_begins_anew(fetch, web, headers):
    web.answers = [Answer(body=b"x" * 1000, headers=headers), Answer()]
    assert_fetched(fetch(f"{web.address}/m"), fetch)
    assert ("range" in web.requests[1]) == (headers.get("ETag") == '"v1"')


def test_another_part_than_was_asked_for_is_refused(fetch, web):
    tag = {"ETag": '"v1"'}
    web.answers = [Answer(body=BODY[:1000], headers=tag),
                   Answer(code=206, body=BODY[5:], length=len(BODY) - 5,
                          headers=tag | {"Content-Range": f"bytes 5-{len(BODY) - 1}/{len(BODY)}"})]
    assert_refused(fetch(f"{web.address}/m"), fetch, 1, "another part")


def test_a_body_that_is_always_truncated_ends_the_retries(fetch, web):
    web.answers = [Answer(body=BODY[:-1])]
    assert_refused(fetch(f"{web.address}/m", "--retries=1"), fetch, 1, "UNAVAILABLE", "(attempts: 2)")


def test_a_server_that_is_gone_is_unavailable(fetch, certificates):
    web = WebServer(certificates)
    web.close()
    done = fetch(f"{web.address}/m", "--retries=1")
    assert_refused(done, fetch, 1, "UNAVAILABLE", f"cannot fetch {web.address}/m", "(attempts: 2)")


def test_a_connection_without_bytes_is_given_up(fetch, web):
    hold = threading.Event()
    web.answers = [Answer(body=BODY[:1000], hold=hold)]
    done = fetch(f"{web.address}/m", "--stall_timeout=1", "--retries=0")
    hold.set()
    assert_refused(done, fetch, 1, "UNAVAILABLE")


@pytest.mark.parametrize("length", [len(BODY), 1 << 60, None])
def test_a_file_above_the_limit_is_refused(fetch, web, length):
    """Before it is read, if the server tells its length."""
    web.answers = [Answer(length=length)]
    done = fetch(f"{web.address}/m", f"--max_bytes={len(BODY) - 1}")
    assert_refused(done, fetch, 1, "RESOURCE_EXHAUSTED", f"--max_bytes={len(BODY) - 1}")
    assert len(web.requests) == 1
    if length != 1 << 60:
        assert fetch(f"{web.address}/m", f"--max_bytes={len(BODY)}").returncode == 0


def test_a_path_above_the_limit_is_refused(fetch, tmp_path):
    (tmp_path / "big").write_bytes(BODY)
    assert_refused(fetch(tmp_path / "big", "--max_bytes=10"), fetch, 1, "--max_bytes=10")


def test_a_full_disk_leaves_nothing_behind(fetch, web):
    """A limit on the size of files stands for the disk's."""
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # noqa: E731
    assert_refused(fetch(f"{web.address}/m", preexec_fn=limit), fetch, 1, "cannot write")


def test_a_folder_that_cannot_be_written_is_a_usage_error(web, tmp_path):
    done = programs.run("ebm-client", "fetch", f"{web.address}/m", tmp_path / "none/m")
    assert done.returncode == 2 and not web.requests


def test_an_interrupt_leaves_nothing_behind(web, certificates, tmp_path):
    hold = threading.Event()
    web.answers = [Answer(body=BODY[:1000], hold=hold)]
    process = subprocess.Popen([programs.BIN / "ebm-client", "fetch", f"--tls_ca={certificates / 'server.pem'}",
                                f"{web.address}/m", tmp_path / "m"], stderr=subprocess.PIPE, text=True)
    programs.wait_until(lambda: list(tmp_path.glob("m.tmp-*")) and web.requests, 30)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    hold.set()
    assert process.returncode == 1 and "CANCELLED" in errors
    assert not list(tmp_path.iterdir())


def test_messages_hold_neither_password_nor_query(fetch, web):
    web.answers = [Answer(code=404, body=b"", length=0)]
    secret = web.address.replace("https://", "https://user:hunter2@")
    done = fetch(f"{secret}/m?signature=hunter3")
    assert_refused(done, fetch, 1, f"cannot fetch {web.address}/m?...: the server answered 404")
    assert "hunter" not in done.stdout + done.stderr and "user" not in done.stderr


def test_a_token_goes_to_the_host_and_not_to_where_it_redirects(fetch, web, certificates, tmp_path):
    (tmp_path / "token").write_text("secret-one\n")
    elsewhere = WebServer(certificates)
    web.answers = [Answer(code=302, body=b"", length=0, headers={"Location": f"{elsewhere.address}/m"})]
    assert_fetched(fetch(f"{web.address}/m", f"--token_file={tmp_path / 'token'}"), fetch)
    elsewhere.close()
    assert web.requests[0]["authorization"] == "Bearer secret-one"
    assert "authorization" not in elsewhere.requests[0]


@pytest.mark.parametrize("arguments, word", [
    (["s3://bucket/m"], "s3"), (["https://"], "not well formed"), (["/nowhere/m"], "/nowhere/m"), (["/"], "/"),
    (["/etc/hostname", "--sha256=12"], "64 hexadecimal digits"), (["/etc/hostname", "--max_bytes=0"], "--max_bytes"),
])
def test_what_the_caller_can_correct_is_a_usage_error(fetch, arguments, word):
    done = fetch(*arguments)
    assert_refused(done, fetch, 2, word)
    programs.assert_one_line(done.stderr)


def test_a_file_is_not_fetched_onto_itself(fetch):
    fetch.file.write_bytes(BODY)
    assert fetch(fetch.file).returncode == 2
    assert fetch.file.read_bytes() == BODY
