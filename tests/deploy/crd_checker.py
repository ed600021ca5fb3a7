"""Validates custom resources against their definitions, strictly and offline.

As the API server does: unknown fields are refused at every level where it would prune them; defaults are filled in
before required fields are looked for; int-or-string, nullable, embedded objects, sets and maps in lists, formats;
cluster scope; names, labels and annotations. Stricter: a null is refused unless the field is nullable (the server drops
it). Not evaluated: CEL rules (x-kubernetes-validations) and webhooks.
"""

import copy
import difflib
import re

from crd_values import has_type, kind_of, short, value_mistakes

BUILT_IN_GROUPS = {
    "", "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "apps",
    "authentication.k8s.io", "authorization.k8s.io", "autoscaling", "batch", "certificates.k8s.io",
    "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "flowcontrol.apiserver.k8s.io", "networking.k8s.io",
    "node.k8s.io", "policy", "rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io",
}
STRING = {"type": "string"}
STRINGS = {"type": "object", "additionalProperties": STRING}
METADATA = {
    "type": "object",
    "properties": {
        "name": STRING, "generateName": STRING, "namespace": STRING, "labels": STRINGS, "annotations": STRINGS,
        "finalizers": {"type": "array", "items": STRING},
        "ownerReferences": {"type": "array", "items": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
        # Set by the server; accepted, as an object read back from it has them.
        "uid": STRING, "resourceVersion": STRING, "generation": {"type": "integer"},
        "creationTimestamp": {**STRING, "nullable": True},  # tools write it as null
        "deletionTimestamp": STRING, "deletionGracePeriodSeconds": {"type": "integer"}, "selfLink": STRING,
        "managedFields": {"type": "array", "items": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
    },
}
SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
QUALIFIED = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")


def properties_of(schema):
    properties = schema.get("properties", {})
    if schema.get("x-kubernetes-embedded-resource"):
        properties = {"apiVersion": STRING, "kind": STRING, **properties, "metadata": METADATA}
    return properties


def fill(value, schema):
    """Fills in defaults, in place."""
    if isinstance(value, dict):
        properties = properties_of(schema)
        for name, inner in properties.items():
            if name not in value and "default" in inner:
                value[name] = copy.deepcopy(inner["default"])
        rest = schema.get("additionalProperties")
        for name, item in value.items():
            inner = properties.get(name, rest if isinstance(rest, dict) else None)
            if inner:
                fill(item, inner)
    elif isinstance(value, list) and "items" in schema:
        for item in value:
            fill(item, schema["items"])


def walk(value, schema, path, mistakes):
    if value is None:
        if not schema.get("nullable"):
            mistakes.append((path, "null is not allowed here"))
        return
    if schema.get("x-kubernetes-int-or-string"):
        if kind_of(value) not in ("integer", "string"):
            mistakes.append((path, f"{short(value)} is neither an integer nor a string"))
            return
    elif "type" in schema and not has_type(value, schema["type"]):
        mistakes.append((path, f"{short(value)} is of type {kind_of(value)}, not {schema['type']}"))
        return
    for message in value_mistakes(value, schema):
        mistakes.append((path, message))
    if isinstance(value, dict):
        walk_object(value, schema, path, mistakes)
    elif isinstance(value, list):
        walk_list(value, schema, path, mistakes)


def walk_object(value, schema, path, mistakes):
    properties = properties_of(schema)
    rest = schema.get("additionalProperties")
    open_ended = rest is True or schema.get("x-kubernetes-preserve-unknown-fields")
    for name in schema.get("required", []):
        if name not in value:
            mistakes.append((path + (name,), "required, but missing"))
    for name, item in value.items():
        if name in properties:
            walk(item, properties[name], path + (name,), mistakes)
        elif isinstance(rest, dict):
            walk(item, rest, path + (name,), mistakes)
        elif not open_ended:
            near = difflib.get_close_matches(name, properties, 1)
            mistakes.append((path + (name,), "unknown field" + (f" (did you mean {near[0]}?)" if near else "")))


def walk_list(value, schema, path, mistakes):
    for index, item in enumerate(value):
        walk(item, schema.get("items", {}), path + (index,), mistakes)
    seen = set()
    for index, item in enumerate(value):
        if schema.get("x-kubernetes-list-type") == "set":
            key = repr(item)
        elif schema.get("x-kubernetes-list-type") == "map" and isinstance(item, dict):
            key = ", ".join(f"{name}={item.get(name)!r}" for name in schema.get("x-kubernetes-list-map-keys", []))
        else:
            continue
        if key in seen:
            mistakes.append((path + (index,), f"a second item with {key}"))
        seen.add(key)


def metadata_mistakes(metadata, scope):
    name = metadata.get("name")
    if name is None and "generateName" not in metadata:
        yield ("name",), "required, but missing"
    if isinstance(name, str) and (len(name) > 253 or not SUBDOMAIN.fullmatch(name)):
        yield ("name",), f"{short(name)} is not a DNS subdomain in lower case"
    if scope == "Cluster" and "namespace" in metadata:
        yield ("namespace",), "this kind belongs to the cluster, not to a namespace"
    for field in ("labels", "annotations"):
        for key, value in (metadata.get(field) or {}).items():
            prefix, _, last = key.rpartition("/")
            if not QUALIFIED.fullmatch(last) or (prefix and not SUBDOMAIN.fullmatch(prefix)) or key.startswith("/"):
                yield (field, key), "not a qualified name"
            if field == "labels" and isinstance(value, str) and value and not QUALIFIED.fullmatch(value):
                yield (field, key), f"{short(value)} is not a label's value"


def check_object(document, definitions):
    """The mistakes of one object as (path, message); None where it is a built-in kind."""
    api_version, kind = document.get("apiVersion"), document.get("kind")
    if not isinstance(api_version, str) or not isinstance(kind, str):
        return [((), "apiVersion and kind are required")]
    group, _, version = api_version.rpartition("/")
    if group in BUILT_IN_GROUPS:
        return None
    definition = definitions.of(group, kind)
    if definition is None or definition["names"]["kind"] != kind or definition["group"] != group:
        return [(("kind",), f"no definition of {kind} in {group or 'the core group'}")]
    served = {entry["name"]: entry for entry in definition["versions"] if entry["served"]}
    if version not in served:
        return [(("apiVersion",), f"{group} serves {kind} in {', '.join(served)}, not {version}")]
    schema = dict(served[version]["schema"]["openAPIV3Schema"])
    schema["properties"] = {**schema.get("properties", {}), "apiVersion": STRING, "kind": STRING, "metadata": METADATA}
    schema["required"] = sorted(set(schema.get("required", [])) | {"metadata"})
    document = copy.deepcopy(document)
    fill(document, schema)
    mistakes = []
    walk(document, schema, (), mistakes)
    if isinstance(document.get("metadata"), dict):
        found = metadata_mistakes(document["metadata"], definition["scope"])
        mistakes += [(("metadata", *path), text) for path, text in found]
    return mistakes
