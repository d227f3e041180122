"""Looking at runs from outside: status, list and logs, while a run trains, after it has ended, and
after its coordinator was killed. And fast_dev_run, which is the quickest run there is.
"""

import json
import os
import signal

import muster_case

FOREVER = "duration=1000000ep"


class LookingAtRuns(muster_case.MusterCase):
    def muster(self, *arguments, status=0):
        """What `muster` with these arguments prints; checks its exit status."""
        muster = self.start(*arguments)
        self.finish(muster, status)
        return muster.stdout if status == 0 else muster.stderr

    def status(self):
        return json.loads(self.muster("status", "--json"))

    def test_a_run_is_seen_to_train_and_to_survive_its_coordinator(self):
        run = self.run_digits(FOREVER)
        self.wait_until(lambda: self.steps_logged() >= 3 or run.process.poll() is not None,
                        "three steps")
        follower = self.start("logs", "-f")

        seen = self.status()
        self.assertEqual(("digits-0001", "training", False),
                         (seen["run"], seen["state"], seen["has_ended"]))
        self.assertGreaterEqual(seen["step"], 3)
        self.assertGreater(seen["seconds_left"], 0)
        self.assertEqual({0: "alive", 1: "alive"},
                         {worker["rank"]: worker["process"] for worker in seen["workers"]})
        self.assertEqual(self.workers(),
                         {worker["rank"]: worker["pid"] for worker in seen["workers"]})
        self.assertIn("training", self.muster("list"))
        self.assertIsNone(follower.process.poll())

        dead = seen["coordinator"]["pid"]
        os.kill(dead, signal.SIGKILL)
        self.wait_until(lambda: self.status()["coordinator"]["pid"] != dead, "its successor", 30)
        self.assertEqual(("training", False), self.state_when_trained())
        run.signal(signal.SIGINT)
        self.finish(run, 128 + signal.SIGINT, 30)
        seen = self.status()
        self.assertEqual(("stopped", True), (seen["state"], seen["has_ended"]))
        self.assertEqual({"gone"}, {worker["process"] for worker in seen["workers"]})
        self.finish(follower, 0, 20)
        self.assertIn("coordinator | ", follower.stdout)
        self.assertIn("digits-0001 stopped", follower.stderr)

    def state_when_trained(self):
        """The state of the run once it has made a step more."""
        before = self.steps_logged()
        self.wait_until(lambda: self.steps_logged() > before, "another step", 30)
        seen = self.status()
        return seen["state"], seen["has_ended"]

    def test_a_fast_dev_run_tries_everything_once_and_can_be_looked_at(self):
        run = self.run_digits("--fast-dev-run", "checkpoint.interval=1steps",
                              "lr_scheduler.warmup=50steps")
        self.finish(run, 0)
        self.assertIn("fast_dev_run: two steps", run.stderr)
        summary = self.summary()
        self.assertEqual((2, [2]), (summary["steps"], summary["checkpoints"]))
        metrics = (self.run_directory() / "metrics.jsonl").read_text().splitlines()
        self.assertEqual(1, sum("eval/" in line for line in metrics))
        self.assertIn("fast_dev_run: true",
                      (self.run_directory() / "experiment.yaml").read_text())

        self.assertIn("digits-0001 completed", self.muster("status", "digits-0001"))
        log = (self.run_directory() / "log/worker-1.1.log").read_text().splitlines()
        self.assertEqual(len(log),
                         len(self.muster("logs", "--rank", "1", "--json").splitlines()))
        listed = json.loads(self.muster("list", "--json"))
        self.assertEqual(["completed"], [entry["state"] for entry in listed["runs"]])
        self.assertIn("did you mean digits-0001?", self.muster("status", "digits-001", status=64))
        self.assertIn("ranks go from 0 to 1", self.muster("logs", "--rank", "2", status=64))


if __name__ == "__main__":
    muster_case.main()
