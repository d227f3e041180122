"""What every other test on the cluster takes for granted: it has separate nodes, and programs are
launched over them in every way that users have.
"""

import os
import socket

import cluster
import muster_case

HELLO = muster_case.BIN / "test_cluster_mpi_hello"


class Nodes(cluster.ClusterCase):
    def test_slurm_gives_out_four_idle_nodes(self):
        self.assertEqual({f"n{i}": "idle" for i in range(1, 5)}, cluster.node_states())

    def test_srun_starts_a_task_on_each_node(self):
        hosts = cluster.run("srun", "--nodes=4", "hostname").stdout.split()
        self.assertEqual(cluster.NODES, sorted(hosts))

    def test_each_node_has_its_own_tmp_and_shared_memory(self):
        for place in ("/tmp", "/dev/shm"):
            cluster.on("n1", "touch", f"{place}/mine")
            found = {"login": cluster.run("ls", place).stdout}
            found |= {node: cluster.on(node, "ls", place).stdout for node in cluster.NODES}
            cluster.on("n1", "rm", f"{place}/mine")
            self.assertEqual(["n1"], [node for node in found if "mine" in found[node]], place)

    def test_all_nodes_see_the_folder_of_a_test(self):
        (self.folder / "ours").touch()
        for node in cluster.NODES:
            self.assertIn("ours", cluster.on(node, "ls", self.folder).stdout.split(), node)

    def test_each_node_has_its_own_loopback_and_processes(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        address = listener.getsockname()
        try_it = f"import socket; socket.create_connection({address})"
        cluster.run("python3", "-c", try_it)
        refused = cluster.on("n1", "python3", "-c", try_it, check=False)
        self.assertIn("ConnectionRefusedError", refused.stderr)

        seen = cluster.on("n1", "sh", "-c", "cat /proc/[0-9]*/comm").stdout.split()
        self.assertEqual((1, 0), (seen.count("slurmd"), seen.count("slurmctld")), seen)

    def test_what_a_command_on_a_node_returns_comes_back(self):
        done = cluster.on("n3", "sh", "-c", "hostname; pwd; exit 7", check=False)
        self.assertEqual((7, f"n3\n{os.getcwd()}\n"), (done.returncode, done.stdout))


class Launches(cluster.ClusterCase):
    def check_hello(self, output, *hosts):
        self.assertEqual({f"rank {rank} of {len(hosts)} on {host}: sum {sum(range(len(hosts) + 1))}"
                          for rank, host in enumerate(hosts)}, set(output.splitlines()))

    def test_srun_with_pmix_makes_one_world_of_four_nodes(self):
        hello = self.start_srun("--nodes=4", "--ntasks=4", HELLO)
        self.finish(hello, 0)
        self.check_hello(hello.stdout, "n1", "n2", "n3", "n4")

    def test_srun_with_pmix_makes_one_world_of_two_nodes_with_two_ranks(self):
        hello = self.start_srun("--nodes=2", "--ntasks-per-node=2", HELLO)
        self.finish(hello, 0)
        self.check_hello(hello.stdout, "n1", "n1", "n2", "n2")

    def test_mpirun_over_hosts_makes_one_world(self):
        for hosts, ranks in (("n1:1,n2:1,n3:1,n4:1", ["n1", "n2", "n3", "n4"]),
                             ("n1:3,n4:1", ["n1", "n1", "n1", "n4"])):
            hello = self.start_mpirun(hosts, HELLO)
            self.finish(hello, 0)
            self.check_hello(hello.stdout, *ranks)

    def test_mpirun_forwards_no_variable_by_itself(self):
        environment = {"ASKED_FOR": "1", "NOT_ASKED_FOR": "1"}
        mpirun = self.start_mpirun("n1:1", "-x", "ASKED_FOR", "env", environment=environment)
        self.finish(mpirun, 0)
        self.assertIn("\nASKED_FOR=1", mpirun.stdout)
        self.assertNotIn("NOT_ASKED_FOR", mpirun.stdout)


if __name__ == "__main__":
    cluster.main()
