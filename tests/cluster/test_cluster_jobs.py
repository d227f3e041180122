"""Batch jobs as users have them: requeued, preempted and signalled, and the script can tell."""

import cluster

# Says what happens to it, and ends by itself at some time.
SCRIPT = """#!/bin/bash
echo "started: restarts ${SLURM_RESTART_COUNT:-0}, job $SLURM_JOB_ID, nodes $SLURM_JOB_NODELIST"
trap 'echo "got USR1"' USR1
for ((i = 0; i < 200; i++)); do sleep 0.2 & wait; done
"""


class Jobs(cluster.ClusterCase):
    def submit(self, *options):
        """Submits the script and returns the number of the job once it runs."""
        script = self.folder / "job.sh"
        script.write_text(SCRIPT)
        job = cluster.run("sbatch", "--parsable", f"--output={self.folder}/%j.out",
                          "--open-mode=append", *options, script).stdout.strip()
        self.wait_for_line(job, "started: restarts 0")
        return job

    def output(self, job):
        file = self.folder / f"{job}.out"
        return file.read_text() if file.exists() else ""

    def wait_for_line(self, job, text):
        return self.wait_until(
            lambda: [line for line in self.output(job).splitlines() if text in line],
            f"'{text}' of job {job}", cluster.NODE_SECONDS)

    def test_a_requeued_job_restarts_with_its_number_and_a_count(self):
        job = self.submit("--requeue", "--nodes=2")
        cluster.run("scontrol", "requeue", job)
        line = self.wait_for_line(job, "started: restarts 1")[0]
        self.assertEqual(f"started: restarts 1, job {job}, nodes n[1-2]", line)

    def test_scancel_signals_the_batch_script(self):
        job = self.submit("--nodes=1")
        cluster.run("scancel", "--batch", "--signal=USR1", job)
        self.wait_for_line(job, "got USR1")
        self.assertEqual("RUNNING", self.state(job))

    def test_slurm_signals_the_batch_script_before_the_time_limit(self):
        # The limit is in whole minutes, and the signal may come 60 seconds early: so at once.
        job = self.submit("--nodes=1", "--time=1", "--signal=B:USR1@55")
        self.wait_for_line(job, "got USR1")

    def test_an_urgent_job_takes_the_nodes_of_one_that_is_signalled_and_requeued(self):
        job = self.submit("--requeue", "--nodes=4", "--exclusive", "--signal=B:USR1@5")
        cluster.run("srun", "--partition=urgent", "--nodes=4", "hostname")
        self.wait_for_line(job, "got USR1")
        self.wait_for_line(job, "started: restarts 1")

    def test_a_lost_node_requeues_its_job(self):
        job = self.submit("--requeue", "--nodes=1", "--nodelist=n4")
        self.node("kill", "n4")
        self.wait_for_nodes("down*", "n4")
        self.node("start", "n4")
        self.wait_for_line(job, "started: restarts 1")

    def state(self, job):
        return cluster.run("squeue", "--noheader", f"--jobs={job}", "--format=%T").stdout.strip()


if __name__ == "__main__":
    cluster.main()
