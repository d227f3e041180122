"""A training that is asked to stop: what it has reached is kept, whatever it is doing just then."""

import json
import signal

import fault_case

EXPERIMENT = """
name: stops
model: {{name: mlp, input: [64], hidden: [64], classes: 10}}
data:
  train: {{format: synthetic, kind: classes, samples: 4096, shape: [64], classes: 10}}
  eval: {{format: synthetic, kind: classes, samples: {samples}, offset: 4096, shape: [64],
         classes: 10}}
batch: {{global: 64, lanes: 2}}
optimizer: {{name: sgd, lr: 0.01}}
duration: 200steps
eval: {{interval: {interval}steps}}
checkpoint: {{interval: 1steps}}
cluster: {{workers: 2, grace: 5s}}
"""


class Stops(fault_case.muster_case.MusterCase):
    def experiment(self, samples, interval):
        path = self.folder / "stops.yaml"
        path.write_text(EXPERIMENT.format(samples=samples, interval=interval))
        return path

    def last_step(self):
        return self.steps_logged() and max(
            json.loads(line)["step"]
            for line in (self.run_directory() / "metrics.jsonl").read_text().splitlines())

    def test_at_a_checkpoint_that_is_no_evaluation(self):
        experiment = self.experiment(samples=64, interval=7)
        self.finish(self.start("run", experiment, "--run-dir", "undisturbed"), 0, 120)
        undisturbed = json.loads((self.folder / "undisturbed/summary.json").read_text())
        muster = self.start("run", experiment)
        for step in (20, 60, 100):
            self.wait_until(lambda least=step: self.last_step() >= least, f"step {step}")
            muster.signal(signal.SIGTERM)
            self.finish(muster, 75, 60)
            muster = self.start("resume", self.run_directory())
        self.finish(muster, 0, 120)
        self.assertEqual(undisturbed["model_sha256"], self.summary()["model_sha256"])

    def test_in_the_middle_of_an_evaluation_that_takes_longer_than_the_grace(self):
        muster = self.start("run", self.experiment(samples=8_000_000, interval=20))
        self.wait_until(lambda: self.last_step() >= 20, "the evaluation")
        muster.signal(signal.SIGTERM)
        self.finish(muster, 75, 30)
        self.assertEqual(20, self.summary()["steps"])
        self.assertTrue((self.run_directory() / "checkpoints/step-000020").is_dir())


if __name__ == "__main__":
    fault_case.muster_case.main()
