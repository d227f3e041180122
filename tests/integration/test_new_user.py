"""A new user's hour: a CSV of one's own with header names and text labels, and typing errors on the
way. The "user" knows the README and does what messages say, nothing else. (What TensorBoard sees:
test_tensorboard.py.)"""

import difflib
import random
import re

import muster_case

SPECIES = ("moss", "fern", "pine")
GOOD = """\
name: plants
model: {name: mlp, input: [3], hidden: [16], classes: 3}
data:
  train: {format: csv, files: [plants.csv], label: species, classes: [moss, fern, pine]}
  eval: {format: csv, files: [more-plants.csv], label: species, classes: [moss, fern, pine]}
batch: {global: 32, lanes: 4}
optimizer: {name: adamw, lr: 1.0e-2}
duration: 20ep
cluster: {workers: 2}
"""

# What is typed wrong, as (right, wrong).
TYPING_ERRORS = [
    ("hidden:", "hiden:"),
    ("format: csv, files: [plants.csv]", "format: cvs, files: [plants.csv]"),
    ("files: [plants.csv], label: species", "files: [plants.csv], label: specis"),
    ("duration: 20ep", "duration: 20"),
    ("workers: 2", "workers: 8"),
]


def plants(seed, count):
    """Leaves have a length, a width and a colour that depend on the species."""
    dice = random.Random(seed)
    lines = ["length,width,colour,species"]
    for _ in range(count):
        kind = dice.randrange(3)
        values = [dice.gauss(mean[kind], 0.4) for mean in ((1, 4, 2), (0.5, 1, 3), (2, 0, -2))]
        lines.append(",".join(f"{value:.3f}" for value in values) + "," + SPECIES[kind])
    return "\r\n".join(lines) + "\r\n"  # As spreadsheets write it.


def repaired(text, message):
    """`text` after doing what `message` says at its line; fails when it says nothing to do."""
    place = re.search(r"plants\.yaml:(\d+):(\d+)", message)
    number, column, words = int(place[1]), int(place[2]), message.splitlines()[0]
    lines = text.splitlines()
    line = lines[number - 1]
    head, tail = line[:column - 1], line[column - 1:]
    if near := re.search(r"did you mean '([^']+)'", words):
        quoted = re.findall(r"'([^']+)'", words[:near.start()])
        wrong, = difflib.get_close_matches(near[1], quoted, 1)
        tail = tail.replace(wrong, near[1], 1)
    elif unit := re.search(r"got '([^']+)'.*for example \d+(\w+)", words):
        tail = tail.replace(unit[1], unit[1] + unit[2], 1)
    elif limit := re.search(r"must be at most [\w.]* ?\(?(\d+)\)?, got (\d+)", words):
        tail = tail.replace(limit[2], limit[1], 1)
    else:
        raise AssertionError(f"what should be done? {message}")
    lines[number - 1] = head + tail
    return "\n".join(lines) + "\n"


class NewUser(muster_case.MusterCase):
    def setUp(self):
        super().setUp()
        (self.folder / "plants.csv").write_text(plants(1, 400), newline="")
        (self.folder / "more-plants.csv").write_text(plants(2, 100), newline="")

    def validate(self, text):
        (self.folder / "plants.yaml").write_text(text)
        muster = self.start("validate", "plants.yaml")
        return muster.wait(), muster.stderr

    def test_every_typing_error_is_mended_by_doing_what_the_message_says(self):
        for right, wrong in TYPING_ERRORS:
            with self.subTest(wrong=wrong):
                self.assertEqual(1, GOOD.count(right))
                text = GOOD.replace(right, wrong)
                status, message = self.validate(text)
                self.assertIn(status, (65, 78))
                self.assertEqual(0, self.validate(repaired(text, message))[0], message)

    def test_all_typing_errors_at_once_are_told_at_once(self):
        text = GOOD
        for right, wrong in TYPING_ERRORS:
            text = text.replace(right, wrong)
        for _ in range(len(TYPING_ERRORS)):
            status, message = self.validate(text)
            if status == 0:
                break
            text = repaired(text, message)
        self.assertEqual((0, ""), self.validate(text))

    def test_plants_are_told_apart(self):
        self.assertEqual((0, ""), self.validate(GOOD))
        self.finish(self.start("run", "plants.yaml"), 0)
        self.assertGreater(self.summary()["eval"]["accuracy"], 0.9)
        events = list(self.run_directory().glob("events.out.tfevents.*"))
        self.assertEqual(1, len(events))


if __name__ == "__main__":
    muster_case.main()
