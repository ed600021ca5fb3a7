"""Writes proto/REFERENCE.md: every setting of the server and every message of ebm.v1, from the comments in proto/.

    .deps/test-tools/bin/python proto/make_reference.py
"""

import pathlib
import sys
import tempfile

from google.protobuf import descriptor_pb2
from grpc_tools import protoc

FOLDER = pathlib.Path(__file__).resolve().parent
PAGE = FOLDER / "REFERENCE.md"
PROTOCOL = ["ebm/v1/inference.proto", "ebm/v1/sampler.proto", "ebm/v1/tensor.proto", "ebm/v1/model.proto"]
SETTINGS = ["ebm/config/v1/server_config.proto", "ebm/config/v1/tokens.proto", "ebm/config/v1/model_settings.proto"]
SETTING_OPTION = 50501  # ebm.config.v1.setting
INTRODUCTION = """# Reference

Made by `proto/make_reference.py` from the comments in `proto/`; a test compares them. The Open Inference Protocol has a
[page of its own](../server/rpc/oip/README.md).
"""
FLAGS = """## Flags and configuration file

Each is a flag of `ebm-server`, `--NAME=VALUE`, and a field of the file of `--config`, `NAME: VALUE` in Protobuf's text
format (texts in quotation marks). Flags count more than environment variables, and these more than the file.
`--print_config` prints what the server would use. Reloaded: SIGHUP with `--config` makes a changed value take effect.

| name | value | default | |
|---|---|---|---|
"""
TYPES = {
    1: "number", 2: "float", 3: "whole number", 4: "uint64", 5: "whole number", 8: "bool", 9: "text", 12: "bytes",
    13: "uint32",
}


def load(files: list[str]) -> descriptor_pb2.FileDescriptorSet:
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "set"
        include = pathlib.Path(protoc.__file__).parent / "_proto"
        status = protoc.main(["protoc", f"-I{FOLDER}", f"-I{include}", "--include_source_info", "--include_imports",
                              f"--descriptor_set_out={output}", *files])
        if status != 0:
            sys.exit(status)
        return descriptor_pb2.FileDescriptorSet.FromString(output.read_bytes())


def comments_of(file: descriptor_pb2.FileDescriptorProto) -> dict[tuple[int, ...], str]:
    return {tuple(place.path): place.leading_comments for place in file.source_code_info.location}


def one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def read_options(field: descriptor_pb2.FieldDescriptorProto, setting) -> object:
    """The field's option ebm.config.v1.setting, which this program has no generated class for."""
    return setting.FromString(next((data for number, data in unknown_fields(field.options.SerializeToString())
                                    if number == SETTING_OPTION), b""))


def unknown_fields(data: bytes):
    """The numbers and contents of the length-delimited fields of a message; options have no others here."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        size = varint()
        if key & 7 == 2:
            yield key >> 3, data[at : at + size]
            at += size


def setting_class(files: descriptor_pb2.FileDescriptorSet):
    from google.protobuf import descriptor_pool, message_factory

    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("ebm.config.v1.Setting"))


def values_of(field, setting) -> str:
    if setting.choices:
        return " or ".join(f"`{choice}`" for choice in setting.choices)
    if setting.max > setting.min:
        return f"{setting.min:g} to {int(setting.max)}"
    kind = "HOST:PORT" if setting.is_address else TYPES[field.type]
    return f"{kind}, list" if field.label == field.LABEL_REPEATED else kind


def write_flags(file: descriptor_pb2.FileDescriptorProto, setting) -> str:
    comments = comments_of(file)
    lines = []
    for index, field in enumerate(file.message_type[0].field):
        option = read_options(field, setting)
        notes = one_line(comments[(4, 0, 2, index)])
        notes += f" Environment: `{option.environment}`." if option.environment else ""
        notes += " Reloaded." if option.reloaded else ""
        default = f"`{option.default_value}`" if option.default_value else ""
        lines.append(f"| `{field.name}` | {values_of(field, option)} | {default} | {notes} |\n")
    return FLAGS + "".join(lines)


def type_of(field) -> str:
    name = field.type_name.rsplit(".", 1)[-1] if field.type_name else TYPES[field.type]
    return f"repeated {name}" if field.label == field.LABEL_REPEATED else name


def write_message(message, path, comments) -> str:
    lines = [f"\n### {message.name}\n\n{comments.get(path, '').strip()}\n"]
    if message.field:
        lines.append("\n| field | type | |\n|---|---|---|\n")
    for index, field in enumerate(message.field):
        note = one_line(comments.get((*path, 2, index), ""))
        lines.append(f"| `{field.name}` | {type_of(field)} | {note} |\n")
    for index, enum in enumerate(message.enum_type):
        lines.append(write_enum(enum, (*path, 4, index), comments))
    return "".join(lines)


def write_enum(enum, path, comments) -> str:
    lines = [f"\n### {enum.name}\n\n{comments.get(path, '').strip()}\n\n| value | |\n|---|---|\n"]
    for index, value in enumerate(enum.value):
        lines.append(f"| `{value.name}` | {one_line(comments.get((*path, 2, index), ''))} |\n")
    return "".join(lines)


def write_service(service, path, comments) -> str:
    text = comments.get(path, "").strip("\n")
    description = "\n".join(line.removeprefix(" ") for line in text.splitlines())
    lines = [f"\n### {service.name}\n\n```\n{description}\n```\n"]
    lines.append("\n| method | |\n|---|---|\n")
    for index, method in enumerate(service.method):
        lines.append(f"| `{method.name}` | {one_line(comments.get((*path, 2, index), ''))} |\n")
    return "".join(lines)


def write_file(file) -> str:
    comments = comments_of(file)
    parts = [f"\n## {file.name}\n"]
    parts += [write_service(service, (6, i), comments) for i, service in enumerate(file.service)]
    parts += [write_message(message, (4, i), comments) for i, message in enumerate(file.message_type)]
    parts += [write_enum(enum, (5, i), comments) for i, enum in enumerate(file.enum_type)]
    return "".join(parts)


def make_page() -> str:
    files = load(PROTOCOL + SETTINGS)
    by_name = {file.name: file for file in files.file}
    flags = write_flags(by_name[SETTINGS[0]], setting_class(files))
    others = [write_file(by_name[name]) for name in SETTINGS[1:] + PROTOCOL]
    return INTRODUCTION + "\n" + flags + "".join(others)


if __name__ == "__main__":
    PAGE.write_text(make_page())
