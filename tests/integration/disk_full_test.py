#!/usr/bin/env python3
"""A disk that runs full: spantoll says so and ends with 74, and with room again nothing that was answered 202 is missing."""

import json
import os
import subprocess
import sys
import time

from integration_main import IntegrationTest, main
from random_input import RandomInput
from spantoll_http import Poster
from spantoll_program import EMBEDDED_TOPIC, Processor, command, digest, dump_rows

SMALL, LARGER = "64m", "256m"
EXIT_DISK, ABORTED = 74, -6
FILLING_MAX_S = 120
SPANS_PER_RECORD = 200
RECORDS_MAX = 10**6  # never reached
FILLER_BYTES = 400  # of each span, in attributes, which nobody charges


class DiskFullTest(IntegrationTest):
    def setUp(self):
        super().setUp()
        self.disk = self.directory / "disk"
        self.disk.mkdir()
        if os.geteuid() != 0:
            self.skipTest("a small file system of its own needs root")
        done = self.mount("-t", "tmpfs", "-o", f"size={SMALL}", "spantoll-test", self.disk)
        if done.returncode != 0:
            self.skipTest(f"no file system can be mounted here: {done.stderr.strip()}")
        self.addCleanup(lambda: subprocess.run(["umount", "-l", str(self.disk)], check=False))

    @staticmethod
    def mount(*arguments):
        return subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False)

    def records(self, number_max):
        source = RandomInput("basic", self.chance.randrange(10**6), SPANS_PER_RECORD)
        spans = source.spans()
        for _ in range(number_max):
            for span in spans:
                span["trace_id"] = f"{self.chance.getrandbits(128):032x}"
                span["attributes"] = [{"key": "filler", "value": self.chance.randbytes(FILLER_BYTES // 2).hex()}]
            yield json.dumps(spans).encode()

    def fill(self, processor, records_max=RECORDS_MAX):
        """Until it ends or has `records_max`. (records answered 202, records sent)."""
        poster, acknowledged, sent = Poster(processor.port), 0, 0
        deadline = time.monotonic() + FILLING_MAX_S
        for record in self.records(records_max):
            self.assertLess(time.monotonic(), deadline, f"{acknowledged} records and the disk is not full: {processor.said()}")
            if not processor.is_running():
                break
            answer = poster.post(record)
            sent += 1
            if answer is not None and answer.status == 202:
                acknowledged += 1
            elif answer is not None:
                self.assertIn(answer.status, (500, 503), answer.text)
                time.sleep(0.05)
        poster.close()
        return acknowledged, sent

    def start_on_the_disk(self):
        config = self.write("spantoll.toml", "[time]\nidle_after = \"off\"\n")
        processor = Processor(self.disk / "data", config)
        # What it says must not land on the full disk.
        processor.output, processor.errors = self.directory / "said.out", self.directory / "said.err"
        return self.start(processor)

    def test_filled_by_its_own_topic(self):
        processor = self.start_on_the_disk()
        acknowledged, sent = self.fill(processor)
        self.check_end(processor, acknowledged, sent)
        self.check_start_on_the_full_disk(processor)
        self.assertEqual(0, self.mount("-o", f"remount,size={LARGER}", self.disk).returncode)
        self.check_after_room_is_made(processor, acknowledged, sent)

    def test_filled_by_a_neighbour_at_once(self):
        """Without the room that it keeps for itself, so that writes fail in their middle."""
        processor = self.start_on_the_disk()
        acknowledged, sent = self.fill(processor, records_max=20)
        self.take_all_room(self.disk / "neighbour")
        more_acknowledged, more_sent = self.fill(processor)
        acknowledged, sent = acknowledged + more_acknowledged, sent + more_sent
        self.check_end(processor, acknowledged, sent)
        self.check_start_on_the_full_disk(processor)
        (self.disk / "neighbour").unlink()
        self.check_after_room_is_made(processor, acknowledged, sent)

    @staticmethod
    def take_all_room(path):
        with open(path, "wb", buffering=0) as file:
            try:
                while file.write(bytes(1 << 16)):
                    pass
            except OSError:
                pass  # full

    def check_end(self, processor, acknowledged, sent):
        code = processor.process.wait(60)
        last = processor.said().splitlines()[-1:]
        print(f"    exit {code} after {acknowledged} records of {sent}; it said: {last}", file=sys.stderr)
        self.assertGreater(acknowledged, 10)
        self.assertIn(code, (EXIT_DISK, ABORTED), processor.said())
        if code == EXIT_DISK:
            self.assertIn("spantoll run:", last[0])

    def check_start_on_the_full_disk(self, processor):
        """It may not come up, but says so in a line, and harms nothing."""
        processor.spawn()
        time.sleep(3)
        if processor.is_running():
            processor.kill()
        self.assertIn(processor.process.returncode, (EXIT_DISK, ABORTED, -9), processor.said())

    def check_after_room_is_made(self, processor, acknowledged, sent):
        processor.start()
        end = processor.http.post(json.dumps({"service": "last", "time_ms": 1_740_614_400_000})).json()["offset"] + 1
        processor.wait_until_read({(EMBEDDED_TOPIC, 0): end})
        self.assertEqual(0, processor.stop(), processor.said())
        counts = dump_rows(processor.data)[f"META/COUNTS#{EMBEDDED_TOPIC}/0"]
        self.assertGreaterEqual(counts["accepted"], acknowledged * SPANS_PER_RECORD + 1, counts)
        self.assertLessEqual(counts["accepted"], sent * SPANS_PER_RECORD + 1, counts)
        replayed = self.directory / "replayed"
        command("replay", "--data", replayed, "--config", processor.config, "--from-data", processor.data)
        self.assertEqual(digest(replayed), digest(processor.data))


if __name__ == "__main__":
    sys.exit(main())
