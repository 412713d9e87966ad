#!/usr/bin/env python3
"""Fails where the program was built without what cmake/hardening.cmake asks for:   check_hardening.py PROGRAM

The flags are easily lost: by a target that sets its own, or a package that brings others.
"""

import re
import subprocess
import sys


def readelf(option, program):
    return subprocess.run(["readelf", "-W", option, program], capture_output=True, text=True, check=True).stdout


def faults(program):
    dynamic = readelf("-d", program)
    segments = readelf("-l", program)
    symbols = readelf("--dyn-syms", program)
    if "DYN (Position-Independent Executable" not in readelf("-h", program):
        yield "is no position-independent executable"
    if not re.search(r"\bGNU_RELRO\b", segments):
        yield "has no part that is read-only after relocation"
    if not re.search(r"\bBIND_NOW\b|\bNOW\b", dynamic):
        yield "resolves library functions late (no BIND_NOW): their table stays writable"
    stack = re.search(r"GNU_STACK.*", segments)
    if stack is None or re.search(r"\bRWE\b", stack.group(0)):
        yield "has an executable stack"
    if "__stack_chk_fail" not in symbols:
        yield "has no stack protector"
    if not re.search(r"\b__(memcpy|memset|read|snprintf|vsnprintf|memmove)_chk\b", symbols):
        yield "calls none of the functions that check sizes (FORTIFY)"
    if "glibcxx_assert_fail" not in symbols:
        yield "was built without _GLIBCXX_ASSERTIONS"


def main(program):
    found = list(faults(program))
    for fault in found:
        print(f"hardening: {program} {fault}")
    print(f"hardening: {'ok' if not found else 'see cmake/hardening.cmake'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
