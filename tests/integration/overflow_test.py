#!/usr/bin/env python3
"""More names than max_per_kind: who finds a place, and what a check says of who does not."""

import json
import sys
import time

from integration_main import IntegrationTest, main
from spantoll_program import EMBEDDED_TOPIC, Processor, digest, command, run_command

TIME_MS = int(time.time() * 1000)  # checks ask about now
CAP = 20
CONFIGURATION = f"""
[time]
idle_after = "off"
[accounts]
max_per_kind = {CAP}
[[limit]]
name = "key-month"
kind = "virtual_key"
meter = "usd"
amount = "1"
window = "month"
judge = "total"
steps = [[100, "block"]]
on_overflow = "refuse"
"""
EXIT_NO = 2


class OverflowTest(IntegrationTest):
    def setUp(self):
        super().setUp()
        self.config = self.write("spantoll.toml", CONFIGURATION)
        self.processor = Processor(self.directory / "data", self.config)
        self.addCleanup(self.processor.end_for_good)
        self.processor.start()
        self.posted = 0

    def post(self, spans):
        answer = self.processor.http.post(json.dumps([{"time_ms": TIME_MS, **span} for span in spans]))
        self.assertEqual(202, answer.status, answer.text)
        self.posted += 1
        self.processor.wait_until_read({(EMBEDDED_TOPIC, 0): self.posted})
        self.processor.http.get("/v1/accounts/global")  # answered after a commit

    def check(self, account):
        done = run_command("check", account, "--url", f"http://127.0.0.1:{self.processor.port}")
        return done.returncode, done.stdout

    def flood(self, dimension, count, **members):
        self.post([{dimension: f"junk{number}", **members} for number in range(count)])

    def test_names_that_cost_nothing_keep_nobody_out(self):
        self.flood("virtual_key", 10 * CAP)
        self.assertEqual(0, self.check("virtual_key:later")[0])
        self.post([{"virtual_key": "later", "cost_usd": "500"}])
        code, said = self.check("virtual_key:later")
        self.assertEqual(EXIT_NO, code, said)
        self.assertIn("level=block", said)
        self.assertNotIn("overflow", said)

    def test_a_check_says_that_a_name_is_beyond_the_cap(self):
        self.flood("virtual_key", CAP, cost_usd="0.1")
        self.flood("user", CAP, cost_usd="0.1")
        for _ in range(2):
            self.assertEqual((0, True), (self.check("virtual_key:junk0")[0], "overflow" not in self.check("virtual_key:junk0")[1]))
            code, said = self.check("virtual_key:later")
            self.assertEqual(EXIT_NO, code, said)
            self.assertIn(" overflow=virtual_key:~other reason=overflow by=virtual_key:later/key-month ", said)
            # No limit holds for users.
            code, said = self.check("user:later")
            self.assertEqual(0, code, said)
            self.assertIn(" overflow=user:~other ", said)
            answer = self.processor.http.get("/v1/check?account=virtual_key:later").json()
            self.assertFalse(answer["allowed"])
            self.assertEqual("overflow", answer["accounts"][0]["reason"])
            # The same after a start, before anything is read.
            self.processor.kill()
            self.processor.start()

    def test_a_replay_has_the_same_accounts(self):
        for number in range(3 * CAP):
            self.post([{"virtual_key": f"k{number}", "cost_usd": self.chance.choice(["0", "0", "0.25"])}])
            if number % 7 == 0:
                self.processor.kill()
                self.processor.start()
        self.assertEqual(0, self.processor.stop())
        replayed = self.directory / "replayed"
        command("replay", "--from-data", self.processor.data, "--data", replayed, "--config", self.config)
        self.assertEqual(digest(replayed), digest(self.processor.data))


if __name__ == "__main__":
    sys.exit(main())
