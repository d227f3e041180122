#!/usr/bin/env python3
"""Makes tests/golden/optimizers.json: losses, gradient norms and learning rates of 40 steps of the MLP
of configs/digits-mlp.yaml in float64, computed by PyTorch itself with torch.optim and
torch.optim.lr_scheduler, from the same initial weights on the same samples, for each optimizer with
different schedules, with clipping and with parameter groups.

Needs: a build in build/release, and Python with torch, numpy and safetensors (this repository needs
none of them to build or run). Made with torch 2.11.0 on a CPU:

    python3 tests/golden/make_optimizer_losses.py
"""

import csv
import json
import math
import pathlib
import subprocess
import tempfile

import numpy as np
import safetensors.torch
import torch
from torch.optim import lr_scheduler

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "build/release/bin"
EXPERIMENT = "configs/digits-mlp.yaml"
STEPS = 40
COMMON = ["precision=fp64", "batch.lanes=1", f"duration={STEPS}steps", "cluster.workers=1"]
HUGE = 1e30  # A norm that nothing is clipped to.


class Mlp(torch.nn.Module):
    """The same names as Muster's."""

    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 64), torch.nn.ReLU(),
            torch.nn.Linear(64, 10))

    def forward(self, images):
        return self.layers(images)


def warmup_then(steps, factor):
    """LambdaLR's function: a straight line up to 1 in `steps`, then factor(progress)."""
    return lambda step: ((step + 1) / steps if step < steps
                         else factor((step - steps) / (STEPS - steps)))


def no_decay_groups(model):
    """The groups of the case "adamw-groups"; layers.2.bias belongs to the first."""
    parameters = dict(model.named_parameters())
    biases = [parameter for name, parameter in parameters.items() if name.endswith(".bias")]
    parameters["layers.0.weight"].requires_grad_(False)
    return torch.optim.AdamW(
        [{"params": [parameters["layers.4.weight"]]},
         {"params": biases, "weight_decay": 0.0},
         {"params": [parameters["layers.2.weight"]], "lr": 3e-3 * 0.5}], lr=3e-3, weight_decay=0.05)


# Name, overrides, clip_norm, what makes the optimizer and its schedule.
CASES = [
    ("sgd-linear", ["optimizer={name: sgd, lr: 0.2}",
                    "lr_scheduler={name: linear, final_ratio: 0.1}"], None,
     lambda model: torch.optim.SGD(model.parameters(), lr=0.2),
     lambda optimizer: lr_scheduler.LinearLR(optimizer, 1.0, 0.1, STEPS)),
    ("sgd-momentum-cosine", ["optimizer={name: sgd, lr: 0.1, momentum: 0.9, weight_decay: 0.01}",
                             "lr_scheduler={name: cosine, final_ratio: 0.1}"], 0.5,
     lambda model: torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=0.01),
     lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, STEPS, 0.01)),
    ("sgd-nesterov-step", ["optimizer={name: sgd, lr: 0.05, momentum: 0.9, nesterov: true}",
                           "lr_scheduler={name: step, interval: 10steps, factor: 0.5}"], None,
     lambda model: torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True),
     lambda optimizer: lr_scheduler.StepLR(optimizer, 10, 0.5)),
    ("sgd-dampening-milestones",
     ["optimizer={name: sgd, lr: 0.2, momentum: 0.8, dampening: 0.3}",
      "lr_scheduler={name: step, milestones: [10steps, 75%], factor: 0.3}"], 1.0,
     lambda model: torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.8, dampening=0.3),
     lambda optimizer: lr_scheduler.MultiStepLR(optimizer, [10, 30], 0.3)),
    ("sgd-nesterov-linear-warmup",
     ["optimizer={name: sgd, lr: 0.1, momentum: 0.9, nesterov: true, weight_decay: 0.001}",
      "lr_scheduler={name: linear, warmup: 25%}"], 1.0,
     lambda model: torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True,
                                   weight_decay=0.001),
     lambda optimizer: lr_scheduler.LambdaLR(optimizer, warmup_then(10, lambda p: 1 - p))),
    ("adamw-groups",
     ["optimizer={name: adamw, lr: 3e-3, weight_decay: 0.05, groups: ["
      "{match: '*.bias', weight_decay: 0}, {match: [layers.2.*], lr_scale: 0.5}, "
      "{match: layers.0.weight, freeze: true}]}",
      "lr_scheduler={name: cosine, warmup: 5steps}"], 0.5, no_decay_groups,
     lambda optimizer: lr_scheduler.LambdaLR(
         optimizer, warmup_then(5, lambda p: 0.5 * (1 + math.cos(math.pi * p))))),
    ("adamw-constant", ["optimizer={name: adamw, lr: 3e-3}",
                        "lr_scheduler={name: constant, warmup: 4steps}"], None,
     lambda model: torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01),
     lambda optimizer: lr_scheduler.LambdaLR(optimizer, warmup_then(4, lambda p: 1.0))),
]


def muster(command, *arguments):
    done = subprocess.run([BIN / "muster", command, ROOT / EXPERIMENT, *arguments, *COMMON],
                          check=True, capture_output=True)
    return done.stdout


def initial_weights():
    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        muster("run", "--run-dir", run, "checkpoint.initial=true")
        return safetensors.torch.load_file(run / "checkpoints/step-000000/model.safetensors")


def order():
    """The samples of each step (one lane)."""
    lines = muster("plan", "--order", "--steps", f"0:{STEPS}").splitlines()
    return [json.loads(line)["samples"] for line in lines]


def data():
    records = np.array([[float(value) for value in row] for row in csv.reader(
        open(ROOT / "configs/datasets/digits/train.csv", encoding="ascii"))])
    # As Muster holds them: float32 times the scale, then widened.
    images = records[:, :64].astype(np.float32) * np.float32(0.0625)
    return torch.tensor(images, dtype=torch.float64), torch.tensor(records[:, 64].astype(np.int64))


def train(weights, batches, images, labels, clip_norm, make_optimizer, make_scheduler):
    model = Mlp().double()
    model.load_state_dict(weights)
    optimizer = make_optimizer(model)
    scheduler = make_scheduler(optimizer)
    found = {"losses": [], "grad_norms": [], "lrs": []}
    for samples in batches:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(images[samples]), labels[samples])
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), clip_norm or HUGE)
        found["losses"].append(loss.item())
        found["grad_norms"].append(norm.item())
        found["lrs"].append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def main():
    torch.set_num_threads(1)
    weights, batches, (images, labels) = initial_weights(), order(), data()
    golden = {"experiment": EXPERIMENT, "torch": torch.__version__, "cases": []}
    for name, overrides, clip_norm, make_optimizer, make_scheduler in CASES:
        clip = f"gradient.clip_norm={'null' if clip_norm is None else clip_norm}"
        golden["cases"].append(
            {"name": name, "overrides": [*COMMON, clip, *overrides],
             **train(weights, batches, images, labels, clip_norm, make_optimizer, make_scheduler)})
        losses = golden["cases"][-1]["losses"]
        print(f"{name}: {losses[0]} -> {losses[-1]}")
    path = ROOT / "tests/golden/optimizers.json"
    path.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
