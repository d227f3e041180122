"""The test cluster leaves nothing behind, however it ends: processes, networks, mounts, files.

These tests look from outside, at the machine that the clusters run on.
"""

import os
import pathlib
import signal
import stat
import time

import cluster
import muster_case

CLUSTER = cluster.FOLDER / "cluster"
# Fills places that are a node's own on all of them and says so; then ends as $END says, when told.
LITTER = f"""
for place in /tmp /dev/shm /srv; do touch $place/$NAME; done
for node in $TEST_CLUSTER_NODES; do {cluster.FOLDER}/on $node touch /tmp/$NAME /dev/shm/$NAME; done
srun --nodes=2 sleep 1000 &
sleep 1000 & echo littered
until [ -e end ]; do sleep 0.1; done; eval "$END"
"""
MOUNT_POINTS = ("/tmp", "/dev/shm", "/srv", "/sys", "/sys/fs/cgroup", "/proc", "/etc/hosts")
PLACES = ("/tmp", "/dev/shm", "/srv", "/run", "/run/netns", "/var/log", "/var/lib", "/var/spool",
          "/var/lib/munge", "/etc/munge", "/etc/slurm")


def machine():
    """What is on this machine that programs of others do not change all the time."""
    lines = pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    mounts = [line.split()[4] for line in lines]
    found = {f"{place}: {mounts.count(place)} mounts" for place in MOUNT_POINTS}
    found |= {f"network {name}" for name in os.listdir("/sys/class/net")}
    found |= {f"cgroup {path}" for path in pathlib.Path("/sys/fs/cgroup").rglob("*slurm*")}
    for place in PLACES:
        if os.path.isdir(place):
            found |= {os.path.join(place, name) for name in os.listdir(place)
                      if place not in ("/tmp", "/dev/shm") or "slurm" in name or "munge" in name}
    return found


def namespace(pid, kind):
    try:
        return os.readlink(f"/proc/{pid}/ns/{kind}")
    except OSError:
        return None


class Takedown(muster_case.MusterCase):
    @classmethod
    def setUpClass(cls):
        cls.tried = cluster.run(CLUSTER, "--nodes", "1", "true", check=False)

    def setUp(self):
        if self.tried.returncode == 77:
            self.skipTest(self.tried.stderr.strip())
        super().setUp()
        self.namespaces = set()  # Of the processes of this test's clusters.
        self.name = self.folder.name + "-litter"
        self.before = machine()

    def roots(self):
        return []  # No program of Muster runs here.

    # --- looking ---------------------------------------------------------------------------------

    def inside(self):
        """The processes in all of this test's clusters; learns of namespaces while they live."""
        not_inside = {namespace("self", "pid"), None}  # None: it has ended while we look.
        self.namespaces |= {namespace(pid, "pid") for pid in self.processes()} - not_inside
        while True:
            pids = [pid for pid in muster_case.pids() if namespace(pid, "pid") in self.namespaces]
            nested = {namespace(pid, "pid_for_children") for pid in pids} - not_inside
            if nested <= self.namespaces:
                return pids
            self.namespaces |= nested

    def start_cluster(self, *command, environment=None):
        return self.start(*command, program=CLUSTER,
                          environment={"NAME": self.name} | (environment or {}))

    def start_littered(self, end=""):
        """A cluster whose command has left files and processes everywhere, and goes on until there
        is a file `end`. Then it does what the argument says."""
        running = self.start_cluster("bash", "-c", LITTER, environment={"END": end})
        self.wait_until(lambda: "littered" in running.stdout or running.process.poll() is not None,
                        "the cluster to be up")
        self.wait_until(lambda: self.comms().count("slurmstepd") >= 2, "the job to run")
        self.assertEqual(5, len(self.namespaces), self.comms())
        return running

    def comms(self):
        found = []
        for pid in self.inside():
            try:
                found.append(pathlib.Path(f"/proc/{pid}/comm").read_text().strip())
            except OSError:
                pass  # It has ended.
        return found

    def wait_watching(self, *running):
        """Waits until they have ended, and learns of all their namespaces."""
        self.wait_until(
            lambda: self.inside() is None or all(one.process.poll() is not None for one in running),
            "the end")

    def check_nothing_is_left(self):
        self.assertTrue(self.namespaces, "no cluster was seen")
        self.wait_until(lambda: not self.inside(), "its processes to be gone", 5)
        self.assertEqual([], sorted(machine() - self.before))
        for place in ("/tmp", "/dev/shm", "/srv"):
            self.assertFalse(os.path.exists(f"{place}/{self.name}"), place)

    # --- ends ------------------------------------------------------------------------------------

    def test_a_command_that_ends_with_an_error(self):
        running = self.start_littered("exit 7")
        (self.folder / "end").touch()
        self.assertEqual(7, running.wait(), running.stderr)
        self.check_nothing_is_left()

    def test_a_command_that_is_killed(self):
        running = self.start_littered("kill -KILL $$")
        (self.folder / "end").touch()
        self.assertEqual(137, running.wait(), running.stderr)
        self.check_nothing_is_left()

    def test_sigterm_goes_to_the_command_and_ends_all(self):
        running = self.start_littered()
        running.signal(signal.SIGTERM)
        self.assertEqual(143, running.wait(5), running.stderr)
        self.check_nothing_is_left()

    def test_a_command_may_take_its_time_after_sigterm_and_choose_the_status(self):
        script = "trap 'sleep 1; exit 75' TERM; echo up; while :; do sleep 0.1; done"
        running = self.start_cluster("bash", "-c", script)
        self.wait_until(lambda: "up" in running.stdout, "the command to run")
        self.inside()
        running.signal(signal.SIGTERM)
        self.assertEqual(75, running.wait(), running.stderr)
        self.check_nothing_is_left()

    def test_a_command_that_is_deaf_to_sigint_is_killed_after_ten_seconds(self):
        running = self.start_cluster("bash", "-c", "trap '' INT; echo up; sleep 1000")
        self.wait_until(lambda: "up" in running.stdout, "the command to run")
        self.inside()
        begin = time.monotonic()
        running.signal(signal.SIGINT)
        self.assertEqual(137, running.wait(), running.stderr)
        self.assertGreater(time.monotonic() - begin, 9)
        self.assertIn("not ended in 10 s", running.stderr)
        self.check_nothing_is_left()

    def test_sigkill_of_the_script(self):
        running = self.start_littered()
        running.signal(signal.SIGKILL)
        self.assertEqual(-signal.SIGKILL, running.wait())
        self.check_nothing_is_left()

    def test_sigterm_while_it_comes_up(self):
        running = self.start_cluster("sleep", "1000")
        self.wait_until(lambda: "slurmd" in self.comms(), "the first slurmd")
        running.signal(signal.SIGTERM)
        self.assertEqual(143, running.wait(5), running.stderr)
        self.check_nothing_is_left()

    def test_a_failure_in_the_middle_of_coming_up_is_told(self):
        self.replace("slurmctld", "echo it is broken >&2; sleep 0.5; exit 1")
        running = self.start_with_replacements("true")
        self.wait_watching(running)
        self.assertEqual(69, running.wait(), running.stderr)
        self.assertIn("it is broken\ncluster: slurmctld does not start\n", running.stderr)
        self.check_nothing_is_left()

    def test_a_missing_tool_is_a_skip_with_its_name(self):
        tools = self.folder / "tools"
        tools.mkdir()
        for name in ("bash", "dirname", "sed"):
            (tools / name).symlink_to(muster_case.shutil.which(name))
        running = self.start_cluster("true", environment={"PATH": str(tools)})
        self.assertEqual(77, running.wait())
        self.assertRegex(running.stderr,
                         "^cluster: skipped: there is no [a-z]+; scripts/setup --cluster installs")

    def test_two_clusters_at_once_do_not_meet(self):
        script = f"""touch /srv/shared/$ME; {cluster.FOLDER}/node kill n$ME; sleep 2
                     ls /srv/shared; srun --nodes=3 --exclude=n$ME hostname | sort"""
        both = [self.start_cluster("bash", "-c", script, environment={"ME": me}) for me in "12"]
        self.wait_watching(*both)
        self.assertEqual(["1 n2 n3 n4", "2 n1 n3 n4"],
                         [" ".join(one.stdout.split()) for one in both], both[0].stderr)
        self.check_nothing_is_left()

    # --- helpers ---------------------------------------------------------------------------------

    def replace(self, name, script):
        """Puts a script in the place of a program, for start_with_replacements()."""
        path = self.folder / "replaced" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/bash\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def start_with_replacements(self, *command):
        path = f"{self.folder / 'replaced'}:{os.environ['PATH']}"
        return self.start_cluster(*command, environment={"PATH": path})


if __name__ == "__main__":
    muster_case.main()
