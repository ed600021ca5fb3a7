"""Definitions of custom resources (CRDs), and documents as the API server reads them."""

import gzip
import pathlib

import yaml

FastLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class StrictLoader(FastLoader):
    """Refuses duplicate keys; leaves dates as text, as Kubernetes does."""


def construct_mapping(loader, node):
    loader.flatten_mapping(node)
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    for key in keys:
        if not isinstance(key, str):
            raise yaml.constructor.ConstructorError(None, None, f"key {key!r} is not a string", node.start_mark)
        if keys.count(key) > 1:
            raise yaml.constructor.ConstructorError(None, None, f"duplicate key {key!r}", node.start_mark)
    return loader.construct_mapping(node, deep=True)


StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, construct_mapping)
StrictLoader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: node.value)


class Definitions:
    """The definitions of a folder, files GROUP_KIND.yaml.gz; each is read once."""

    def __init__(self, folder: pathlib.Path):
        self._folder = folder
        self._read = {}

    def names(self) -> list[str]:
        return sorted(path.name.removesuffix(".yaml.gz") for path in self._folder.glob("*_*.yaml.gz"))

    def of(self, group: str, kind: str) -> dict | None:
        name = f"{group}_{kind.lower()}"
        if name not in self._read:
            path = self._folder / f"{name}.yaml.gz"
            found = yaml.load(gzip.decompress(path.read_bytes()), FastLoader) if path.is_file() else {}
            self._read[name] = found.get("spec")
        return self._read[name]
