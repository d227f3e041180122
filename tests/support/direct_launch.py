"""Direct launches: `mpirun -np N muster-worker EXP.yaml`, without a coordinator."""

import os
import shutil

import muster_case


def start_worker(case, workers, *arguments, worker="muster-worker", environment=None):
    """Starts BIN/worker under mpirun in the folder of `case`, its session files there, too."""
    options = ["--oversubscribe", "--bind-to", "none", "-np", str(workers)]
    if os.geteuid() == 0:
        options.insert(0, "--allow-run-as-root")
    session = {"OMPI_MCA_orte_tmpdir_base": str(case.temporary),
               "OMPI_MCA_btl_vader_backing_directory": str(case.temporary)}
    return case.start(*options, muster_case.BIN / worker, *arguments,
                      program=shutil.which("mpirun"), environment=session | (environment or {}))
