"""Training by several ranks: what the manifests must agree on, and the Indexed Job's own commands, run as processes."""

import contextlib
import os
import re
import signal
import socket
import subprocess

import manifests
import programs
import pytest
from containers import Container
from manifests import named, objects, of_kind, pods, selects

INDEXED = "overlays/training-ranks"
# A batch is cut into slices of 16 rows, and each rank has whole slices; see model/offline/parallel/README.md.
SLICE_ROWS = 16
TRAINERS = {INDEXED: ["Job/ebm-train"], "kubeflow/trainjob": ["TrainingRuntime/ebm-train/node"],
            "kubeflow/pytorchjob": ["PyTorchJob/ebm-train/Master", "PyTorchJob/ebm-train/Worker"]}
# The pod that fails unless the model is published.
CHECKS = {INDEXED: ["Job/ebm-train"], "kubeflow/trainjob": ["TrainingRuntime/ebm-train/published"],
          "kubeflow/pytorchjob": []}
CONTAINERS = {INDEXED: "ebm-train", "kubeflow/trainjob": "node", "kubeflow/pytorchjob": "pytorch"}


def trainers(documents: list[dict], folder: str) -> list[tuple[manifests.PodTemplate, dict]]:
    """The pods of the ranks, and in each the trainer's container with what a TrainJob puts into it."""
    found = [(pod, manifests.container(pod, CONTAINERS[folder])) for pod in pods(documents)
             if pod.owner in TRAINERS[folder]]
    for job in of_kind(documents, "TrainJob"):
        given = job["spec"]["trainer"]
        for _, container in found:
            container.update(args=given["args"], resources=given["resourcesPerNode"])
    return found


def variables(container: dict) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in container.get("env", [])}


def flags(container: dict) -> dict[str, str]:
    return dict(word.removeprefix("--").partition("=")[::2] for word in container["args"])


def reaches_every_port(policy: dict, labels: dict) -> bool:
    """Whether pods with these labels may connect to each other on all ports."""
    spec = policy["spec"]
    rules = [(rule.get("from", []), rule) for rule in spec.get("ingress", [])], [
        (rule.get("to", []), rule) for rule in spec.get("egress", [])]
    return selects(spec["podSelector"], labels) and all(
        any("ports" not in rule and any("podSelector" in peer and selects(peer["podSelector"], labels)
                                        for peer in peers) for peers, rule in direction) for direction in rules)


def faults_of_trainer(container: dict) -> list[str]:
    given, resources = flags(container), container["resources"]
    checks = {
        "requests are not limits": resources["requests"] == resources["limits"],
        "threads are not the cores": given.get("threads") == resources["limits"]["cpu"],
        "no epochs": "epochs" in given,
        "less than a slice per rank": int(given.get("batch_size", 0)) >= SLICE_ROWS,
        "no interface": variables(container).get("GLOO_SOCKET_IFNAME") == "eth0",
    }
    return [fault for fault, holds in checks.items() if not holds]


def faults_of_network(documents: list[dict], labels: dict) -> list[str]:
    policies = of_kind(documents, "NetworkPolicy")
    return [] if any(reaches_every_port(policy, labels) for policy in policies) else ["a port that is closed"]


def faults_of_claim(documents: list[dict]) -> list[str]:
    modes = named(documents, "PersistentVolumeClaim", "models")["spec"]["accessModes"]
    return [] if modes == ["ReadWriteMany"] else ["a claim of one node"]


def faults(documents: list[dict], folder: str) -> list[str]:
    found = faults_of_claim(documents)
    for pod, container in trainers(documents, folder):
        found += faults_of_trainer(container) + faults_of_network(documents, pod.labels)
    return found


@pytest.mark.parametrize("folder", manifests.RANKS)
def test_ranks_have_what_training_together_needs(folder):
    documents = objects(folder)
    assert len(trainers(documents, folder)) == len(TRAINERS[folder])
    assert faults(documents, folder) == []


def close_a_port(documents):
    named(documents, "NetworkPolicy", "ebm-train")["spec"]["ingress"][0]["ports"] = [{"port": 29500}]


def take_half_the_cores(documents):
    job_container(documents)["resources"]["requests"]["cpu"] = "1"


def use_another_number_of_threads(documents):
    job_container(documents)["args"].append("--threads=4")


def leave_out_the_interface(documents):
    job_container(documents)["env"] = []


def use_a_claim_of_one_node(documents):
    named(documents, "PersistentVolumeClaim", "models")["spec"]["accessModes"] = ["ReadWriteOnce"]


def job_container(documents: list[dict]) -> dict:
    return named(documents, "Job", "ebm-train")["spec"]["template"]["spec"]["initContainers"][0]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [(close_a_port, "a port that is closed"), (take_half_the_cores, "requests are not limits"),
     (use_another_number_of_threads, "threads are not the cores"), (leave_out_the_interface, "no interface"),
     (use_a_claim_of_one_node, "a claim of one node")])
def test_what_ranks_lack_is_found(change, wanted):
    documents = objects(INDEXED)
    change(documents)
    assert faults(documents, INDEXED) == [wanted]


def disagreements(documents: list[dict]) -> list[str]:
    """Where an Indexed Job, its variables and its Service do not fit together."""
    job = named(documents, "Job", "ebm-train")
    spec, pod = job["spec"], job["spec"]["template"]["spec"]
    trainer, published = pod["initContainers"][0], pod["containers"][0]
    subdomain = pod.get("subdomain")
    service = next((entry["spec"] for entry in of_kind(documents, "Service")
                    if entry["metadata"]["name"] == subdomain), {})
    leader = f"{job['metadata']['name']}-0.{subdomain}"
    shared = ("MASTER_ADDR", "MASTER_PORT")
    checks = {
        "indexes": spec.get("completionMode") == "Indexed",
        "size": spec["completions"] == spec["parallelism"] == int(variables(trainer)["WORLD_SIZE"]),
        "address": variables(trainer)["MASTER_ADDR"] == leader,
        "service": service.get("clusterIP") == "None" and service.get("publishNotReadyAddresses") is True,
        "published": all(variables(trainer)[name] == variables(published)[name] for name in shared),
        "restarts": pod["restartPolicy"] == "Never" and spec.get("maxFailedIndexes") == 0
        and spec["backoffLimitPerIndex"] > 0 and "backoffLimit" not in spec,
        "success": spec.get("successPolicy") == {"rules": [{"succeededIndexes": "0"}]},
    }
    return [name for name, holds in checks.items() if not holds]


def test_the_indexed_job_its_variables_and_its_service_agree():
    assert disagreements(objects(INDEXED)) == []


def test_where_they_do_not_agree_is_found():
    documents = objects(INDEXED)
    job = named(documents, "Job", "ebm-train")["spec"]
    job["completions"] = 3
    job["backoffLimit"] = 4
    del job["successPolicy"]
    job["template"]["spec"]["subdomain"] = "ebm-server-cluster"
    assert disagreements(documents) == ["size", "address", "service", "restarts", "success"]


# What JobSet's webhook requires of the name of a rule; the schema does not say it.
RULE_NAME = re.compile(r"[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?")


def wrong_rules(jobset: dict) -> list[str]:
    """Rules of a JobSet's failurePolicy that its webhook would refuse, or that are for no job."""
    jobs = {job["name"] for job in jobset["replicatedJobs"]}
    return [rule["name"] for rule in jobset["failurePolicy"]["rules"]
            if not RULE_NAME.fullmatch(rule["name"]) or not set(rule["targetReplicatedJobs"]) <= jobs]


def runtime_jobset() -> dict:
    return named(objects("kubeflow/trainjob"), "TrainingRuntime", "ebm-train")["spec"]["template"]["spec"]


def test_the_rules_of_a_jobset_are_well_named_and_for_its_jobs():
    assert wrong_rules(runtime_jobset()) == []


@pytest.mark.parametrize("change", [{"name": "stays-wrong"}, {"targetReplicatedJobs": ["nodes"]}])
def test_a_wrong_rule_of_a_jobset_is_found(change):
    jobset = runtime_jobset()
    jobset["failurePolicy"]["rules"][0].update(change)
    assert len(wrong_rules(jobset)) == 1


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


# nc of busybox, as far as the Job uses it: it connects, and ends when the other side does.
NC = """#!/usr/bin/env python3
import socket, sys
with socket.create_connection((sys.argv[-2], int(sys.argv[-1])), timeout=float(sys.argv[2])) as connection:
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(None)
    connection.recv(1)
"""


def size_of(documents: list[dict]) -> int:
    """The number of ranks."""
    for document in documents:
        if document["kind"] == "Job":
            return document["spec"]["completions"]
        if document["kind"] == "TrainJob":
            return document["spec"]["trainer"]["numNodes"]
        if document["kind"] == "PyTorchJob":
            return sum(replica["replicas"] for replica in document["spec"]["pytorchReplicaSpecs"].values())
    raise AssertionError("no training run")


def set_by_controller(documents: list[dict], rank: int) -> dict[str, str]:
    """The variables that the Job's controller, or the operator, adds to the manifest's."""
    size = str(size_of(documents))
    if of_kind(documents, "Job"):
        return {"JOB_COMPLETION_INDEX": str(rank)}
    if of_kind(documents, "TrainJob"):
        processes = of_kind(documents, "TrainJob")[0]["spec"]["trainer"]["numProcPerNode"]
        return {"PET_NNODES": size, "PET_NODE_RANK": str(rank), "PET_NPROC_PER_NODE": str(processes),
                "PET_MASTER_ADDR": "ebm-train-node-0-0.ebm-train", "PET_MASTER_PORT": "29500"}
    return {"WORLD_SIZE": size, "RANK": str(rank), "MASTER_ADDR": "ebm-train-master-0", "MASTER_PORT": "23456"}


class Run:
    """The containers of a training run as processes of this machine, with the variables that they would have."""

    def __init__(self, rendering: str, folder):
        self._documents = objects(rendering)
        pod, container = trainers(self._documents, rendering)[0]
        self.size = size_of(self._documents)
        self.trainer = Container(self._documents, pod, container["name"], folder)
        checking = next((other for other in pods(self._documents) if other.owner in CHECKS[rendering]), None)
        self.published = checking and Container(self._documents, checking, "published", folder)
        self.models = folder / "volumes/models/digits"
        self._folder = folder
        address, port = "127.0.0.1", str(free_port())
        self._local = {"MASTER_ADDR": address, "MASTER_PORT": port, "PET_MASTER_ADDR": address,
                       "PET_MASTER_PORT": port, "GLOO_SOCKET_IFNAME": "lo", "PATH": f"{folder}:{os.environ['PATH']}"}
        (folder / "nc").write_text(NC)
        (folder / "nc").chmod(0o755)

    def environment(self, container: Container, rank: int) -> dict[str, str]:
        """On loopback, and on a free port."""
        given = container.environment() | set_by_controller(self._documents, rank)
        return {name: self._local.get(name, value) for name, value in given.items()}

    @contextlib.contextmanager
    def start(self, container: Container, *more: str):
        """A process for each rank."""
        processes = []
        for rank in range(self.size):
            with (self._folder / f"rank{rank}.log").open("w") as log:
                processes.append(subprocess.Popen([*container.command(), *more], stdout=log, stderr=log,
                                                  env=self.environment(container, rank)))
        try:
            yield processes
        finally:
            for process in processes:
                process.kill()
                process.wait()

    def log(self, rank: int) -> str:
        return (self._folder / f"rank{rank}.log").read_text()

    def versions(self) -> list[str]:
        return sorted(file.parent.name for file in self.models.glob("[0-9]*/model.safetensors"))

    def statuses_of_published(self) -> list[int]:
        with self.start(self.published) as processes:
            return [process.wait(programs.END_SECONDS) for process in processes]


@pytest.fixture
def job(tmp_path):
    return Run(INDEXED, tmp_path)


SHORT = ("--threads=1", "--hidden_widths=16")


def train(job: Run, *more: str) -> list[int]:
    with job.start(job.trainer, *SHORT, *more) as processes:
        return [process.wait(programs.END_SECONDS * 2) for process in processes]


@pytest.mark.parametrize("rendering", manifests.RANKS)
def test_the_ranks_publish_one_version(rendering, tmp_path):
    run = Run(rendering, tmp_path)
    assert run.size == 2
    assert train(run, "--epochs=1") == [0] * run.size, run.log(0) + run.log(1)
    assert run.versions() == ["1"] and "published version 1" in run.log(0) and run.log(1) == ""
    if run.published:
        assert run.statuses_of_published() == [0] * run.size


def test_more_processes_per_node_than_one_are_refused(tmp_path):
    """A TrainJob without numProcPerNode has as many as cores."""
    run = Run("kubeflow/trainjob", tmp_path)
    environment = run.environment(run.trainer, 0) | {"PET_NPROC_PER_NODE": "2"}
    done = subprocess.run(run.trainer.command(), env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "PET_NPROC_PER_NODE" in done.stderr


def end_one_rank(job: Run, rank: int, number: int) -> list[int]:
    with job.start(job.trainer, *SHORT, "--epochs=100000") as processes:
        metrics = job.models / ".training/model.metrics.csv"
        programs.wait_until(lambda: metrics.exists() and len(metrics.read_text().splitlines()) > 1,
                            programs.START_SECONDS)
        processes[rank].send_signal(number)
        return [process.wait(programs.END_SECONDS) for process in processes]


@pytest.mark.parametrize(
    ("rank", "number", "statuses"),
    [
        pytest.param(1, signal.SIGKILL, [1, -signal.SIGKILL], id="lost"),
        pytest.param(0, signal.SIGTERM, [130, 130], id="rank 0 evicted"),
        pytest.param(1, signal.SIGTERM, [130, 130], id="rank 1 evicted"),
    ])
def test_a_rank_that_ends_early_fails_every_pod_and_a_whole_restart_publishes(job, rank, number, statuses):
    assert end_one_rank(job, rank, number) == statuses, job.log(0)
    assert job.versions() == [] and job.statuses_of_published() == [1] * job.size
    assert train(job, "--epochs=1") == [0] * job.size, job.log(0) + job.log(1)
    assert job.versions() == ["1"]


def test_a_train_job_is_not_complete_if_rank_0_was_stopped(tmp_path):
    run = Run("kubeflow/trainjob", tmp_path)
    assert end_one_rank(run, 0, signal.SIGTERM) == [130] * run.size
    assert run.versions() == [] and set(run.statuses_of_published()) == {1}


def test_no_pod_completes_while_rank_0_is_at_work(job):
    """Its port is open until its model is published."""
    with socket.create_server(("127.0.0.1", int(job.environment(job.trainer, 0)["MASTER_PORT"]))) as leader:
        with job.start(job.published) as processes:
            connection, _ = leader.accept()
            assert [process.poll() for process in processes] == [None] * job.size
            leader.close()
            connection.close()
            assert [process.wait(programs.END_SECONDS) for process in processes] == [0] * job.size


def test_a_wrong_flag_is_not_tried_again(job):
    rules = named(objects(INDEXED), "Job", "ebm-train")["spec"]["podFailurePolicy"]["rules"]
    given_up = next(rule["onExitCodes"]["values"] for rule in rules if rule["action"] == "FailJob")
    assert set(train(job, "--epoch=1")) <= set(given_up)
