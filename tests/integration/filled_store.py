"""Stores that a processor filled from its embedded topic, to be harmed: what a later `run` makes of them.

    class DamageTest(FilledStoreTest): records_max, spans_per_record = 60, 20
"""

from integration_main import IntegrationTest
from random_input import RandomInput
from spantoll_http import Poster
from spantoll_program import EMBEDDED_TOPIC, CommandFailed, Processor

CONFIG = """
periods = ["month", "day"]
[time]
idle_after = "off"
[[limit]]
name = "service-day"
kind = "service"
meter = "usd"
amount = "5"
window = "rolling 24h"
judge = "total"
steps = [[50, "warn"], [100, "block"]]
"""
SPANS_PER_RECORD = 20


class FilledStoreTest(IntegrationTest):
    record_count = 0  # of a subclass

    def setUp(self):
        super().setUp()
        self.config = self.write("spantoll.toml", CONFIG)
        spans = self.record_count * SPANS_PER_RECORD
        lines = RandomInput("basic", self.chance.randrange(10**6), spans).lines[:spans]
        self.records = [lines[i : i + SPANS_PER_RECORD] for i in range(0, len(lines), SPANS_PER_RECORD)]

    def live(self, data, begin, end):
        """A processor that has taken the records from `begin` to before `end`, and has read them."""
        processor = self.start(Processor(data, self.config))
        poster = Poster(processor.port)
        for record in self.records[begin:end]:
            answer = poster.post(b"[" + b",".join(record) + b"]")
            self.assertEqual(202, answer.status, answer.text)
        poster.close()
        processor.wait_until_read({(EMBEDDED_TOPIC, 0): end})
        return processor

    def read_to_the_end(self, data, environment=None, timeout=20):
        """(exit code, what it said) of a `run` that reads what the topic holds and is stopped."""
        processor = Processor(data, self.config, environment=environment)
        try:
            processor.spawn()
            processor.wait_until_alive()
            processor.wait_until_read({(EMBEDDED_TOPIC, 0): len(self.records)}, timeout=timeout)
            return processor.stop(), processor.said()
        except CommandFailed as reason:
            if processor.is_running():
                return "never", f"it does not get to the end of the topic: {reason}"
            return processor.process.returncode, processor.said()
        finally:
            processor.end_for_good()
