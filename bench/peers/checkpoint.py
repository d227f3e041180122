"""torch.save and torch.load of the same tensors as bench/checkpoint_bench.cc, in the same way: a
command a line on standard input, an answer a line (JSON) on standard output.

    checkpoint.py FOLDER

The first line of input describes the tensors, as checkpoint_bench does. Commands:
    save         {"seconds": 0.1, "path": "FOLDER/1.pt"}   torch.save alone: it may be lost
    save-fsync   the same, and fsync of the file and of the folder
    load         {"seconds": 0.1}   the newest of them, every tensor into memory
"""

import json
import os
import sys
import time

import torch


def state_of(shapes):
    """What checkpoint_bench saves: parameters and both moments."""
    parts = {"model": {}, "exp_avg": {}, "exp_avg_sq": {}}
    for tensors in parts.values():
        for name, shape in shapes.items():
            tensors[name] = torch.rand(shape)
    return parts


def fsync(path):
    file = os.open(path, os.O_RDONLY)
    os.fsync(file)
    os.close(file)


def save(state, path, with_fsync):
    torch.save(state, path)
    if with_fsync:
        fsync(path)
        fsync(os.path.dirname(path))


def answer(**values):
    print(json.dumps(values), flush=True)


def main():
    folder = sys.argv[1]
    state = state_of(json.loads(sys.stdin.readline())["model"])
    answer(torch=torch.__version__, python=sys.version.split()[0])
    count = 0
    path = None
    for line in sys.stdin:
        command = line.strip()
        if command.startswith("save"):
            count += 1
            path = os.path.join(folder, f"{count}.pt")
            start = time.perf_counter()
            save(state, path, command == "save-fsync")
            seconds = time.perf_counter() - start
            answer(seconds=seconds, path=path, bytes=os.path.getsize(path))
        elif command == "load":
            start = time.perf_counter()
            loaded = torch.load(path)
            seconds = time.perf_counter() - start
            del loaded
            answer(seconds=seconds)
        else:
            sys.exit(f"checkpoint.py: unknown command '{command}'")


main()
