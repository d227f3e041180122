"""Losses, gradient norms and learning rates of 40 steps in float64 equal those of torch.optim and
torch.optim.lr_scheduler within 1e-9 (relative), for every case of tests/golden/optimizers.json,
which tests/golden/make_optimizer_losses.py makes.
"""

import json

import muster_case

GOLDEN = json.loads((muster_case.ROOT / "tests/golden/optimizers.json").read_text())
METRICS = {"losses": "train/loss", "grad_norms": "train/grad_norm", "lrs": "train/lr"}


class GoldenOptimizers(muster_case.MusterCase):
    def test_optimizers_and_schedules_equal_those_of_pytorch(self):
        for case in GOLDEN["cases"]:
            with self.subTest(case=case["name"]):
                run = self.folder / case["name"]
                self.finish(self.start("run", muster_case.ROOT / GOLDEN["experiment"], "--run-dir",
                                       run, "eval.interval=40steps", *case["overrides"]), 0)
                lines = [json.loads(line)
                         for line in (run / "metrics.jsonl").read_text().splitlines()]
                for golden_name, name in METRICS.items():
                    ours = [line[name] for line in lines if name in line]
                    self.assertEqual(40, len(ours))
                    for step, (our, their) in enumerate(zip(ours, case[golden_name])):
                        self.assertLessEqual(abs(our - their), 1e-9 * abs(their),
                                             f"{name} of step {step}: {our}, not {their}")


if __name__ == "__main__":
    muster_case.main()
