"""Python modules generated from proto/ at run time."""

import importlib
import pathlib
import sys
import tempfile

from grpc_tools import protoc

PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"


def load(package: str) -> type:
    """The messages, values and stubs of a folder of proto/, by name."""
    files = [str(path.relative_to(PROTO)) for path in sorted((PROTO / package).glob("*.proto"))]
    with tempfile.TemporaryDirectory() as folder:
        if protoc.main(["protoc", f"-I{PROTO}", f"--python_out={folder}", f"--grpc_python_out={folder}", *files]):
            raise RuntimeError(f"protoc failed on {package}")
        sys.path.insert(0, folder)
        try:
            stems = [file.removesuffix(".proto").replace("/", ".") for file in files]
            modules = [importlib.import_module(stem + end) for stem in stems for end in ("_pb2", "_pb2_grpc")]
        finally:
            sys.path.remove(folder)
    return type("Wire", (), {name: value for module in modules for name, value in vars(module).items()})
