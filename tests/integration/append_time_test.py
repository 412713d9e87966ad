#!/usr/bin/env python3
"""Spans whose producers' clocks are wrong, posted to a running processor: charged as the reference model charges them with the
append times that the answers told."""

import json
import sys
import time

from integration_main import IntegrationTest, main
from random_input import RandomInput
from reference_test import model_python, read_lines, run_python, without_zero_trace
from row_difference import decision_differences, of_prefixes, row_differences, without_zero_reasons
from spantoll_http import Poster
from spantoll_program import EMBEDDED_TOPIC, Processor, dump_rows, stored_decisions

SPANS_USUAL, SPANS_LONG = 400, 2_000
PAST_MS = 3 * 3_600_000
AHEAD_SHARE = 0.1
COMPARED = ("FEDCOST#", "ROLLING#", "ENFORCE#", "PERIOD#", "META/COUNTS#")


class AppendTimeTest(IntegrationTest):
    def setUp(self):
        super().setUp()
        if model_python() is None:
            self.skipTest("the model needs python3-xxhash and python3-idna: apt-get install them")

    def records(self, source, now_ms):
        """The profile's spans over the last three hours, some of them from the future."""
        spans = source.spans()
        begin, end = spans[0]["time_ms"], spans[-1]["time_ms"]
        for span in spans:
            span["time_ms"] = now_ms - PAST_MS + (span["time_ms"] - begin) * PAST_MS // (end - begin)
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
        self.compare(config, self.write("input.jsonl", b"".join(record + b"\n" for record in records)),
                     self.write("append_times.json", json.dumps(append_ms)))

    def compare(self, config, file, times):
        dump, decisions = self.directory / "model.jsonl", self.directory / "model-decisions"
        run_python("reference_model.py", "--config", config, "--now-ms", 0, "--append-times", times, "--topic", EMBEDDED_TOPIC,
                   "--out-dump", dump, "--out-decisions", decisions, file)
        model = {line["key"]: line["record"] for line in read_lines(dump)}
        rows = dump_rows(self.directory / "data")
        counts = model[f"META/COUNTS#{EMBEDDED_TOPIC}/0"]
        self.assertTrue(counts.get("clamped") or counts["refused"].get("future"), counts)
        told = list(stored_decisions(self.directory / "data").values())
        lines = decision_differences(map(without_zero_trace, read_lines(decisions)), map(without_zero_trace, told))
        lines += row_differences(*(without_zero_reasons(of_prefixes(found, *COMPARED)) for found in (model, rows)))
        self.assert_no_differences(lines)

    def test_clamped(self):
        self.check("clamp")

    def test_refused(self):
        self.check("refuse")


if __name__ == "__main__":
    sys.exit(main())
