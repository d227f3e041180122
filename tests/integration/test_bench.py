"""`muster bench`: what it measures is right and printed, what cannot be measured is refused, and
nothing is left behind, also after Ctrl-C."""

import json
import signal

import muster_case


class Bench(muster_case.MusterCase):
    def test_the_methods_are_measured_on_each_size(self):
        bench = self.start("bench", "allreduce", "--sizes", "40kB,4B", "--json")
        self.finish(bench, 0)
        result = json.loads(bench.stdout)
        self.assertEqual((1, 2), (result["schema"], result["ranks"]))
        self.assertEqual([40_000, 4], [size["bytes"] for size in result["sizes"]])
        for size in result["sizes"]:
            for method in ("step", "all_reduce", "mpi_allreduce", "memcpy"):
                times = size[method]
                self.assertGreater(times["least_seconds"], 0)
                self.assertLessEqual(times["least_seconds"], times["median_seconds"])
                self.assertLessEqual(times["median_seconds"], times["most_seconds"])

    def test_more_than_the_machine_has_is_refused_before_the_launch(self):
        bench = self.start("bench", "allreduce", "--sizes", "8GB", "--ranks", "256")
        self.finish(bench, 78)
        self.assertIn("give smaller --sizes or fewer --ranks", bench.stderr)
        self.assertEqual("", bench.stdout)

    def test_ctrl_c_ends_it(self):
        bench = self.start("bench", "allreduce", "--sizes", "16MB,16MB,16MB,16MB")
        self.wait_until(lambda: len(self.workers()) == 2, "two workers")
        bench.signal(signal.SIGINT)
        self.finish(bench, 130)


if __name__ == "__main__":
    muster_case.main()
