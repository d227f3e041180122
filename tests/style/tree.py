"""The files that the style tests look at, and how a test reports.

A test is a program: it prints one line per violation ("file:line: what is wrong") and exits with 1
if there was any, with 77 (a visible skip for ctest) if it cannot run here.
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CODE_FOLDERS = ("common", "data", "comm", "worker", "coordinator", "tests", "bench")
OTHER_FOLDERS = ("cmake", "configs", "docs", "scripts", ".ci")
CODE = (".h", ".cc", ".cu")
TEXT = CODE + (".py", ".md", ".cmake", ".txt", ".yaml", ".json", ".in", "")


def code_files():
    """Every C++ file of the tree, as paths relative to its root, sorted."""
    return [path for path in text_files() if path.suffix in CODE]


def text_files():
    """Every file that people write, as paths relative to the root, sorted."""
    # In a work tree made by git, .git is a file.
    found = [path for path in ROOT.iterdir() if path.is_file() and path.name != ".git"]
    for folder in CODE_FOLDERS + OTHER_FOLDERS:
        found += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    relative = [path.relative_to(ROOT) for path in found if path.suffix in TEXT]
    return sorted(path for path in relative if "__pycache__" not in path.parts)


def read_lines(path):
    """The lines of a file of the tree, without their ends."""
    return (ROOT / path).read_text(encoding="utf-8").split("\n")


def report(violations):
    """Prints them and ends the program."""
    for line in violations:
        print(line)
    print(f"{len(violations)} violation(s)" if violations else "clean")
    sys.exit(1 if violations else 0)


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)
