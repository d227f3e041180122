"""Runs that do not end by themselves: Ctrl-C once and twice, a worker that is killed. MusterCase
checks after each that no process, shared memory or temporary file is left.
"""

import os
import signal
import socket

import muster_case

FOREVER = "duration=1000000ep"
MODEL_FILE = "model.safetensors"


class InterruptedRun(muster_case.MusterCase):
    def start_and_train(self, *overrides):
        """A run without end that has made some steps."""
        muster = self.run_digits(FOREVER, *overrides)
        self.wait_until(lambda: self.steps_logged() >= 3 or muster.process.poll() is not None,
                        "three steps")
        self.assertIsNone(muster.process.poll(), muster.stderr)
        return muster

    def test_one_interrupt_finishes_the_step_and_stops_with_a_checkpoint(self):
        muster = self.start_and_train()
        muster.signal(signal.SIGINT)
        self.finish(muster, 128 + signal.SIGINT, 30)

        summary = self.summary()
        self.assertEqual("stopped", summary["status"])
        self.assertGreaterEqual(summary["steps"], 3)
        self.assertEqual(summary["steps"], summary["checkpoints"][-1])
        folder = self.run_directory() / "checkpoints" / f"step-{summary['steps']:06d}"
        self.assertTrue((folder / MODEL_FILE).is_file())
        self.assertTrue((folder / "MANIFEST.json").is_file())

    def test_two_interrupts_end_at_once(self):
        muster = self.start_and_train()
        # A worker that stands still cannot finish its step: only the second signal ends this run.
        os.kill(self.workers()[1], signal.SIGSTOP)
        muster.signal(signal.SIGINT)
        self.wait_until(lambda: "stop" in muster.stderr.lower(), "a notice of the stop", 10)
        self.assertIsNone(muster.process.poll())
        muster.signal(signal.SIGINT)
        self.finish(muster, 128 + signal.SIGINT, 10)
        self.assertEqual("stopped", self.summary()["status"])

    def test_killed_worker_without_restarts_fails_the_run_and_is_named(self):
        muster = self.start_and_train("cluster.max_restarts=0")
        os.kill(self.workers()[1], signal.SIGKILL)
        self.finish(muster, 70, 30)

        summary = self.summary()
        self.assertEqual("failed", summary["status"])
        for part in ("worker 1", "SIGKILL", socket.gethostname()):
            self.assertIn(part, summary["failure_reason"])
            self.assertIn(part, muster.stderr)
        log = (self.run_directory() / "log" / "worker-1.1.log").read_text().splitlines()
        self.assertTrue(log)
        self.assertIn(log[-1], muster.stderr)


if __name__ == "__main__":
    muster_case.main()
