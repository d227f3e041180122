"""Experiments that cannot be run: exit status, the place that is named; nothing was made."""

import struct

import muster_case

EXPERIMENT = """\
name: refused
model: {name: mlp, input: [2], hidden: [4], classes: 2}
objective: {name: cross_entropy}
data:
  train: {format: csv, files: [train.csv], label: -1}
batch: {global: 2, lanes: 2}
optimizer: {name: adamw, lr: 1.0e-3}
duration: 1ep
cluster: {workers: 2}
"""
GOOD_CSV = "1,2,0\n3,4,1\n5,6,0\n"

# What is changed in EXPERIMENT, and what the message must contain.
BAD_CONFIGS = [
    ("optimizer: {name: adamw, lr:", "optimizer: {name: adamw, learning_rat:", ":7:26: error:"),
    ("lanes: 2", "lanes: 4", "batch.lanes"),
    ("workers: 2", "workers: 3", "cluster.workers"),
    ("duration: 1ep", "duration: 1 fortnight", ":8:11: error:"),
    ("name: refused", "name: refused\nname: twice", ":2:1: error:"),
    ("lr: 1.0e-3", "lr: 1.0e-3, groups: [{match: '*.bais', weight_decay: 0}]",
     ":7:55: error: optimizer.groups[0].match[0]: '*.bais' matches no parameter (did you mean"
     " '*.bias'?)"),
]

# The file's text, and what the message must contain.
BAD_FILES = [
    (None, "train.csv"),
    ("", "train.csv"),
    ("1,2,0\n3,1\n", "train.csv:2"),
    ("1,2,0\n3,four,1\n", "train.csv:2"),
    ("1,2,0\n3,4,1\n5,6,2\n", "train.csv:3"),
]


class RefusedRun(muster_case.MusterCase):
    def refuse(self, experiment, csv, status, expected):
        (self.folder / "bad.yaml").write_text(experiment)
        (self.folder / "train.csv").unlink(missing_ok=True)
        if csv is not None:
            (self.folder / "train.csv").write_text(csv)
        muster = self.start("run", "bad.yaml")
        self.finish(muster, status)
        self.assertIn(expected, muster.stderr)
        self.assertIn("error", muster.stderr)
        self.assertEqual([], self.run_directories())
        self.assertEqual("", muster.stdout)

    def test_bad_experiment_is_refused_with_its_place(self):
        for old, new, expected in BAD_CONFIGS:
            with self.subTest(new=new):
                self.assertIn(old, EXPERIMENT)
                self.refuse(EXPERIMENT.replace(old, new), GOOD_CSV, 78, expected)

    def test_bad_data_are_refused_with_their_line(self):
        for csv, expected in BAD_FILES:
            with self.subTest(csv=csv):
                self.refuse(EXPERIMENT, csv, 65, expected)

    def test_a_file_for_which_memory_does_not_suffice_is_named(self):
        # 64 GB that take no room on the disk, where 32 GB of memory are allowed.
        with open(self.folder / "large", "wb") as file:
            file.write(struct.pack(">BBBBIII", 0, 0, 8, 3, 4_000_000_000, 4, 4))
            file.truncate(16 + 64_000_000_000)
        csv = "{format: csv, files: [train.csv], label: -1}"
        self.assertIn(csv, EXPERIMENT)
        (self.folder / "large.yaml").write_text(EXPERIMENT.replace(
            csv, "{format: idx, files: [large], labels: [large]}").replace(
            "lanes: 2", "lanes: 1").replace("workers: 2", "workers: 1"))
        limited = ["-c", 'ulimit -v 32000000; exec "$@"', "sh"]
        for command in (["muster", "run"], ["muster-worker"]):
            with self.subTest(command=command):
                program, *arguments = command
                muster = self.start(*limited, muster_case.BIN / program, *arguments, "large.yaml",
                                    program="/bin/sh")
                self.finish(muster, 78)
                self.assertIn("large: memory ran out while it was read", muster.stderr)
                self.assertNotIn("model", muster.stderr)
                self.assertEqual([], self.run_directories())

    def test_the_same_experiment_unchanged_is_trained(self):
        (self.folder / "good.yaml").write_text(EXPERIMENT)
        (self.folder / "train.csv").write_text(GOOD_CSV)
        self.finish(self.start("run", "good.yaml"), 0)
        self.assertEqual("completed", self.summary()["status"])


if __name__ == "__main__":
    muster_case.main()
