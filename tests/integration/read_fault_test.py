#!/usr/bin/env python3
"""Reads of the data directory fail, once and for good, in every command that reads one: never a wrong answer, but a line with the name of
the file and exit code 74, and the next start ends right."""

import shutil
import struct
import sys
from concurrent.futures import ThreadPoolExecutor

from filled_store import FilledStoreTest
from integration_main import main
from spantoll_program import digest, run_command

EXIT_DISK = 74
AT_ONCE = 2
END_TIMEOUT_S = 60


class ReadFaultTest(FilledStoreTest):
    record_count = 40

    def setUp(self):
        super().setUp()
        self.library = self.preloaded("fail_read.cc")
        self.refused = 0
        self.whole = self.make_store()
        reader = self.copy("right")
        self.assertEqual(0, self.run_to_the_end(reader, {})[0])
        self.right = digest(reader)

    def make_store(self):
        """Tables and write-ahead logs of two lives; the second was killed with a part that is read but not committed."""
        data = self.directory / "whole"
        half = self.record_count // 2
        self.live(data, 0, half).stop()
        self.live(data, half, self.record_count).kill()
        return data

    def copy(self, name):
        data = self.directory / name
        shutil.copytree(self.whole, data)
        return data

    def environment(self, data, at, for_good, count=""):
        environment = {"LD_PRELOAD": str(self.library), "FAIL_READ_UNDER": str(data), "FAIL_READ_AT": str(at)}
        if for_good:
            environment["FAIL_READ_FOR_GOOD"] = "1"
        if count:
            environment["FAIL_READ_COUNT"] = str(count)
        return environment

    def run_to_the_end(self, data, environment):
        return self.read_to_the_end(data, environment, END_TIMEOUT_S)

    def commands(self, scratch):
        """{name: (arguments with DATA in them)}; `run` apart."""
        again = scratch / "again"
        return {
            "dump": ("dump", "--data", "DATA", "--format", "json", "--all"),
            "digest": ("dump", "--data", "DATA", "--digest"),
            "top": ("top", "--data", "DATA"),
            "replay": ("replay", "--from-data", "DATA", "--config", self.config, "--data", again),
        }

    def ask(self, name, data, scratch, environment):
        """(exit code, answer, what it said)."""
        if name == "run":
            code, said = self.run_to_the_end(data, environment)
            return code, digest(data) if code == 0 else "", said
        arguments = [data if argument == "DATA" else argument for argument in self.commands(scratch)[name]]
        done = run_command(*arguments, environment=environment)
        answer = digest(scratch / "again") if name == "replay" and done.returncode == 0 else done.stdout
        return done.returncode, answer, done.stderr

    def fault_of(self, name, right, at, for_good):
        """None where all is well, else a line."""
        scratch = self.directory / f"{name}-{at}-{for_good}"
        data = scratch / "data"
        shutil.copytree(self.whole, data)
        try:
            code, answer, said = self.ask(name, data, scratch, self.environment(data, at, for_good))
            self.refused += code == EXIT_DISK
            if code == 0:
                fault = None if answer == right else "another answer"
            elif code != EXIT_DISK:
                fault = f"exit code {code}: {said[-300:]}"
            else:
                fault = None if str(data) in said else f"no file is named: {said[-300:]}"
            if fault is None and name == "run" and code != 0:
                code, said = self.run_to_the_end(data, {})
                if code != 0 or digest(data) != self.right:
                    fault = f"the start after it: {code} {said[-300:]}"
            return fault and f"{name}, read {at}{' and all later ones' if for_good else ''}: {fault}"
        finally:
            shutil.rmtree(scratch, True)

    def test_no_command_gives_a_wrong_answer(self):
        faults, tried = [], 0
        for name in ("dump", "digest", "top", "replay", "run"):
            scratch = self.directory / f"{name}-right"
            data, count = scratch / "data", self.directory / f"{name}.count"
            shutil.copytree(self.whole, data)
            code, right, said = self.ask(name, data, scratch, self.environment(data, 0, False, count))
            self.assertEqual(0, code, said)
            reads = struct.unpack("=q", count.read_bytes())[0]
            self.assertGreater(reads, 20, f"{name}: the reads are counted")
            chosen = self.chance.sample(range(1, reads + 1), min(reads, self.by_length(12, 150)))
            cases = [(at, for_good) for at in chosen for for_good in (False, True)]
            with ThreadPoolExecutor(AT_ONCE) as pool:
                faults += [f for f in pool.map(lambda case, n=name, r=right: self.fault_of(n, r, *case), cases) if f]
            tried += len(cases)
            self.assertGreater(self.refused, 0, f"{name}: reads do fail")
            self.refused = 0
        self.assertEqual([], faults, f"{len(faults)} of {tried}")


if __name__ == "__main__":
    sys.exit(main())
