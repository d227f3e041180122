"""State that is damaged or cannot be written: what is whole is used, and the failure is loud."""

import contextlib
import os
import random
import unittest

import fault_case


class Damage(fault_case.FaultCase):
    def checkpoints(self):
        return sorted(path for run in self.run_directories()
                      for path in (run / "checkpoints").glob("step-*") if path.name[5:].isdigit())

    def wait_for_checkpoints(self, muster, count):
        self.wait_until(lambda: len(self.checkpoints()) >= count
                        or muster.process.poll() is not None, f"{count} checkpoints")

    def stop_behind_a_checkpoint(self, muster):
        """All workers, some steps after the newest checkpoint."""
        while True:
            self.wait_for_step(muster, int(self.checkpoints()[-1].name[5:]) + 20)
            self.stop_all()
            if self.last_step() >= int(self.checkpoints()[-1].name[5:]) + 20:
                return
            self.signal_all(fault_case.signal.SIGCONT)

    def test_without_snapshots_it_goes_on_from_a_checkpoint(self):
        muster = self.train({"snapshot.enabled": "false"})
        self.wait_for_checkpoints(muster, 2)
        self.stop_behind_a_checkpoint(muster)
        self.kill_all()
        summary = self.assert_completed(muster, restarts=1)
        self.assertIn("checkpoint step-", muster.stderr)
        self.assertGreater(summary["steps_redone"], 0)

    def test_before_the_first_checkpoint_it_starts_again(self):
        muster = self.train({"snapshot.enabled": "false", "checkpoint.interval": "5000steps"})
        self.kill_worker(1)
        summary = self.assert_completed(muster, restarts=1)
        self.assertGreaterEqual(summary["steps_redone"], 300)

    def test_a_damaged_checkpoint_is_named_and_passed_over(self):
        muster = self.train({"snapshot.enabled": "false"})
        self.wait_for_checkpoints(muster, 2)
        self.stop_all()
        damaged = self.checkpoints()[-1]
        fault_case.flip_bit(damaged / "model.safetensors", random.Random(2))
        self.kill_all()
        self.assert_completed(muster, restarts=1)
        log = (self.run_directory() / "log/worker-0.2.log").read_text()
        self.assertIn(f"{damaged.name} is damaged", log)
        self.assertIn(f"{damaged.name} is damaged and is passed over", muster.stderr)

    def test_with_no_whole_checkpoint_it_does_not_start_again_unasked(self):
        muster = self.train({"snapshot.enabled": "false"})
        self.wait_for_checkpoints(muster, 1)
        self.stop_all()
        for checkpoint in self.checkpoints():
            fault_case.flip_bit(checkpoint / "model.safetensors", random.Random(4))
        self.kill_all()
        self.finish(muster, 65, 60)
        self.assertIn("there is no whole checkpoint to go on from", muster.stderr)

    def test_a_truncated_checkpoint_is_passed_over(self):
        muster = self.train({"snapshot.enabled": "false"})
        self.wait_for_checkpoints(muster, 2)
        self.stop_all()
        path = self.checkpoints()[-1] / "optimizer.safetensors"
        with open(path, "r+b") as file:
            file.truncate(path.stat().st_size // 2)
        self.kill_all()
        self.assert_completed(muster, restarts=1)
        self.assertIn("is damaged", self.logs_of_generation(2))

    def test_damaged_snapshots_are_passed_over(self):
        muster = self.train()
        self.wait_for_checkpoints(muster, 1)
        self.stop_all()
        chance = random.Random(3)
        self.assertTrue(self.snapshots())
        for path in self.snapshots():
            for _ in range(200):
                fault_case.flip_bit(path, chance, 4096)
        self.kill_all()
        self.assert_completed(muster, restarts=1)
        self.assertIn("is damaged", self.logs_of_generation(2))
        self.assertIn("checkpoint step-", muster.stderr)

    def test_a_newer_checkpoint_is_preferred_to_old_snapshots(self):
        muster = self.train()
        self.stop_all()
        old = {path: path.read_bytes() for path in self.snapshots()}
        self.assertTrue(old)
        self.signal_all(fault_case.signal.SIGCONT)
        self.wait_for_checkpoints(muster, 2)
        self.stop_all()
        for path, contents in old.items():
            path.write_bytes(contents)
        self.kill_all()
        self.assert_completed(muster, restarts=1)
        self.assertIn("checkpoint step-", muster.stderr)

    def test_truncated_snapshots_are_passed_over(self):
        muster = self.train()
        self.wait_for_checkpoints(muster, 1)
        self.stop_all()
        for path in self.snapshots():
            with open(path, "r+b") as file:
                file.truncate(5000)
        self.kill_all()
        self.assert_completed(muster, restarts=1)
        self.assertIn("checkpoint step-", muster.stderr)

    def logs_of_generation(self, number):
        return "".join(path.read_text()
                       for path in (self.run_directory() / "log").glob(f"worker-*.{number}.log"))

    def stop_all(self):
        self.signal_all(fault_case.signal.SIGSTOP)

    def kill_all(self):
        self.signal_all(fault_case.signal.SIGKILL)

    def signal_all(self, number):
        """When one is killed, mpirun may be faster with the next."""
        for pid in self.workers().values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def small_disk(self):
        try:
            disk = fault_case.SmallDisk(16)
        except PermissionError as error:
            raise unittest.SkipTest(str(error)) from error
        self.addCleanup(disk.remove)
        return disk

    def train_on(self, disk):
        (self.folder / "runs").mkdir()
        (self.folder / "runs/run").symlink_to(disk.path / "run")
        return self.start("run", fault_case.EXPERIMENT, "--run-dir", disk.path / "run",
                          *fault_case.overrides({"checkpoint.interval": "500steps"}))

    def test_a_full_disk_does_not_end_the_training(self):
        disk = self.small_disk()
        muster = self.train_on(disk)
        self.wait_for_checkpoints(muster, 1)
        disk.fill()
        before = self.checkpoints()
        self.wait_until(lambda: "could not be written" in muster.stderr
                        or muster.process.poll() is not None, "a loud failure")
        disk.free()
        summary = self.assert_completed(muster, restarts=0)
        self.assertGreater(len(summary["checkpoints"]), len(before))
        self.assertTrue(summary["checkpoint_failures"])

    def test_resuming_on_a_full_disk_is_refused_and_loses_nothing(self):
        disk = self.small_disk()
        muster = self.train_on(disk)
        self.wait_for_step(muster, 300)
        muster.signal(fault_case.signal.SIGTERM)
        self.finish(muster, 75, 60)
        disk.fill()
        refused = self.start("resume", self.run_directory())
        self.finish(refused, 74, 60)
        self.assertIn("No space left on device", refused.stderr)
        disk.free()
        self.assert_completed(self.start("resume", self.run_directory()), restarts=0)


if __name__ == "__main__":
    fault_case.muster_case.main()
