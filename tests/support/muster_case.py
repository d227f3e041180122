"""Tests of the whole program, from outside: a temporary folder, `muster` with a time limit, and a
look at what is left behind.

Every process that a test starts inherits an environment variable with a random value, so all of
them are found again in /proc, whoever their parent is. Temporary files are sent to a folder of the
test; the places that are used all the same (/tmp/muster-UID-*, /dev/shm) are compared before and
after.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("MUSTER_BIN", ROOT / "build/release/bin"))
DIGITS = ROOT / "configs/digits.yaml"
TIMEOUT_SECONDS = 60  # Of one run; a machine that compiles at the same time is slow.
SETTLE_SECONDS = 5    # How long the kernel may take to remove what has been killed.
MARK = "MUSTER_TEST_MARK"


class Muster:
    """A running `muster` (or another program), with its output in files."""

    def __init__(self, arguments, folder, environment):
        self.output = folder / f"out-{uuid.uuid4().hex[:8]}"
        self.errors = self.output.with_name(self.output.name + ".err")
        with open(self.output, "wb") as out, open(self.errors, "wb") as err:
            self.process = subprocess.Popen([str(part) for part in arguments], cwd=folder,
                                            env=environment, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=err, start_new_session=True)

    def wait(self, timeout_seconds=TIMEOUT_SECONDS):
        """Waits for the end and returns the exit status; a signal's number is negative."""
        return self.process.wait(timeout_seconds)

    def signal(self, number):
        """Signals the first process only, as a batch system does."""
        self.process.send_signal(number)

    @property
    def stdout(self):
        return self.output.read_text(encoding="utf-8", errors="replace")

    @property
    def stderr(self):
        return self.errors.read_text(encoding="utf-8", errors="replace")


class MusterCase(unittest.TestCase):
    """A test with a folder of its own. What a run leaves behind fails it."""

    folders_in = "/tmp"  # Short: the path of a Unix socket has 107 characters at most.

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mt-", dir=self.folders_in))
        self.temporary = self.folder / "t"
        self.temporary.mkdir()
        self.mark = uuid.uuid4().hex
        self.shared_before = self.shared_places()
        self.started = []
        self.transcript = ""

    def tearDown(self):
        problems = self._leftovers()
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.transcript = "".join(
            f"--- {' '.join(map(str, muster.process.args))}\n{muster.stdout}{muster.stderr}"
            for muster in self.started)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.assertEqual([], problems)

    def run(self, result=None):
        """Runs the test; what its programs printed is shown when it fails."""
        bad = result.failures + result.errors
        super().run(result)
        if len(result.failures + result.errors) > len(bad):
            print(self.transcript, file=sys.stderr)
        return result

    # --- running ---------------------------------------------------------------------------------

    def start(self, *arguments, program="muster", environment=None):
        """Starts BIN/program with the arguments, in the folder of the test."""
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith("MUSTER_")}
        clean |= {MARK: self.mark, "TMPDIR": str(self.temporary), "NO_COLOR": "1",
                  "XDG_CACHE_HOME": str(self.folder / "cache")}
        muster = Muster([BIN / program, *arguments], self.folder, clean | (environment or {}))
        self.started.append(muster)
        return muster

    def run_digits(self, *overrides):
        """Starts `muster run configs/digits.yaml` with two workers and the overrides."""
        return self.start("run", DIGITS, "cluster.workers=2", *overrides)

    def finish(self, muster, status, timeout_seconds=TIMEOUT_SECONDS):
        """Waits for the end and checks the exit status."""
        try:
            got = muster.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            self.fail(f"still running after {timeout_seconds} s: {muster.process.args}")
        self.assertEqual(status, got, muster.stderr)

    def wait_until(self, condition, what, timeout_seconds=TIMEOUT_SECONDS):
        """Polls until `condition()` is true, and returns its value."""
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            time.sleep(0.02)
        self.fail(f"waited {timeout_seconds} s for {what}")

    # --- looking ---------------------------------------------------------------------------------

    def run_directories(self):
        root = self.folder / "runs"
        return sorted(path for path in root.iterdir() if path.is_dir()) if root.exists() else []

    def run_directory(self):
        """The one run directory of this test."""
        found = self.run_directories()
        self.assertEqual(1, len(found), found)
        return found[0]

    def summary(self):
        return json.loads((self.run_directory() / "summary.json").read_text())

    def steps_logged(self):
        """The number of training steps in metrics.jsonl so far."""
        found = self.run_directories()
        metrics = found[0] / "metrics.jsonl" if found else None
        if metrics is None or not metrics.exists():
            return 0
        return sum("train/loss" in line for line in metrics.read_text().splitlines())

    def processes(self):
        """Ids of all living processes that this test started, directly or not."""
        wanted = f"{MARK}={self.mark}".encode()
        return [pid for pid in pids() if wanted in read(f"/proc/{pid}/environ").split(b"\0")]

    def workers(self):
        """Rank -> process id of the workers that have been started."""
        found = {}
        for pid in self.processes():
            if os.path.basename(read(f"/proc/{pid}/cmdline").split(b"\0")[0]) == b"muster-worker":
                for variable in read(f"/proc/{pid}/environ").split(b"\0"):
                    if variable.startswith(b"OMPI_COMM_WORLD_RANK="):
                        found[int(variable.split(b"=")[1])] = pid
        return found

    # --- leaving nothing behind ------------------------------------------------------------------

    def roots(self):
        """The folders that are `/` for some of the test's programs."""
        return [pathlib.Path("/")]

    def shared_places(self):
        """Entries where programs of any test could leave something, without those that living
        programs of others use just now."""
        entries = {path for root in self.roots()
                   for folder, pattern in (("tmp", f"muster-{os.getuid()}-*"), ("dev/shm", "*"))
                   for path in (root / folder).glob(pattern)}
        if not entries:
            return set()
        mapped = b"".join(read(f"/proc/{pid}/maps") for pid in pids())
        return {str(path) for path in entries
                if f"/{path.parent.name}/{path.name}".encode() not in mapped}

    def _leftovers(self):
        """One line for each thing that the test's programs left; waits a little for the kernel."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            problems = [f"process {pid}: {read(f'/proc/{pid}/cmdline')}"
                        for pid in self.processes()]
            if not problems:
                problems = [str(path) for path in self.temporary.rglob("*")]
                problems += sorted(self.shared_places() - self.shared_before)
            if not problems or time.monotonic() > deadline:
                return [f"left behind: {problem}" for problem in problems]
            time.sleep(0.05)


def pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def read(path):
    """A file of /proc; empty when the process is gone or somebody else's."""
    try:
        return pathlib.Path(path).read_bytes()
    except OSError:
        return b""


def main():
    """Runs the tests of the calling script; exit status 77 (a visible skip) when none could run."""
    program = unittest.main(verbosity=2, exit=False)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.testsRun == 0:
        sys.exit("no test was run")
    sys.exit(77 if len(result.skipped) == result.testsRun else 0)
