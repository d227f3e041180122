"""One run of the shipped experiment, shortened to two epochs on two workers: what is in its run
directory when it has ended well. Fields: docs/run-directory.md.
"""

import hashlib
import json
import stat

import flight
import muster_case

EPOCHS = 2
TRAIN_SAMPLES = 1438
STEPS = EPOCHS * -(-TRAIN_SAMPLES // 128)  # A short last batch is a step.

SUMMARY_KEYS = {
    "schema", "run", "run_id", "status", "failure_reason", "steps", "epochs", "samples_seen",
    "records_skipped",
    "eval", "model_sha256", "workers", "generations", "restarts", "steps_redone", "redo_seconds",
    "recovery_seconds", "wall_seconds", "samples_per_second", "worker_seconds", "checkpoints",
    "checkpoint_failures", "snapshot_share", "checkpoint_share", "exit_status", "coordinator",
}


def read_json_lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


class CompletedRun(muster_case.MusterCase):
    def setUp(self):
        super().setUp()
        self.muster = self.run_digits(f"duration={EPOCHS}ep", "checkpoint.interval=1ep",
                                      "checkpoint.initial=true")
        self.finish(self.muster, 0, 120)
        self.run_path = self.run_directory()

    def test_run_directory_is_complete_and_consistent(self):
        self.check_files()
        summary = self.summary()
        self.check_summary(summary)
        self.check_metrics()
        self.check_checkpoints(summary)
        self.check_plan(summary)
        self.check_flight_records()

    def check_files(self):
        """Every file is there, and nothing is half written."""
        names = {path.relative_to(self.run_path).as_posix()
                 for path in self.run_path.rglob("*") if path.is_file()}
        for name in ("experiment.yaml", "plan.json", "journal/1.jsonl", "coordinator.json",
                     "metrics.jsonl", "summary.json", "log/coordinator.log", "log/worker-0.1.log",
                     "log/worker-1.1.log"):
            self.assertIn(name, names)
            self.assertGreater((self.run_path / name).stat().st_size, 0, name)
        self.assertEqual([], [name for name in names if ".tmp" in name])
        self.assertEqual(0o600, stat.S_IMODE((self.run_path / "secret").stat().st_mode))

    def check_summary(self, summary):
        self.assertEqual(SUMMARY_KEYS, set(summary))
        expected = {"schema": 1, "run": self.run_path.name, "status": "completed", "workers": 2,
                    "steps": STEPS, "samples_seen": EPOCHS * TRAIN_SAMPLES, "generations": 1,
                    "restarts": 0, "steps_redone": 0, "recovery_seconds": []}
        self.assertEqual(expected, {key: summary[key] for key in expected})
        self.assertFalse(summary["failure_reason"])
        self.assertAlmostEqual(EPOCHS, summary["epochs"])
        self.assertGreater(summary["eval"]["accuracy"], 0.5)  # Ten classes.
        self.assertGreater(summary["samples_per_second"], 0)
        self.assertGreater(summary["wall_seconds"], 0)
        self.assertEqual({"used", "idle", "lost"}, set(summary["worker_seconds"]))

    def check_metrics(self):
        """A line for every step, in order, and one evaluation for every epoch; the loss falls."""
        lines = read_json_lines(self.run_path / "metrics.jsonl")
        training = [line for line in lines if "train/loss" in line]
        self.assertEqual(list(range(1, STEPS + 1)), [line["step"] for line in training])
        self.assertEqual({1}, {line["schema"] for line in lines})
        self.assertEqual({1}, {line["generation"] for line in lines})
        for name in ("train/lr", "train/grad_norm", "perf/samples_per_second"):
            self.assertIn(name, training[-1])
        self.assertLess(training[-1]["train/loss"], training[0]["train/loss"])
        evaluations = [line["step"] for line in lines if "eval/accuracy" in line]
        self.assertEqual([STEPS // EPOCHS, STEPS], evaluations)

    def check_checkpoints(self, summary):
        """Each checkpoint is as its manifest says; the last one holds the reported weights."""
        self.assertEqual([0, STEPS // EPOCHS, STEPS], summary["checkpoints"])
        names = sorted(path.name for path in (self.run_path / "checkpoints").iterdir()
                       if not path.name.startswith("."))
        self.assertEqual([f"step-{step:06d}" for step in summary["checkpoints"]], names)
        for name in names:
            folder = self.run_path / "checkpoints" / name
            manifest = json.loads((folder / "MANIFEST.json").read_text())
            listed = {file: entry["bytes"] for file, entry in manifest["files"].items()}
            present = {path.name: path.stat().st_size for path in folder.iterdir()}
            present.pop("MANIFEST.json")
            self.assertEqual(present, listed)
        model = self.run_path / "checkpoints" / names[-1] / "model.safetensors"
        self.assertEqual(summary["model_sha256"], hashlib.sha256(model.read_bytes()).hexdigest())

    def check_flight_records(self):
        """Both ranks did the same, and left every operation that they entered."""
        of_rank = [flight.records(self.run_path / "flight" / f"rank-{rank}.1.flight")[1]
                   for rank in range(2)]
        self.assertEqual(*of_rank)
        self.assertGreater(len(of_rank[0]), STEPS)
        self.assertEqual({flight.LEFT}, {phase for _, _, phase in of_rank[0]})

    def check_plan(self, summary):
        plan = json.loads((self.run_path / "plan.json").read_text())
        self.assertEqual(summary["run_id"], plan["run_id"])
        self.assertEqual(TRAIN_SAMPLES, plan["train_samples"])
        self.assertEqual(STEPS, plan["total_steps"])
        journal = read_json_lines(self.run_path / "journal" / "1.jsonl")
        self.assertGreater(len(journal), 1)
        self.assertTrue(all("xxh3" in line for line in journal))


if __name__ == "__main__":
    muster_case.main()
