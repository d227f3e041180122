"""`muster doctor` on this machine, where trainings work, and where something is missing. That it
leaves nothing behind is checked by MusterCase.
"""

import json
import shutil
import signal

import muster_case


class Doctor(muster_case.MusterCase):
    def examine(self, status, environment=None):
        """name -> check, of a run with this exit status."""
        doctor = self.start("doctor", "--json", environment=environment)
        self.finish(doctor, status)
        report = json.loads(doctor.stdout)
        self.assertEqual((1, status == 0), (report["schema"], report["ok"]))
        return {check["name"]: check for check in report["checks"]}

    def test_a_machine_that_trains_has_no_problem(self):
        checks = self.examine(0)
        self.assertIn("libtorch 2.", checks["muster-worker"]["seen"])
        self.assertIn("Open MPI", checks["mpirun"]["seen"])
        self.assertIn("two workers trained two steps", checks["training"]["seen"])
        self.assertIn("rename, link and fsync work", checks["run folders"]["seen"])
        for check in checks.values():
            self.assertNotEqual("problem", check["verdict"], check)
            self.assertEqual(check["verdict"] != "ok", bool(check["advice"]), check)
        self.assertEqual([], [path for path in self.folder.iterdir()
                              if path != self.temporary and not path.name.startswith("out-")])

    def test_without_mpirun_it_says_what_to_install(self):
        checks = self.examine(69, {"PATH": str(self.folder)})
        self.assertEqual("problem", checks["mpirun"]["verdict"])
        self.assertIn("apt-get install openmpi-bin", checks["mpirun"]["advice"])
        self.assertNotIn("training", checks)

    def test_an_mpirun_that_fails_is_quoted(self):
        (self.folder / "mpirun").write_text(
            "#!/bin/sh\n[ \"$1\" = --version ] && echo 'mpirun (Open MPI) 9.9' && exit\n"
            "echo no slots for you; exit 3\n")
        (self.folder / "mpirun").chmod(0o755)
        checks = self.examine(69, {"PATH": f"{self.folder}:/usr/bin:/bin"})
        self.assertIn("no slots for you", checks["two processes"]["seen"])

    def test_an_interrupt_leaves_nothing_behind(self):
        sleeper = self.folder / "mpirun"
        sleeper.write_text(f"#!/bin/sh\nexec {shutil.which('sleep')} 1000\n")
        sleeper.chmod(0o755)
        doctor = self.start("doctor", environment={"PATH": f"{self.folder}:/usr/bin:/bin"})
        self.wait_until(lambda: "muster-worker" in doctor.stdout, "the first line")
        doctor.signal(signal.SIGINT)
        self.finish(doctor, 128 + signal.SIGINT, 10)


if __name__ == "__main__":
    muster_case.main()
