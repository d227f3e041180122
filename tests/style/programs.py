"""programs.py BIN_FOLDER: `muster` is small and quick: it links neither torch nor MPI and starts in
milliseconds; muster-worker links the CPU libraries of torch only.
"""

import pathlib
import re
import subprocess
import sys
import time

import tree

START_LIMIT_SECONDS = 0.020  # Of `muster --version`, the best of several.
ATTEMPTS = 20


def libraries(program):
    """Names of the shared libraries that a program loads."""
    output = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return [line.split()[0] for line in output.splitlines() if line.split()]


def foreign(names, pattern):
    return [name for name in names if re.search(pattern, name)]


def start_seconds(program):
    """Wall time of `muster --version`: the best attempt, because the machine may be busy."""
    best = float("inf")
    for _ in range(ATTEMPTS):
        begin = time.monotonic()
        subprocess.run([program, "--version"], capture_output=True, check=True)
        best = min(best, time.monotonic() - begin)
    return best


if __name__ == "__main__":
    assert foreign(["libmpi.so.40"], "mpi") and not foreign(["libc.so.6"], "mpi")

    folder = pathlib.Path(sys.argv[1])
    problems = []
    muster = folder / "muster"
    for name in foreign(libraries(muster), r"torch|c10|mpi|pmix|open-rte|cuda"):
        problems.append(f"muster loads {name}")
    seconds = start_seconds(muster)
    print(f"muster --version: {1000 * seconds:.1f} ms")
    if seconds > START_LIMIT_SECONDS:
        problems.append(f"muster --version takes more than {1000 * START_LIMIT_SECONDS:.0f} ms")
    worker = folder / "muster-worker"
    if worker.exists():
        for name in foreign(libraries(worker), r"torch_cuda|torch_python|libcudnn|nccl"):
            problems.append(f"muster-worker loads {name}")
    tree.report(problems)
