"""A rank under mpirun is killed, exits or is stopped: the others end by themselves within their
deadline, on one node and between nodes, and nothing is left behind. mpirun is told not to end them.
"""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from flight import FAILED, LEFT, records

MPIRUN, PROGRAM = sys.argv[1:3]
RANKS = 3
LONGEST_SECONDS = 20


class LostRank(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mt-", dir="/tmp")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.shared_before = os.listdir("/dev/shm")

    def lose(self, end, per_node):
        """Runs a world that loses rank 1; what the survivors say."""
        environment = os.environ | {"OMPI_MCA_orte_enable_recovery": "1",
                                    "OMPI_MCA_orte_abort_on_non_zero_status": "0"}
        if per_node:
            environment["OMPI_MCA_btl"] = "tcp,self"
        output = self.folder / "output"
        with open(output, "wb") as file:
            world = subprocess.Popen([MPIRUN, str(RANKS), PROGRAM, str(per_node), end, self.folder],
                                     env=environment, stdin=subprocess.DEVNULL, stdout=file,
                                     stderr=file)
        self.addCleanup(world.wait)
        self.addCleanup(world.terminate)
        deadline = time.monotonic() + LONGEST_SECONDS
        said = []
        has_ended = False
        while time.monotonic() < deadline and not has_ended:
            has_ended = world.poll() is not None  # Before reading: nothing is missed.
            said = [line for line in output.read_text(errors="replace").splitlines()
                    if line.startswith(("aborted: ", "timeout: ", "no error"))]
            if end == "stop" and len(said) == RANKS - 1:
                with contextlib.suppress(ProcessLookupError):  # Killed already.
                    os.kill(records(self.folder / "rank-1.1.flight")[0], signal.SIGKILL)
            time.sleep(0.05)
        print(output.read_text(errors="replace"))
        self.assertIsNotNone(world.poll(), "the survivors hang")
        self.assertNotIn("no error", said)
        # A survivor that tries to connect to a dead one may be ended by Open MPI itself.
        may_be_ended = per_node != 0 and end != "stop"
        self.assertIn(len(said), (1, 2) if may_be_ended else (2,))
        self.assertEqual(self.shared_before, os.listdir("/dev/shm"))
        self.assertEqual([(1, "start", LEFT)], records(self.folder / "rank-1.1.flight")[1])
        for rank in (0, 2):
            found = records(self.folder / f"rank-{rank}.1.flight")[1]
            self.assertEqual([(1, "start", LEFT), (2, "end", FAILED)][:len(said)],
                             found[:len(said)])
        return said

    def test_a_death_inside_a_node_is_seen_at_once(self):
        said = self.lose("kill", per_node=0)
        self.assertTrue(all("rank 1 has died" in line for line in said), said)

    def test_a_death_between_nodes_ends_the_others_at_their_deadline(self):
        self.check_named(self.lose("kill", per_node=1))

    def test_an_exit_between_nodes_ends_the_others_at_their_deadline(self):
        self.check_named(self.lose("exit", per_node=1))

    def test_a_stopped_rank_ends_the_others_at_their_deadline(self):
        self.check_named(self.lose("stop", per_node=1))

    def check_named(self, said):
        """Who gives up first says it at once, and only then reads the records."""
        for line in said:
            by_itself = line.startswith("timeout: ")
            self.assertIn('not entered by rank 1 (last left barrier #1 "start")' if by_itself else
                          "rank 1", line)
        self.assertTrue(any(line.startswith("timeout: ") for line in said), said)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
