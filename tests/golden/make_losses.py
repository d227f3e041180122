#!/usr/bin/env python3
"""Makes tests/golden/NAME.json: the losses of every step, and the metrics after the last one, of the
trainings in cases.py, computed by PyTorch itself from the same initial weights (checkpoint.initial),
the same samples in the same order (muster plan --order), with torch.nn, torch.optim.AdamW and
torch.nn.utils.clip_grad_norm_. Prints how far Muster's own losses are from them.

Needs: a build in build/release, and Python with torch, numpy and safetensors (this repository needs
none of them to build or run). Made with torch 2.11.0 on a CPU:

    python3 tests/golden/make_losses.py [NAME ...]
"""

import json
import math
import pathlib
import subprocess
import sys
import tempfile

import safetensors.torch
import torch
from torch.nn import functional as F

import cases
from torch_models import MODELS

BIN = cases.ROOT / "build/release/bin"


def lr(step, steps):
    """Muster's schedule, written down once more."""
    if step < cases.WARMUP_STEPS:
        return cases.LR * (step + 1) / cases.WARMUP_STEPS
    progress = (step - cases.WARMUP_STEPS) / (steps - cases.WARMUP_STEPS)
    return cases.LR * 0.5 * (1 + math.cos(math.pi * progress))


def muster(*arguments):
    return subprocess.run([BIN / "muster", *arguments], check=True, capture_output=True).stdout


def tensors(case, part):
    """Field -> all samples. Floating-point values are held in float32, then widened."""
    rows, fields, column = case.records(part), {}, 0
    for name, (count, dtype) in case.fields.items():
        values = [row[column:column + count] for row in rows]
        fields[name] = torch.tensor(values, dtype=getattr(torch, dtype))
        if dtype == "float32" and case.precision == "fp64":
            fields[name] = fields[name].double()
        column += count
    return fields


def loss_of(case, output, label, smoothing):
    if "bce" in case.objective:
        return F.binary_cross_entropy_with_logits(output, label)
    if "mse" in case.objective:
        return F.mse_loss(output, label)
    return F.cross_entropy(output.flatten(0, -2), label.flatten(), label_smoothing=smoothing)


def metrics_of(case, output, label):
    loss = loss_of(case, output, label, 0)
    if "mse" in case.objective:
        return {"loss": loss.item(), "mae": F.l1_loss(output, label).item()}
    if "bce" in case.objective:
        yes, no = output[label > 0.5], output[label <= 0.5]
        pairs = (yes[:, None] > no).double() + 0.5 * (yes[:, None] == no)
        return {"loss": loss.item(), "accuracy": ((output > 0) == (label > 0.5)).double().mean().item(),
                "auc": pairs.mean().item()}
    counted = label.flatten() != -100
    right = (output.flatten(0, -2).argmax(1) == label.flatten())[counted]
    return {"loss": loss.item(), "accuracy": right.double().mean().item(),
            "perplexity": loss.exp().item()}


def train(name, case, weights, order):
    model = MODELS[name.removesuffix("-fp32")]()
    model = model.double() if case.precision == "fp64" else model
    model.load_state_dict(weights, strict=True)
    fields, found = tensors(case, "train"), []
    smoothing = 0.1 if "label_smoothing" in case.objective else 0
    optimizer = torch.optim.AdamW(model.parameters(), lr=cases.LR, weight_decay=cases.WEIGHT_DECAY)
    for step, samples in enumerate(order):
        for group in optimizer.param_groups:
            group["lr"] = lr(step, case.steps)
        optimizer.zero_grad()
        batch = {field: values[samples] for field, values in fields.items()}
        if "cross_entropy" in case.objective:  # A column of one class is no dimension.
            batch["label"] = batch["label"].squeeze(-1)
        loss = loss_of(case, model(batch), batch["label"], smoothing)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), cases.CLIP_NORM)
        optimizer.step()
        found.append(loss.item())
    evaluation = tensors(case, "eval")
    if not case.records("eval"):
        return found, {}
    model.eval()
    with torch.no_grad():
        return found, metrics_of(case, model(evaluation), evaluation["label"])


def make(name, folder):
    case, run = cases.CASES[name], folder / "run"
    experiment = case.write(folder)
    muster("run", experiment, "--run-dir", run)
    weights = safetensors.torch.load_file(run / "checkpoints/step-000000/model.safetensors")
    order = [json.loads(line)["samples"] for line in muster(
        "plan", experiment, "--order", "--steps", f"0:{case.steps}").splitlines()]
    losses, evaluation = train(name, case, weights, order)
    ours = [json.loads(line)["train/loss"] for line in open(run / "metrics.jsonl", encoding="utf-8")
            if "train/loss" in line]
    print(f"{name}: from {losses[0]:.4f} to {losses[-1]:.4f}; Muster's differ by",
          max(abs(a - b) / abs(b) for a, b in zip(ours, losses, strict=True)))
    print("  ", evaluation, json.loads((run / "summary.json").read_text())["eval"])
    golden = {"torch": torch.__version__, "losses": losses, "eval": evaluation}
    (cases.ROOT / f"tests/golden/{name}.json").write_text(json.dumps(golden, indent=1) + "\n")


def main():
    torch.set_num_threads(1)
    for name in sys.argv[1:] or cases.CASES:
        with tempfile.TemporaryDirectory() as folder:
            make(name, pathlib.Path(folder))


if __name__ == "__main__":
    main()
