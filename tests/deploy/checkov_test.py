"""checkov finds nothing in the manifests but what is argued here."""

import json
import os
import subprocess

import manifests
import pytest
import tools

pytestmark = pytest.mark.long

# Check and resource (a part of its name; empty: all), and why it does not hold here.
EXCEPTIONS = [
    # "Image should use digest". The image is the user's own: `images` in an overlay can name it by digest.
    ("CKV_K8S_43", ""),
    # "Image Pull Policy should be Always". A pod must start while the registry is away, and from an image that was
    # loaded into a test cluster. Tags are versions, which do not move.
    ("CKV_K8S_15", ""),
    # "Readiness Probe", "Liveness Probe". The loader serves nothing; it waits for kubectl cp, an hour at most.
    ("CKV_K8S_9", "model-loader"),
    ("CKV_K8S_8", "model-loader"),
    # "pods which lack an associated NetworkPolicy". The component network-policy adds the server's, and production has
    # it. The base leaves it out, because its callers are not known, and a first call would be dropped in silence.
    ("CKV2_K8S_6", "ebm-server"),
    ("CKV2_K8S_6", "model-loader"),
]
PRODUCTION_EXCEPTIONS = EXCEPTIONS[:2]


def findings(text: str, folder) -> set[tuple[str, str]]:
    """(check, resource) of all checks that fail."""
    checkov = tools.find("checkov")
    (folder / "manifests.yaml").write_text(text)
    command = [checkov, "--directory", folder, "--framework", "kubernetes", "--compact", "--output", "json",
               "--skip-download"]
    quiet = {**os.environ, "LOG_LEVEL": "ERROR"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=quiet)
    report = json.loads(done.stdout)
    assert report["summary"]["passed"] > 0, "checkov has read the objects"
    return {(check["check_id"], check["resource"]) for check in report["results"]["failed_checks"]}


def not_argued(found, exceptions) -> list:
    return sorted(pair for pair in found if not any(pair[0] == check and part in pair[1] for check, part in exceptions))


FOLDERS = ["", "overlays/dev", "overlays/production", "overlays/training", "overlays/training-ranks", "jobs/score-file"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_checkov_finds_only_what_is_argued(folder, tmp_path):
    exceptions = PRODUCTION_EXCEPTIONS if folder == "overlays/production" else EXCEPTIONS
    assert not_argued(findings(manifests.rendered(folder), tmp_path), exceptions) == []


def test_checkov_finds_only_what_is_argued_in_the_loader(loader, tmp_path):
    assert not_argued(findings(loader, tmp_path), EXCEPTIONS) == []


def test_checkov_finds_a_privileged_container(tmp_path):
    text = manifests.rendered("").replace("allowPrivilegeEscalation: false", "privileged: true")
    assert "CKV_K8S_16" in {check for check, _ in not_argued(findings(text, tmp_path), EXCEPTIONS)}
