"""The losses of 40 steps in float64 with one lane equal PyTorch's within 1e-9 (relative), from the
same initial weights on the same samples. Usage: test_golden_losses.py NAME, for
tests/golden/NAME.json, which tests/golden/make_digits_losses.py makes.
"""

import json
import sys

import muster_case

name = "digits"  # Replaced by the argument.


class GoldenLosses(muster_case.MusterCase):
    def test_losses_equal_those_of_pytorch(self):
        golden = json.loads((muster_case.ROOT / f"tests/golden/{name}.json").read_text())
        self.finish(self.start("run", muster_case.ROOT / golden["experiment"],
                               *golden["overrides"]), 0)
        lines = (self.run_directory() / "metrics.jsonl").read_text().splitlines()
        losses = [json.loads(line)["train/loss"] for line in lines if "train/loss" in line]
        self.assertEqual(40, len(losses))
        self.assertEqual(len(golden["losses"]), len(losses))
        for step, (ours, theirs) in enumerate(zip(losses, golden["losses"])):
            self.assertLessEqual(abs(ours - theirs), 1e-9 * abs(theirs), f"step {step}")


if __name__ == "__main__":
    name = sys.argv[1]
    del sys.argv[1:]
    muster_case.main()
