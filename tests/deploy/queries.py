"""What PromQL expressions refer to: the metrics, and the labels of each."""

import functools
import re

import promql_parser as promql


@functools.singledispatch
def parts(node) -> list:
    """The expressions within a node."""
    return []


@parts.register
def _(node: promql.BinaryExpr) -> list:
    return [node.lhs, node.rhs]


@parts.register
def _(node: promql.Call) -> list:
    return list(node.args)


@parts.register(promql.AggregateExpr)
def _(node) -> list:
    return [node.expr] if node.param is None else [node.expr, node.param]


@parts.register(promql.ParenExpr)
@parts.register(promql.UnaryExpr)
@parts.register(promql.SubqueryExpr)
def _(node) -> list:
    return [node.expr]


@parts.register
def _(node: promql.MatrixSelector) -> list:
    return [node.vector_selector]


def nodes(node) -> list:
    """The node and everything within it."""
    return [node, *(inner for part in parts(node) for inner in nodes(part))]


def references(expression: str) -> list[tuple[str, set[str]]]:
    """The metrics, each with the labels that the expression matches or groups by. Raises ValueError on bad syntax."""
    found = []

    def walk(node, grouped: frozenset[str]) -> None:
        if isinstance(node, promql.VectorSelector):
            found.append((node.name, grouped | {matcher.name for matcher in node.matchers.matchers}))
        if isinstance(node, promql.AggregateExpr) and node.modifier is not None:
            grouped = grouped | set(node.modifier.labels)
        for part in parts(node):
            walk(part, grouped)

    walk(promql.parse(expression), frozenset())
    return found


def calls(expression: str) -> list[tuple[str, str]]:
    """Each metric within square brackets, with the function that reads it."""
    return [
        (node.func.name, argument.vector_selector.name)
        for node in nodes(promql.parse(expression))
        if isinstance(node, promql.Call)
        for argument in node.args
        if isinstance(argument, promql.MatrixSelector)
    ]


def selectors(expression: str) -> list[promql.VectorSelector]:
    return [node for node in nodes(promql.parse(expression)) if isinstance(node, promql.VectorSelector)]


class Served(dict):
    """The metrics of a scraped page, each with its labels; the bounds of each histogram; and gRPC's methods."""

    def __init__(self, page: str):
        self.bounds: dict[str, set[str]] = {}
        self.methods = set(re.findall(r'grpc_method="(\w+)"', page))
        for name, inner in re.findall(r"^(\w+)(?:{(.*)})? \S+$", page, re.MULTILINE):
            labels = dict(re.findall(r'(\w+)="([^"]*)"', inner))
            self.setdefault(name, set()).update(labels)
            if "le" in labels:
                self.bounds.setdefault(name, set()).add(labels["le"])
