"""The checker of custom resources accepts good examples, and finds in bad ones what they say."""

import re

import crd_checker
import manifests
import pytest
import yaml
from crd_definitions import StrictLoader
from validation import DEFINITIONS

EXAMPLES = sorted((manifests.ROOT / "tests/deploy/crds/examples").glob("*.yaml"))
KINDS = [name.partition("_")[2] for name in DEFINITIONS.names()]


def spelled(path) -> str:
    return "/".join(map(str, path)) or "."


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_finds_exactly_the_mistakes_that_an_example_names(file):
    text = file.read_text()
    wanted = re.findall(r"^# refused at (\S+): (.*)$", text, re.MULTILINE)
    checked = [crd_checker.check_object(document, DEFINITIONS) for document in yaml.safe_load_all(text)]
    found = [(spelled(path), message) for mistakes in checked for path, message in mistakes]
    assert len(found) == len(wanted)
    assert all(any(at == path and part in message for at, message in found) for path, part in wanted), found


@pytest.mark.parametrize("kind", KINDS)
def test_every_definition_has_good_and_bad_examples(kind):
    names = {file.name for file in EXAMPLES}
    assert {f"{kind}.good.yaml", f"{kind}.bad1.yaml", f"{kind}.bad2.yaml"} <= names


def test_an_unknown_kind_or_version_is_a_mistake():
    unknown = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    later = {"apiVersion": "keda.sh/v9", "kind": "ScaledObject", "metadata": {"name": "a"}}
    assert crd_checker.check_object(unknown, DEFINITIONS) and crd_checker.check_object(later, DEFINITIONS)


def test_a_key_that_is_there_twice_is_refused():
    with pytest.raises(yaml.YAMLError):
        yaml.load("spec: {a: 1, a: 2}", StrictLoader)
