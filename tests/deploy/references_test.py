"""Within what is applied together, every reference leads somewhere."""

import manifests
import pytest
import references
from manifests import COMPONENTS, WITHOUT_BASE, component, named, objects, server_pod

PRODUCTION = "overlays/production"
TOGETHER = [[folder] for folder in (*manifests.SERVERS, "kserve")] + [
    [addition, folder] for addition, folders in manifests.ADDITIONS.items() for folder in folders
]


def drop(kind, name):
    def change(documents):
        documents.remove(named(documents, kind, name))
    return change


def relabel(documents):
    named(documents, "Deployment", "ebm-server")["spec"]["template"]["metadata"]["labels"] = {"a": "b"}


def rename_ports(documents):
    for container in server_pod(documents).containers():
        for port in container.get("ports", []):
            port["name"] += "-port"


def mount_another(documents):
    volumes = {volume["name"]: volume for volume in server_pod(documents).spec["volumes"]}
    volumes["configuration"]["configMap"]["name"] = "ebm-sever"


def route_elsewhere(documents):
    route = named(documents, "GRPCRoute", "ebm-server")["spec"]
    route["rules"][0]["backendRefs"][0]["port"] = 8501
    route["parentRefs"][0]["sectionName"] = "https"


def move(documents):
    for service in manifests.of_kind(documents, "Service"):
        service["metadata"]["namespace"] = "ebm-other"


def call_elsewhere(documents):
    named(documents, "Job", "ebm-score")["spec"]["template"]["spec"]["containers"][0]["args"] = [
        "--server=dns:///ebm-server:8501"]


def test_a_runtime_or_claim_of_kserve_that_is_not_there_is_found():
    documents = objects("kserve")
    drop("PersistentVolumeClaim", "models")(documents)
    drop("ServingRuntime", "ebm-server")(documents)
    assert references.dangling(documents) == [
        "InferenceService/digits has no runtime ebm-server for its format",
        "InferenceService/digits has no claim models",
    ]


def test_a_runtime_of_a_training_job_that_is_not_there_is_found():
    documents = objects("kubeflow/trainjob")
    drop("TrainingRuntime", "ebm-train")(documents)
    assert "TrainJob/ebm-train has no TrainingRuntime/ebm-train" in references.dangling(documents)


def test_a_query_for_another_namespace_is_found():
    documents = component("autoscaling-keda")
    named(documents, "ScaledObject", "ebm-server")["metadata"]["namespace"] = "ebm-other"
    wanted = "ScaledObject/ebm-server asks for pods of another namespace than ebm-other"
    assert set(references.dangling(documents)) == {wanted}


@pytest.mark.parametrize("folders", TOGETHER, ids=" + ".join)
def test_every_reference_leads_somewhere(folders):
    assert not references.dangling(objects(*folders))


@pytest.mark.parametrize("name", [name for name in COMPONENTS if name not in WITHOUT_BASE])
def test_every_reference_of_a_component_leads_somewhere(name):
    assert not references.dangling(component(name))


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (relabel, "Service/ebm-server selects no pod"),
        (relabel, "PodDisruptionBudget/ebm-server selects no pod"),
        (relabel, "NetworkPolicy/ebm-server selects no pod"),
        (relabel, "PodMonitor/ebm-server selects no pod"),
        (rename_ports, "Service/ebm-server has no port grpc"),
        (rename_ports, "NetworkPolicy/ebm-server has no port metrics"),
        (rename_ports, "PodMonitor/ebm-server has no port metrics"),
        (drop("Deployment", "ebm-server"), "HorizontalPodAutoscaler/ebm-server scales ebm-server, which is not there"),
        (drop("Certificate", "ebm-server"), "mounts Secret/ebm-server-tls, which is not there"),
        (drop("Certificate", "ebm-server"), "BackendTLSPolicy/ebm-server expects a name that no certificate has"),
        (drop("ServiceAccount", "ebm-server"), "Deployment/ebm-server runs as ebm-server, which is not there"),
        (mount_another, "mounts ConfigMap/ebm-sever, which is not there"),
        (route_elsewhere, "GRPCRoute/ebm-server leads to ebm-server-cluster:8501, which is not there"),
        (route_elsewhere, "GRPCRoute/ebm-server has no listener ebm/https"),
        (drop("Service", "ebm-server-cluster"), "BackendTLSPolicy/ebm-server is for ebm-server-cluster"),
        (move, "Certificate/ebm-server is for ebm-server.ebm, which is no Service here"),
        (call_elsewhere, "Job/ebm-score calls ebm-server:8501, which is not there"),
    ],
)
def test_a_reference_that_leads_nowhere_is_found(change, wanted):
    documents = objects(PRODUCTION, "overlays/observability", "jobs/score-file")
    assert not references.dangling(documents)
    change(documents)
    assert any(wanted in text for text in references.dangling(documents))


def test_the_page_names_every_overlay_and_component(root):
    page = (root / "deploy/kubernetes/README.md").read_text()
    folders = [*COMPONENTS, "base", *(folder for folder in manifests.RENDERINGS if folder)]
    assert [folder for folder in folders if f"`{folder}`" not in page] == []


def test_the_page_says_how_to_make_what_a_user_makes(root):
    page = (root / "deploy/kubernetes/README.md").read_text()
    assert [name for name in references.CREATED_BY_USER if name.partition("/")[2] not in page] == []
