"""The first experiment of README.md, done as a reader would do it: its text is taken from there."""

import json
import re
import subprocess

import muster_case


def block(language, beginning):
    """The fenced block of README.md in `language` that begins with `beginning`."""
    text = (muster_case.ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return next(block for block in blocks if block.startswith(beginning))


class FirstExperiment(muster_case.MusterCase):
    def test_it_learns_and_gives_the_same_bits_with_four_workers(self):
        subprocess.run(["sh", "-c", block("sh", "awk")], cwd=self.folder, check=True)
        (self.folder / "circle.yaml").write_text(block("yaml", "# circle.yaml"))

        self.finish(self.start("validate", "circle.yaml"), 0)
        self.finish(self.start("plan", "circle.yaml"), 0)
        self.assertEqual([], self.run_directories())

        self.finish(self.start("run", "circle.yaml"), 0)
        first = self.summary()
        self.assertGreater(first["eval"]["accuracy"], 0.95)

        self.finish(self.start("run", "circle.yaml", "cluster.workers=4", "--name", "four"), 0)
        second = json.loads(
            (self.folder / "runs" / "four-0001" / "summary.json").read_text())
        self.assertEqual(4, second["workers"])
        self.assertEqual(first["model_sha256"], second["model_sha256"])


if __name__ == "__main__":
    muster_case.main()
