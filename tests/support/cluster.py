"""Tests on a real SLURM cluster on this machine: tests/cluster/cluster, whose head says what it is.

A script of such tests ends with `cluster.main()`, which runs the whole script as the command of
one cluster, on its login node; a test leaves the nodes as it has found them. Where there can be no
cluster, the script is skipped with the reason.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import time

import muster_case

FOLDER = muster_case.ROOT / "tests/cluster"
NODES = os.environ.get("TEST_CLUSTER_NODES", "").split()
NODE_SECONDS = 120  # How long SLURM may take to call a node idle or down.

# For programs with MPI. By default SLURM 22.05 mixes two ways to let all ranks wait for each
# other in MPI_Init, and some go on early: 11 of 317 launches on four nodes crashed, none of 174
# with one way only.
SRUN_OPTIONS = ("--mpi=pmix", "--kill-on-bad-exit=1")
SRUN_ENVIRONMENT = {"SLURM_PMIX_FENCE": "ring"}


def run(*command, check=True, timeout_seconds=muster_case.TIMEOUT_SECONDS):
    """Runs a command to its end and returns it with its output as text; a failure is an error."""
    done = subprocess.run([str(part) for part in command], check=False, text=True,
                          capture_output=True, timeout=timeout_seconds)
    if check and done.returncode:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def on(node, *command, check=True):
    """Runs a command on a node, as `run` does."""
    return run(FOLDER / "on", node, *command, check=check)


def is_up(node):
    """Whether the node has processes: not killed, or started again."""
    return bool(_process(node))


def _process(node):
    return pathlib.Path("/srv/cluster/nodes", node).read_text(encoding="ascii")


def node_states():
    """Node -> what SLURM calls it: idle, alloc, mix, comp, down, ...; `*`: it does not answer."""
    lines = run("sinfo", "--noheader", "--Node", "--partition=batch", "--format=%N %t").stdout
    return dict(line.split() for line in lines.splitlines())


class ClusterCase(muster_case.MusterCase):
    """A test on the login node. Its folder is seen by all nodes; TMPDIR is each node's own /tmp."""

    folders_in = os.environ.get("TEST_CLUSTER_SHARED")

    def setUp(self):
        super().setUp()
        self.addCleanup(self.mend)
        self.disturbed = set()

    def start(self, *arguments, program="muster", environment=None):
        return super().start(*arguments, program=program,
                             environment={"TMPDIR": "/tmp"} | (environment or {}))

    def start_mpirun(self, hosts, *arguments, environment=None):
        """Starts `mpirun --host HOSTS` ("n1:2,n2:2") on the login node."""
        return self.start("--allow-run-as-root", "--bind-to", "none", "--host", hosts,
                          "--mca", "plm_rsh_agent", FOLDER / "on-agent", *arguments,
                          program=shutil.which("mpirun"), environment=environment)

    def start_srun(self, *arguments, environment=None):
        """Starts `srun --mpi=pmix ARGUMENTS` on the login node."""
        return self.start(*SRUN_OPTIONS, *arguments, program=shutil.which("srun"),
                          environment=SRUN_ENVIRONMENT | (environment or {}))

    def node(self, action, node, *more):
        """Does what `tests/cluster/node ACTION NODE` does; mended when the test ends."""
        self.disturbed.add(node)
        run(FOLDER / "node", action, node, *more)

    def wait_for_nodes(self, state, *nodes):
        """Waits until SLURM says `state` of these nodes, or of all."""
        nodes = nodes or NODES

        def reached():
            states = node_states()
            return all(states[node] == state for node in nodes) or time.sleep(0.2)

        self.wait_until(reached, f"{nodes} to be {state}", NODE_SECONDS)

    def roots(self):
        return [pathlib.Path("/")] + [pathlib.Path("/proc", _process(node), "root")
                                      for node in NODES if is_up(node)]

    def mend(self):
        """Ends all jobs, repairs what the test has done to nodes, and waits until all are idle."""
        run("scancel", "--user=root")
        for node in self.disturbed:
            run(FOLDER / "node", "restore" if is_up(node) else "start", node)
            # SLURM looks only twice a minute after nodes that are down; refused for others.
            run("scontrol", "update", f"nodename={node}", "state=resume", check=False)
        self.wait_for_nodes("idle")


def main():
    """Runs the tests of the calling script on a cluster; exit status 77 where there is none."""
    if NODES:
        muster_case.main()
    else:
        program = FOLDER / "cluster"
        os.execv(program, [program, "--", sys.executable, "-B", *sys.argv])
