"""Runs a container of a rendering without a container: its command, arguments, environment and mounted files, with the
mount paths below a temporary folder and the addresses on free ports of loopback."""

import base64
import contextlib
import os
import pathlib
import re
import subprocess

import manifests
import programs

ADDRESS = re.compile(r"0\.0\.0\.0:\d+")
ENTRYPOINT = "/opt/ebm/bin/ebm-server"  # deploy/Dockerfile
SETTING = re.compile(r"^(EBM_\w+)=(\S+?)$")


def image_environment() -> dict[str, str]:
    """The variables of the image that the server reads."""
    words = (manifests.ROOT / "deploy/Dockerfile").read_text().split()
    return dict(match.groups() for match in map(SETTING.match, words) if match)


class Container:
    """files: the content of volumes that no object of the rendering has, as {mount path: {name: bytes}}."""

    def __init__(self, documents: list[dict], pod: manifests.PodTemplate, name: str, folder: pathlib.Path, files=None):
        self.folder = folder
        self._documents = documents
        self._container = manifests.container(pod, name)
        volumes = {volume["name"]: volume for volume in pod.spec["volumes"]}
        mounts = self._container.get("volumeMounts", [])
        self._paths = {mount["mountPath"]: folder / "volumes" / mount["name"] / mount.get("subPath", "")
                       for mount in mounts}
        for mount in mounts:
            self._fill(mount["mountPath"], volumes[mount["name"]], files or {})

    def _fill(self, path: str, volume: dict, files: dict) -> None:
        place = self._paths[path]
        place.mkdir(parents=True, exist_ok=True)
        content = dict(files.get(path, {}))
        name_of_map = volume.get("configMap", {}).get("name")
        for source in manifests.of_kind(self._documents, "ConfigMap"):
            if source["metadata"]["name"] == name_of_map:
                content |= {name: text.encode() for name, text in source.get("data", {}).items()}
                content |= {name: base64.b64decode(data) for name, data in source.get("binaryData", {}).items()}
        for name, data in content.items():
            (place / name).write_bytes(self.translate(data.decode()).encode() if name.endswith(".txtpb") else data)

    def translate(self, text: str) -> str:
        """The text with paths of this machine, and free ports of loopback."""
        if self._paths:
            paths = "|".join(map(re.escape, sorted(self._paths, key=len, reverse=True)))
            text = re.sub(rf"(?<![\w/])({paths})(?=[/\"\s]|$)", lambda match: str(self._paths[match.group(1)]), text)
        return ADDRESS.sub("127.0.0.1:0", text.replace("/opt/ebm/bin", str(programs.BIN)))

    def command(self) -> list[str]:
        words = [*self._container.get("command", [ENTRYPOINT]), *self._container.get("args", [])]
        return [self.translate(word) for word in words]

    def environment(self) -> dict[str, str]:
        given = {entry["name"]: entry["value"] for entry in self._container.get("env", []) if "value" in entry}
        own = {name: self.translate(value) for name, value in {**image_environment(), **given}.items()}
        return {**os.environ, **own}

    def run(self, *more: str, **options) -> subprocess.CompletedProcess:
        return subprocess.run([*self.command(), *more], env=self.environment(), capture_output=True, text=True,
                              timeout=60, **options)

    def start(self, log: pathlib.Path) -> subprocess.Popen:
        with log.open("w") as output:
            return subprocess.Popen(self.command(), env=self.environment(), stdout=output, stderr=subprocess.STDOUT)


@contextlib.contextmanager
def running_server(container: Container, name: str = "server"):
    """The server's process, and its addresses by name once it is ready. Its log is NAME.log."""
    log = container.folder / f"{name}.log"
    process = container.start(log)

    def ready():
        assert process.poll() is None, log.read_text()
        return re.search(r"^ebm-server ready: (.*)$", log.read_text(), re.MULTILINE)

    try:
        line = programs.wait_until(ready, programs.START_SECONDS).group(1)
        yield process, dict(field.split("=") for field in line.split())
    finally:
        process.kill()
        process.wait()
