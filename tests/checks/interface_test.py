"""Checks of the interfaces to the outside: protocol definition, pages, image, scripts."""

import re
import shutil
import subprocess

import pytest

KEPT_PROTOCOL = "tests/checks/ebm_v1.binpb"  # CONTRIBUTING.md, "The protocol"


def run(*command, cwd) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_proto_passes_buf_lint(root, tools):
    run(tools / "buf", "lint", cwd=root / "proto")


def breaking(tools, changed, kept) -> str:
    """What buf finds missing or different in the changed protocol; empty if it only has more than the kept one."""
    done = subprocess.run([tools / "buf", "breaking", changed, "--against", kept], capture_output=True, text=True)
    assert done.returncode in (0, 100), done.stderr
    return done.stdout


def test_the_protocol_only_gains(root, tools):
    assert breaking(tools, root / "proto", root / KEPT_PROTOCOL) == ""


def test_the_kept_protocol_is_complete(root, tools, tmp_path):
    """But for the Open Inference Protocol, which is not ours to keep."""
    ours = tmp_path / "ours.binpb"
    run(tools / "buf", "build", "proto", "--path=proto/ebm", "--exclude-source-info", "-o", ours, cwd=root)
    assert breaking(tools, root / KEPT_PROTOCOL, ours) == ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  uint32 first_step = 12;\n", ""),
        ("uint32 first_step = 12", "uint32 first_step = 14"),
        ("uint32 first_step = 12", "uint64 first_step = 12"),
        ("PRIORITY_HIGH = 3", "PRIORITY_HIGHEST = 3"),
        ("rpc Score(", "rpc Rate("),
    ],
)
def test_a_change_of_the_protocol_is_seen(root, tools, tmp_path, before, after):
    changed = shutil.copytree(root / "proto", tmp_path / "proto") / "ebm/v1/inference.proto"
    text = changed.read_text()
    assert before in text
    changed.write_text(text.replace(before, after))
    assert "inference.proto" in breaking(tools, tmp_path / "proto", root / KEPT_PROTOCOL)


def test_links_between_pages_resolve(root):
    pages = subprocess.run(["git", "ls-files", "*.md"], cwd=root, capture_output=True, text=True).stdout.split()
    assert pages
    broken = [
        f"{page}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)", (root / page).read_text())
        if "://" not in target and not (root / page).parent.joinpath(target).exists()
    ]
    assert not broken


def test_dockerfile_passes_hadolint(root, tools):
    run(tools / "hadolint", "deploy/Dockerfile", cwd=root)


def test_scripts_pass_shellcheck(root, tools):
    scripts = [
        *sorted((root / "deploy").rglob("*.sh")),
        *sorted((root / "tests/bench").rglob("*.sh")),
        *sorted((root / "tests/deploy").rglob("*.sh")),
        root / "tests/run.sh",
        root / ".ci/run",
    ]
    run(tools / "shellcheck", *scripts, cwd=root)
