"""`muster completion SHELL` in that shell, interactive and on a terminal of its own, as one types.

Called with the shell's name; a visible skip where it is not installed.
"""

import os
import pty
import re
import select
import shutil
import signal
import sys
import time
import unittest

import muster_case

SHELL = sys.argv.pop(1) if len(sys.argv) > 1 else "bash"
PATIENCE_SECONDS = 20
CONTROL = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[()=>].?)|\x08|\r")

# How each is started without anybody's settings, and how it takes the completion in.
STARTS = {
    "bash": (["bash", "--norc", "-i"], 'eval "$(muster completion bash)"'),
    "zsh": (["zsh", "-f", "-i"], 'autoload -U compinit; compinit -u -D; '
                                 'eval "$(muster completion zsh)"'),
    "fish": (["fish", "--no-config", "-i"], "muster completion fish | source"),
}

# What is typed before the tab, and what then must stand there.
CASES = [
    ("muster valid", "muster validate "),
    ("muster run exp", "muster run experiment.yaml "),
    ("muster run experiment.yaml optimizer.l", "experiment.yaml optimizer.lr="),
    ("muster run experiment.yaml seed=1 precision=fp3", "precision=fp32 "),
    ("muster plan --ord", "muster plan --order "),
    ("muster explain batch.mic", "batch.micro "),
    ("muster logs -f wonder", "muster logs -f wonder-0001 "),
]


class Shell:
    """A shell on a pseudo terminal."""

    def __init__(self, arguments, folder):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            environment = {"PATH": f"{muster_case.BIN}:{os.environ['PATH']}", "TERM": "xterm",
                           "HOME": str(folder), "PS1": "$ ", "COLUMNS": "200", "LINES": "50"}
            os.execvpe(arguments[0], arguments, environment)
        self.seen = ""

    def type(self, text):
        self.seen = ""
        os.write(self.terminal, text.encode())

    def shows(self, text):
        """Waits until `text` has appeared since the last typing."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while text not in self.text() and time.monotonic() < deadline:
            if select.select([self.terminal], [], [], 0.1)[0]:
                self.seen += os.read(self.terminal, 4096).decode(errors="replace")
        return text in self.text()

    def text(self):
        """What has been seen, without colours and the like."""
        return CONTROL.sub("", self.seen)

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


class Completion(muster_case.MusterCase):
    def test_what_is_typed_is_completed(self):
        (self.folder / "experiment.yaml").write_text("")
        (self.folder / "runs/wonder-0001").mkdir(parents=True)
        (self.folder / "runs/wonder-0001/plan.json").write_text("{}")
        arguments, load = STARTS[SHELL]
        shell = Shell(arguments, self.folder)
        try:
            shell.type(f"{load}; echo rea''dy\n")
            self.assertTrue(shell.shows("ready"), shell.seen)
            for typed, expected in CASES:
                with self.subTest(typed=typed):
                    shell.type(typed + "\t")
                    self.assertTrue(shell.shows(expected), shell.seen)
                    shell.type("\x15\n")  # Ctrl-U: nothing of it is executed.
        finally:
            shell.end()


if __name__ == "__main__":
    if shutil.which(SHELL) is None:
        print(f"skipped: there is no {SHELL} here")
        sys.exit(77)
    muster_case.main()
