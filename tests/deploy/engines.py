"""buildah and podman with a store of their own, without a daemon, as they run where the machine grants little:
chroot isolation for builds, runc, and limits that need no privilege. Nothing outside of the folder is changed."""

import json
import os
import pathlib
import shutil
import subprocess
import time

LIMITS = ["nofile=1024:1024", "nproc=4096:4096"]
TOOLS = ["buildah", "podman", "runc", "catatonit", "debootstrap", "kubectl"]


def missing() -> str:
    """Why the tests cannot run here, or nothing."""
    if os.geteuid() != 0:
        return "debootstrap and the store need root"
    helpers = pathlib.Path("/usr/libexec/podman")
    absent = [tool for tool in TOOLS if not shutil.which(tool) and not (helpers / tool).exists()]
    return f"not installed: {' '.join(absent)}" if absent else ""


class Engines:
    """folder: for temporary files. store: of the images."""

    def __init__(self, folder: pathlib.Path, store: pathlib.Path):
        self.folder = folder
        # podman remembers both folders, and refuses the store with another second one.
        self._store = ["--root", store, "--runroot", f"{store}-run", "--storage-driver", "vfs"]
        settings = folder / "containers.conf"
        settings.write_text(f'[containers]\ndefault_ulimits = {json.dumps(LIMITS)}\n[engine]\nruntime = "runc"\n'
                            'cgroup_manager = "cgroupfs"\nevents_logger = "file"\n')
        (folder / "tmp").mkdir()
        self._environment = {**os.environ, "CONTAINERS_CONF": str(settings), "TMPDIR": str(folder / "tmp")}

    def _call(self, tool: str, *words, timeout: int, **options) -> subprocess.CompletedProcess:
        return subprocess.run([tool, *map(str, [*self._store, *words])], env=self._environment, capture_output=True,
                              text=True, timeout=timeout, **options)

    def buildah(self, *words, timeout=300) -> str:
        done = self._call("buildah", *words, timeout=timeout)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout.strip()

    def try_podman(self, *words, timeout=120, **options) -> subprocess.CompletedProcess:
        return self._call("podman", *words, timeout=timeout, **options)

    def podman(self, *words, **options) -> str:
        done = self.try_podman(*words, **options)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout.strip()

    def wait_for_log(self, container: str, text: str, seconds: float = 60) -> str:
        """The line of the container's log with the text."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            done = self.try_podman("logs", container)
            for line in (done.stdout + done.stderr).splitlines():
                if text in line:
                    return line
            time.sleep(0.1)
        raise AssertionError(f"no '{text}' within {seconds} s: {done.stdout}{done.stderr}")

    def make_base(self, name: str) -> None:
        """A Debian 12 with nothing but what apt needs, from the machine's own mirror and with its sources."""
        root = self.folder / "base"
        subprocess.run(["debootstrap", "--variant=minbase", "bookworm", root], check=True, capture_output=True,
                       timeout=600)
        for sources in pathlib.Path("/etc/apt/sources.list.d").glob("debian.sources"):
            shutil.copy(sources, root / "etc/apt/sources.list.d")
        container = self.buildah("from", "scratch")
        self.buildah("add", "--quiet", container, f"{root}/")
        self.buildah("config", "--cmd", "/bin/sh", "--env",
                     "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", container)
        self.buildah("commit", "--quiet", "--rm", container, name)
        shutil.rmtree(root)

    def remove_containers(self) -> None:
        self.try_podman("pod", "rm", "--all", "--force", "--time", "5")
        self.try_podman("rm", "--all", "--force", "--time", "5")
