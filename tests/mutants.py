#!/usr/bin/env python3
"""Deliberate faults in the search over all requests: each must fail the test all_requests. Run from the top of the project, on a clean tree.

Not part of tests/run: it compiles the library once for each fault (two minutes). Standard library only.
"""
import pathlib
import subprocess
import sys

FAULTS = [
    ("only the first of what a pattern leaves behind a bucket", "src/space/quotient.rs",
     "starts.map(|start|", "starts.take(1).map(|start|"),
    ("an address and an endpoint at once", "src/space/axis.rs",
     "&& if endpoint { !has(keys::SOURCE_IP) } else {", "&& if endpoint { true } else {"),
    ("wildcards that stop at a slash", "src/space/automaton.rs",
     "Self::AnyOne | Self::AnyMany => true,", "Self::AnyOne | Self::AnyMany => next != Some('/'),"),
    ("negated operators that fail on absent keys", "src/iam/condition.rs",
     "None => self.operator.if_exists || self.operator.comparison.is_negated(),", "None => self.operator.if_exists,"),
    ("places left out that are still live", "src/space/automaton.rs",
     "places.drain(..last);", "places.drain(..last);\n        places.truncate(1);"),
]
TEST = ["cargo", "test", "--quiet", "--test", "integration", "all_requests"]


def main():
    missed = 0
    for name, file, right, wrong in FAULTS:
        path = pathlib.Path(file)
        text = path.read_text()
        if text.count(right) != 1:
            sys.exit(f"{file} has no single {right!r}: mend this list")
        try:
            path.write_text(text.replace(right, wrong))
            build = subprocess.run([*TEST, "--no-run"], capture_output=True)
            if build.returncode:
                sys.exit(f"does not compile with the fault: {name}\n{build.stderr.decode()}")
            caught = subprocess.run(TEST, capture_output=True).returncode != 0
        finally:
            path.write_text(text)
        missed += not caught
        print(f"{'caught' if caught else 'MISSED'}: {name}", flush=True)
    sys.exit(missed)


main()
