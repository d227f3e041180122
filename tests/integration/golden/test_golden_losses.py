"""Losses of every step with one lane equal PyTorch's, from the same initial weights on the same
samples: in float64 within 1e-9 (relative) over 40 steps, in float32 within 1e-5 over 100 steps. So
do, in float64, the metrics of the evaluation at the end. Usage: test_golden_losses.py NAME, for a
case in tests/golden/cases.py and tests/golden/NAME.json, which make_losses.py there has made.
"""

import json
import sys

import muster_case

sys.path.append(str(muster_case.ROOT / "tests/golden"))
import cases  # noqa: E402

name = "convnet"  # Replaced by the argument.


class GoldenLosses(muster_case.MusterCase):
    def test_losses_and_metrics_equal_those_of_pytorch(self):
        case = cases.CASES[name]
        golden = json.loads((muster_case.ROOT / f"tests/golden/{name}.json").read_text())
        self.finish(self.start("run", case.write(self.folder)), 0)
        lines = (self.run_directory() / "metrics.jsonl").read_text().splitlines()
        losses = [json.loads(line)["train/loss"] for line in lines if "train/loss" in line]
        self.assertEqual(case.steps, len(losses))
        self.assertEqual(len(golden["losses"]), len(losses))
        for step, (ours, theirs) in enumerate(zip(losses, golden["losses"])):
            self.assertLessEqual(abs(ours - theirs), case.tolerance * abs(theirs), f"step {step}")
        self.compare_metrics(case, golden["eval"])

    def compare_metrics(self, case, golden):
        ours = self.summary()["eval"]
        self.assertEqual(golden.keys(), ours.keys())
        if case.precision != "fp64":
            return  # A value near the border of a class may be on either side of it.
        for metric, theirs in golden.items():
            # The area is counted in bins (worker/objectives/roc.h).
            tolerance = 1e-4 if metric == "auc" else case.tolerance * theirs
            self.assertLessEqual(abs(ours[metric] - theirs), tolerance, metric)


if __name__ == "__main__":
    name = sys.argv[1]
    del sys.argv[1:]
    muster_case.main()
