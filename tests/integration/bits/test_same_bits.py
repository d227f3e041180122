"""Promise 1: the final weights have the same SHA-256 however many workers train, whoever launches
them, and whatever carries their gradients.

Usage: test_same_bits.py EXPERIMENT [all]   (an experiment of matrix.py; a pairwise choice, or all)
"""

import json
import sys

import direct_launch
import matrix
import muster_case

# Every rank its own node, and nothing but TCP between them.
APART = {"OMPI_MCA_btl": "tcp,self", "OMPI_MCA_pml": "ob1"}

experiment, launches = None, []  # Replaced by the arguments.


class SameBits(muster_case.MusterCase):
    def setUp(self):
        super().setUp()
        tokens = bytes((i * i // 7 + i % 5) % 64 for i in range(50 * 64 + 30))
        (self.folder / "tokens.bin").write_bytes(tokens)

    def arguments(self, launch):
        apart = ["comm.ranks_per_node=1"] if launch.transport == "apart" else []
        return [muster_case.ROOT / experiment.file, f"batch.lanes={launch.lanes}",
                "metrics.interval=1ep", *apart,
                *(text.replace("FOLDER", str(self.folder)) for text in experiment.overrides)]

    def sha_of_run(self, muster, before):
        self.finish(muster, 0)
        made = [path for path in self.run_directories() if path not in before]
        self.assertEqual(1, len(made), made)
        self.assertTrue(list((made[0] / "flight").iterdir()), "no flight record")
        return json.loads((made[0] / "summary.json").read_text())["model_sha256"]

    def sha_of_torture(self, launch, environment):
        folder = self.folder / f"torture-{launch.lanes}-{launch.workers}-{launch.transport}"
        worker = direct_launch.start_worker(
            self, launch.workers, str(launch.lanes), "1" if launch.transport == "apart" else "0",
            folder, worker="torture_worker", environment=environment)
        self.finish(worker, 0)
        return worker.stdout.strip()

    def sha_of(self, launch):
        environment = APART if launch.transport == "apart" else {}
        before = self.run_directories()
        if not experiment.file:
            return self.sha_of_torture(launch, environment)
        if launch.launch == "mpirun":
            muster = direct_launch.start_worker(self, launch.workers, *self.arguments(launch),
                                                environment=environment)
        else:
            muster = self.start("run", *self.arguments(launch), f"cluster.workers={launch.workers}",
                                environment=environment)
        return self.sha_of_run(muster, before)

    def test_final_weights_do_not_depend_on_workers_launch_or_transport(self):
        found = {}
        for launch in launches:
            found[launch] = self.sha_of(launch)
            self.assertRegex(found[launch], "^[0-9a-f]{64}$", launch)
            print(f"{found[launch][:16]}  {launch}", flush=True)
        for lanes in experiment.lanes:
            same = {launch: sha for launch, sha in found.items() if launch.lanes == lanes}
            self.assertEqual(set(matrix.WORKERS), {launch.workers for launch in same})
            self.assertEqual(1, len(set(same.values())), same)


if __name__ == "__main__":
    experiment = matrix.EXPERIMENTS[sys.argv[1]]
    choose = matrix.all_launches if "all" in sys.argv[2:] else matrix.pairwise
    launches = choose(experiment)
    del sys.argv[1:]
    muster_case.main()
