#!/usr/bin/env python3
"""The wall clock is set while a processor runs, forward and back: no level and no honest span is lost, nothing stalls."""

import json
import struct
import sys
import time

from integration_main import IntegrationTest, main
from spantoll_program import EMBEDDED_TOPIC, Processor, dump_rows

FORTY_DAYS_S, DAY_S = 40 * 86_400, 86_400
IDLE_S = 1
CONFIGURATION = f"""
[time]
idle_after = "{IDLE_S}s"
[[limit]]
name = "team-day"
kind = "team"
meter = "usd"
amount = "5"
window = "rolling 24h"
judge = "total"
steps = [[100, "block"]]
"""


class ClockTest(IntegrationTest):
    def setUp(self):
        super().setUp()
        library, self.clock = self.preloaded("set_clock.cc"), self.directory / "clock"
        self.set_clock(0)
        environment = {"LD_PRELOAD": str(library), "SET_CLOCK_FILE": str(self.clock)}
        self.processor = Processor(self.directory / "data", self.write("spantoll.toml", CONFIGURATION), environment=environment)
        self.start(self.processor)

    def set_clock(self, ahead_s):
        """In place: the program has it mapped."""
        with open(self.clock, "r+b" if self.clock.exists() else "wb") as file:
            file.write(struct.pack("=q", ahead_s))

    def post(self, team, usd):
        span = {"time_ms": int(time.time() * 1000), "team": team, "cost_usd": usd}
        answer = self.processor.http.post(json.dumps(span))
        self.assertEqual(202, answer.status, answer.text)
        return answer.json()["offset"] + 1

    def read(self, end):
        self.processor.wait_until_read({(EMBEDDED_TOPIC, 0): end}, 20)

    def is_allowed(self, account):
        return self.processor.http.get(f"/v1/check?account={account}").json()["allowed"]

    def test_forward_for_a_moment(self):
        self.read(self.post("a", "6"))
        self.assertFalse(self.is_allowed("team:a"))
        self.set_clock(FORTY_DAYS_S)
        time.sleep(4 * IDLE_S)
        self.assertFalse(self.is_allowed("team:a"), "a time that never was lifts nothing")
        self.set_clock(0)
        time.sleep(2 * IDLE_S)
        self.read(self.post("b", "1"))
        self.assertEqual(0, self.processor.stop(), self.processor.said())
        self.assertIn("set forward by", self.processor.said())
        counts = dump_rows(self.processor.data)[f"META/COUNTS#{EMBEDDED_TOPIC}/0"]
        # W may be a minute ahead, so the second one may be late; it is counted all the same.
        self.assertEqual((2, {}), (counts["accepted"], {why: n for why, n in counts["refused"].items() if n}), counts)

    def test_back_by_a_day(self):
        self.read(self.post("a", "1"))
        self.set_clock(-DAY_S)
        for _ in range(3):
            # Read, committed and shown as ever.
            commits = self.processor.http.value("spantoll_commits_total")
            self.read(self.post("a", "0.5"))
            self.processor.wait_for(
                lambda before=commits: self.processor.http.value("spantoll_commits_total") > before, 20, "commit")
        self.assertEqual(0, self.processor.stop(), self.processor.said())
        self.assertIn("set back by", self.processor.said())


if __name__ == "__main__":
    sys.exit(main())
