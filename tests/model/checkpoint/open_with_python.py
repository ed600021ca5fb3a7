"""Reads checkpoints with other readers: the `safetensors` package, and the numpy reader printed in FORMAT.md.

    REWRITE_CHECKPOINT=<build>/bin/rewrite_checkpoint python open_with_python.py
"""

import hashlib
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import numpy as np
import safetensors
import safetensors.numpy

FORMAT_PAGE = pathlib.Path(__file__).parents[3] / "model/checkpoint/FORMAT.md"

# The same numbers as in checkpoint_samples.h.
TENSORS = {
    "layers.0.weight": np.array([[1, 2], [3, 4], [5, 6]], np.float32),
    "layers.0.bias": np.array([0.1, -0.2, 0.3], np.float32),
    "layers.1.weight": np.array([[-1, -2, -3], [1e-30, 1e30, 0]], np.float32),
    "layers.1.bias": np.array([7, 8], np.float32),
    "evaluation.log_density_quantiles": np.array([-3, 0.5, 2], np.float32),
    "calibration.scores": np.array([-2.25, -1, -1, 0.75], np.float32),
    "sampler.start_states": np.array([[0.1, 0.2], [0.3, 0.4]], np.float32),
    "sampler.start_classes": np.array([1, -1], np.int32),
}


def rewrite(*paths):
    return subprocess.run([os.environ["REWRITE_CHECKPOINT"], *paths], capture_output=True, text=True, check=False)


def format_page_reader():
    """The functions of the page's Python example."""
    code = re.search(r"```python\n(.*?)```", FORMAT_PAGE.read_text(), re.DOTALL).group(1)
    functions = {}
    exec(compile(code, FORMAT_PAGE, "exec"), functions)
    return functions


def read_with_package(path):
    with safetensors.safe_open(path, framework="numpy") as file:
        return file.metadata(), {name: file.get_tensor(name) for name in file.keys()}


class OpenWithPythonTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.ours = os.path.join(folder.name, "ours.safetensors")
        self.theirs = os.path.join(folder.name, "theirs.safetensors")
        self.again = os.path.join(folder.name, "again.safetensors")
        self.assertEqual(rewrite(self.ours).returncode, 0)

    def assert_same_tensors(self, tensors, expected):
        self.assertEqual(tensors.keys(), expected.keys())
        for name, tensor in tensors.items():
            self.assertEqual(tensor.dtype, expected[name].dtype, name)
            np.testing.assert_array_equal(tensor, expected[name], name)

    def test_the_package_opens_our_file(self):
        metadata, tensors = read_with_package(self.ours)
        self.assert_same_tensors(tensors, TENSORS)
        self.assertEqual(metadata["format_version"], "1")
        self.assertEqual(json.loads(metadata["model"])["class_labels"], ["zero", "one"])
        self.assertEqual(json.loads(metadata["sampler"])["noise_scale"], 0.02)
        self.assertEqual(json.loads(metadata["provenance"])["seed"], 2**64 - 1)
        self.assertEqual(json.loads(metadata["evaluation"])["validation_error"], 0.04)
        self.assertEqual(json.loads(metadata["partition"])["log_z"], 47.25)
        self.assertEqual(json.loads(metadata["calibration"])["class_temperature"], 1.375)

    def test_the_readers_of_the_format_page_read_our_file(self):
        page = format_page_reader()
        metadata, tensors = page["read"](self.ours)
        self.assert_same_tensors(tensors, TENSORS)

        x = np.array([[0, 16], [3, 5]], np.float32)
        hidden = (0.125 * x.astype(np.float64) - 1) @ TENSORS["layers.0.weight"].T.astype(np.float64)
        hidden += TENSORS["layers.0.bias"]
        hidden = np.where(hidden > 0, hidden, np.exp(hidden) - 1)
        expected = hidden @ TENSORS["layers.1.weight"].T.astype(np.float64) + TENSORS["layers.1.bias"]
        np.testing.assert_allclose(page["logits"](metadata, tensors, x), expected, rtol=1e-5)

    def test_the_readers_of_the_format_page_encode_the_columns_of_a_table(self):
        self.assertEqual(rewrite("table", self.ours).returncode, 0)
        page = format_page_reader()
        metadata, _ = page["read"](self.ours)
        self.assertEqual(metadata["format_version"], "2")
        x = np.array([[8, 50, 0], [16, -150, 1]], np.float32)
        encoded = page["encode"](metadata, json.loads(metadata["model"]), x)
        # z = 1 and -1, lambda = 0.25
        income = [2 * (2**0.25 - 1) / 0.25 - 3, -2 * (2**1.75 - 1) / 1.75 - 3]
        np.testing.assert_allclose(encoded, [[0, income[0], -1], [1, income[1], 1]], rtol=1e-6)

    def test_we_read_what_the_package_writes(self):
        metadata, _ = read_with_package(self.ours)
        metadata["written_by"] = "another tool"
        theirs = dict(reversed(TENSORS.items()))
        safetensors.numpy.save_file(theirs, self.theirs, metadata)

        done = rewrite(self.theirs, self.again)
        self.assertEqual(done.returncode, 0, done.stderr)
        again_metadata, again = read_with_package(self.again)
        self.assert_same_tensors(again, TENSORS)
        del metadata["written_by"]
        self.assertEqual(again_metadata, metadata)

    def test_the_digest_is_as_the_page_says(self):
        metadata, tensors = read_with_package(self.ours)
        digest = metadata.pop("content_sha256")
        dtypes = {"float32": "F32", "int32": "I32"}
        lines = [f"metadata {key} {hashlib.sha256(text.encode()).hexdigest()}\n" for key, text in metadata.items()]
        for name, tensor in tensors.items():
            content = hashlib.sha256(tensor.tobytes()).hexdigest()
            lines.append(f"tensor {name} {dtypes[str(tensor.dtype)]} {list(tensor.shape)} {content}\n")
        self.assertEqual(hashlib.sha256("".join(sorted(lines)).encode()).hexdigest(), digest)

    def test_metadata_written_by_python_is_read(self):
        metadata, _ = read_with_package(self.ours)
        del metadata["content_sha256"]  # the digest of the unchanged text
        spaced = {key: json.dumps(json.loads(text), indent=1) for key, text in metadata.items()}
        spaced["format_version"] = "1"
        safetensors.numpy.save_file(TENSORS, self.theirs, spaced)

        done = rewrite(self.theirs, self.again)
        self.assertEqual(done.returncode, 0, done.stderr)
        again = read_with_package(self.again)[0]
        del again["content_sha256"]
        self.assertEqual(again, metadata)

    def test_half_precision_is_refused_by_name(self):
        metadata, _ = read_with_package(self.ours)
        half = {**TENSORS, "layers.1.bias": np.array([7, 8], np.float16)}
        safetensors.numpy.save_file(half, self.theirs, metadata)

        done = rewrite(self.theirs, self.again)
        self.assertEqual(done.returncode, 1)
        self.assertIn("theirs.safetensors: tensor 'layers.1.bias': dtype 'F16' is not one of", done.stderr)


if __name__ == "__main__":
    unittest.main()
