"""Who may include whom: the arrows of ARCHITECTURE.md, and which libraries may be seen where.

    common <- data <- worker, coordinator/launch, coordinator/cli        common <- comm <- worker
    common <- coordinator/core <- launch <- net <- cli
    coordinator and worker never include each other: they meet in common/wire and common/run

Pure functions over a path and the lines of a file; test_arrows.py feeds them bad examples.
"""

import pathlib
import re

import tree

BASE = ("common", "common/lanes", "common/flight")
COMMON = BASE + tuple(f"common/{name}" for name in ("config", "wire", "run"))
STORE = COMMON + ("common/checkpoint",)
CORE = COMMON + ("coordinator/core",)

# Folder -> folders whose headers it may include. A folder not listed belongs to its parent.
MAY_INCLUDE = {
    "common": BASE,
    "common/config": BASE + ("common/config",),
    "common/wire": BASE + ("common/wire",),
    "common/run": COMMON,
    "common/checkpoint": STORE,
    "data": COMMON + ("data",),
    "comm": BASE + ("comm",),
    "worker": STORE + ("data", "comm", "worker"),
    "coordinator/core": CORE,
    "coordinator/net": CORE + ("common/checkpoint", "coordinator/net", "coordinator/launch"),
    "coordinator/launch": CORE + ("data", "coordinator/launch"),
    "coordinator/cli": CORE + ("common/checkpoint", "data", "coordinator/net", "coordinator/launch",
                               "coordinator/cli"),
}

# Library -> what its headers look like, where they may be included, and whether in headers too.
LIBRARIES = {
    "MPI": (r"mpi\.h", ("comm/mpi", "worker", "tests"), False),
    "NCCL": (r"nccl\.h", ("comm/nccl", "tests"), False),
    "yaml-cpp": (r"yaml-cpp/|yaml\.h", ("common/config", "tests"), False),
    "spdlog": (r"spdlog/|fmt/", ("common",), False),
    "libtorch": (r"torch/|ATen/|c10/", ("worker", "tests/worker", "bench"), True),
    "Asio": (r"boost/asio", ("coordinator/net", "coordinator/launch", "coordinator/cli",
                             "worker/link", "tests"), True),
    "OpenSSL": (r"openssl/", ("common", "tests"), False),
}

# coordinator/core decides and does nothing else: time comes in as an argument.
IMPURE = {
    r"#include <(thread|mutex|condition_variable|random|future|fstream|iostream|filesystem)>":
        "threads, randomness and files",
    r"#include <(unistd|pthread|signal|time|fcntl|poll|sys/\w+|netinet/\w+|arpa/\w+)\.h>":
        "the operating system",
    r"#include <boost/": "sockets and timers",
    r"(_clock|\bClock)::now\(": "a clock",
    r"\b(std::)?(rand|srand|time|getenv)\(": "randomness, a clock or the environment",
}

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


def folder_of(path, folders):
    """The longest of `folders` that `path` lies in, or None."""
    fitting = [folder for folder in folders if path == folder or path.startswith(folder + "/")]
    return max(fitting, key=len, default=None)


def check_own_include(path, included):
    """What is wrong with `#include "included"` in file `path`, or None."""
    top = included.split("/")[0]
    if top not in tree.CODE_FOLDERS or "/.." in included:
        return f'"{included}" does not start at the root of the tree'
    if path.startswith(("tests/", "bench/")):
        return None
    source = folder_of(path, MAY_INCLUDE)
    if source is None:
        return f"no arrows are declared for {path}"
    target = folder_of(str(pathlib.PurePosixPath(included).parent), MAY_INCLUDE)
    if included.startswith(("common/lanes/", "common/flight/")):
        target = "/".join(included.split("/")[:2])
    if target not in MAY_INCLUDE[source]:
        return f"{source} must not include {target or top}: \"{included}\""
    return None


def check_library_include(path, included):
    """What is wrong with including library header `included` in file `path`, or None."""
    for name, (pattern, folders, in_headers) in LIBRARIES.items():
        if not re.match(pattern, included):
            continue
        if folder_of(path, folders) is None:
            return f"{name} belongs into {', '.join(folders)}: <{included}>"
        if path.endswith(".h") and not in_headers:
            return f"{name} must not be included by a header: <{included}>"
    return None


def check_file(path, lines):
    """All violations of a file, "path:line: text"."""
    found = []
    for number, line in enumerate(lines, start=1):
        match = INCLUDE.match(line)
        if match:
            quoted, included = match.group(1) == '"', match.group(2)
            problem = check_library_include(path, included)
            if not problem and quoted:
                problem = check_own_include(path, included)
            if problem:
                found.append(f"{path}:{number}: {problem}")
        if path.startswith("coordinator/core/"):
            code = line.split("//")[0]
            found += [f"{path}:{number}: coordinator/core must not use {what}"
                      for pattern, what in IMPURE.items() if re.search(pattern, code)]
    return found


if __name__ == "__main__":
    violations = []
    for file in tree.code_files():
        violations += check_file(file.as_posix(), tree.read_lines(file))
    tree.report(violations)
