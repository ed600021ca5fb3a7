"""Judges one value by the words of its schema: types, formats, patterns, ranges, alternatives."""

import base64
import binascii
import datetime
import ipaddress
import re

import jsonschema

# What jsonschema judges at one node. crd_checker.py does the rest: unknown fields, required ones, lists.
VALUE_WORDS = (
    "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
    "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "allOf", "anyOf", "oneOf", "not",
)


def kind_of(value):
    if isinstance(value, bool):
        return "boolean"
    if value is None:
        return "null"
    return {dict: "object", list: "array", str: "string", int: "integer", float: "number"}.get(type(value), "other")


def has_type(value, wanted):
    found = kind_of(value)
    return found == wanted or (wanted == "number" and found == "integer")


def short(value):
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def format_mistake(value, name):
    try:
        if name in ("int32", "int64"):
            bits = int(name[3:]) - 1
            if isinstance(value, int) and not -(2**bits) <= value < 2**bits:
                return f"{value} does not fit {name}"
        elif not isinstance(value, str):
            return None
        elif name == "date-time":
            if not re.fullmatch(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", value):
                raise ValueError(value)
            datetime.datetime.fromisoformat(value[:19])
        elif name == "byte":
            base64.b64decode(value, validate=True)
        elif name == "ipv4":
            ipaddress.IPv4Address(value)
        elif name == "ipv6":
            ipaddress.IPv6Address(value)
    except (ValueError, binascii.Error):
        return f"{short(value)} is not a {name}"
    return None


def matches(pattern, text):
    # RE2, which the server uses, allows (?i) anywhere and means the end of the text by $.
    flags = re.IGNORECASE if "(?i)" in pattern else 0
    python = re.sub(r"(?<!\\)\$(?=$|\)|\|)", r"\\Z", pattern.replace("(?i)", ""))
    return re.search(python, text, flags) is not None


def pattern_mistakes(_validator, pattern, instance, _schema):
    if isinstance(instance, str) and not matches(pattern, instance):
        yield jsonschema.ValidationError(f"{short(instance)} does not match {pattern}")


def format_mistakes(_validator, name, instance, _schema):
    mistake = format_mistake(instance, name)
    if mistake:
        yield jsonschema.ValidationError(mistake)


JudgedValue = jsonschema.validators.extend(
    jsonschema.Draft202012Validator, {"pattern": pattern_mistakes, "format": format_mistakes}
)


def value_mistakes(value, schema):
    words = {word: schema[word] for word in VALUE_WORDS if word in schema}
    for word, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(words.get(word), bool):  # OpenAPI 3.0 writes these as flags
            if words.pop(word) and bound in words:
                words[word] = words.pop(bound)
    if schema.get("x-kubernetes-int-or-string") and words.get("anyOf") == [{"type": "integer"}, {"type": "string"}]:
        del words["anyOf"]
    for word in ("pattern", "format"):
        if word in schema:
            words[word] = schema[word]
    if not words:
        return
    for error in JudgedValue(words).iter_errors(value):
        message = error.message if len(error.message) <= 300 else f"{short(value)} breaks {error.validator}"
        if error.validator in ("anyOf", "oneOf") and error.context:
            message = f"fits none of the {error.validator}: " + "; ".join(
                sorted({inner.message for inner in error.context if len(inner.message) <= 200})
            )
        elif error.validator == "enum":
            message = f"{short(value)} is not one of {', '.join(map(str, error.validator_value))}"
        yield message
