"""Trainings that start from given weights (model.init): from exactly these, with any number of
workers; and files that do not fit, which are refused before anything is written.
"""

import hashlib
import json
import struct
import sys
import unittest

import direct_launch
import muster_case
import safetensors_file

sys.path.insert(0, str(muster_case.ROOT / ".deps/python-test"))  # By scripts/setup.

CONVNET = [muster_case.DIGITS, "duration=12steps", "checkpoint.initial=true"]
COUNTER = "num_batches_tracked"

MLP = """\
name: small
model: {name: mlp, input: [2], hidden: [3], classes: 2}
data:
  train: {format: csv, files: [train.csv], label: -1}
batch: {global: 2, lanes: 2}
optimizer: {name: adamw, lr: 1.0e-3}
duration: 2ep
checkpoint: {initial: true}
cluster: {workers: 2}
"""
CSV = "1,2,0\n3,4,1\n5,6,0\n7,8,1\n"


def f32(*numbers):
    return struct.pack(f"<{len(numbers)}f", *numbers)


# The tensors of MLP, with values that no generator makes.
WEIGHTS = {
    "layers.0.weight": ("F32", [3, 2], f32(1, 2, 3, 4, 5, 6)),
    "layers.0.bias": ("F32", [3], f32(-1, 0, 1)),
    "layers.2.weight": ("F32", [2, 3], f32(6, 5, 4, 3, 2, 1)),
    "layers.2.bias": ("F32", [2], f32(0.5, -0.5)),
}


class InitialWeights(muster_case.MusterCase):
    def weights_after(self, run, step):
        return self.folder / "runs" / run / f"checkpoints/step-{step:06d}/model.safetensors"

    def train(self, *arguments, status=0):
        muster = self.start("run", *arguments)
        self.finish(muster, status)
        return muster

    def sha256_of(self, run):
        return json.loads((self.folder / "runs" / run / "summary.json").read_text())["model_sha256"]

    # --- a network with running statistics -------------------------------------------------------

    def test_training_starts_from_exactly_these_with_any_number_of_workers(self):
        self.train(*CONVNET, "cluster.workers=2")
        given = self.weights_after("digits-0001", 12)
        expected = safetensors_file.read(given)
        init = f"model.init={given.relative_to(self.folder)}"
        self.train(*CONVNET, init, "cluster.workers=2")
        self.train(*CONVNET, init, "cluster.workers=1")
        for run in ("digits-0002", "digits-0003"):
            found = safetensors_file.read(self.weights_after(run, 0))
            self.assertEqual(expected.keys(), found.keys())
            for name, tensor in expected.items():
                if not name.endswith(COUNTER):  # It counts the steps of this training.
                    self.assertEqual(tensor, found[name], name)
        self.assertEqual(self.sha256_of("digits-0002"), self.sha256_of("digits-0003"))
        self.assertNotEqual(self.sha256_of("digits-0001"), self.sha256_of("digits-0002"))
        resolved = (self.folder / "runs/digits-0002/experiment.yaml").read_text()
        self.assertIn(f"init: {given}", resolved)
        self.assertIn(hashlib.sha256(given.read_bytes()).hexdigest(), resolved)

        # The same without a coordinator.
        direct = direct_launch.start_worker(self, 2, *CONVNET, init)
        self.finish(direct, 0)
        self.assertEqual(self.sha256_of("digits-0002"), self.sha256_of("digits-0004"))

    # --- a small one, with weights written here --------------------------------------------------

    def write_small(self, tensors):
        (self.folder / "small.yaml").write_text(MLP)
        (self.folder / "train.csv").write_text(CSV)
        safetensors_file.write(self.folder / "w.safetensors", tensors)

    def test_a_fresh_head_is_as_random_as_without_a_file(self):
        self.write_small(WEIGHTS | {"layers.2.weight": ("F32", [7, 3], f32(*range(21)))})
        muster = self.train("small.yaml")
        muster = self.train("small.yaml", "model.init=w.safetensors", "model.fresh=layers.2.*")
        self.assertNotIn("warning", muster.stderr)
        random = safetensors_file.read(self.weights_after("small-0001", 0))
        found = safetensors_file.read(self.weights_after("small-0002", 0))
        for name in WEIGHTS:
            fresh = name.startswith("layers.2.")
            self.assertEqual(random[name] if fresh else WEIGHTS[name], found[name], name)

    def test_tensors_that_the_model_lacks_are_told(self):
        self.write_small(WEIGHTS | {"lm_head.weight": ("U8", [1], b"x")})
        for command in ("plan", "validate", "run"):
            muster = self.start(command, "small.yaml", "model.init=w.safetensors")
            self.finish(muster, 0)
            self.assertIn("1 of the 5 tensors", muster.stderr)
            self.assertIn("lm_head.weight", muster.stderr)
        self.assertIn("lm_head.weight", (self.run_directory() / "log/worker-0.1.log").read_text())

    def refuse(self, status, expected, *overrides):
        for command in ("plan", "validate", "run"):
            muster = self.start(command, "small.yaml", "model.init=w.safetensors", *overrides)
            self.finish(muster, status)
            for text in expected:
                self.assertIn(text, muster.stderr)
        direct = direct_launch.start_worker(self, 1, "small.yaml", "cluster.workers=1",
                                            "model.init=w.safetensors", *overrides)
        self.finish(direct, status)
        for text in expected:
            self.assertIn(text, direct.stderr)
        self.assertFalse((self.folder / "runs").exists())

    def test_files_that_do_not_fit_are_refused_and_nothing_is_written(self):
        prefixed = {f"module.{name}": tensor for name, tensor in WEIGHTS.items()}
        missing = {name: tensor for name, tensor in WEIGHTS.items() if name != "layers.2.bias"}
        wide = WEIGHTS | {"layers.2.bias": ("F32", [4], f32(1, 2, 3, 4))}
        whole = WEIGHTS | {"layers.2.bias": ("I32", [2], f32(1, 2))}
        for tensors, expected in [
            (prefixed, ["lacks 4 of the model's 4 tensors", "'module.'"]),
            (missing, ["lacks 1 of the model's 4 tensors: layers.2.bias"]),
            (wide, ["layers.2.bias is [4], the model's [2]", "model.fresh"]),
            (whole, ["layers.2.bias is I32, not F64, F32, BF16 or F16"]),
        ]:
            with self.subTest(expected=expected):
                self.write_small(tensors)
                self.refuse(78, ["error: model.init: ", *expected])

    def test_damaged_files_other_files_and_wrong_patterns_are_refused(self):
        self.write_small(WEIGHTS)
        path = self.folder / "w.safetensors"
        whole = path.read_bytes()
        right = hashlib.sha256(whole).hexdigest()
        self.refuse(65, [right, "0" * 64], f"model.init_sha256={'0' * 64}")
        self.refuse(78, ["model.fresh[0]", "'head.*' matches no"], "model.fresh=head.*")
        path.write_bytes(whole[:-1])
        self.refuse(65, ["model.init: ", str(path)])
        path.unlink()
        self.refuse(65, ["model.init: ", "cannot be opened: No such file"])
        # The pinned file is taken.
        path.write_bytes(whole)
        self.train("small.yaml", "model.init=w.safetensors", f"model.init_sha256={right}")

    def test_half_precision_of_pythons_safetensors_becomes_the_right_float32(self):
        try:
            import safetensors
        except ImportError as error:
            raise unittest.SkipTest("no Python package safetensors") from error
        numbers = {"layers.0.weight": [0.1, -2.5, 65504, 2.0 ** -24, 0.0, 1.0],
                   "layers.0.bias": [1.5, -0.0, 3.140625],
                   "layers.2.weight": [1e-3, 2, 3, 4, 5, 6], "layers.2.bias": [0.5, -0.25]}
        types = {"layers.0.weight": "float16", "layers.0.bias": "bfloat16",
                 "layers.2.weight": "bfloat16", "layers.2.bias": "float64"}
        tensors, expected = {}, {}
        for name, values in numbers.items():
            shape = WEIGHTS[name][1]
            if types[name] == "float16":
                data = struct.pack(f"<{len(values)}e", *values)
                rounded = struct.unpack(f"<{len(values)}e", data)
            elif types[name] == "bfloat16":  # Cut: the upper half of a float32.
                data = b"".join(struct.pack("<f", value)[2:] for value in values)
                rounded = [struct.unpack("<f", b"\0\0" + data[i:i + 2])[0]
                           for i in range(0, len(data), 2)]
            else:
                data = struct.pack(f"<{len(values)}d", *values)
                rounded = values
            tensors[name] = {"dtype": types[name], "shape": shape, "data": data}
            expected[name] = ("F32", shape, f32(*rounded))
        self.write_small(WEIGHTS)
        safetensors.serialize_file(tensors, str(self.folder / "w.safetensors"))
        self.train("small.yaml", "model.init=w.safetensors")
        self.assertEqual(expected, safetensors_file.read(self.weights_after("small-0001", 0)))


if __name__ == "__main__":
    muster_case.main()
