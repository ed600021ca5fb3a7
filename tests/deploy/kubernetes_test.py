"""Every overlay and component can be rendered, and every object is valid; a broken object of each kind is refused."""

import copy
import os
import re

import manifests
import pytest
import validation
import yaml
from manifests import COMPONENTS, component

COLUMNS = 120
# For each kind, a mistake that is easily made: where, and what is there instead.
BROKEN = {
    "Namespace": ("metadata/labels/pod-security.kubernetes.io~1enforce", True),
    "ServiceAccount": ("automountServiceAccountToken", "false"),
    "ConfigMap": ("data/server.txtpb", {"repository": "/models"}),
    "Service": ("spec/ports/0/port", "8500"),
    "PersistentVolumeClaim": ("spec/accessMode", ["ReadWriteOnce"]),
    "Deployment": ("spec/template/spec/containers/0/readinesProbe", {}),
    "Job": ("spec/backoffLimits", 4),
    "Pod": ("spec/containers/0/resources/limits/memory", ["64Mi"]),
    "PodDisruptionBudget": ("spec/maxUnavailable", [1]),
    "HorizontalPodAutoscaler": ("spec/metrics/0/pods/target/averageValue", {"milli": 700}),
    "NetworkPolicy": ("spec/ingres", []),
    "Certificate": ("spec/dnsName", "ebm-server"),
    "Gateway": ("spec/listeners/0/port", 70000),
    "GRPCRoute": ("spec/rules/0/timeouts", {"request": "10s"}),
    "BackendTLSPolicy": ("spec/validation/hostname", "EBM"),
    "PodMonitor": ("spec/podMetricsEndpoints/0/interval", "15 seconds"),
    "ServiceMonitor": ("spec/endpoints/0/intervall", "15s"),
    "PrometheusRule": ("spec/groups", [{"name": "ebm", "rules": [{"alert": "Down"}]}]),
    "ScaledObject": ("spec/triggers/0/metadata/threshold", 0.7),
    "ServingRuntime": ("spec/containers/0/resources/limits/cpu", 0.5),
    "TrainJob": ("spec/trainer/numProcPerNode", "1"),
    "TrainingRuntime": ("spec/template/spec/failurePolicy/rules/0/action", "FailJob"),
    "PyTorchJob": ("spec/nprocPerNode", 1),
    "InferenceService": ("spec/predictor/minReplicas", "2"),
}


def everything(loader) -> list[dict]:
    components = [document for name in COMPONENTS for document in component(name)]
    return [*manifests.objects(*manifests.RENDERINGS), *components, yaml.safe_load(loader)]


def break_at(document: dict, path: str, value) -> dict:
    broken = copy.deepcopy(document)
    *parents, last = (step.replace("~1", "/") for step in path.split("/"))
    place = broken
    for step in parents:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    place[last] = value
    return broken


@pytest.mark.parametrize("folder", manifests.RENDERINGS)
def test_every_rendering_is_valid(folder):
    found = [text for document in manifests.objects(folder) for text in validation.mistakes(document)]
    assert not found


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_component_is_valid(name):
    assert not [text for document in component(name) for text in validation.mistakes(document)]


def test_the_overlay_of_the_page_is_valid(tmp_path):
    page = (manifests.KUBERNETES / "README.md").read_text()
    text = re.search(r"```yaml\n# my-overlay/kustomization.yaml\n(.*?)```", page, re.DOTALL).group(1)
    (tmp_path / "kustomization.yaml").write_text(
        text.replace("../deploy/kubernetes", os.path.relpath(manifests.KUBERNETES, tmp_path.resolve())))
    documents = list(yaml.safe_load_all(manifests.kustomize(tmp_path)))
    assert not [text for document in documents for text in validation.mistakes(document)]
    deployment = manifests.named(documents, "Deployment", "ebm-server")["spec"]
    assert deployment["replicas"] == 3
    assert deployment["template"]["spec"]["containers"][0]["image"].startswith("registry.example.com/ebm-server:")


@pytest.mark.parametrize("folder", manifests.RANKS)
def test_an_overlay_names_the_image_of_every_rank(folder, tmp_path):
    """Also within the custom resources, of which kustomize knows no fields."""
    image = {"name": "ebm-server", "newName": "registry.example.com/ebm-server", "newTag": "0.2.0"}
    here = os.path.relpath(manifests.KUBERNETES / folder, tmp_path.resolve())
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump({"resources": [here], "images": [image]}))
    documents = list(yaml.safe_load_all(manifests.kustomize(tmp_path)))
    ours = {container["image"] for pod in manifests.pods(documents) for container in pod.containers()
            if "ebm-server" in container["image"]}
    assert ours == {"registry.example.com/ebm-server:0.2.0"}


def test_the_loader_is_valid(loader):
    assert not validation.mistakes(yaml.safe_load(loader))


def test_a_broken_object_of_every_kind_is_refused(loader):
    examples = {document["kind"]: document for document in everything(loader)}
    assert sorted(examples) == sorted(BROKEN), "the table of mistakes has every kind that is rendered, and no other"
    accepted = []
    for kind, (path, value) in BROKEN.items():
        if not validation.mistakes(break_at(examples[kind], path, value)):
            accepted.append(kind)
    assert not accepted


def test_a_misspelt_field_of_a_kustomization_is_refused(tmp_path):
    base = os.path.relpath(manifests.KUBERNETES / "base", tmp_path)
    (tmp_path / "kustomization.yaml").write_text(f"resources: [{base}]\npatch: []\n")
    with pytest.raises(manifests.RenderingError):
        manifests.kustomize(tmp_path)


def test_an_empty_rendering_is_refused(tmp_path):
    (tmp_path / "kustomization.yaml").write_text("kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n")
    with pytest.raises(manifests.RenderingError):
        manifests.kustomize(tmp_path)


def long_lines(folder) -> list[str]:
    files = [file for suffix in ("yaml", "txtpb", "sh", "py") for file in folder.rglob(f"*.{suffix}")]
    return [f"{file.name}:{number}" for file in files
            for number, line in enumerate(file.read_text().splitlines(), start=1) if len(line) > COLUMNS]


def test_lines_are_short(tmp_path):
    assert long_lines(manifests.KUBERNETES) == []
    (tmp_path / "a.yaml").write_text("a: b\n" + "#" * (COLUMNS + 1))
    assert long_lines(tmp_path) == ["a.yaml:2"]


def test_every_overlay_and_component_is_tested():
    folders = {file.parent for file in manifests.KUBERNETES.rglob("kustomization.yaml")}
    known = {manifests.KUBERNETES / folder for folder in [*manifests.RENDERINGS, "base"]}
    known |= {manifests.KUBERNETES / "components" / name for name in COMPONENTS}
    assert folders == known
