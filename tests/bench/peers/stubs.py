"""The generated modules of ebm.v1, conversions between tensors and numpy, and the answers of the peers."""

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


def classify_response(probabilities):
    """probabilities: [n, K], a PyTorch tensor."""
    return inference_pb2.ClassifyResponse(
        probabilities=to_tensor(probabilities.numpy()), classes=probabilities.argmax(1).tolist()
    )


def frame_response(step, states, log_densities, final):
    """states: [chains, D] in data units, log_densities: [chains], both PyTorch tensors."""
    frame = inference_pb2.SampleFrame(
        step=step, chains=range(len(states)), states=to_tensor(states.numpy()),
        log_densities=log_densities.tolist(), final=final,
    )
    return inference_pb2.SampleResponse(frame=frame)


def summary_response(request):
    """The summary of a request all of whose chains did all their steps."""
    chain_steps = request.chains * request.sampler.steps
    summary = inference_pb2.SampleSummary(seed=request.seed, chains_finished=request.chains, chain_steps=chain_steps)
    return inference_pb2.SampleResponse(summary=summary)
