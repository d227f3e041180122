"""`scripts/bench checkpoint`: Muster's checkpoints against torch.save and torch.load of the same
tensors on the same disk, in turns, so that both meet the same noise. Prints medians, ranges and
ratios, and writes them to bench/results/.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]

# Name -> vocabulary, sequence, width, layers.
STATES = {"3.4 M parameters": (512, 256, 256, 4), "33 M parameters": (2048, 1024, 512, 10)}


class Party:
    """One of the two programs: a command a line, an answer a line."""

    def __init__(self, command, **options):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, **options)

    def send(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"bench: {self.process.args[0]} ended with {self.process.wait()}")
        return line

    def ask(self, command):
        os.sync()  # What another left to be written is not this one's.
        self.send(command)
        return json.loads(self.answer())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def files_of(path):
    path = pathlib.Path(path)
    return sorted(path.iterdir()) if path.is_dir() else [path]


def forget(path):
    """Drops what the page cache has of a checkpoint, so that the disk is read."""
    os.sync()
    for name in files_of(path):
        file = os.open(name, os.O_RDONLY)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)


def remove(path):
    path = pathlib.Path(path)
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def measure(sizes, rounds, folder, versions):
    """Seconds of each operation of each party, and the bytes of a checkpoint."""
    for name in ("ours", "torch"):
        (folder / name).mkdir()
    ours = Party([os.environ["MUSTER_BIN"] + "/checkpoint_bench", str(folder / "ours"),
                  *map(str, sizes)])
    peer = Party([sys.executable, "-B", str(ROOT / "bench/peers/checkpoint.py"),
                  str(folder / "torch")],
                 env={**os.environ, "PYTHONPATH": os.environ["MUSTER_BENCH_PYTHON"]})
    peer.send(ours.answer().rstrip("\n"))
    versions.update(json.loads(peer.answer()))
    seconds = {}
    total = 0

    def note(operation, answer):
        seconds.setdefault(operation, []).append(answer["seconds"])

    for number in range(rounds + 1):
        if number == 1:
            seconds.clear()  # The first round is practice.
        unsynced = peer.ask("save")
        note(("torch", "save"), unsynced)
        remove(unsynced["path"])
        # A B, B A: the disk remembers who was first.
        turns = [("ours", ours, "save"), ("torch", peer, "save-fsync")][::1 if number % 2 else -1]
        saved = {}
        for name, party, command in turns:
            saved[name] = party.ask(command)
            note((name, command), saved[name])
        for name, party, _ in turns:
            note((name, "load"), party.ask("load"))
        for name, party, _ in turns:
            forget(saved[name]["path"])
            note((name, "load from disk"), party.ask("load"))
        for answer in saved.values():
            remove(answer["path"])
        total = saved["ours"]["bytes"]
    ours.close()
    peer.close()
    return seconds, total


def hardware():
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    found = re.search(r"model name\s*:\s*(.*)", text)
    return f"{found.group(1) if found else platform.machine()}, {os.cpu_count()} cores"


def file_system(folder):
    command = ["stat", "--file-system", "--format=%T", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


# Ours, the peer's, what is compared. Ours is always durable when it returns.
COMPARISONS = (("save", "save-fsync", "save, durable both"),
               ("save", "save", "save; torch's without fsync"),
               ("load", "load", "load (files in memory)"),
               ("load from disk", "load from disk", "load (files on disk only)"))


def table(seconds):
    def text(values):
        low, high = min(values) * 1e3, max(values) * 1e3
        return f"{statistics.median(values) * 1e3:.1f} ({low:.1f} to {high:.1f})"

    lines = ["| | Muster, ms | torch, ms | torch / Muster |", "|---|---|---|---|"]
    for own, other, what in COMPARISONS:
        ours, theirs = seconds["ours", own], seconds["torch", other]
        ratio = statistics.median(theirs) / statistics.median(ours)
        lines.append(f"| {what} | {text(ours)} | {text(theirs)} | {ratio:.2f} |")
    return lines


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench checkpoint")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--folder", default=str(ROOT / "build"), help="on the disk to measure")
    arguments = parser.parse_args()
    versions = {}
    lines = []
    with tempfile.TemporaryDirectory(prefix="bench-", dir=arguments.folder) as made:
        for number, (name, sizes) in enumerate(STATES.items()):
            folder = pathlib.Path(made) / str(number)
            folder.mkdir()
            seconds, total = measure(sizes, arguments.rounds, folder, versions)
            lines += ["", f"## GPT of {name}, two moments: {total / 1e6:.0f} MB", "",
                      *table(seconds)]
        disk = file_system(made)
    date = datetime.date.today().isoformat()
    head = ["# Checkpoints: write and load, against torch.save and torch.load", "",
            f"`scripts/bench checkpoint --rounds {arguments.rounds}` on {date}. Medians (and "
            f"ranges) of {arguments.rounds} rounds in turns, after one for practice.", "",
            f"- Hardware: {hardware()}; file system: {disk}; Linux {platform.release()}",
            f"- torch {versions['torch']}, Python {versions['python']}",
            "- Muster's checkpoint is hashed (XXH3, the weights SHA-256 too), fsynced and",
            "  published by a rename; a load finds the newest whole one and verifies every byte.",
            "  Both load into memory taken for it."]
    text = "\n".join(head + lines) + "\n"
    print(text, end="")
    name = re.sub(r"[^a-z0-9]+", "-", hardware().lower()).strip("-")
    result = ROOT / f"bench/results/checkpoint_{name}_{date}.md"
    result.parent.mkdir(exist_ok=True)
    result.write_text(text, encoding="utf-8")
    print(f"\nwritten to {result.relative_to(ROOT)}")


main()
