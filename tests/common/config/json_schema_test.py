"""The JSON Schema judges experiments as muster itself does.

The texts are those of the C++ tests of common/config (a test program that finds MUSTER_CASES in its
environment writes down each text and what was said about it) and the shipped experiments:

- what muster accepts, the schema accepts;
- what muster refuses for a reason that a schema can see (a key, a type, a range, a unit), the
  schema refuses too.

jsonschema and PyYAML come from scripts/setup; without them the test is skipped.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / ".deps/python-test"))
try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}; run scripts/setup")
    sys.exit(77)

# Complaints about something that the value alone shows. Others are about combinations.
VISIBLE = re.compile(r"""
    unknown\ key|missing\ key|has\ no\ value|is\ missing\ \(it\ must\ be
  | must\ be\ (a\ |an\ |text|true|from|at\ least|above|at\ most\ [0-9]|below|in\ [a-z])
  | must\ be\ 1\ to\ 64|must\ have\ (at\ least\ )?[0-9]+\ item
  | must\ be\ [a-z0-9_]+(,|\ or\ |,\ got)
""", re.VERBOSE)

# What YAML has made of the text before the schema sees it: "0x80" is a number then, a key that is
# given twice is there once. And combinations that happen to be worded like a range.
INVISIBLE = re.compile(r"""
    leading\ zeros|got\ '[-+]?0[xo]?[0-9a-fA-F]+'|got\ '[+][0-9]+'|\(write\ -?[0-9]+\)
  | got\ '[^']*\s'|is\ too\ (large|small)
  | must\ be\ (at\ most|a\ number)[^(]*(batch\.lanes|samples\ of)
  | got\ '[-.]*(inf|nan|Inf|NaN)'|got\ '1e999'|must\ be\ float32\ or\ float64:
  | \ for\ (stem|cross_entropy)|must\ be\ int64:|must\ be\ [0-9]+\ columns|must\ be\ one\ column
  | \((objective\ bce\ |model\.[a-z]+(\[[0-9]+\])?\ is\ [0-9])
""", re.VERBOSE)


LONGEST = 20_000  # Bombs and the like are for the parser alone.


class Yaml12(yaml.SafeLoader):
    """YAML 1.2, as editors read it: on, yes and dates are text, 1e-3 is a number."""

    yaml_implicit_resolvers = {}


def _resolve(tag, pattern, first):
    Yaml12.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), list(first))


_resolve("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""])
_resolve("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolve("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789")
_resolve("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789")


def _integer(loader, node):
    return int(node.value, 0 if node.value[:2] in ("0x", "0o") else 10)


Yaml12.add_constructor("tag:yaml.org,2002:int", _integer)
Yaml12.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(node.value))


def with_text_keys(value):
    """In JSON every key is a text."""
    if isinstance(value, dict):
        return {str(key): with_text_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_text_keys(item) for item in value]
    return value


def recorded_cases(program):
    """(text, complaints) of every experiment that the C++ tests parse."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "cases"
        subprocess.run([program, "--gtest_brief=1", "--gtest_filter=-Generated.*"], check=True,
                       env={**os.environ, "MUSTER_CASES": str(file)}, stdout=subprocess.DEVNULL)
        for line in file.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            if len(case["text"]) < LONGEST:
                yield case["text"], case["said"]


def main():
    schema = json.loads((ROOT / "docs/experiment.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    cases = [(file.read_text(encoding="utf-8"), []) for file in sorted(ROOT.glob("configs/*.yaml"))]
    shipped = len(cases)
    cases += recorded_cases(sys.argv[1])

    wrong, accepted, refused = [], 0, 0
    for text, said in cases:
        try:
            document = with_text_keys(yaml.load(text, Loader=Yaml12))
        except (yaml.YAMLError, ValueError):
            # PyYAML is stricter here and there about control characters and long keys.
            continue
        errors = [error.message for error in validator.iter_errors(document)]
        visible = [line for line in said if VISIBLE.search(line) and not INVISIBLE.search(line)]
        if not said:
            accepted += 1
            if errors:
                wrong.append(f"the schema refuses what muster accepts: {errors}\n{text}")
        elif visible and len(visible) == len(said):
            refused += 1
            if not errors:
                wrong.append(f"the schema accepts what muster refuses: {said}\n{text}")
    print(f"{shipped} shipped experiments, {len(cases) - shipped} texts: {accepted} accepted, "
          f"{refused} refused by both")
    for problem in wrong[:20]:
        print(problem)
    # Cases that are not there prove nothing.
    enough = shipped >= 2 and accepted >= 50 and refused >= 100
    if not enough:
        print("too few cases were recorded")
    return 1 if wrong or not enough else 0


if __name__ == "__main__":
    sys.exit(main())
