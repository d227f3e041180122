"""Processes that die or stand still: the run goes on by itself, and ends with the same bits."""

import contextlib
import os
import random
import signal

import fault_case


class Deaths(fault_case.FaultCase):
    def test_a_worker_is_killed_again_and_again(self):
        muster = self.train()
        chance = random.Random(1)
        for generation in range(1, 4):
            self.wait_for_generation(muster, generation)
            self.kill_worker(chance.randrange(2))
        summary = self.assert_completed(muster, restarts=3)
        self.assertEqual(4, summary["generations"])
        for word in ("SIGKILL", "recovering", "snapshot"):
            self.assertIn(word, muster.stderr)

    def test_all_workers_are_killed(self):
        muster = self.train()
        for pid in self.workers().values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.assert_completed(muster, restarts=1)

    def test_mpirun_is_killed(self):
        muster = self.train()
        os.kill(self.launchers()[0], signal.SIGKILL)
        self.assert_completed(muster, restarts=1)

    def test_a_worker_crashes(self):
        muster = self.train()
        self.kill_worker(0, signal.SIGSEGV)
        self.assert_completed(muster, restarts=1)
        self.assertIn("SIGSEGV", muster.stderr)

    def test_a_worker_stands_still(self):
        muster = self.train({"cluster.stall_timeout": "15s"})
        self.kill_worker(1, signal.SIGSTOP)
        self.wait_until(lambda: "worker 1" in muster.stderr, "the name of the worker", 15)
        self.assert_completed(muster, restarts=1)

    def test_a_death_while_the_state_is_loaded(self):
        muster = self.train()
        self.kill_worker(0)
        self.wait_until(lambda: self.workers() and (
            self.run_directory() / "log/worker-1.2.log").exists(), "the second generation")
        self.kill_worker(1)
        self.assert_completed(muster, restarts=2)

    def test_ranks_that_share_no_memory(self):
        muster = self.train({"comm.ranks_per_node": 1})
        self.kill_worker(0)
        self.assert_completed(muster, restarts=1)


if __name__ == "__main__":
    fault_case.muster_case.main()
