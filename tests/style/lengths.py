"""A ratchet on the length of files: one that grows past 500 lines usually holds a second
responsibility. A file that has a good reason is listed with its own limit.
"""

import tree

LIMIT = 500

# path -> (limit in lines, why it is better in one piece)
EXCEPTIONS = {}


def check(path, count, exceptions):
    """What is wrong with a file of `count` lines, or None."""
    limit, _ = exceptions.get(path, (LIMIT, ""))
    if count > limit:
        return f"{path}: {count} lines, more than {limit}: look for its second responsibility"
    if path in exceptions and count <= LIMIT:
        return f"{path}: {count} lines need no exception in tests/style/lengths.py"
    return None


if __name__ == "__main__":
    assert check("a.cc", 501, {}) and not check("a.cc", 500, {})
    assert check("a.cc", 701, {"a.cc": (700, "")}) and not check("a.cc", 700, {"a.cc": (700, "")})
    assert check("a.cc", 400, {"a.cc": (700, "")})

    files = {path.as_posix(): path for path in tree.text_files()
             if path.suffix in tree.CODE + (".py", ".cmake") or path.parts[0] == "scripts"}
    problems = [check(name, len(tree.read_lines(path)) - 1, EXCEPTIONS)
                for name, path in files.items()]
    problems += [f"{name}: in EXCEPTIONS, but there is no such file"
                 for name in EXCEPTIONS if name not in files]
    tree.report([problem for problem in problems if problem])
