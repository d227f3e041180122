"""Promise 1: the final weights have the same SHA-256 with 1, 2, 3 and 4 workers, launched by
`muster run` and directly by mpirun, with shared memory and with every rank a node of its own over
TCP.

Usage: test_same_bits.py MODEL LANES

The digits leave a short last batch (1,438 samples in batches of 128), so two epochs show lanes of
unequal size, too.
"""

import json
import sys

import direct_launch
import muster_case

WORKERS = (1, 2, 3, 4)
EXPERIMENTS = {"convnet": "configs/digits.yaml", "mlp": "configs/digits-mlp.yaml"}
# Every rank its own node, and nothing but TCP between them.
APART = {"OMPI_MCA_btl": "tcp,self", "OMPI_MCA_pml": "ob1"}

model, lanes = "convnet", 4  # Replaced by the arguments.


class SameBits(muster_case.MusterCase):
    def arguments(self, ranks_per_node):
        return [muster_case.ROOT / EXPERIMENTS[model], f"batch.lanes={lanes}", "duration=2ep",
                "metrics.interval=1ep", *ranks_per_node]

    def sha_of(self, muster, before):
        self.finish(muster, 0)
        made = [path for path in self.run_directories() if path not in before]
        self.assertEqual(1, len(made), made)
        return json.loads((made[0] / "summary.json").read_text())["model_sha256"]

    def through_muster(self, workers, ranks_per_node):
        before = self.run_directories()
        muster = self.start("run", *self.arguments(ranks_per_node), f"cluster.workers={workers}",
                            environment=APART if ranks_per_node else {})
        return self.sha_of(muster, before)

    def through_mpirun(self, workers, ranks_per_node):
        before = self.run_directories()
        muster = direct_launch.start_worker(self, workers, *self.arguments(ranks_per_node),
                                            environment=APART if ranks_per_node else {})
        return self.sha_of(muster, before)

    def test_final_weights_do_not_depend_on_workers_launch_or_transport(self):
        found = {}
        for ranks_per_node in ([], ["comm.ranks_per_node=1"]):
            for workers in WORKERS:
                for launch in (self.through_muster, self.through_mpirun):
                    key = (launch.__name__, workers, *ranks_per_node)
                    found[key] = launch(workers, ranks_per_node)
                    self.assertRegex(found[key], "^[0-9a-f]{64}$", key)
        self.assertEqual(16, len(found))
        self.assertEqual(1, len(set(found.values())), found)


if __name__ == "__main__":
    model, lanes = sys.argv[1], int(sys.argv[2])
    del sys.argv[1:]
    muster_case.main()
