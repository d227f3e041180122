"""The trainings whose losses are compared with PyTorch's: experiments and their data, without torch.
make_losses.py trains them with PyTorch and writes NAME.json; tests/integration/golden trains them
with Muster and compares.
"""

import csv
import dataclasses
import pathlib
import typing

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIGITS = ROOT / "configs/datasets/digits"

# One lane, as PyTorch sums a batch. The same optimizer and schedule for all.
LR, WEIGHT_DECAY, CLIP_NORM, WARMUP_STEPS = 3e-3, 0.01, 1.0, 2
TRAINING = f"""optimizer: {{name: adamw, lr: {LR}, weight_decay: {WEIGHT_DECAY}}}
lr_scheduler: {{name: cosine, warmup: {WARMUP_STEPS}steps}}
gradient: {{clip_norm: {CLIP_NORM}}}
checkpoint: {{initial: true}}
"""


@dataclasses.dataclass
class Case:
    model: str      # As in the experiment; make_losses.py has PyTorch's counterpart by name.
    objective: str
    fields: dict    # Field -> (number of columns, dtype).
    batch: int
    records: typing.Callable  # "train" or "eval" -> rows; columns in the order of the fields.
    precision: str = "fp64"
    steps: int = 40
    tolerance: float = 1e-9   # Of the losses, relative.

    def write(self, folder):
        """Writes the data and the experiment; returns the experiment's path."""
        text = (f"name: golden\nprecision: {self.precision}\nmodel: {self.model}\n"
                f"objective: {self.objective}\nbatch: {{global: {self.batch}, lanes: 1}}\n"
                f"duration: {self.steps}steps\n{TRAINING}data:\n")
        for part in ("train", "eval"):
            if rows := self.records(part):
                with open(folder / f"{part}.csv", "w", newline="", encoding="ascii") as file:
                    csv.writer(file).writerows(rows)
                text += f"  {part}: {self._format(part)}\n"
        experiment = folder / "golden.yaml"
        experiment.write_text(text, encoding="ascii")
        return experiment

    def _format(self, part):
        fields, column = [], 0
        for name, (count, dtype) in self.fields.items():
            columns = list(range(column, column + count))
            fields.append(f"{name}: {{columns: {columns}, dtype: {dtype}}}")
            column += count
        return f"{{format: csv, files: [{part}.csv], fields: {{{', '.join(fields)}}}}}"


class Numbers:
    """Whole numbers from a linear congruence: the same in every Python."""

    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % bound


SEED = {"train": 1, "eval": 2}


def digits(part):
    with open(DIGITS / f"{part}.csv", encoding="ascii") as file:
        rows = [[int(value) for value in row] for row in csv.reader(file)]
    return [[value / 16 for value in row[:64]] + row[64:] for row in rows]


def photographs(part):
    """Noise; the label is hidden in the brightness of one channel. There are none to evaluate on."""
    numbers = Numbers(SEED[part])
    rows = []
    for label in (index % 3 for index in range(40 if part == "train" else 0)):
        row = [numbers.below(64) / 64 for _ in range(3 * 32 * 32)]
        for i in range(1024 * label, 1024 * (label + 1)):
            row[i] += 0.5
        rows.append(row + [label])
    return rows


def sentences(part, length=16, vocabulary=32, ignored=-100):
    """The next token follows from the last one, mostly; one target in eight is ignored."""
    numbers = Numbers(SEED[part])
    rows = []
    for _ in range(200 if part == "train" else 40):
        tokens = [numbers.below(vocabulary)]
        while len(tokens) <= length:
            noise = numbers.below(2) if numbers.below(4) == 0 else 0
            tokens.append((5 * tokens[-1] + 3 + noise) % vocabulary)
        labels = [ignored if numbers.below(8) == 0 else token for token in tokens[1:]]
        rows.append(tokens[:-1] + labels)
    return rows


def clicks(part, users=60, items=40):
    numbers = Numbers(SEED[part])
    rows = []
    for _ in range(500 if part == "train" else 200):
        user, item = numbers.below(users), numbers.below(items)
        likes = (user % 5) * (item % 4) > numbers.below(9)
        rows.append([user, item, int(likes)])
    return rows


def measurements(part):
    """Three numbers to predict from four; multiples of 1/64, so that float32 holds them exactly."""
    numbers = Numbers(SEED[part])
    rows = []
    for _ in range(300 if part == "train" else 100):
        a, b, c, d = (numbers.below(129) / 64 - 1 for _ in range(4))
        rows.append([a, b, c, d, round(64 * a * b) / 64, round(64 * (c - d)) / 64,
                     round(32 * (a + c) ** 2) / 64])
    return rows


CONVNET = Case(model="{name: convnet, input: [1, 8, 8], channels: [32, 64], classes: 10}",
               objective="{name: cross_entropy}", batch=128, records=digits,
               fields={"input": (64, "float32"), "label": (1, "int64")})
MLP = dataclasses.replace(
    CONVNET, model="{name: mlp, input: [64], hidden: [128, 64], classes: 10}", batch=64)
RESNET18 = Case(model="{name: resnet18, input: [3, 32, 32], classes: 3}",
                objective="{name: cross_entropy}", batch=8, records=photographs,
                fields={"input": (3 * 32 * 32, "float32"), "label": (1, "int64")})
GPT = Case(model="{name: gpt, vocabulary: 32, sequence: 16, width: 32, layers: 2, heads: 4}",
           objective="{name: cross_entropy, ignore_index: -100, label_smoothing: 0.1}", batch=16,
           records=sentences, fields={"input": (16, "int64"), "label": (16, "int64")})
RECOMMENDER = Case(model="{name: recommender, ids: [60, 40], width: 8, hidden: [16]}",
                   objective="{name: bce}", batch=32, records=clicks,
                   fields={"ids": (2, "int64"), "label": (1, "float32")})
REGRESSION = Case(model="{name: mlp, input: [4], hidden: [32], classes: 3}",
                  objective="{name: mse}", batch=50, records=measurements,
                  fields={"input": (4, "float32"), "label": (3, "float32")})


def in_fp32(case):
    return dataclasses.replace(case, precision="fp32", steps=100, tolerance=1e-5)


CASES = {"convnet": CONVNET, "mlp": MLP, "resnet18": RESNET18, "gpt": GPT,
         "recommender": RECOMMENDER, "regression": REGRESSION, "mlp-fp32": in_fp32(MLP),
         "gpt-fp32": in_fp32(GPT), "recommender-fp32": in_fp32(RECOMMENDER)}
