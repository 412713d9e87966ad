#!/usr/bin/env python3
"""Runs the engine's property tests of two builds, which say the digest of every run, and compares these.

    same_digests.py ENGINE_PROPERTY_TEST ENGINE_PLAIN_PROPERTY_TEST
"""

import os
import pathlib
import subprocess
import sys
import tempfile


def digests_of(program, directory):
    said = pathlib.Path(directory) / pathlib.Path(program).name
    # The short run, as the test of the first program alone may be the long one.
    environment = {name: value for name, value in os.environ.items() if name != "SPANTOLL_LONG"}
    subprocess.run([program, "--gtest_filter=*EngineProperty*", "--gtest_brief=1"], check=True,
                   env={**environment, "SPANTOLL_DIGESTS": str(said)})
    return said.read_text().splitlines()


def main():
    with tempfile.TemporaryDirectory() as directory:
        first, second = (digests_of(program, directory) for program in sys.argv[1:3])
    if not first or first != second:
        print(f"{len(first)} and {len(second)} digests, which are not the same:")
        print("\n".join(f"{a}  {b}" for a, b in zip(first, second) if a != b))
        return 1
    print(f"{len(first)} digests are the same")
    return 0


if __name__ == "__main__":
    sys.exit(main())
