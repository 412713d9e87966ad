#!/usr/bin/env python3
"""A record that crashes the process is refused after three deaths, and the line goes on.

The bug is planted: with SPANTOLL_CRASH_ON=TEXT the process aborts when it decodes a record that holds TEXT.
"""

import contextlib
import http.client
import json
import signal
import sys

from integration_main import IntegrationTest, main
from kafka_broker import APPEND_TIME
from random_input import kafka_table, toml_value
from spantoll_program import EMBEDDED_TOPIC, Processor, command, counts_of, digest, dump_rows

TIME_MS = 1_700_000_000_000
POISON = "poison-of-the-test"
PLANTED = {"SPANTOLL_CRASH_ON": POISON}
DEATHS = 3
ABORTED = -signal.SIGABRT
DEATH_TIMEOUT_S = 30
CONFIGURATION = """
[time]
idle_after = "off"
"""


def record(index, **members):
    return json.dumps({"time_ms": TIME_MS + index, "team": "t", "cost_usd": "0.01", **members})


# Two harmless ones before it, so that it is decoded together with others; two behind it.
RECORDS = [record(0), record(1), record(2, user=POISON), record(3), record(4)]
POISON_AT = 2


def dead_key(topic):
    return f"DEAD#{topic}/0/{POISON_AT:020}"


class PoisonRecordTest(IntegrationTest):
    def die(self, processor, times):
        """Starts it so often; each time it ends by SIGABRT."""
        for _ in range(times):
            processor.spawn(PLANTED)
            self.assertEqual(ABORTED, processor.process.wait(DEATH_TIMEOUT_S), processor.said())

    def check_refused(self, processor, topic):
        rows = dump_rows(processor.data)
        counts, = counts_of(rows).values()
        self.assertEqual((5, 4, 1), (counts["polled"], counts["accepted"], counts["refused"].get("crashed")), counts)
        letter = rows[dead_key(topic)]
        self.assertEqual([{"index": 0, "reason": "crashed"}], letter["refused"])
        self.assertIn("died 3 times", letter["detail"])
        totals = rows["FEDCOST#team:t/PERIOD#2023-11"]
        self.assertEqual(("0.04", 4), (totals["cost_usd"], totals["request_count"]))
        self.assertNotIn("RUNNING", dump_rows(processor.data, "--all"), "it ended in order")


class EmbeddedPoisonTest(PoisonRecordTest):
    def setUp(self):
        super().setUp()
        self.config = self.write("spantoll.toml", CONFIGURATION)
        self.processor = Processor(self.directory / "data", self.config)

    def post(self, text):
        answer = self.processor.http.post(text)
        self.assertEqual(202, answer.status, answer.text)

    def test_after_three_deaths_the_line_goes_on(self):
        self.start(self.processor, PLANTED)
        for text in RECORDS[:POISON_AT]:
            self.post(text)
        # It may die before its answer is through.
        with contextlib.suppress(OSError, http.client.HTTPException):
            self.processor.http.post(RECORDS[POISON_AT])
        self.assertEqual(ABORTED, self.processor.process.wait(DEATH_TIMEOUT_S), self.processor.said())
        self.die(self.processor, DEATHS - 1)
        self.start(self.processor, PLANTED)
        self.assertIn(f"these are suspected: {EMBEDDED_TOPIC}/0@{POISON_AT} (3 deaths)", self.processor.said())
        for text in RECORDS[POISON_AT + 1:]:
            self.post(text)
        self.processor.wait_until_read({(EMBEDDED_TOPIC, 0): len(RECORDS)})
        self.assertEqual(0, self.processor.stop(), self.processor.said())
        self.check_refused(self.processor, EMBEDDED_TOPIC)
        self.check_replay()

    def check_replay(self):
        """A replay of the log does not decode it either, with the bug in it or without."""
        for name, environment in (("with", PLANTED), ("without", {})):
            again = self.directory / name
            command("replay", "--data", again, "--from-data", self.processor.data, "--config", self.config,
                    environment=environment)
            self.assertEqual(digest(self.processor.data), digest(again), f"{name} the planted bug")
            self.assertIn(dead_key(EMBEDDED_TOPIC), dump_rows(again))


class KafkaPoisonTest(PoisonRecordTest):
    def test_after_three_deaths_the_line_goes_on(self):
        broker = self.open_broker()
        broker.admin.create_topic("poisoned", 1, APPEND_TIME)
        broker.produce("poisoned", RECORDS)
        table = "".join(f"{key} = {toml_value(value)}\n" for key, value in kafka_table(broker, "poisoned", ["poisoned"]).items())
        config = self.write("spantoll.toml", CONFIGURATION + "[kafka]\n" + table)
        processor = Processor(self.directory / "data", config)
        self.addCleanup(processor.end_for_good)
        self.die(processor, DEATHS)
        processor.start(PLANTED)
        processor.wait_until_read({("poisoned", 0): len(RECORDS)})
        self.assertEqual(0, processor.stop(), processor.said())
        self.check_refused(processor, "poisoned")


if __name__ == "__main__":
    sys.exit(main())
