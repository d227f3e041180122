"""Every C++ file is formatted by clang-format 14 (Debian 12's) with the tree's .clang-format.

Other versions lay out some lines differently, so with another one (or none) the test is skipped.
"""

import re
import shutil
import subprocess

import tree

VERSION = "14"

program = shutil.which(f"clang-format-{VERSION}") or shutil.which("clang-format")
if not program:
    tree.skip("clang-format is not installed")
version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
if not re.search(rf"version {VERSION}\.", version):
    tree.skip(f"clang-format {VERSION} is wanted, this is: {version.strip()}")

files = [str(path) for path in tree.code_files()]
result = subprocess.run([program, "--dry-run", "--ferror-limit=1", *files], cwd=tree.ROOT,
                        capture_output=True, text=True, check=False)
if result.returncode and "warning:" not in result.stderr:
    raise SystemExit(result.stderr)
wrong = sorted({line.split(":")[0] for line in result.stderr.splitlines() if "warning:" in line})
tree.report([f"{path}: not formatted; run: clang-format -i {path}" for path in wrong])
