"""Promise 1 on several nodes: the final weights have the same SHA-256 wherever the ranks run.
"""

import json

import cluster
import muster_case

WORKER = muster_case.BIN / "muster-worker"
ARGUMENTS = (muster_case.DIGITS, "duration=2ep", "checkpoint.interval=2ep")


class SameBitsOverNodes(cluster.ClusterCase):
    def test_final_weights_do_not_depend_on_the_nodes(self):
        found = {}
        for hosts in ("n1:4", "n1:2,n2:2", "n1:1,n2:1,n3:1,n4:1", "n1:3,n2:1"):
            self.finish(self.start_mpirun(hosts, WORKER, *ARGUMENTS), 0)
            found[f"mpirun {hosts}"] = self.newest_sha()
        self.finish(self.start_srun("--nodes=2", "--ntasks-per-node=2", WORKER, *ARGUMENTS), 0)
        found["srun, 2 nodes with 2 ranks"] = self.newest_sha()
        for launch, sha in found.items():
            print(f"{sha[:16]}  {launch}", flush=True)
        self.assertEqual(5, len(self.run_directories()))
        self.assertEqual(1, len(set(found.values())), found)
        self.assertRegex(found["mpirun n1:4"], "^[0-9a-f]{64}$")

    def newest_sha(self):
        summary = self.run_directories()[-1] / "summary.json"
        return json.loads(summary.read_text())["model_sha256"]


if __name__ == "__main__":
    cluster.main()
