#!/usr/bin/env python3
"""What can become of topics while they are read: deleted, made again, cut; transactions; headers; cut connections."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time

from cutting_proxy import CuttingProxy
from integration_main import IntegrationTest, main
from kafka_broker import APPEND_TIME, KafkaBroker, Unavailable, free_port
from kafka_transactions import KafkaProducer
from random_input import kafka_table, toml_value
from spantoll_program import Processor, binary, command, digest, dump_rows

ENDS_TIMEOUT_S = 60
REFUSED, UNAVAILABLE = 78, 69
LIMIT = """
[[limit]]
name = "team-day"
kind = "team"
meter = "usd"
amount = "5"
window = "rolling 24h"
judge = "total"
steps = [[100, "block"]]
"""


def span(team="a", usd="1", **more):
    return json.dumps({"time_ms": int(time.time() * 1000), "team": team, "cost_usd": usd, **more})


class KafkaTopicsTest(IntegrationTest):
    """One broker for all; each test has topics of its own."""

    @classmethod
    def setUpClass(cls):
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.broker, cls.proxy, cls.missing = None, None, ""
        port = free_port()
        broker = KafkaBroker(settings=[f"advertised.listeners=PLAINTEXT://127.0.0.1:{port}"])
        try:
            cls.broker = stack.enter_context(broker)
        except Unavailable as reason:
            cls.missing = str(reason)
            return
        cls.proxy = stack.enter_context(CuttingProxy(port, broker.port))

    def setUp(self):
        super().setUp()
        if self.broker is None:
            if os.environ.get("SPANTOLL_REQUIRE_KAFKA") == "1":
                self.fail(f"a Kafka broker is required here: {self.missing}")
            self.skipTest(f"no Kafka broker for this test: {self.missing}")
        self.name = self._testMethodName

    def topic(self, suffix="", partitions=1):
        name = self.name + suffix
        self.broker.admin.create_topic(name, partitions, APPEND_TIME)
        return name

    def processor(self, topics, limits=""):
        table = kafka_table(self.broker, self.name, topics)
        kafka = "[kafka]\n" + "".join(f"{key} = {toml_value(value)}\n" for key, value in table.items())
        config = self.write("spantoll.toml", kafka + '[time]\nidle_after = "off"\n' + limits)
        processor = Processor(self.directory / "data", config)
        self.addCleanup(processor.end_for_good)
        return processor

    def reading(self, topics, records=3):
        """A processor that has read so many records of each topic."""
        for topic in topics:
            self.broker.produce(topic, [span() for _ in range(records)], partition=0)
        processor = self.processor(topics).start()
        processor.wait_until_read({(topic, 0): records for topic in topics})
        return processor

    def expect_refusal(self, processor, *says):
        try:
            code = processor.process.wait(ENDS_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.fail("it neither ends nor goes on: " + processor.said())
        self.assertEqual(REFUSED, code, processor.said())
        last = processor.said().strip().splitlines()[-1]
        for text in says:
            self.assertIn(text, last)

    def test_a_topic_that_is_deleted(self):
        topic = self.topic()
        processor = self.reading([topic])
        self.broker.admin.delete_topic(topic)
        self.expect_refusal(processor, topic)

    def test_one_of_two_topics_that_is_deleted(self):
        kept, gone = self.topic(".kept"), self.topic(".gone")
        processor = self.reading([kept, gone])
        self.broker.admin.delete_topic(gone)
        self.expect_refusal(processor, gone)
        self.assertEqual(3, dump_rows(processor.data)[f"META/COUNTS#{kept}/0"]["accepted"])

    def test_a_stop_after_a_topic_was_deleted(self):
        topic = self.topic()
        processor = self.reading([topic])
        self.broker.admin.delete_topic(topic)
        time.sleep(1)
        self.assertIn(processor.stop(), (0, REFUSED), processor.said())

    def test_a_topic_that_is_deleted_while_it_is_replayed(self):
        topic = self.topic()
        # More than is read ahead, so that the replay cannot have all of it before it is stopped.
        with KafkaProducer(self.broker.brokers) as writer:
            for _ in range(120):
                writer.append(topic, span(attributes=[{"key": "padding", "value": "x" * 900_000}]).encode())
        data = self.directory / "replayed"
        replay = subprocess.Popen(
            [binary(), "replay", "--data", data, "--kafka", self.broker.brokers, "--topic", topic],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(replay.kill)
        while not data.exists() and replay.poll() is None:
            time.sleep(0.001)
        replay.send_signal(signal.SIGSTOP)
        self.broker.admin.delete_topic(topic)
        replay.send_signal(signal.SIGCONT)
        _, said = replay.communicate(timeout=ENDS_TIMEOUT_S)
        self.assertEqual(REFUSED, replay.returncode, said)
        self.assertIn(topic, said.strip().splitlines()[-1])

    def test_a_topic_of_decisions_that_is_deleted(self):
        """It says so and ends, and the next start makes the topic again and sends what waits in the outbox."""
        topic, decisions = self.topic(), f"{self.name}.decisions"
        processor = self.processor([topic], LIMIT).start()
        self.broker.produce(topic, [span("a", "6")], partition=0)
        processor.wait_until_read({(topic, 0): 1})
        self.assertEqual(1, len(self.broker.consume(decisions)))
        self.broker.admin.delete_topic(decisions)
        self.broker.produce(topic, [span("b", "6")], partition=0)
        self.assertEqual(UNAVAILABLE, processor.process.wait(ENDS_TIMEOUT_S), processor.said())
        self.assertIn(decisions, processor.said().strip().splitlines()[-1])
        processor.start().wait_until_read({(topic, 0): 2})
        self.assertEqual(0, processor.stop(), processor.said())
        self.assertIn("team:b", [json.loads(record["payload"])["account"] for record in self.broker.consume(decisions)])

    def test_a_topic_that_is_made_again(self):
        """Whatever the moment, nothing of the second topic is read as if it went on from the first."""
        for turn in range(self.by_length(6, 40)):
            with self.subTest(turn=turn):
                topic = self.topic(f".{turn}")
                processor = self.reading([topic])
                time.sleep(turn % 7 * 0.3)  # the topics are looked at every 2 s
                self.broker.admin.delete_topic(topic)
                self.topic(f".{turn}")
                self.broker.produce(topic, [span("b") for _ in range(10)], partition=0)
                self.expect_refusal(processor, topic)
                self.assertEqual(3, dump_rows(processor.data)[f"META/COUNTS#{topic}/0"]["accepted"])
                shutil.rmtree(processor.data)

    def test_transactions_and_a_tail_that_is_removed(self):
        topic = self.topic()
        with KafkaProducer(self.broker.brokers, "writer") as writer:
            writer.begin()
            for _ in range(2):
                writer.append(topic, span().encode())
            writer.commit()
            writer.begin()
            writer.append(topic, span().encode())
            writer.abort()
        # Two records, a marker, an aborted record, a marker.
        processor = self.processor([topic]).start()
        processor.wait_until_read({(topic, 0): 5})
        self.assertEqual(0, processor.stop(), processor.said())
        row = dump_rows(processor.data)[f"META/OFFSET#{topic}/0"]
        self.assertEqual(5, row["next_offset"], row)
        self.assertEqual(5, self.broker.admin.group_offset(self.name, topic, 0))

        replayed = self.directory / "replayed"
        command("replay", "--data", replayed, "--config", processor.config, "--kafka", self.broker.brokers, "--topic", topic)
        self.assertEqual(digest(replayed), digest(processor.data))

        # What retention does over a quiet week-end: no record was lost.
        self.broker.admin.delete_records(topic, 0, 5)
        processor.start()
        self.broker.produce(topic, [span()], partition=0)
        processor.wait_until_read({(topic, 0): 6})
        self.assertEqual(0, processor.stop(), processor.said())
        self.assertEqual(3, dump_rows(processor.data)[f"META/COUNTS#{topic}/0"]["accepted"])

    def test_headers_of_every_kind(self):
        topic = self.topic()
        kinds = [
            [(b"content-type", b"application/json")],
            [(b"content-type", None)],
            [(b"content-type", b"")],
            [(b"content-type", b"text/plain"), (b"content-type", b"application/json")],
            [(b"\xff\xfe\x00", b"\x00\xff" * 10)],
            [(b"", b"no name")],
            [(b"n" * 30_000, b"v" * 300_000)],
            [(b"h%d" % i, None) for i in range(2_000)],
        ]
        with KafkaProducer(self.broker.brokers) as writer:
            for headers in kinds:
                writer.append(topic, span().encode(), headers=headers)
            writer.append(topic, None, headers=kinds[4])
            writer.append(topic, b"no span", headers=kinds[4] + [(b"content-type", b"\xff\n\x1b[31m")])
        processor = self.processor([topic]).start()
        processor.wait_until_read({(topic, 0): len(kinds) + 2})
        self.assertEqual(0, processor.stop(), processor.said())
        counts = dump_rows(processor.data)[f"META/COUNTS#{topic}/0"]
        self.assertEqual((len(kinds), 2), (counts["accepted"], sum(counts["refused"].values())), counts)

    def test_a_broker_that_closes_each_connection(self):
        topic, partitions = self.topic(partitions=2), 2
        rounds, each = self.by_length(20, 600), 20
        processor = self.processor([topic]).start()
        self.proxy.cut_after_s = 0.3
        self.addCleanup(setattr, self.proxy, "cut_after_s", None)
        before = self.proxy.connections
        with KafkaProducer(self.broker.brokers) as writer:
            for _ in range(rounds):
                for number in range(each):
                    writer.append(topic, span().encode(), number % partitions)
                time.sleep(0.2)
            writer.flush()
        records = rounds * each
        processor.wait_for(lambda: sum(processor.positions().values()) >= records, ENDS_TIMEOUT_S, "read everything")
        self.proxy.cut_after_s = None
        self.assertEqual(0, processor.stop(), processor.said())
        # A round takes 0.2 s and a connection lives 0.45 s at most.
        self.assertGreater(self.proxy.connections - before, rounds // 4, "connections were cut")
        rows = dump_rows(processor.data)
        for partition in range(partitions):
            counts = rows[f"META/COUNTS#{topic}/{partition}"]
            self.assertGreaterEqual(counts["accepted"], records // partitions, counts)
            self.assertEqual(counts["accepted"], rows[f"META/OFFSET#{topic}/{partition}"]["next_offset"], "each once")


if __name__ == "__main__":
    sys.exit(main())
