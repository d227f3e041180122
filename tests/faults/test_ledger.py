"""Every sample counts exactly once per epoch, however often workers are killed: the record of which
samples every step trained on (metrics.samples) says so.
"""

import collections
import json
import random

import fault_case

SAMPLES = 1438  # In the training data of the digits.
KILLS = 10
STEPS = 9000


class Ledger(fault_case.FaultCase):
    def test_ten_kills_lose_no_sample_and_count_none_twice(self):
        muster = self.train({"duration": f"{STEPS}steps", "metrics.samples": "true",
                             "cluster.max_restarts": 20})
        chance = random.Random(5)
        for kill in range(KILLS):
            self.wait_for_step(muster, 300 + (kill + 1) * 400)
            self.kill_worker(chance.randrange(2))
            self.wait_until(lambda n=kill + 2: (
                self.run_directory() / f"log/worker-0.{n}.log").exists(), "the next generation")
        self.finish(muster, 0, 120)
        summary = self.summary()
        self.assertEqual(KILLS, summary["restarts"])
        self.assertEqual(STEPS, summary["steps"])

        lanes = self.contributions()
        self.assertEqual(set(range(1, STEPS + 1)), {step for step, _ in lanes})
        steps_per_epoch = -(-SAMPLES // 64)
        epochs = collections.defaultdict(collections.Counter)
        for (step, _), samples in lanes.items():
            epochs[(step - 1) // steps_per_epoch].update(samples)
        for epoch in range(STEPS // steps_per_epoch):
            self.assertEqual({sample: 1 for sample in range(SAMPLES)}, dict(epochs[epoch]),
                             f"epoch {epoch}")
        self.assertEqual(summary["samples_seen"],
                         sum(counter.total() for counter in epochs.values()))

    def contributions(self):
        """(step, lane) -> samples. A step that was done again counts once, and was the same."""
        lanes = {}
        for path in sorted((self.run_directory() / "samples").glob("rank-*.jsonl")):
            for line in path.read_text().splitlines():
                entry = json.loads(line)
                key = entry["step"], entry["lane"]
                self.assertEqual(lanes.setdefault(key, entry["samples"]), entry["samples"], path)
        return lanes


if __name__ == "__main__":
    fault_case.muster_case.main()
