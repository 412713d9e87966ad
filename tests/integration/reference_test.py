#!/usr/bin/env python3
"""spantoll against the independent model of tests/reference: the same random input must give the same rows and decisions.

    reference_test.py [--binary PATH] [--long] [--seed N] [TEST ...]
    reference_test.py --binary PATH --one PROFILE:SEED:SPANS [--shrink SECONDS] [--contested]     one input, in full

--shrink takes lines away for as long as something differs, and prints the few that are left.
"""

import argparse
import functools
import importlib.util
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

from integration_main import IntegrationTest, SKIPPED, main
from row_difference import decision_differences, member_differences, of_prefixes, row_differences, shown, without_zero_reasons
from spantoll_http import json_lines
from spantoll_program import Processor, command, dump_rows

REFERENCE = pathlib.Path(__file__).resolve().parent.parent / "reference"
COMPARED = ("FEDCOST#", "ROLLING#", "ENFORCE#", "PERIOD#", "GRANT#", "KEY#", "META/COUNTS#")
# The model's time grows with accounts times closings, hence few spans where there are many of both.
SPANS = {"basic": 2000, "limits": 2500, "late": 500, "refusals": 1500, "names": 350, "dedup": 2500}
SEEDS_USUAL, SEEDS_LONG = 2, 12
SPANS_FACTOR_LONG = 3
MODEL_TIMEOUT_S = 1200
READY_TIMEOUT_S, CHECKS = 30, 400
ZERO_TRACE = "0" * 32


@functools.cache
def model_python():
    """An interpreter that has what the model needs: ours, or the system's with Debian's packages."""
    needed = ("xxhash", "idna")
    if all(importlib.util.find_spec(name) for name in needed):
        return sys.executable
    system = "/usr/bin/python3"
    done = subprocess.run([system, "-c", f"import {','.join(needed)}"], capture_output=True, check=False)
    return system if done.returncode == 0 else None


def run_python(program, *arguments):
    subprocess.run([model_python(), str(REFERENCE / program), *map(str, arguments)], check=True, timeout=MODEL_TIMEOUT_S)


def read_lines(path):
    return json_lines(path.read_text(encoding="utf-8"))


def without_zero_trace(decision):
    """A trace id of zeros is none; whether it is told as zeros or as null is open."""
    cause = decision["cause"]
    if cause is None or cause["trace_id"] != ZERO_TRACE:
        return decision
    return {**decision, "cause": {**cause, "trace_id": None}}


class Comparison:
    """One input played by both."""

    def __init__(self, directory, options=()):
        self.directory = pathlib.Path(directory)
        self.config = self.directory / "config.toml"
        self.options = list(options)

    def generate(self, profile, seed, spans, contested=False):
        self.directory.mkdir(parents=True, exist_ok=True)
        input_path = self.directory / "input.jsonl"
        commands = []
        if profile == "limits":
            commands = ["--out-commands", self.directory / "commands.jsonl"]
            self.options += ["--commands", self.directory / "commands.jsonl"]
        run_python("generate_input.py", "--seed", seed, "--spans", spans, "--profile", profile, "--out", input_path,
                   "--out-config", self.config, *commands, *(["--contested"] if contested else []))
        return [input_path]

    def play(self, files, name="play"):
        """(rows, decisions) of the model, then of the program."""
        place = self.directory / name
        place.mkdir()
        model_dump, model_decisions, decisions = (place / part for part in ("model.jsonl", "model-decisions", "decisions"))
        run_python("reference_model.py", "--config", self.config, "--now-ms", int(time.time() * 1000), "--out-dump", model_dump,
                   "--out-decisions", model_decisions, *self.options, *files)
        files_as_options = [argument for file in files for argument in ("--file", file)]
        command("replay", "--data", place / "data", "--config", self.config, "--decisions", decisions, *self.options,
                *files_as_options)
        rows = {line["key"]: line["record"] for line in read_lines(model_dump)}
        return (rows, read_lines(model_decisions)), (dump_rows(place / "data"), read_lines(decisions))

    def differences(self, files, name="play"):
        (model_rows, model_decisions), (rows, decisions) = self.play(files, name)
        lines = decision_differences(*(map(without_zero_trace, found) for found in (model_decisions, decisions)))
        lines += row_differences(*(without_zero_reasons(of_prefixes(found, *COMPARED)) for found in (model_rows, rows)))
        # The members of META/WATERMARK are not part of the promise in docs/store-format.md.
        watermark = model_rows.get("META/WATERMARK", {})
        ours = {member: rows.get("META/WATERMARK", {}).get(member) for member in watermark}
        return lines + [f"META/WATERMARK {line}" for line in member_differences(watermark, ours)]


class ModelTest(IntegrationTest):
    """What needs the model."""

    def setUp(self):
        super().setUp()
        if model_python() is None:
            self.skipTest("the model needs python3-xxhash and python3-idna: apt-get install them")


class ReferenceTest(ModelTest):
    """Equal inputs give equal rows and equal decisions."""

    def check_profile(self, profile, options=()):
        spans = SPANS[profile] * self.by_length(1, SPANS_FACTOR_LONG)
        for _ in range(self.by_length(SEEDS_USUAL, SEEDS_LONG)):
            seed = self.chance.randrange(10**6)
            with self.subTest(repeat=f"--one {profile}:{seed}:{spans}"):
                comparison = Comparison(self.directory / f"{profile}-{seed}", options)
                differences = comparison.differences(comparison.generate(profile, seed, spans))
                self.assert_no_differences(differences)

    def test_basic(self):
        self.check_profile("basic")

    def test_limits(self):
        self.check_profile("limits")

    def test_late(self):
        self.check_profile("late")

    def test_refusals(self):
        self.check_profile("refusals")

    def test_names(self):
        self.check_profile("names")

    def test_dedup(self):
        self.check_profile("dedup")

    def test_closing_at_the_end(self):
        self.check_profile("limits", ["--close"])

    def test_checks(self):
        """A processor over what a replay left answers random checks as the model does, at W and some time later."""
        library = self.preloaded("set_clock.cc")
        for _ in range(self.by_length(SEEDS_USUAL, SEEDS_LONG)):
            seed = self.chance.randrange(10**6)
            with self.subTest(repeat=f"checks of limits:{seed}:{SPANS['limits']}"):
                comparison = Comparison(self.directory / f"checks-{seed}")
                self.compare_checks(comparison, comparison.generate("limits", seed, SPANS["limits"]), library)

    def compare_checks(self, comparison, files, library):
        data, clock = comparison.directory / "data", comparison.directory / "clock"
        with open(comparison.config, "a", encoding="utf-8") as config:
            config.write('[policy]\nfrom = "api"\n')  # the last of the commands' configurations holds, not this one
        command("replay", "--data", data, "--config", comparison.config, *comparison.options,
                *[argument for file in files for argument in ("--file", file)])
        watermark_ms = dump_rows(data)["META/WATERMARK"]["watermark_ms"]
        ahead_s = watermark_ms // 1000 - int(time.time()) + self.chance.choice([0, 60, 1800, 7200, 30 * 3600])
        clock.write_bytes(struct.pack("=q", ahead_s))
        processor = Processor(data, comparison.config, environment={"LD_PRELOAD": str(library), "SET_CLOCK_FILE": str(clock)})
        self.start(processor)
        processor.wait_for(lambda: processor.http.get("/readyz").status == 200, READY_TIMEOUT_S, "be ready")
        run_python("reference_model.py", "--config", comparison.config, "--now-ms", int(time.time() * 1000),
                   "--out-dump", os.devnull, "--out-decisions", os.devnull, *comparison.options,
                   "--ask", f"{processor.http.port}:{self.chance.randrange(10**6)}:{CHECKS}", *files)
        processor.stop()

    def test_several_files_are_partitions_of_one_clock(self):
        comparison = Comparison(self.directory / "files")
        [whole] = comparison.generate("basic", self.chance.randrange(10**6), SPANS["basic"])
        lines = whole.read_bytes().splitlines(keepends=True)
        cut = len(lines) // 3
        files = [self.write("first.jsonl", b"".join(lines[:cut])), self.write("second.jsonl", b"".join(lines[cut:]))]
        differences = comparison.differences(files)
        self.assert_no_differences(differences)


def shrink(comparison, lines, seconds):
    """Fewer lines that still make a difference: ever smaller chunks are left out, as long as time remains."""
    deadline = time.monotonic() + seconds
    tries = 0
    chunk = len(lines) // 2
    while chunk >= 1 and time.monotonic() < deadline:
        begin = 0
        while begin < len(lines) and time.monotonic() < deadline:
            fewer = lines[:begin] + lines[begin + chunk:]
            tries += 1
            path = comparison.directory / f"try-{tries}.jsonl"
            path.write_bytes(b"".join(fewer))
            if fewer and comparison.differences([path], f"try-{tries}"):
                lines = fewer
            else:
                begin += chunk
            path.unlink()
        chunk = min(chunk // 2, len(lines) // 2) if chunk > 1 else 0
    return lines


def show_one(profile, seed, spans, seconds, contested):
    with tempfile.TemporaryDirectory(prefix="spantoll-reference-") as directory:
        comparison = Comparison(directory)
        files = comparison.generate(profile, int(seed), int(spans), contested)
        differences = comparison.differences(files)
        print(shown(differences) or "no difference")
        if differences and seconds:
            lines = shrink(comparison, files[0].read_bytes().splitlines(keepends=True), seconds)
            files[0].write_bytes(b"".join(lines))
            print(f"\n{len(lines)} lines are left:\n{b''.join(lines).decode(errors='replace')[:20000]}")
            print(shown(comparison.differences(files, "shrunk")))
            print(f"\n{comparison.config.read_text()[:6000]}")
    return 1 if differences else 0


if __name__ == "__main__":
    own = argparse.ArgumentParser(add_help=False)
    own.add_argument("--one")
    own.add_argument("--shrink", type=int, default=0)
    own.add_argument("--contested", action="store_true")
    own.add_argument("--binary", default=os.environ.get("SPANTOLL"))
    chosen, _ = own.parse_known_args()
    if chosen.one is None:
        sys.exit(main())
    if model_python() is None:
        sys.exit(SKIPPED)
    os.environ["SPANTOLL"] = chosen.binary
    sys.exit(show_one(*chosen.one.split(":"), chosen.shrink, chosen.contested))
