#!/usr/bin/env python3
"""A broker that is killed and comes back: nothing lost, nothing twice, and memory stays flat meanwhile."""

import sys
import time

from integration_main import IntegrationTest, main
from kafka_broker import APPEND_TIME
from random_input import RandomInput, TopicProducer, kafka_table
from row_difference import row_differences
from spantoll_program import Processor, command, digest, dump_rows

SPANS = 6000
PRODUCING_S = 25
OUTAGE_USUAL_S, OUTAGE_LONG_S = 10, 30
BEFORE_OUTAGE_S = 4
RSS_GROWTH_MAX_KB = 40 * 1024


class BrokerOutageTest(IntegrationTest):
    def test_nothing_is_lost_and_nothing_twice(self):
        source = RandomInput("limits", self.chance.randrange(10**6), SPANS)
        broker = self.open_broker()
        # What the broker has acknowledged must outlive its crash; on one machine the page cache does that.
        broker.admin.create_topic("spans", 1, APPEND_TIME)
        config = self.write("spantoll.toml", source.configuration(time={"idle_after": "off"}, kafka=kafka_table(broker, "run")))
        processor = Processor(self.directory / "run", config)
        self.start(processor)
        producer = TopicProducer(broker, "spans", [(0, line) for line in source.lines], PRODUCING_S)
        self.addCleanup(producer.stop)
        time.sleep(BEFORE_OUTAGE_S)
        self.outage(broker, processor)
        producer.finish()
        processor.wait_until_read({("spans", 0): len(source.lines)})
        self.assertEqual(0, processor.stop(), processor.said())
        self.check_against_replay(broker, processor, config, len(source.lines))

    def outage(self, broker, processor):
        before_kb = processor.rss_kb()
        broker.kill()
        highest_kb, deadline = before_kb, time.monotonic() + self.by_length(OUTAGE_USUAL_S, OUTAGE_LONG_S)
        while time.monotonic() < deadline:
            self.assertTrue(processor.is_running(), processor.said())
            highest_kb = max(highest_kb, processor.rss_kb())
            time.sleep(0.2)
        self.assertTrue(processor.http.is_alive(), "it answers without its broker")
        self.assertLess(highest_kb - before_kb, RSS_GROWTH_MAX_KB, "RSS grew while the broker was away, in kB")
        broker.start()

    def check_against_replay(self, broker, processor, config, records):
        replayed = self.directory / "replayed"
        command("replay", "--data", replayed, "--config", config, "--kafka", broker.brokers, "--topic", "spans",
                "--decisions", self.directory / "decisions.jsonl")
        rows = dump_rows(processor.data)
        self.assertEqual(records, rows["META/COUNTS#spans/0"]["polled"])
        differences = row_differences(dump_rows(replayed), rows)
        self.assert_no_differences(differences)
        self.assertEqual(digest(replayed), digest(processor.data))
        published = [record["payload"] for record in broker.consume("run.decisions")]
        expected = (self.directory / "decisions.jsonl").read_text().splitlines()
        # At least once: an idempotent producer that does not die sends each once, in order.
        self.assertEqual(expected, published)


if __name__ == "__main__":
    sys.exit(main())
