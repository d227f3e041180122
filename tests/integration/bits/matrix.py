"""Which trainings have to end with the same bits, and the ways to launch them.

The bits may depend on the experiment and its lanes, so what is compared are the launches of one
experiment at one number of lanes. Each of these is a dimension: the number of workers, who launches
(`muster run` or mpirun directly), whether workers share memory or are nodes of their own over TCP.
"""

import dataclasses
import itertools

WORKERS = (1, 2, 3, 4)
LAUNCHES = ("muster", "mpirun")
TRANSPORTS = ("shared", "apart")


@dataclasses.dataclass(frozen=True)
class Experiment:
    """What is trained. Without `file`: the torture worker, which mpirun alone can launch. FOLDER in
    an override is the folder of the test."""

    file: str = ""
    overrides: tuple = ()
    lanes: tuple = (4, 6)

    @property
    def launches(self):
        return LAUNCHES if self.file else ("mpirun",)


@dataclasses.dataclass(frozen=True)
class Launch:
    lanes: int
    workers: int
    launch: str
    transport: str

    def values(self):
        return tuple(enumerate(dataclasses.astuple(self)))


EXPERIMENTS = {
    # 44 images in batches of 16: a short last batch of 12.
    "resnet18": Experiment("configs/resnet18.yaml", (
        "duration=1ep", "batch.global=16", "data.train.samples=44", "data.eval.samples=16")),
    # Dropout 0.1, on a file of tokens: 50 windows and a tail, batches of 16.
    "gpt": Experiment("configs/gpt.yaml", (
        "duration=2ep", "batch.global=16",
        "data.train={format: tokens, dtype: uint8, files: [FOLDER/tokens.bin]}",
        "data.eval={format: tokens, dtype: uint8, files: [FOLDER/tokens.bin]}")),
    "recommender": Experiment("configs/recommender.yaml", (
        "duration=1ep", "data.train.samples=3000", "data.eval.samples=500")),
    # Two epochs of 1,438 digits in batches of 128: a short last batch, lanes of unequal size.
    "mlp": Experiment("configs/digits-mlp.yaml", ("duration=2ep",)),
    "convnet": Experiment("configs/digits.yaml", ("duration=2ep",)),
    # Layers, and shards of two workers, that are long enough for two threads each.
    "threads": Experiment("configs/digits-mlp.yaml", (
        "threads=2", "model.hidden=[512, 256]", "duration=4steps"), lanes=(4,)),
    "torture": Experiment(lanes=(4, 6, 16)),
}


def all_launches(experiment):
    """Every launch of an experiment. One worker has nobody to be apart from."""
    return [Launch(*values) for values in
            itertools.product(experiment.lanes, WORKERS, experiment.launches, TRANSPORTS)
            if values[1] > 1 or values[3] == "shared"]


def pairwise(experiment):
    """A choice in which every two values of two dimensions that can meet do meet, such as three
    workers with six lanes. Always the same choice."""
    launches = all_launches(experiment)
    open_pairs = {pair for launch in launches for pair in _pairs(launch)}
    chosen = []
    while open_pairs:
        best = max(launches, key=lambda launch: len(open_pairs & _pairs(launch)))
        chosen.append(best)
        open_pairs -= _pairs(best)
    return sorted(chosen, key=dataclasses.astuple)


def _pairs(launch):
    return set(itertools.combinations(launch.values(), 2))
