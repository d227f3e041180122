"""Losses that are not finite: noticed before the update, by all ranks alike."""

import fault_case

HEADER = "a,b,y\n"


class Numbers(fault_case.muster_case.MusterCase):
    def experiment(self, poisoned):
        """A regression whose record number `poisoned` has a loss beyond what fp32 holds."""
        rows = [f"{i % 7},{i % 5},{3e38 if i == poisoned else i % 3}" for i in range(64)]
        (self.folder / "train.csv").write_text(HEADER + "\n".join(rows) + "\n")
        path = self.folder / "regression.yaml"
        path.write_text("""
name: regression
model: {name: mlp, input: [2], hidden: [4], classes: 1}
objective: {name: mse}
data:
  train:
    format: csv
    files: [train.csv]
    fields:
      input: {columns: [a, b], dtype: float32}
      label: {columns: [y], dtype: float32}
batch: {global: 16, lanes: 4}
optimizer: {name: sgd, lr: 1.0e-3}
duration: 3ep
cluster: {workers: 2}
""")
        return path

    def test_the_run_stops_and_names_the_samples(self):
        muster = self.start("run", self.experiment(37))
        self.finish(muster, 78)
        summary = self.summary()
        self.assertEqual("failed", summary["status"])
        self.assertIn("the loss is inf", summary["failure_reason"])
        self.assertRegex(summary["failure_reason"], r"lane \d, samples (\d+, )*37\b")
        self.assertEqual(0, summary["restarts"])

    def test_the_step_is_skipped_where_that_is_asked_for(self):
        muster = self.start("run", self.experiment(37), "gradient.on_not_finite=skip")
        self.finish(muster, 0)
        alone = self.start("run", self.experiment(37), "gradient.on_not_finite=skip",
                           "cluster.workers=1")
        self.finish(alone, 0)
        first, second = [fault_case.json.loads((run / "summary.json").read_text())
                         for run in self.run_directories()]
        self.assertEqual(12, first["steps"])
        self.assertEqual(first["model_sha256"], second["model_sha256"])
        metrics = (self.run_directories()[0] / "metrics.jsonl").read_text()
        self.assertEqual(3, metrics.count("train/skipped_steps"))

    def test_not_more_than_asked_for_in_a_row(self):
        rows = "\n".join(f"{i},{i},3e38" for i in range(64))
        path = self.experiment(0)
        (self.folder / "train.csv").write_text(HEADER + rows + "\n")
        muster = self.start("run", path, "gradient.on_not_finite=skip", "gradient.skip_at_most=2")
        self.finish(muster, 78)
        self.assertIn("the 3. such step in a row", self.summary()["failure_reason"])


if __name__ == "__main__":
    fault_case.muster_case.main()
