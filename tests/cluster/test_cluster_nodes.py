"""Nodes can be cut off and lost, and come back.
"""

import socket

import cluster

ON = cluster.FOLDER / "on"
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

    def test_a_node_that_is_cut_off_for_long_is_down_and_mended_all_the_same(self):
        self.node("cut", "n2")
        self.wait_for_nodes("down*", "n2")
        self.mend()
        self.assertEqual("n2\n", cluster.run("srun", "--nodelist=n2", "hostname").stdout)

    def test_packets_are_lost_until_it_is_restored(self):
        self.node("lose", "n2", 99)
        self.assertFalse(all(self.reaches("n2") for _ in range(3)))
        self.assertIn("numgen random mod 100 < 99 drop",
                      cluster.on("n2", "nft", "list", "ruleset").stdout)
        self.node("lose", "n2", 5)
        self.node("restore", "n2")
        self.assertTrue(self.reaches("n2"))
        self.assertEqual("", cluster.on("n2", "nft", "list", "ruleset").stdout)

    def test_a_killed_node_is_down_and_comes_back_empty(self):
        cluster.on("n3", "touch", "/dev/shm/muster-lost")
        program = self.start("n3", "sleep", "1000", program=ON)
        self.wait_until(lambda: len(self.processes()) == 2, "the program to start on n3")
        self.node("kill", "n3")
        self.assertNotEqual(0, program.wait())
        self.assertEqual([], self.processes())
        self.assertFalse(self.reaches("n3"))
        self.wait_for_nodes("down*", "n3")

        self.node("start", "n3")
        self.wait_for_nodes("idle", "n3")
        self.assertEqual("", cluster.on("n3", "ls", "/dev/shm").stdout)
        self.assertEqual("n3\n", cluster.run("srun", "--nodelist=n3", "hostname").stdout)

    def test_peers_of_a_killed_node_hear_no_last_word(self):
        script = "import socket; s = socket.create_server(('', 9999)); c = s.accept()[0]; c.recv(1)"
        listener = self.start("n4", "python3", "-c", script, program=ON)
        peer = self.wait_until(self.connect_to_n4, "n4 to listen")
        self.addCleanup(peer.close)
        self.node("kill", "n4")
        self.assertNotEqual(0, listener.wait())
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
        refused = cluster.run(cluster.FOLDER / "node", "lose", "n1", "all", check=False)
        self.assertEqual(64, refused.returncode)


if __name__ == "__main__":
    cluster.main()
