#!/usr/bin/env python3
"""Files of both databases are damaged, one at a time: bits flipped, cut short, deleted. What follows is refused with the right code and
a line, or ends with the digest of an unharmed store, read again from the log where it must be."""

import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from filled_store import FilledStoreTest
from integration_main import main
from spantoll_program import EMBEDDED_TOPIC, binary, digest, dump_rows

EXIT_DISK, EXIT_CONFIG = 74, 78
AT_ONCE = 2


class DamageTest(FilledStoreTest):
    record_count = 60

    def make_store(self, name, ends):
        """A data directory that a processor filled over three lives, the last of which ends as `ends` says, all read and committed."""
        data = self.directory / name
        share = self.record_count // 3
        for life in range(3):
            end = (life + 1) * share
            processor = self.live(data, life * share, end)
            processor.wait_for(lambda: self.stored_position(data) == end, 60, "commit")
            if life == 2 and ends == signal.SIGINT:
                self.assertEqual(0, processor.stop())
            processor.kill()
        return data

    @staticmethod
    def stored_position(data):
        return dump_rows(data, "--prefix", "META/OFFSET").get(f"META/OFFSET#{EMBEDDED_TOPIC}/0", {}).get("next_offset")

    @staticmethod
    def files_of(data):
        """Everything but what only RocksDB's developers read."""
        files = []
        for path in sorted(data.glob("*/*")):
            name = path.relative_to(data)
            if path.name not in ("LOCK",) and not path.name.startswith("LOG") and path.stat().st_size > 0:
                files.append(str(name))
        return files

    @staticmethod
    def kind_of(name):
        """"state .sst", "topic MANIFEST": files that are read by the same code."""
        path = pathlib.Path(name)
        return f"{path.parts[0]} {path.suffix or path.name.split('-')[0]}"

    def one_of_each_kind_first(self, files):
        files = self.chance.sample(files, len(files))
        first = {self.kind_of(name): name for name in reversed(files)}
        return list(first.values()) + [name for name in files if name not in first.values()]

    def harms(self, data, count):
        """[(what, file, do)], `count` in all: half of them bits flipped, the others files cut short and deleted, and of each harm at
        least one for every kind of file."""
        files = self.files_of(data)
        kinds = {self.kind_of(name) for name in files}
        self.assertLessEqual(len(kinds), count // 4, "every kind of file must have its harms")
        deleted = self.one_of_each_kind_first(files)[: count // 4]
        cut = self.one_of_each_kind_first(files)[: count // 4]
        harms = [("deleted", name, None) for name in deleted]
        harms += [("cut", name, self.chance.random()) for name in cut]
        flipped = self.one_of_each_kind_first(files)
        for number in range(count - len(harms)):
            name = flipped[number] if number < len(kinds) else self.chance.choice(files)
            harms.append(("flipped", name, (self.chance.random(), self.chance.randrange(8))))
        for what in ("deleted", "cut", "flipped"):
            self.assertEqual(kinds, {self.kind_of(name) for done, name, _ in harms if done == what}, what)
        self.chance.shuffle(harms)
        return harms

    @staticmethod
    def do_harm(data, harm):
        what, name, how = harm
        path = data / name
        content = path.read_bytes()
        if what == "deleted":
            path.unlink()
        elif what == "cut":
            path.write_bytes(content[: int(len(content) * how)])
        else:
            place, bit = int(len(content) * how[0]), how[1]
            path.write_bytes(content[:place] + bytes([content[place] ^ (1 << bit)]) + content[place + 1 :])

    def judge(self, whole, harm, right):
        """None where all is well, else a line."""
        with tempfile.TemporaryDirectory(prefix="spantoll-harm-", dir=self.directory) as scratch:
            data = pathlib.Path(scratch) / "data"
            shutil.copytree(whole, data)
            self.do_harm(data, harm)
            faults = []
            said = self.run_once("dump", "--data", data, "--digest")
            if said.returncode not in (0, EXIT_DISK):
                faults.append(f"dump: {said.returncode} {said.stderr[-300:]}")
            if said.returncode == 0:
                shown = said.stdout.strip()
                code, words = self.read_to_the_end(data)
                if code == 0:
                    if digest(data) != right:
                        faults.append(f"another digest after reading on; dump said {'the same' if shown == right else 'another'}: {words[-300:]}")
                elif code not in (EXIT_DISK, EXIT_CONFIG):
                    faults.append(f"run: {code} {words[-300:]}")
            else:
                self.expect_line(said.stderr, faults)
                code, words = self.read_to_the_end(data)
                if code == 0 and digest(data) != right:
                    faults.append(f"dump refused, run went on to another digest: {words[-300:]}")
                elif code not in (0, EXIT_DISK, EXIT_CONFIG):
                    faults.append(f"run: {code} {words[-300:]}")
            again = pathlib.Path(scratch) / "again"
            replayed = self.run_once("replay", "--data", again, "--config", self.config, "--from-data", data)
            if replayed.returncode not in (0, EXIT_DISK, EXIT_CONFIG):
                faults.append(f"replay: {replayed.returncode} {replayed.stderr[-300:]}")
            if replayed.returncode == 0 and digest(again) != right:
                faults.append(f"replay ended with another digest: {replayed.stderr[-300:]}")
            return f"{harm}: {'; '.join(faults)}" if faults else None

    @staticmethod
    def expect_line(text, faults):
        lines = [line for line in text.splitlines() if line.startswith("spantoll")]
        if len(lines) != 1 or ": " not in lines[0]:
            faults.append(f"no line of what, where and what to do: {text[-300:]}")

    @staticmethod
    def run_once(*arguments):
        return subprocess.run([binary(), *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)

    def check(self, whole, count):
        unharmed = self.directory / "unharmed"
        shutil.copytree(whole, unharmed)
        code, said = self.read_to_the_end(unharmed)
        self.assertEqual(0, code, said)
        right = digest(unharmed)
        harms = self.harms(whole, count)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            faults = [fault for fault in pool.map(lambda harm: self.judge(whole, harm, right), harms) if fault]
        self.assertEqual([], faults, f"{len(faults)} of {len(harms)} harms are not noticed")

    def test_of_a_processor_that_was_killed(self):
        self.check(self.make_store("killed", signal.SIGKILL), self.by_length(50, 1000))

    def test_of_a_processor_that_was_stopped(self):
        self.check(self.make_store("stopped", signal.SIGINT), self.by_length(50, 1000))


if __name__ == "__main__":
    sys.exit(main())
