"""Finds references between objects that lead nowhere: selectors, ports, mounts, targets."""

import re

from manifests import PodTemplate, label, of_kind, pods, selects

# What a user makes before an overlay is applied; deploy/kubernetes/README.md says how.
CREATED_BY_USER = {
    "Secret/ebm-server-tokens", "ConfigMap/ebm-server-ca", "Secret/ebm-gateway-tls", "ClusterIssuer/internal-ca",
}
TARGET = re.compile(r"--server=dns:///([\w.-]+):(\d+)")


def selected(documents: list[dict], selector: dict) -> list[PodTemplate]:
    return [pod for pod in pods(documents) if selects(selector, pod.labels)]


def exists(documents: list[dict], kind: str, name: str) -> bool:
    return f"{kind}/{name}" in CREATED_BY_USER or f"{kind}/{name}" in map(label, documents)


def services(documents):
    for service in of_kind(documents, "Service"):
        found = selected(documents, service["spec"]["selector"])
        if not found:
            yield f"{label(service)} selects no pod"
        for port in service["spec"].get("ports", []):
            if not all(port["targetPort"] in pod.port_names() for pod in found):
                yield f"{label(service)} has no port {port['targetPort']}"


def pod_selectors(documents):
    for document in of_kind(documents, "PodDisruptionBudget", "Deployment"):
        if not selected(documents, document["spec"]["selector"]):
            yield f"{label(document)} selects no pod"
    for policy in of_kind(documents, "NetworkPolicy"):
        found = selected(documents, policy["spec"]["podSelector"])
        if not found:
            yield f"{label(policy)} selects no pod"
        ports = [(port["port"], found) for rule in policy["spec"].get("ingress", [])
                 for port in rule.get("ports", [])]
        for rule in policy["spec"].get("egress", []):
            called = [pod for peer in rule["to"] if "podSelector" in peer
                      for pod in selected(documents, peer["podSelector"])]
            ports += [(port["port"], called) for port in rule.get("ports", []) if isinstance(port["port"], str)]
        for port, owners in ports:
            if not owners or not all(port in pod.port_names() for pod in owners):
                yield f"{label(policy)} has no port {port}"


def monitors(documents):
    for monitor in of_kind(documents, "PodMonitor"):
        found = selected(documents, monitor["spec"]["selector"])
        if not found:
            yield f"{label(monitor)} selects no pod"
        for endpoint in monitor["spec"]["podMetricsEndpoints"]:
            if not all(endpoint["port"] in pod.port_names() for pod in found):
                yield f"{label(monitor)} has no port {endpoint['port']}"
    for monitor in of_kind(documents, "ServiceMonitor"):
        found = [service for service in of_kind(documents, "Service")
                 if selects(monitor["spec"]["selector"], service["metadata"]["labels"])]
        if len(found) != 1:
            yield f"{label(monitor)} selects {len(found)} Services, not one"
        for endpoint in monitor["spec"]["endpoints"]:
            if not all(has_port(documents, service["metadata"]["name"], endpoint["port"]) for service in found):
                yield f"{label(monitor)} has no port {endpoint['port']}"


def autoscalers(documents):
    for scaler in of_kind(documents, "HorizontalPodAutoscaler", "ScaledObject"):
        target = scaler["spec"]["scaleTargetRef"]
        if not exists(documents, target.get("kind", "Deployment"), target["name"]):
            yield f"{label(scaler)} scales {target['name']}, which is not there"


def sources_of(volume: dict):
    """What a volume mounts, as (kind, name)."""
    if "configMap" in volume:
        yield "ConfigMap", volume["configMap"]["name"]
    if "secret" in volume:
        yield "Secret", volume["secret"]["secretName"]
    if "persistentVolumeClaim" in volume:
        yield "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]


def mounts(documents):
    certificates = {certificate["spec"]["secretName"] for certificate in of_kind(documents, "Certificate")}
    for pod in pods(documents):
        volumes = pod.spec.get("volumes", [])
        for kind, name in (source for volume in volumes for source in sources_of(volume)):
            if not exists(documents, kind, name) and not (kind == "Secret" and name in certificates):
                yield f"{pod.owner} mounts {kind}/{name}, which is not there"
        names = {volume["name"] for volume in volumes}
        used = {mount["name"] for container in pod.containers() for mount in container.get("volumeMounts", [])}
        if names != used:
            yield f"{pod.owner} has volumes {sorted(names)} and mounts {sorted(used)}"
        account = pod.spec.get("serviceAccountName")
        if account and not exists(documents, "ServiceAccount", account):
            yield f"{pod.owner} runs as {account}, which is not there"


def has_port(documents, name: str, port) -> bool:
    """Whether there is a Service of this name with this port, by number or by name."""
    return any(port in (entry["port"], entry["name"]) for service in of_kind(documents, "Service")
               if service["metadata"]["name"] == name for entry in service["spec"].get("ports", []))


def routes(documents):
    listeners = {(gateway["metadata"]["name"], listener["name"]): listener
                 for gateway in of_kind(documents, "Gateway") for listener in gateway["spec"]["listeners"]}
    for route in of_kind(documents, "GRPCRoute"):
        for parent in route["spec"]["parentRefs"]:
            listener = listeners.get((parent["name"], parent["sectionName"]))
            if listener is None:
                yield f"{label(route)} has no listener {parent['name']}/{parent['sectionName']}"
            elif listener["hostname"] not in route["spec"]["hostnames"]:
                yield f"{label(route)} is for other hosts than its listener"
        for backend in (backend for rule in route["spec"]["rules"] for backend in rule["backendRefs"]):
            if not has_port(documents, backend["name"], backend["port"]):
                yield f"{label(route)} leads to {backend['name']}:{backend['port']}, which is not there"
    for gateway, listener in ((name, entry) for (name, _), entry in listeners.items()):
        for certificate in listener["tls"]["certificateRefs"]:
            if not exists(documents, certificate["kind"], certificate["name"]):
                yield f"Gateway/{gateway} has no certificate {certificate['name']}"


def backend_policies(documents):
    for policy in of_kind(documents, "BackendTLSPolicy"):
        for target in policy["spec"]["targetRefs"]:
            if not has_port(documents, target["name"], target["sectionName"]):
                yield f"{label(policy)} is for {target['name']}, which is not there"
        names = {name for certificate in of_kind(documents, "Certificate") for name in certificate["spec"]["dnsNames"]}
        if policy["spec"]["validation"]["hostname"] not in names:
            yield f"{label(policy)} expects a name that no certificate has"
        for authority in policy["spec"]["validation"]["caCertificateRefs"]:
            if not exists(documents, authority["kind"], authority["name"]):
                yield f"{label(policy)} has no {authority['kind']}/{authority['name']}"


def certificate_names(documents):
    hosts = {f"{service['metadata']['name']}.{service['metadata'].get('namespace')}"
             for service in of_kind(documents, "Service")}
    for certificate in of_kind(documents, "Certificate"):
        for name in certificate["spec"]["dnsNames"]:
            if ".".join(name.split(".")[:2]) not in hosts:
                yield f"{label(certificate)} is for {name}, which is no Service here"
        issuer = certificate["spec"]["issuerRef"]
        if not exists(documents, issuer["kind"], issuer["name"]):
            yield f"{label(certificate)} has no issuer {issuer['name']}"


def client_targets(documents):
    for pod in pods(documents):
        arguments = [text for container in pod.containers() for text in container.get("args", [])]
        for name, port in (target for text in arguments for target in TARGET.findall(text)):
            if not has_port(documents, name, int(port)):
                yield f"{pod.owner} calls {name}:{port}, which is not there"


def runtimes(documents):
    for service in of_kind(documents, "InferenceService"):
        model = service["spec"]["predictor"]["model"]
        formats = {(runtime["metadata"]["name"], entry["name"], entry["version"])
                   for runtime in of_kind(documents, "ServingRuntime")
                   for entry in runtime["spec"]["supportedModelFormats"]}
        if (model["runtime"], model["modelFormat"]["name"], model["modelFormat"]["version"]) not in formats:
            yield f"{label(service)} has no runtime {model['runtime']} for its format"
        claim = model["storageUri"].removeprefix("pvc://").partition("/")[0]
        if not exists(documents, "PersistentVolumeClaim", claim):
            yield f"{label(service)} has no claim {claim}"


def training_runtimes(documents):
    for job in of_kind(documents, "TrainJob"):
        runtime = job["spec"]["runtimeRef"]
        if not exists(documents, runtime["kind"], runtime["name"]):
            yield f"{label(job)} has no {runtime['kind']}/{runtime['name']}"


def queried_namespaces(documents):
    for scaled in of_kind(documents, "ScaledObject"):
        own = scaled["metadata"].get("namespace", "ebm")
        for trigger in scaled["spec"]["triggers"]:
            if set(re.findall(r'namespace="([^"]*)"', trigger["metadata"]["query"])) != {own}:
                yield f"{label(scaled)} asks for pods of another namespace than {own}"


CHECKS = [services, pod_selectors, monitors, autoscalers, mounts, routes, backend_policies, certificate_names,
          client_targets, runtimes, training_runtimes, queried_namespaces]


def dangling(documents: list[dict]) -> list[str]:
    return [text for check in CHECKS for text in check(documents)]
