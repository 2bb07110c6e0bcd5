"""jq's command line, as far as the scripts use it, over the library of jq that PyPI has: a machine need not have jq."""

import json
import sys

import jq


def main() -> int:
    switches, arguments, program, words = set(), {}, None, iter(sys.argv[1:])
    for word in words:
        if word in ("--arg", "--argjson"):
            name, text = next(words), next(words)
            arguments[name] = text if word == "--arg" else json.loads(text)
        elif word in ("--null-input", "--exit-status", "--raw-output", "--compact-output", "--slurp"):
            switches.add(word)
        elif program is None:
            program = word
        else:
            sys.exit(f"jq_cli.py: {word}?")
    compiled = jq.compile(program, args=arguments)
    if "--null-input" in switches:
        outputs = compiled.input_value(None).all()
    else:
        outputs = compiled.input_text(sys.stdin.read(), slurp="--slurp" in switches).all()
    for output in outputs:
        raw = "--raw-output" in switches and isinstance(output, str)
        print(output if raw else json.dumps(output, indent=None if "--compact-output" in switches else 2))
    return 1 if "--exit-status" in switches and outputs[-1:] in ([], [False], [None]) else 0


sys.exit(main())
