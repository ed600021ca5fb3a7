"""Renders the manifests of deploy/kubernetes, and finds objects in a rendering."""

import dataclasses
import functools
import os
import pathlib
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
KUBERNETES = ROOT / "deploy/kubernetes"
TOOLS = pathlib.Path(sys.executable).parent
# What a user applies. Overlays without a server of their own are looked at beside one that has.
RANKS = ["overlays/training-ranks", "kubeflow/trainjob", "kubeflow/pytorchjob"]
SERVERS = ["", "overlays/dev", "overlays/production", "overlays/training", *RANKS]
ADDITIONS = {"overlays/observability": ["", "overlays/production"], "jobs/score-file": ["", "overlays/production"]}
RENDERINGS = [*SERVERS, *ADDITIONS, "kserve"]
COMPONENTS = sorted(folder.name for folder in (KUBERNETES / "components").iterdir() if folder.is_dir())
# What a component needs before it.
PREREQUISITES = {"transcoder-tls": ["transcoder", "tls"], "backend-tls": ["gateway", "tls"]}
# Without these parts, as in a namespace that has a server already.
WITHOUT_BASE = {"rules", "monitoring-pods", "monitoring-service"}
WORKLOADS = ("Deployment", "Job")


class RenderingError(Exception):
    pass


def kustomize(folder: pathlib.Path) -> str:
    command = [TOOLS / "kubectl", "kustomize", folder]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if done.returncode != 0 or not done.stdout.strip():
        raise RenderingError(done.stderr or "an empty rendering")
    return done.stdout


@functools.cache
def rendered(folder: str) -> str:
    return kustomize(KUBERNETES / folder)


def objects(*folders: str) -> list[dict]:
    """The objects of the renderings, in copies that a test may change."""
    return [document for folder in folders for document in yaml.safe_load_all(rendered(folder))]


@functools.cache
def rendered_component(name: str) -> str:
    kustomization = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    with tempfile.TemporaryDirectory() as folder:
        here = pathlib.Path(folder).resolve()
        if name not in WITHOUT_BASE:
            kustomization["resources"] = [os.path.relpath(KUBERNETES / "base", here)]
        parts = [*PREREQUISITES.get(name, []), name]
        kustomization["components"] = [os.path.relpath(KUBERNETES / "components" / part, here) for part in parts]
        (here / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
        return kustomize(here)


def component(name: str) -> list[dict]:
    """The base with this component and those that it needs, in copies that a test may change."""
    return list(yaml.safe_load_all(rendered_component(name)))


def of_kind(documents: list[dict], *kinds: str) -> list[dict]:
    return [document for document in documents if document["kind"] in kinds]


def named(documents: list[dict], kind: str, name: str) -> dict:
    found = [document for document in of_kind(documents, kind) if document["metadata"]["name"] == name]
    assert len(found) == 1, f"{len(found)} objects {kind}/{name}"
    return found[0]


def label(document: dict) -> str:
    return f"{document['kind']}/{document['metadata']['name']}"


@dataclasses.dataclass(frozen=True)
class PodTemplate:
    owner: str  # Kind/name
    labels: dict
    spec: dict

    def containers(self) -> list[dict]:
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]

    def port_names(self) -> set[str]:
        return {port["name"] for container in self.containers() for port in container.get("ports", [])}


def templates_of(document: dict) -> list[tuple[str, dict]]:
    """The templates of a workload's pods, with their owner's name; Kubeflow's workloads have several."""
    owner, spec = label(document), document.get("spec", {})
    if document["kind"] == "TrainingRuntime":
        jobs = spec["template"]["spec"]["replicatedJobs"]
        return [(f"{owner}/{job['name']}", job["template"]["spec"]["template"]) for job in jobs]
    if document["kind"] == "PyTorchJob":
        return [(f"{owner}/{name}", replica["template"]) for name, replica in spec["pytorchReplicaSpecs"].items()]
    if document["kind"] == "Pod":
        return [(owner, document)]
    return [(owner, spec["template"])] if document["kind"] in WORKLOADS else []


def pods(documents: list[dict]) -> list[PodTemplate]:
    """The pods that workloads make."""
    return [PodTemplate(owner, template["metadata"].get("labels", {}), template["spec"])
            for document in documents for owner, template in templates_of(document)]


def server_pod(documents: list[dict]) -> PodTemplate:
    return next(pod for pod in pods(documents) if pod.owner == "Deployment/ebm-server")


def container(pod: PodTemplate, name: str) -> dict:
    return next(found for found in pod.containers() if found["name"] == name)


def selects(selector: dict, labels: dict) -> bool:
    """Whether a label selector of matchLabels, or of a Service, matches."""
    wanted = selector.get("matchLabels", {}) if "matchLabels" in selector or not selector else selector
    return all(labels.get(key) == value for key, value in wanted.items())
