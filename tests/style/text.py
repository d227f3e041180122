"""Rules for every text file: no tabs, no trailing blanks, one newline at the end; a header opens
with a comment that says why it exists and is guarded by #pragma once; nothing is left for later
(it belongs into an issue), and no path of somebody's own machine.
"""

import re

import tree

UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|HA" r"CK)\b")
OWN_PATH = re.compile(r"(?<![\w.}])/(root|home/\w+|work)/")
LINE_LIMIT = 100  # Of Python; clang-format sees to it in C++.
FREE_OF_LIMITS = ("tests/golden/", "configs/datasets/")


def check_line(line, python):
    """What is wrong with a line, one text for each."""
    if "\t" in line:
        yield "a tab"
    if line != line.rstrip():
        yield "blanks at the end of the line"
    if UNFINISHED.search(line):
        yield "unfinished work: finish it, or open an issue"
    if OWN_PATH.search(line):
        yield "a path that exists on one machine only"
    if python and len(line) > LINE_LIMIT:
        yield f"{len(line)} columns, more than {LINE_LIMIT}"


def check_file(path, lines):
    """All violations of a file, "path:line: text"."""
    found = []
    if lines[-1] != "" or (len(lines) > 1 and lines[-2] == ""):
        found.append(f"{path}:{len(lines)}: must end with exactly one newline")
    if path.endswith(".h") and not lines[0].startswith("//"):
        found.append(f"{path}:1: must open with a comment that says why the file exists")
    if path.endswith(".h") and "#pragma once" not in lines:
        found.append(f"{path}:1: no #pragma once")
    for number, line in enumerate(lines, start=1):
        found += [f"{path}:{number}: {problem}"
                  for problem in check_line(line, path.endswith(".py"))]
    return found


if __name__ == "__main__":
    assert list(check_line("a\t", False)) and list(check_line("a ", False))
    assert list(check_line("// TO" "DO", True)) and list(check_line("x" * 101, True))
    assert list(check_line("see /ro" "ot/x", False)) and not list(check_line("a/b/c", True))
    assert check_file("a.h", ["// Why.", ""]) and check_file("a.h", ["#pragma once", ""])
    assert check_file("a.cc", ["// Why."]) and check_file("a.cc", ["// Why.", "", ""])
    assert not check_file("a.h", ["// Why.", "#pragma once", ""])

    violations = []
    for file in tree.text_files():
        if not file.as_posix().startswith(FREE_OF_LIMITS):
            violations += check_file(file.as_posix(), tree.read_lines(file))
    tree.report(violations)
