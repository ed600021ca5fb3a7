"""Validates objects strictly against the schemas of Kubernetes and of the custom resources."""

import functools
import json

import crd_checker
import kubernetes_validate
import manifests
from crd_definitions import Definitions

# The oldest release that the manifests are for, and the newest whose schemas are installed.
KUBERNETES_VERSIONS = ("1.32", "1.37")
DEFINITIONS = Definitions(manifests.ROOT / "tests/deploy/crds")


def built_in_mistakes(document: dict, version: str) -> list[str]:
    try:
        kubernetes_validate.validate(document, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"{'/'.join(map(str, error.path))}: {error.message}"]
    except kubernetes_validate.SchemaNotFoundError as error:
        return [error.message]
    return []


def mistakes(document: dict) -> list[str]:
    """What is wrong with an object, as texts that begin with its kind and name."""
    return mistakes_of_text(json.dumps(document, sort_keys=True))


@functools.cache
def mistakes_of_text(text: str) -> list[str]:
    """Many renderings have the same objects, which are judged once."""
    document = json.loads(text)
    found = crd_checker.check_object(document, DEFINITIONS)
    if found is None:
        texts = [text for version in KUBERNETES_VERSIONS for text in built_in_mistakes(document, version)]
    else:
        texts = [f"{'/'.join(map(str, path))}: {message}" for path, message in found]
    return [f"{manifests.label(document)}: {text}" for text in dict.fromkeys(texts)]
