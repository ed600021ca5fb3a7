"""Rules that the API server does not know: security, resources, a pod's end, rollouts, disruptions, autoscaling."""

import copy
import re

import manifests
import pytest
import yaml
from manifests import named, objects, of_kind, pods, server_pod

# server/rpc/server.cc
LAST_MESSAGES_SECONDS = 2
# For a node that is busy, and a clock that is read late.
MARGIN_SECONDS = 5
OUR_PROGRAMS = "/opt/ebm/bin/"
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def all_pods() -> list[manifests.PodTemplate]:
    loader = yaml.safe_load((manifests.KUBERNETES / "model-loader.yaml").read_text())
    return pods([*objects(*manifests.RENDERINGS), loader])


def runtime_container() -> dict:
    return named(objects("kserve"), "ServingRuntime", "ebm-server")["spec"]["containers"][0]


def breaches(pod_context: dict, container: dict) -> list[str]:
    """What of the restricted pod security standard, and a read-only root, a container breaks."""
    context = {**pod_context, **container.get("securityContext", {})}
    wanted = {
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    wrong = [field for field, value in wanted.items() if context.get(field) != value]
    return wrong + [field for field in ("runAsUser", "runAsGroup") if not context.get(field)]


@pytest.mark.parametrize("pod", all_pods(), ids=lambda pod: pod.owner)
def test_pods_keep_to_the_restricted_standard(pod):
    assert not pod.spec["automountServiceAccountToken"]
    assert not any(field in pod.spec for field in ("hostNetwork", "hostPID", "hostIPC"))
    assert not any("hostPath" in volume for volume in pod.spec.get("volumes", []))
    for container in pod.containers():
        assert breaches(pod.spec["securityContext"], container) == []


def test_the_runtime_of_kserve_keeps_to_the_restricted_standard():
    assert breaches({}, runtime_container()) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("runAsNonRoot", False), ("capabilities", {}), ("readOnlyRootFilesystem", None), ("runAsUser", 0)],
)
def test_a_breach_of_the_restricted_standard_is_found(field, value):
    container = copy.deepcopy(runtime_container())
    container["securityContext"][field] = value
    assert breaches({}, container) == [field]


@pytest.mark.parametrize("pod", all_pods(), ids=lambda pod: pod.owner)
def test_every_container_requests_and_limits_cpu_and_memory(pod):
    for container in pod.containers():
        for bound in ("requests", "limits"):
            assert {"cpu", "memory"} <= set(container["resources"][bound])


def is_guaranteed(pod: manifests.PodTemplate) -> bool:
    """Whether the pod's quality of service is Guaranteed: exclusive cores, and the last to be evicted."""
    return all(container["resources"]["requests"] == container["resources"]["limits"] for container in pod.containers())


@pytest.mark.parametrize("folder", ["", "overlays/production", "overlays/training", *manifests.RANKS])
def test_a_server_has_whole_cores_of_its_own(folder):
    """The server starts a thread per core of the limit; see model/process/usable_cores.h."""
    pod = server_pod(objects(folder))
    cores = manifests.container(pod, "ebm-server")["resources"]["limits"]["cpu"]
    assert is_guaranteed(pod) and int(cores) >= 1


def test_an_init_container_can_cost_the_guarantee():
    pod = server_pod(objects("overlays/production"))
    manifests.container(pod, "fetch-model")["resources"]["requests"]["cpu"] = "100m"
    assert not is_guaranteed(pod)


def seconds(settings: str, name: str) -> float:
    return float(re.search(rf"\b{name}[:=] ?([\d.]+)", settings).group(1))


def end_of_server(pod: manifests.PodTemplate, settings: str) -> float:
    """The longest time from the deletion of a pod to the end of its server."""
    hook = manifests.container(pod, "ebm-server").get("lifecycle", {}).get("preStop", {})
    return (hook.get("sleep", {}).get("seconds", 0) + seconds(settings, "lame_duck_seconds")
            + seconds(settings, "drain_seconds") + LAST_MESSAGES_SECONDS)


def settings_of(documents: list[dict]) -> str:
    """The server's file of settings, as it is mounted, and its flags, which count more."""
    pod = server_pod(documents)
    volumes = {volume["name"]: volume for volume in pod.spec["volumes"]}
    mounted = named(documents, "ConfigMap", volumes["configuration"]["configMap"]["name"])
    return "\n".join([*manifests.container(pod, "ebm-server")["args"], mounted["data"]["server.txtpb"]])


def spare_seconds(documents: list[dict]) -> float:
    """What the grace period has above the longest end of the server."""
    pod = server_pod(documents)
    return pod.spec["terminationGracePeriodSeconds"] - end_of_server(pod, settings_of(documents))


@pytest.mark.parametrize("folder", manifests.SERVERS)
def test_a_pod_lives_longer_than_the_drain(folder):
    assert spare_seconds(objects(folder)) >= MARGIN_SECONDS


def test_a_grace_period_that_is_too_short_is_found():
    documents = objects("")
    server_pod(documents).spec["terminationGracePeriodSeconds"] = 45
    assert spare_seconds(documents) < MARGIN_SECONDS


def test_a_pod_of_kserve_lives_longer_than_the_drain():
    settings = "\n".join(runtime_container()["args"])
    end = seconds(settings, "lame_duck_seconds") + seconds(settings, "drain_seconds") + LAST_MESSAGES_SECONDS
    service = named(objects("kserve"), "InferenceService", "digits")
    assert end + MARGIN_SECONDS <= service["spec"]["predictor"]["terminationGracePeriodSeconds"]


def test_a_hook_before_the_end_counts():
    documents = objects("")
    before = end_of_server(server_pod(documents), settings_of(documents))
    hook = {"preStop": {"sleep": {"seconds": 15}}}
    manifests.container(server_pod(documents), "ebm-server")["lifecycle"] = hook
    assert end_of_server(server_pod(documents), settings_of(documents)) == before + 15


@pytest.mark.parametrize("pod", all_pods(), ids=lambda pod: pod.owner)
def test_hooks_before_the_end_leave_time_for_it(pod):
    for container in pod.containers():
        sleep = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        assert sleep + MARGIN_SECONDS <= pod.spec.get("terminationGracePeriodSeconds", 30)


@pytest.mark.parametrize("folder", manifests.SERVERS)
def test_probes_ask_the_health_port_by_number(folder):
    container = manifests.container(server_pod(objects(folder)), "ebm-server")
    health = next(port["containerPort"] for port in container["ports"] if port["name"] == "health")
    assert [container[probe]["grpc"]["port"] for probe in PROBES] == [health] * 3
    assert container["livenessProbe"]["grpc"]["service"] == "liveness"
    assert container["readinessProbe"]["failureThreshold"] >= 2
    assert container["livenessProbe"]["terminationGracePeriodSeconds"] <= 10


@pytest.mark.parametrize("folder", manifests.SERVERS)
def test_a_rollout_waits_longer_than_a_start_may_take(folder):
    deployment = named(objects(folder), "Deployment", "ebm-server")["spec"]
    probe = manifests.container(server_pod(objects(folder)), "ebm-server")["startupProbe"]
    assert deployment["progressDeadlineSeconds"] > probe["periodSeconds"] * probe["failureThreshold"]


def outages(documents: list[dict]) -> list[str]:
    """What of a Deployment would make a rollout an outage, or hold it up for ever."""
    found = []
    for deployment in of_kind(documents, "Deployment"):
        strategy = deployment["spec"]["strategy"]
        rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
        if strategy != rolling:
            found.append("strategy")
    modes = {claim["metadata"]["name"]: claim["spec"]["accessModes"]
             for claim in of_kind(documents, "PersistentVolumeClaim")}
    pod = server_pod(documents)
    claims = [volume["persistentVolumeClaim"]["claimName"] for volume in pod.spec["volumes"]
              if "persistentVolumeClaim" in volume]
    together = "podAffinity" in pod.spec.get("affinity", {})
    if not together and any(modes[claim] == ["ReadWriteOnce"] for claim in claims):
        found.append("claim of one node")
    return found


@pytest.mark.parametrize("folder", manifests.SERVERS)
def test_a_rollout_is_no_outage(folder):
    assert outages(objects(folder)) == []


def test_what_makes_a_rollout_an_outage_is_found():
    documents = objects("")
    named(documents, "Deployment", "ebm-server")["spec"]["strategy"] = {"type": "Recreate"}
    del server_pod(documents).spec["affinity"]
    assert outages(documents) == ["strategy", "claim of one node"]


def lowest_replicas(documents: list[dict]) -> int:
    deployment = named(documents, "Deployment", "ebm-server")
    floors = [scaler["spec"].get("minReplicas", scaler["spec"].get("minReplicaCount"))
              for scaler in of_kind(documents, "HorizontalPodAutoscaler", "ScaledObject")]
    return floors[0] if floors else deployment["spec"].get("replicas", 1)


def disputes(documents: list[dict]) -> list[str]:
    """Where budgets, autoscalers and a number of replicas are at odds."""
    found = []
    budgets = of_kind(documents, "PodDisruptionBudget")
    if budgets and lowest_replicas(documents) < 2:
        found.append("a budget for one replica")
    for budget in budgets:
        spec = budget["spec"]
        if spec.get("maxUnavailable") != 1 or spec.get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
            found.append("a budget that can block a drain")
    scalers = of_kind(documents, "HorizontalPodAutoscaler", "ScaledObject")
    if len(scalers) > 1:
        found.append("two autoscalers")
    if scalers and "replicas" in named(documents, "Deployment", "ebm-server")["spec"]:
        found.append("replicas beside an autoscaler")
    return found


@pytest.mark.parametrize("folder", manifests.SERVERS)
def test_budgets_autoscalers_and_replicas_agree(folder):
    assert disputes(objects(folder)) == []


def test_where_they_disagree_is_found():
    documents = objects("overlays/production")
    named(documents, "Deployment", "ebm-server")["spec"]["replicas"] = 3
    named(documents, "HorizontalPodAutoscaler", "ebm-server")["spec"]["minReplicas"] = 1
    named(documents, "PodDisruptionBudget", "ebm-server")["spec"] = {"minAvailable": 1}
    assert disputes(documents) == [
        "a budget for one replica", "a budget that can block a drain", "replicas beside an autoscaler"]


@pytest.mark.parametrize("folder", manifests.RENDERINGS)
def test_one_rendering_has_one_image_of_ours(folder):
    images = {container["image"] for pod in pods(objects(folder)) for container in pod.containers()
              if "ebm-server" in container["image"]}
    assert len(images) <= 1 and all(":" in image and not image.endswith(":latest") for image in images)


def needs_more_than_our_programs(container: dict) -> bool:
    """Whether a container of our image has a command that the image does not have: it has no shell."""
    program = container.get("command", [OUR_PROGRAMS])[0]
    return "ebm-server:" in container["image"] and not program.startswith(OUR_PROGRAMS)


@pytest.mark.parametrize("pod", all_pods(), ids=lambda pod: pod.owner)
def test_our_image_runs_our_programs_only(pod):
    assert not [container["name"] for container in pod.containers() if needs_more_than_our_programs(container)]


def test_a_shell_in_our_image_is_found():
    assert needs_more_than_our_programs({"image": "registry.example.com/ebm-server:0.1.0", "command": ["sh", "-c"]})


@pytest.mark.parametrize("pod", all_pods(), ids=lambda pod: pod.owner)
def test_what_is_reloaded_is_mounted_as_a_folder(pod):
    """The kubelet does not update a file that is mounted alone (subPath)."""
    reloaded = {volume["name"] for volume in pod.spec.get("volumes", []) if "configMap" in volume or "secret" in volume}
    mounts = [mount for container in pod.containers() for mount in container.get("volumeMounts", [])]
    assert not [mount for mount in mounts if mount["name"] in reloaded and "subPath" in mount]
