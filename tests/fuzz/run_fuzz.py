#!/usr/bin/env python3
"""Replays a fuzz target's corpus, then tries new inputs for a while.

    run_fuzz.py --program build/fuzz/tests/fuzz/NAME_fuzz --seconds 10 NAME

Ends with 1 at the first input that crashes, hangs or breaks what the target checks; that input is kept, and the last
lines say where. With SPANTOLL_LONG=1 in the environment each target has ten minutes. The seed is said;
SPANTOLL_FUZZ_SEED sets it, though what is tried also depends on the machine's speed.
"""

import argparse
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LONG_SECONDS = 600
# One input: generous for a machine that does other things too, yet a hang.
INPUT_SECONDS_MAX = 25
MEMORY_MB_MAX = 2048
OUTPUT_LINES_SHOWN = 60


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=int, required=True, help="how long new inputs are tried")
    return parser.parse_args()


def run(program, crashes, options, limit_seconds):
    """Output and exit code of the target; its crash files go into `crashes`."""
    crashes.mkdir(parents=True, exist_ok=True)
    command = [
        str(program),
        f"-artifact_prefix={crashes}/",
        f"-timeout={INPUT_SECONDS_MAX}",
        f"-rss_limit_mb={MEMORY_MB_MAX}",
        *options,
    ]
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit_seconds, check=False
        )
    except subprocess.TimeoutExpired as late:
        return (late.output or b"").decode(errors="replace") + f"\nnot done after {limit_seconds} s\n", 1
    return done.stdout.decode(errors="replace"), done.returncode


def fail(name, program, output, what):
    print("\n".join(output.splitlines()[-OUTPUT_LINES_SHOWN:]))
    kept = re.findall(r"Test unit written to (\S+)", output)
    print(f"fuzz.{name}: {what}")
    if kept:
        print(f"the input is kept in {kept[-1]}; once more:  {program} {kept[-1]}")
        print(f"once it is mended, it belongs into {HERE}/corpus/{name}/")
    sys.exit(1)


def main():
    options = arguments()
    if not options.program.exists():
        sys.exit(f"fuzz.{options.name}: no {options.program}; build it: cmake --preset fuzz && cmake --build --preset fuzz")
    crashes = options.program.resolve().parent / "crashes" / options.name
    corpus = HERE / "corpus" / options.name
    inputs = sorted(str(path) for path in corpus.glob("*") if path.is_file())
    if not inputs:
        sys.exit(f"fuzz.{options.name}: nothing in {corpus}; a target needs some good inputs to begin with")

    output, code = run(options.program, crashes, inputs, LONG_SECONDS)
    if code != 0:
        ran = re.findall(r"^Running: (.*)$", output, re.M)
        fail(options.name, options.program, output, f"failed on {ran[-1] if ran else 'its corpus'}")
    print(f"fuzz.{options.name}: {len(inputs)} inputs of the corpus are right")

    seconds = LONG_SECONDS if os.environ.get("SPANTOLL_LONG") == "1" else options.seconds
    seed = os.environ.get("SPANTOLL_FUZZ_SEED") or str(random.SystemRandom().randrange(1, 2**31))
    print(f"fuzz.{options.name}: {seconds} s of new inputs, seed {seed}", flush=True)
    dictionary = HERE / f"{options.name}.dict"
    with tempfile.TemporaryDirectory(prefix="spantoll-fuzz-") as found:
        output, code = run(
            options.program,
            crashes,
            [f"-seed={seed}", f"-max_total_time={seconds}", "-print_final_stats=1"]
            + ([f"-dict={dictionary}"] if dictionary.exists() else [])
            + [found, str(corpus)],
            seconds + 300,
        )
        if code != 0:
            fail(options.name, options.program, output, f"failed on a new input, seed {seed}")
        tried = re.search(r"number_of_executed_units:\s*(\d+)", output)
        # A target that tries nothing would pass for ever.
        if not tried or int(tried.group(1)) <= len(inputs):
            fail(options.name, options.program, output, "no new input was tried")
        print(f"fuzz.{options.name}: {tried.group(1)} inputs, {len(os.listdir(found))} of them new ways through the code")


if __name__ == "__main__":
    main()
