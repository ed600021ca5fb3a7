"""The generated modules of ebm.v1, and tensors to and from numpy."""

import pathlib
import sys
import tempfile

import numpy as np
from grpc_tools import protoc

PROTO = pathlib.Path(__file__).resolve().parents[3] / "proto"

_folder = tempfile.mkdtemp(prefix="ebm-stubs-")
_files = [str(path.relative_to(PROTO)) for path in sorted(PROTO.glob("ebm/v1/*.proto"))]
if protoc.main(["protoc", f"-I{PROTO}", f"--python_out={_folder}", f"--grpc_python_out={_folder}", *_files]):
    raise RuntimeError("protoc failed")
sys.path.insert(0, _folder)

from ebm.v1 import inference_pb2, inference_pb2_grpc, tensor_pb2  # noqa: E402, F401


def to_rows(tensor):
    return np.frombuffer(tensor.data, np.float32).reshape(tensor.shape[0], -1)


def to_tensor(rows):
    rows = np.ascontiguousarray(rows, np.float32)
    return tensor_pb2.Tensor(data_type=tensor_pb2.DATA_TYPE_FLOAT32, shape=rows.shape, data=rows.tobytes())
