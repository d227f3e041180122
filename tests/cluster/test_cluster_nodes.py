"""Nodes can be cut off and lost, and come back.
"""

import socket

import cluster

SLURMD_PORT = 6818  # Listens on every node.


class LostNodes(cluster.ClusterCase):
    def reaches(self, node):
        try:
            with socket.create_connection((node, SLURMD_PORT), timeout=1):
                return True
        except OSError:
            return False

    def test_a_cut_cable_stops_everything_until_it_is_restored(self):
        self.assertTrue(self.reaches("n2"))
        self.node("cut", "n2")
        self.assertFalse(self.reaches("n2"))
        self.assertTrue(self.reaches("n1"))
        self.assertTrue(cluster.on("n2", "cat", "/proc/1/comm").stdout, "its processes go on")
        self.node("restore", "n2")
        self.wait_until(lambda: self.reaches("n2"), "n2 to be reached again")

    def test_a_killed_node_is_down_and_comes_back_empty(self):
        cluster.on("n3", "touch", "/dev/shm/muster-lost")
        program = self.start("n3", "sleep", "1000", program=cluster.FOLDER / "on")
        self.wait_until(lambda: len(self.processes()) == 2, "the program to start on n3")
        self.node("kill", "n3")
        self.assertNotEqual(0, program.wait())
        self.assertEqual([], self.processes())
        self.assertFalse(self.reaches("n3"))
        self.wait_for_nodes("down", "n3")

        self.node("start", "n3")
        self.wait_for_nodes("idle", "n3")
        self.assertEqual("", cluster.on("n3", "ls", "/dev/shm").stdout)
        self.assertEqual("n3\n", cluster.run("srun", "--nodelist=n3", "hostname").stdout)

    def test_peers_of_a_killed_node_hear_no_last_word(self):
        script = "import socket; s = socket.create_server(('', 9999)); c = s.accept()[0]; c.recv(1)"
        self.start("n4", "python3", "-c", script, program=cluster.FOLDER / "on")
        peer = self.wait_until(self.connect_to_n4, "n4 to listen")
        self.addCleanup(peer.close)
        self.node("kill", "n4")
        peer.settimeout(0.5)
        with self.assertRaises(TimeoutError):  # Neither an end nor a reset.
            peer.recv(1)

    def connect_to_n4(self):
        try:
            return socket.create_connection(("n4", 9999), timeout=1)
        except OSError:
            return None

    def test_a_node_that_does_not_exist_is_refused_with_those_that_do(self):
        refused = cluster.run(cluster.FOLDER / "node", "kill", "n9", check=False)
        self.assertEqual(64, refused.returncode)
        self.assertIn("n1 n2 n3 n4", refused.stderr)


if __name__ == "__main__":
    cluster.main()
