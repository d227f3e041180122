"""Trainings under random faults, one after the other, for so many minutes; see scripts/chaos.

Each training gets several faults at random moments, drawn from a seed, and must end with the bits
of the undisturbed one. Prints what was survived and how long it took.
"""

import argparse
import collections
import contextlib
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import time

import fault_case

FAULTS_PER_RUN = 4
STALL_TIMEOUT = "6s"


class Chaos(fault_case.FaultCase):
    """One disturbed training after the other; not run by unittest."""

    def runTest(self):
        raise NotImplementedError

    def __init__(self, seed):
        super().__init__()
        self.random = random.Random(seed)
        self.muster = None

    # --- faults: each returns when it has been injected -------------------------------------------

    def kill_a_worker(self):
        workers = self.workers()
        if workers:
            self.kill(self.random.choice(sorted(workers.values())))

    def kill_all_workers(self):
        for pid in self.workers().values():
            self.kill(pid)

    def kill_mpirun(self):
        for pid in self.launchers()[:1]:
            self.kill(pid)

    def stop_a_worker(self):
        workers = self.workers()
        if workers:
            self.kill(self.random.choice(sorted(workers.values())), signal.SIGSTOP)

    def damage_a_snapshot(self):
        self.stop_all_workers()
        for path in self.random.sample(self.snapshots(), min(1, len(self.snapshots()))):
            fault_case.flip_bit(path, self.random, 4096)
        self.kill_all_workers()

    def cut_a_snapshot(self):
        self.stop_all_workers()
        for path in self.random.sample(self.snapshots(), min(1, len(self.snapshots()))):
            os.truncate(path, self.random.randrange(path.stat().st_size))
        self.kill_all_workers()

    def lose_snapshots_and_damage_a_checkpoint(self):
        self.stop_all_workers()
        for path in self.snapshots():
            path.unlink()
        checkpoints = sorted((self.run_directory() / "checkpoints").glob("step-??????"))
        if checkpoints:
            path = checkpoints[-1] / self.random.choice(
                ["model.safetensors", "optimizer.safetensors", "state.json", "MANIFEST.json"])
            if self.random.random() < 0.5:
                fault_case.flip_bit(path, self.random)
            else:
                os.truncate(path, self.random.randrange(path.stat().st_size))
        self.kill_all_workers()

    def fill_the_disk(self):
        """While it trains: one that is full at the start is refused, see test_damage.py."""
        if self.disk is None:
            return
        self.wait_until(self.workers, "workers")
        self.disk.fill()
        time.sleep(self.random.uniform(0.2, 1.5))
        self.disk.free()

    def kill_the_coordinator(self):
        address = json.loads((self.run_directory() / "coordinator.json").read_text())
        self.kill(address["pid"])

    def kill_the_parent(self):
        self.muster.signal(signal.SIGKILL)
        self.muster.wait()
        self.wait_until(lambda: not self.processes(), "the end of what it started", 60)
        self.resume()

    def terminate(self):
        self.muster.signal(signal.SIGTERM)
        status = self.muster.wait(60)
        if status != 75 and not self.is_completed():
            raise AssertionError(f"exit status {status} after SIGTERM\n{self.muster.stderr}")
        self.resume()

    def is_completed(self):
        return self.summary()["status"] == "completed"

    def resume(self):
        if not self.is_completed():
            self.muster = self.start("resume", self.run_directory())

    def stop_all_workers(self):
        for pid in self.workers().values():
            self.kill(pid, signal.SIGSTOP)

    def kill(self, pid, number=signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)

    FAULTS = (kill_a_worker, kill_a_worker, kill_all_workers, kill_mpirun, stop_a_worker,
              damage_a_snapshot, cut_a_snapshot, lose_snapshots_and_damage_a_checkpoint,
              fill_the_disk, kill_the_coordinator, kill_the_parent, terminate)

    # --- one training -----------------------------------------------------------------------------

    def disturbed_training(self):
        """Returns the faults and the summary."""
        self.disk = None
        with contextlib.suppress(PermissionError):
            self.disk = fault_case.SmallDisk(32)
        try:
            changes = {"cluster.stall_timeout": STALL_TIMEOUT, "cluster.max_restarts": 20}
            arguments = ["run", fault_case.EXPERIMENT, *fault_case.overrides(changes)]
            if self.disk:
                arguments += ["--run-dir", self.disk.path / "run"]
                (self.folder / "runs").mkdir()
                (self.folder / "runs/run").symlink_to(self.disk.path / "run")
            self.muster = self.start(*arguments)
            faults = self.inject_faults()
            self.finish(self.muster, 0, 180)
            return faults, self.summary()
        finally:
            if self.disk:
                self.disk.remove()

    def inject_faults(self):
        moments = sorted(self.random.randrange(50, fault_case.STEPS - 1500)
                         for _ in range(FAULTS_PER_RUN))
        injected = []
        for moment in moments:
            with contextlib.suppress(AssertionError):
                self.wait_until(lambda m=moment: self.last_step() >= m
                                or self.muster.process.poll() is not None, "a step")
            if self.muster.process.poll() is not None:
                break
            time.sleep(self.random.uniform(0, 0.2))
            fault = self.random.choice(self.FAULTS)
            fault(self)
            injected.append(fault.__name__)
        return injected


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    fault_case.FaultCase.setUpClass()
    expected = fault_case.FaultCase.undisturbed_sha256
    print(f"undisturbed: {fault_case.STEPS} steps, SHA-256 {expected[:16]}...", flush=True)

    survived = collections.Counter()
    recoveries, redone, bad = [], 0, []
    end = time.monotonic() + 60 * arguments.minutes
    number = 0
    while time.monotonic() < end:
        seed = arguments.seed * 1_000_000 + number
        number += 1
        case = Chaos(seed)
        case.setUp()
        try:
            faults, summary = case.disturbed_training()
            same = summary["model_sha256"] == expected and summary["steps"] == fault_case.STEPS
        except (AssertionError, OSError, KeyError, ValueError,
                subprocess.TimeoutExpired) as error:
            faults, summary, same = ["?"], None, False
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
        try:
            case.tearDown()
        except AssertionError as error:
            same = False
            print(error, file=sys.stderr)
        if not same:
            bad.append(seed)
            print(case.transcript, file=sys.stderr)
        if summary:
            survived.update(faults)
            recoveries += summary["recovery_seconds"]
            redone += summary["steps_redone"]
        print(f"training {number} (seed {seed}): {', '.join(faults)}: "
              f"{'the same bits' if same else 'FAILED'}", flush=True)

    print(f"\n{number} trainings, {sum(survived.values())} faults")
    for fault, count in sorted(survived.items()):
        print(f"  {count:4}  {fault.replace('_', ' ')}")
    if recoveries:
        print(f"recovery seconds: p50 {statistics.median(recoveries):.2f}, "
              f"p99 {percentile(recoveries, 0.99):.2f}, most {max(recoveries):.2f} "
              f"({len(recoveries)} recoveries); a cold start took "
              f"{fault_case.FaultCase.cold_start_seconds:.2f}")
    print(f"steps redone: {redone}")
    print("the same bits every time" if not bad else f"NOT the same: seeds {bad}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
