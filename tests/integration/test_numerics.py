"""What decides the bits is part of the experiment: vector instructions and threads are those that
it says, whatever the environment says, and what cannot be had is refused before anything is
written."""

import json
import pathlib

import direct_launch
import muster_case

MLP = muster_case.ROOT / "configs/digits-mlp.yaml"
SHORT = ("duration=3steps", "metrics.interval=1ep")


class Numerics(muster_case.MusterCase):
    def sha_of(self, *overrides, environment=None):
        before = self.run_directories()
        self.finish(self.start("run", MLP, *SHORT, *overrides, environment=environment), 0)
        made, = [path for path in self.run_directories() if path not in before]
        return json.loads((made / "summary.json").read_text())["model_sha256"]

    def test_instructions_decide_the_bits_and_the_environment_does_not(self):
        least = self.sha_of("numerics.isa=baseline")
        self.assertIn("isa: baseline", (self.run_directory() / "experiment.yaml").read_text())
        misleading = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2",
                      "MKL_CBWR": "AVX2", "OMP_DYNAMIC": "true"}
        self.assertEqual(least, self.sha_of("numerics.isa=baseline", environment=misleading))
        if b" avx2 " not in pathlib.Path("/proc/cpuinfo").read_bytes():
            self.skipTest("this processor has no avx2")
        self.assertNotEqual(least, self.sha_of("numerics.isa=avx2"))

    # Without the check oneDNN waits for the second thread for ever.
    def test_threads_that_a_limit_withholds_are_refused(self):
        limit = {"OMP_THREAD_LIMIT": "1"}
        through_muster = self.start("run", MLP, *SHORT, "threads=2", environment=limit)
        self.finish(through_muster, 78)
        through_mpirun = direct_launch.start_worker(self, 2, MLP, *SHORT, "threads=2",
                                                    environment=limit)
        self.assertEqual(78, through_mpirun.wait())
        for refused in (through_muster, through_mpirun):
            self.assertIn("threads is 2, but a worker gets only 1 (OMP_THREAD_LIMIT is 1)",
                          refused.stderr)
            self.assertIn("raise or unset OMP_THREAD_LIMIT", refused.stderr)
        self.assertEqual([], self.run_directories())

    def test_two_threads_train(self):
        self.sha_of("threads=2")
        self.assertEqual(3, self.summary()["steps"])


if __name__ == "__main__":
    muster_case.main()
