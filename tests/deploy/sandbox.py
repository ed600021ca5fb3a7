"""Runs programs in a root file system of their own: read-only, without root and privileges, by bubblewrap."""

import os
import pathlib
import subprocess

USER = 10001


def command(root: pathlib.Path, *words, models: pathlib.Path | None = None) -> list[str]:
    """words: a program of the root and its arguments. models: a folder that is mounted read-only at /models."""
    become = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs"]
    mounts = ["--ro-bind", root, "/", "--tmpfs", "/tmp", "--proc", "/proc", "--dev", "/dev"]
    if models:
        mounts += ["--ro-bind", models, "/models"]
    limits = ["--unshare-all", "--share-net", "--die-with-parent", "--clearenv", "--uid", USER, "--gid", USER]
    is_root = os.geteuid() == 0
    return list(map(str, [*(become if is_root else []), "bwrap", *mounts, *limits, "--", *words]))


def run(root: pathlib.Path, *words, **options) -> subprocess.CompletedProcess:
    return subprocess.run(command(root, *words, **options), capture_output=True, text=True, timeout=60)
