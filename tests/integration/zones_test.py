#!/usr/bin/env python3
"""Time zones of the system: the store keeps its own, and the release of the database is kept and told."""

import json
import os
import pathlib
import sys

from integration_main import IntegrationTest, main
from spantoll_program import Processor, dump_rows, run_command

EXIT_CONFIG = 78
DATABASE = pathlib.Path(os.environ.get("TZDIR", "/usr/share/zoneinfo"))
OTHER_RELEASE = "1999z"
BERLIN = """
periods = ["day", "month"]
[time]
idle_after = "off"
zone = "Europe/Berlin"
[[limit]]
name = "own"
kind = "service"
meter = "requests"
amount = 2
window = "every 5h"
anchor = "first"
judge = "total"
steps = [[100, "block"]]
[[limit]]
name = "prepaid"
kind = "service"
meter = "requests"
amount = 3
window = "lifetime"
judge = "total"
steps = [[100, "block"]]
"""
MIDNIGHT_MS = 1_774_738_800_000  # 2026-03-28T23:00Z: a day of 23 hours begins in Berlin


def release_here():
    with open(DATABASE / "tzdata.zi", encoding="ascii") as file:
        return file.readline().removeprefix("# version ").strip()


def span(time_ms):
    return json.dumps({"time_ms": time_ms, "service": "a", "cost_usd": "1"})


class ZonesTest(IntegrationTest):
    def setUp(self):
        super().setUp()
        self.config = self.write("spantoll.toml", BERLIN)

    def other_database(self):
        """The same rules, of another release."""
        folder = self.directory / "zoneinfo"
        folder.mkdir()
        for entry in DATABASE.iterdir():
            if entry.name != "tzdata.zi":
                (folder / entry.name).symlink_to(entry)
        rules = (DATABASE / "tzdata.zi").read_text(encoding="ascii")
        (folder / "tzdata.zi").write_text(rules.replace(release_here(), OTHER_RELEASE, 1), encoding="ascii")
        return {"TZDIR": str(folder)}

    def post(self, processor, *times_ms):
        for time_ms in times_ms:
            self.assertEqual(202, processor.http.post(span(time_ms)).status)

    def filled(self):
        """A processor that was killed after two spans."""
        processor = self.start(Processor(self.directory / "data", self.config))
        self.post(processor, MIDNIGHT_MS + 7, MIDNIGHT_MS + 8)
        processor.wait_until_read({("embedded", 0): 2})
        processor.kill()
        return processor

    def test_lattices_and_lifetimes_survive_a_kill(self):
        processor = self.filled()
        processor.start()
        self.post(processor, MIDNIGHT_MS + 9)
        processor.wait_until_read({("embedded", 0): 3})
        self.assertEqual(0, processor.stop(), processor.said())
        rows = dump_rows(processor.data, "--all")
        self.assertEqual(MIDNIGHT_MS + 7, rows["ANCHOR#service:a/every 5h from first"]["anchor_ms"])
        self.assertEqual("block", rows["ENFORCE#service:a/own"]["level"])
        self.assertEqual(MIDNIGHT_MS + 7 + 5 * 3_600_000, rows["ENFORCE#service:a/own"]["valid_until_ms"])
        self.assertEqual("block", rows["ENFORCE#service:a/prepaid"]["level"])
        self.assertIsNone(rows["ENFORCE#service:a/prepaid"]["valid_until_ms"])
        self.assertEqual(3, rows["FEDCOST#service:a/PERIOD#2026-03-29"]["request_count"])

    def test_the_store_keeps_its_zone(self):
        processor = self.filled()
        other = self.write("other.toml", BERLIN.replace("Europe/Berlin", "Asia/Tokyo"))
        done = run_command("run", "--data", processor.data, "--config", other, "--listen", f"127.0.0.1:{processor.port}")
        self.assertEqual(EXIT_CONFIG, done.returncode, done.stderr)
        self.assertIn('[time] zone is not the one that the store was made with: it has "Europe/Berlin", the configuration '
                      '"Asia/Tokyo"', done.stderr)

    def test_the_release_is_kept_and_told(self):
        processor = self.filled()
        self.assertIn(f"time zone database {release_here()}", processor.said())
        self.assertEqual({"release": release_here()}, dump_rows(processor.data)["META/ZONES"])
        again = Processor(processor.data, self.config, environment=self.other_database())
        self.start(again)
        self.assertEqual(OTHER_RELEASE, again.http.get("/readyz").json()["state"]["time_zones"])
        self.assertIn(f"before it was time zone database {release_here()}", again.said())
        self.assertEqual(0, again.stop(), again.said())
        self.assertEqual({"release": OTHER_RELEASE}, dump_rows(processor.data)["META/ZONES"])
        done = run_command("replay", "--data", self.directory / "replayed", "--from-data", processor.data, "--config", self.config)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn(f"the time zone database is of release {release_here()}, {processor.data} was made with {OTHER_RELEASE}",
                      done.stderr)


if __name__ == "__main__":
    sys.exit(main())
