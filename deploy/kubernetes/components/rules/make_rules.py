#!/usr/bin/env python3
"""Writes prometheus-rule.yaml, the rules of deploy/prometheus/rules for the Prometheus operator. A test compares them.

    deploy/kubernetes/components/rules/make_rules.py [--rules=FOLDER] [--output=FILE]

The groups of all *.yaml and *.yml files of the folder, sorted by name, become one PrometheusRule. promtool's unit tests
of rules, which may lie beside them, are left out. Two groups of one name are refused, because the operator refuses
them. Needs PyYAML.
"""

import argparse
import collections
import pathlib
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
RULES = HERE.parents[2] / "prometheus/rules"
HEADER = "# Made by make_rules.py from deploy/prometheus/rules: change the rules there.\n"


class RuleError(Exception):
    pass


class BlockText(yaml.SafeDumper):
    """Writes texts of several lines as such, so that a changed rule is a short difference."""


def represent_text(dumper, text):
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


BlockText.add_representer(str, represent_text)


def groups_of(file: pathlib.Path) -> list[dict]:
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    if isinstance(content, dict) and "rule_files" in content and "tests" in content:
        return []
    if not isinstance(content, dict) or set(content) != {"groups"} or not isinstance(content["groups"], list):
        raise RuleError(f"{file.name}: not a file of rules: its only key must be `groups`, a list")
    return content["groups"]


def prometheus_rule(folder: pathlib.Path) -> dict:
    groups = [group for file in sorted(folder.glob("*.y*ml")) for group in groups_of(file)]
    counts = collections.Counter(group["name"] for group in groups)
    repeated = sorted(name for name, count in counts.items() if count > 1)
    if repeated:
        raise RuleError(f"groups of the same name: {', '.join(repeated)}")
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "ebm-server", "labels": {"app.kubernetes.io/name": "ebm-server"}},
        "spec": {"groups": groups},
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=pathlib.Path, default=RULES, help="the folder of the rules")
    parser.add_argument("--output", type=pathlib.Path, default=HERE / "prometheus-rule.yaml", help="the file to write")
    arguments = parser.parse_args()
    try:
        rule = prometheus_rule(arguments.rules)
    except (OSError, yaml.YAMLError, RuleError) as error:
        print(f"make_rules.py: {error}", file=sys.stderr)
        return 1
    text = yaml.dump(rule, Dumper=BlockText, sort_keys=False, width=90, allow_unicode=True)
    arguments.output.write_text(HEADER + text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
