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
    """What is trained. Without `file`: the torture worker, which mpirun alone can launch."""

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
    # Two epochs of 1,438 digits in batches of 128: a short last batch, lanes of unequal size.
    "mlp": Experiment("configs/digits-mlp.yaml", ("duration=2ep",)),
    "convnet": Experiment("configs/digits.yaml", ("duration=2ep",)),
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
