"""A training that is disturbed, and one that is not: the same experiment, compared by the SHA-256
of the final weights. What a disturbed run leaves behind fails the test, as in MusterCase.
"""

import json
import os
import pathlib
import shutil
import signal
import tempfile
import time

import muster_case

EXPERIMENT = muster_case.ROOT / "configs/digits-mlp.yaml"
STEPS = 6000
OVERRIDES = {"duration": f"{STEPS}steps", "cluster.workers": 2, "checkpoint.interval": "1000steps",
             "metrics.interval": "10steps", "eval.interval": "500steps"}


def overrides(changes=None):
    """The arguments of the training, some of them changed."""
    return [f"{key}={value}" for key, value in {**OVERRIDES, **(changes or {})}.items()]


class FaultCase(muster_case.MusterCase):
    """Tests share the hash of the undisturbed run."""

    undisturbed_sha256 = None
    cold_start_seconds = None  # From the start of that run's program to its first line of metrics.

    @classmethod
    def setUpClass(cls):
        case = muster_case.MusterCase()
        case.setUp()
        try:
            start = time.monotonic()
            muster = case.start("run", EXPERIMENT, *overrides())
            case.wait_until(case.steps_logged, "a first step")
            cls.cold_start_seconds = time.monotonic() - start
            case.finish(muster, 0, 120)
            cls.undisturbed_sha256 = case.summary()["model_sha256"]
        finally:
            case.tearDown()

    def train(self, changes=None):
        """Starts the training; returns when it is well on its way."""
        muster = self.start("run", EXPERIMENT, *overrides(changes))
        self.wait_for_step(muster, 300)
        return muster

    def last_step(self):
        """Of the last line of metrics.jsonl, whichever generation wrote it."""
        found = self.run_directories()
        metrics = found[0] / "metrics.jsonl" if found else None
        if metrics is None or not metrics.exists():
            return 0
        lines = metrics.read_text().splitlines()
        return json.loads(lines[-1])["step"] if lines else 0

    def wait_for_step(self, muster, step):
        self.wait_until(lambda: self.last_step() >= step or muster.process.poll() is not None,
                        f"step {step}")
        self.assertIsNone(muster.process.poll(), muster.stderr)

    def wait_for_generation(self, muster, generation):
        """Until a generation has written metrics."""
        metrics = self.run_directory() / "metrics.jsonl"
        wanted = f'"generation":{generation},'
        self.wait_until(lambda: wanted in metrics.read_text().replace(" ", "")
                        or muster.process.poll() is not None, f"generation {generation}")

    def kill_worker(self, rank, number=signal.SIGKILL):
        os.kill(self.workers()[rank], number)

    def launchers(self):
        """Process ids of mpirun."""
        return [pid for pid in self.processes() if name_of(pid) in ("mpirun", "orterun", "prterun")]

    def snapshots(self):
        return list(pathlib.Path("/dev/shm").glob(f"muster-{os.getuid()}-{self.run_id()}/*"))

    def run_id(self):
        return json.loads((self.run_directory() / "plan.json").read_text())["run_id"]

    def assert_completed(self, muster, restarts=None):
        """It went on by itself, to the same bits."""
        self.finish(muster, 0, 120)
        summary = self.summary()
        self.assertEqual("completed", summary["status"])
        self.assertEqual(STEPS, summary["steps"])
        self.assertEqual(self.undisturbed_sha256, summary["model_sha256"], muster.stderr)
        if restarts is not None:
            self.assertEqual(restarts, summary["restarts"], muster.stderr)
            self.assertEqual(restarts, len(summary["recovery_seconds"]))
        return summary


def name_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def flip_bit(path, random, first_byte=0):
    """One bit of the file at or behind `first_byte`."""
    size = path.stat().st_size
    offset = random.randrange(first_byte, size)
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ (1 << random.randrange(8))]))


class SmallDisk:
    """A file system of so many megabytes, for a run directory; needs root."""

    def __init__(self, megabytes):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="mt-disk-", dir="/tmp"))
        if os.system(f"mount -t tmpfs -o size={megabytes}m tmpfs {self.path} 2>/dev/null") != 0:
            self.path.rmdir()
            raise PermissionError("mounting a tmpfs needs root")

    def fill(self):
        with open(self.path / "filling", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 65536)
            except OSError:
                pass

    def free(self):
        (self.path / "filling").unlink()

    def remove(self):
        os.system(f"umount -l {self.path}")
        shutil.rmtree(self.path, ignore_errors=True)
