"""A death before there is any state, in a training that starts from given weights (model.init): it
starts from them again, and from nothing else.
"""

import hashlib
import json
import os
import signal

import fault_case

STEPS = 3000


class InitialWeights(fault_case.muster_case.MusterCase):
    def setUp(self):
        super().setUp()
        self.finish(self.start("run", fault_case.EXPERIMENT, "duration=5steps", "--run-dir",
                               "runs/given"), 0)
        self.weights = self.folder / "runs/given/checkpoints/step-000005/model.safetensors"
        self.sha256 = hashlib.sha256(self.weights.read_bytes()).hexdigest()

    def train(self, name, *changes):
        return self.start("run", fault_case.EXPERIMENT, f"duration={STEPS}steps",
                          f"model.init={self.weights}", *(changes or ["snapshot.enabled=false"]),
                          "--run-dir", f"runs/{name}")

    def summary_of(self, name):
        return json.loads((self.folder / "runs" / name / "summary.json").read_text())

    def wait_for_steps(self, name):
        metrics = self.folder / "runs" / name / "metrics.jsonl"
        self.wait_until(lambda: metrics.exists() and metrics.read_text().count("train/loss") >= 20,
                        "20 steps")

    def kill_worker(self):
        os.kill(self.workers()[1], signal.SIGKILL)

    def test_it_starts_again_from_the_given_weights(self):
        self.finish(self.train("undisturbed"), 0, 120)
        muster = self.train("disturbed")
        self.wait_for_steps("disturbed")
        self.kill_worker()
        self.finish(muster, 0, 120)
        summary = self.summary_of("disturbed")
        self.assertEqual(1, summary["restarts"])
        self.assertGreaterEqual(summary["steps_redone"], 20)
        self.assertEqual(self.summary_of("undisturbed")["model_sha256"], summary["model_sha256"])

    def test_frozen_weights_are_the_given_ones_after_a_snapshot_too(self):
        frozen = 'optimizer.groups=[{match: ["layers.0.*"], freeze: true}]'
        self.finish(self.train("undisturbed", frozen), 0, 120)
        muster = self.train("disturbed", frozen)
        self.wait_for_steps("disturbed")
        self.kill_worker()
        self.finish(muster, 0, 120)
        self.assertIn("(snapshot)", muster.stderr)
        self.assertEqual(self.summary_of("undisturbed")["model_sha256"],
                         self.summary_of("disturbed")["model_sha256"])

    def test_a_file_that_has_changed_since_is_refused_until_it_is_given_back(self):
        whole = self.weights.read_bytes()
        muster = self.train("run")
        self.wait_for_steps("run")
        changed = whole[:-1] + bytes([whole[-1] ^ 1])
        self.weights.write_bytes(changed)
        self.kill_worker()
        self.finish(muster, 65)
        reason = self.summary_of("run")["failure_reason"]
        self.assertIn(self.sha256, reason)
        self.assertIn(hashlib.sha256(changed).hexdigest(), reason)

        resumed = self.start("resume", "runs/run")
        self.finish(resumed, 65)
        self.assertIn(self.sha256, resumed.stderr)
        self.weights.write_bytes(whole)
        self.finish(self.start("resume", "runs/run"), 0, 120)


if __name__ == "__main__":
    fault_case.muster_case.main()
