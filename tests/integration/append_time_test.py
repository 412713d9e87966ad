#!/usr/bin/env python3
"""Spans whose producers' clocks are wrong, posted to a running processor: charged as the reference model charges them with the
append times that the answers told."""

import json
import sys
import time

from integration_main import main
from random_input import RandomInput
from spantoll_http import Poster
from spantoll_program import EMBEDDED_TOPIC, Processor
from topic_model import TopicModelTest

SPANS_USUAL, SPANS_LONG = 400, 2_000
PAST_MS = 3 * 3_600_000
AHEAD_SHARE = 0.1


class AppendTimeTest(TopicModelTest):
    def records(self, source, now_ms):
        """The profile's spans over the last three hours, some of them from the future."""
        spans = source.spans()
        self.spread_over(spans, PAST_MS, now_ms)
        for span in spans:
            if self.chance.random() < AHEAD_SHARE:
                span["time_ms"] = now_ms + self.chance.choice([30_000, 90_000, 3_600_000, 900 * 86_400_000])
        return [json.dumps(span).encode() for span in spans]

    def check(self, future):
        spans = self.by_length(SPANS_USUAL, SPANS_LONG)
        source = RandomInput("limits", self.chance.randrange(10**6), spans)
        config = self.write("spantoll.toml", source.configuration(time={"idle_after": "off", "future": future}))
        records = self.records(source, int(time.time() * 1000))
        append_ms = []
        with Processor(self.directory / "data", config) as processor:
            poster = Poster(processor.port)
            self.addCleanup(poster.close)
            for record in records:
                answer = poster.post(record)
                self.assertEqual(202, answer.status, answer.text)
                self.assertEqual(len(append_ms), answer.json()["offset"])
                append_ms.append(answer.json()["append_time_ms"])
            processor.wait_until_read({(EMBEDDED_TOPIC, 0): len(records)})
            self.assertEqual(0, processor.stop(), processor.said())
        model = self.assert_as_model(self.directory, config, records, append_ms)
        counts = model[f"META/COUNTS#{EMBEDDED_TOPIC}/0"]
        self.assertTrue(counts.get("clamped") or counts["refused"].get("future"), counts)

    def test_clamped(self):
        self.check("clamp")

    def test_refused(self):
        self.check("refuse")


if __name__ == "__main__":
    sys.exit(main())
