#!/usr/bin/env python3
"""Makes tests/golden/digits-*.json: the losses of 40 steps in float64, computed by PyTorch itself from
the same initial weights (checkpoint.initial), the same samples in the same order (muster plan
--order), with torch.nn, torch.optim.AdamW and torch.nn.utils.clip_grad_norm_.

Needs: a build in build/release, and Python with torch, numpy and safetensors (this repository needs
none of them to build or run). Made with torch 2.11.0, numpy, safetensors on a CPU:

    python3 tests/golden/make_digits_losses.py
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

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "build/release/bin"
STEPS = 40
OVERRIDES = ["precision=fp64", "batch.lanes=1", f"duration={STEPS}steps", "cluster.workers=1",
             "checkpoint.initial=true", "optimizer.lr=3e-3", "lr_scheduler.warmup=5%"]
# As in the experiments; the schedule is Muster's own formula, written down once more.
PEAK_LR, WEIGHT_DECAY, CLIP_NORM, WARMUP_STEPS = 3e-3, 0.01, 1.0, 2


def mlp():
    return torch.nn.Sequential(torch.nn.Flatten(1), torch.nn.Linear(64, 128), torch.nn.ReLU(),
                               torch.nn.Linear(128, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))


def convnet():
    layers, width = [], 1
    for channels in (32, 64):
        layers += [torch.nn.Conv2d(width, channels, 3, padding=1, bias=False),
                   torch.nn.BatchNorm2d(channels), torch.nn.ReLU(), torch.nn.MaxPool2d(2)]
        width = channels
    return torch.nn.Sequential(*layers, torch.nn.Flatten(1), torch.nn.Linear(width * 2 * 2, 10))


MODELS = {"digits": convnet, "digits-mlp": mlp}


def lr(step):
    if step < WARMUP_STEPS:
        return PEAK_LR * (step + 1) / WARMUP_STEPS
    progress = (step - WARMUP_STEPS) / (STEPS - WARMUP_STEPS)
    return PEAK_LR * 0.5 * (1 + math.cos(math.pi * progress))


def initial_weights(experiment, folder):
    run = folder / experiment
    subprocess.run([BIN / "muster", "run", ROOT / f"configs/{experiment}.yaml", "--run-dir", run,
                    *OVERRIDES], check=True, capture_output=True)
    return safetensors.torch.load_file(run / "checkpoints/step-000000/model.safetensors")


def order(experiment):
    """The samples of each step (one lane)."""
    out = subprocess.run([BIN / "muster", "plan", ROOT / f"configs/{experiment}.yaml", "--order",
                          "--steps", f"0:{STEPS}", *OVERRIDES], check=True, capture_output=True)
    return [json.loads(line)["samples"] for line in out.stdout.splitlines()]


def load(model, weights):
    """By order: the names are Muster's own, the order of the modules is the same."""
    own = [(name, tensor) for name, tensor in model.state_dict().items()]
    theirs = sorted(weights, key=lambda name: (
        name.split(".")[0] == "classifier", int(name.split(".")[1]) if name.split(".")[1].isdigit()
        else 0, ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"].index(
            name.split(".")[-1])))
    assert len(own) == len(theirs), (len(own), theirs)
    for (name, tensor), other in zip(own, theirs):
        assert tensor.shape == weights[other].shape, (name, other)
        assert name.split(".")[-1] == other.split(".")[-1], (name, other)
        tensor.copy_(weights[other])


def losses(experiment, folder):
    records = np.array([[float(value) for value in row] for row in csv.reader(
        open(ROOT / "configs/datasets/digits/train.csv", encoding="ascii"))])
    # As Muster holds them: float32 times the scale, then widened.
    images = torch.tensor((records[:, :64].astype(np.float32) * np.float32(0.0625)), dtype=torch.float64)
    labels = torch.tensor(records[:, 64].astype(np.int64))
    model = MODELS[experiment]().double()
    load(model, initial_weights(experiment, folder))
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK_LR, weight_decay=WEIGHT_DECAY)
    found = []
    for step, samples in enumerate(order(experiment)):
        for group in optimizer.param_groups:
            group["lr"] = lr(step)
        optimizer.zero_grad()
        output = model(images[samples].view(-1, 1, 8, 8))
        loss = torch.nn.functional.cross_entropy(output, labels[samples])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
        optimizer.step()
        found.append(loss.item())
    return found


def main():
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        for experiment in MODELS:
            golden = {"experiment": f"configs/{experiment}.yaml", "overrides": OVERRIDES,
                      "torch": torch.__version__,
                      "losses": losses(experiment, pathlib.Path(folder))}
            path = ROOT / f"tests/golden/{experiment}.json"
            path.write_text(json.dumps(golden, indent=1) + "\n")
            print(path.relative_to(ROOT), golden["losses"][0], golden["losses"][-1])


if __name__ == "__main__":
    main()
