"""The event files of a run, read back with TensorBoard itself (scripts/setup installs it)."""

import json
import sys
import unittest

import muster_case

PACKAGES = muster_case.ROOT / ".deps/python-test"
sys.path.insert(0, str(PACKAGES))
try:
    from tensorboard.backend.event_processing import event_accumulator
except ImportError as error:
    event_accumulator = None
    MISSING = f"TensorBoard is missing: scripts/setup installs it ({error})"


def scalars_in(folder):
    """(name, step) -> value of everything that TensorBoard finds."""
    events = event_accumulator.EventAccumulator(str(folder))
    events.Reload()
    return {(name, event.step): event.value
            for name in events.Tags()["scalars"] for event in events.Scalars(name)}


@unittest.skipIf(event_accumulator is None, "see MISSING")
class TensorBoard(muster_case.MusterCase):
    def test_it_reads_what_metrics_jsonl_says_also_after_a_crash(self):
        self.finish(self.run_digits("duration=6steps", "eval.interval=3steps"), 0)
        expected = {}
        for text in (self.run_directory() / "metrics.jsonl").read_text().splitlines():
            line = json.loads(text)
            expected |= {(name, line["step"]): value for name, value in line.items() if "/" in name}
        found = scalars_in(self.run_directory())
        self.assertEqual(expected.keys(), found.keys())
        self.assertGreater(len(expected), 6 * 6)
        for key, value in expected.items():
            self.assertAlmostEqual(value, found[key], delta=1e-6 * max(1, abs(value)))

        # A crash tears the last record at most: all others are read.
        events = next(self.run_directory().glob("events.out.tfevents.*"))
        torn = self.folder / "torn"
        torn.mkdir()
        (torn / events.name).write_bytes(events.read_bytes()[:-5])
        left = scalars_in(torn)
        self.assertTrue({key for key in expected if key[1] < 6} <= left.keys())
        self.assertLess(len(left), len(expected))


if __name__ == "__main__":
    if event_accumulator is None:
        print(f"skipped: {MISSING}")
        sys.exit(77)
    muster_case.main()
