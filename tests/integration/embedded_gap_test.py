#!/usr/bin/env python3
"""An embedded topic whose old end was removed: whoever has not read it is told, and goes on only when told to."""

import json
import shutil
import sys
import time

from integration_main import IntegrationTest, main
from spantoll_program import EMBEDDED_TOPIC, Processor, command, dump_rows, run_command

TOPIC_MB = 20
RECORD_BYTES = 1 << 20
RECORDS = 40
REFUSED = 78
ENDS_TIMEOUT_S = 60


class EmbeddedGapTest(IntegrationTest):
    def post(self, processor, count, padding=""):
        for _ in range(count):
            span = {"time_ms": int(time.time() * 1000), "team": "b", "cost_usd": "1",
                    "attributes": [{"key": "padding", "value": padding}]}
            answer = processor.http.post(json.dumps(span))
            self.assertEqual(202, answer.status, answer.text)
            end = answer.json()["offset"] + 1
            # What is not read yet is never removed.
            processor.wait_until_read({(EMBEDDED_TOPIC, 0): end})
            time.sleep(0.01)
        return end

    def trimmed(self):
        """A stopped processor whose topic lost its old end, all read; its state of before is in `old-state`."""
        config = self.write("spantoll.toml", f'[time]\nidle_after = "off"\n[retention]\ntopic_mb = {TOPIC_MB}\n')
        processor = Processor(self.directory / "data", config)
        self.start(processor)
        self.post(processor, 2)
        self.assertEqual(0, processor.stop(), processor.said())
        shutil.copytree(processor.data / "state", self.directory / "old-state")
        processor.start()
        self.post(processor, RECORDS, "x" * RECORD_BYTES)
        self.assertEqual(0, processor.stop(), processor.said())
        return processor

    def expect_refusal(self, processor, text):
        processor.spawn()
        self.assertEqual(REFUSED, processor.process.wait(ENDS_TIMEOUT_S), processor.said())
        last = processor.said().strip().splitlines()[-1]
        self.assertIn(text, last)
        self.assertIn("--accept-gap", last)

    def test_a_topic_that_lost_its_old_end(self):
        processor = self.trimmed()
        state = processor.data / "state"
        shutil.rmtree(state)
        self.expect_refusal(processor, "reading goes on from 0")
        shutil.rmtree(state)
        shutil.copytree(self.directory / "old-state", state)
        self.expect_refusal(processor, "reading goes on from 2")

        processor.options = ["--accept-gap"]
        processor.start().wait_until_read({(EMBEDDED_TOPIC, 0): RECORDS + 2})
        self.assertEqual(0, processor.stop(), processor.said())
        self.check_what_is_missing_is_told(processor.data, 2)

    def test_a_replay_of_it(self):
        processor = self.trimmed()
        replay = ("replay", "--config", processor.config, "--from-data", processor.data, "--data")
        refused = run_command(*replay, self.directory / "refused")
        self.assertEqual(REFUSED, refused.returncode, refused.stderr)
        self.assertIn("begins at offset", refused.stderr)
        self.assertFalse((self.directory / "refused").exists(), "nothing is left behind")
        command(*replay, self.directory / "played", "--accept-gap")
        self.check_what_is_missing_is_told(self.directory / "played", 0)

    def test_a_replay_of_one_that_ends_before_the_state(self):
        config = self.write("spantoll.toml", '[time]\nidle_after = "off"\n')
        processor = Processor(self.directory / "data", config)
        self.start(processor)
        self.post(processor, 2)
        self.assertEqual(0, processor.stop(), processor.said())
        topic = processor.data / "topic"
        shutil.copytree(topic, self.directory / "old-topic")
        processor.start()
        self.post(processor, 3)
        replay = ("replay", "--config", config, "--from-data", processor.data, "--data")
        command(*replay, self.directory / "beside")
        self.assertEqual(0, processor.stop(), processor.said())
        shutil.rmtree(topic)
        shutil.copytree(self.directory / "old-topic", topic)

        refused = run_command(*replay, self.directory / "refused")
        self.assertEqual(REFUSED, refused.returncode, refused.stderr)
        self.assertIn("ends at offset 2, before the stored position 5", refused.stderr)
        self.assertFalse((self.directory / "refused").exists(), "nothing is left behind")
        command(*replay, self.directory / "played", "--accept-gap")
        counts = dump_rows(self.directory / "played", "--prefix", "META/COUNTS#")[f"META/COUNTS#{EMBEDDED_TOPIC}/0"]
        self.assertEqual(2, counts["polled"])
        audits = dump_rows(self.directory / "played", "--all", "--prefix", "AUDIT#")
        self.assertIn("before the stored position 5", str(audits))

    def check_what_is_missing_is_told(self, data, read_before):
        audits = [row["text"] if "text" in row else str(row) for row in dump_rows(data, "--all", "--prefix", "AUDIT#").values()]
        self.assertEqual(1, len(audits), audits)
        self.assertIn("begins at offset", audits[0])
        counts = dump_rows(data, "--prefix", "META/COUNTS#")[f"META/COUNTS#{EMBEDDED_TOPIC}/0"]
        self.assertLess(counts["polled"], RECORDS + 2)
        self.assertGreater(counts["polled"], read_before)


if __name__ == "__main__":
    sys.exit(main())
