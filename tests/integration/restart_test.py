#!/usr/bin/env python3
"""Killed by SIGKILL at any moment, spantoll ends with the rows, counts and decisions of a run that was never killed.

The topic is the truth: the run that was never killed reads the same records in a data directory of its own.
"""

import json
import shutil
import sys
import time

from integration_main import IntegrationTest, main
from kafka_broker import APPEND_TIME
from random_input import Background, RandomInput, TopicProducer, kafka_table
from row_difference import of_prefixes, row_differences, without
from spantoll_http import Poster, json_lines
from spantoll_program import EMBEDDED_TOPIC, Processor, counts_of, digest, dump_rows, stored_decisions

KILL_POINTS = ("after_decode", "before_commit", "in_commit", "after_commit", "after_publish", "before_outbox_cleaned")
KILLS_USUAL, KILLS_LONG = 20, 100
# Of the random kills: embedded topic, Kafka with one partition, Kafka with four.
SHARES = {"embedded": 0.4, "one": 0.4, "four": 0.2}
IDLE_OFF = {"idle_after": "off"}
# Longer than the input jumps within a record: where it jumps beyond the horizon, a record that is sent again is charged again.
REMEMBER_ALL = IDLE_OFF | {"dedup_horizon": "24h"}
ALL_READ_TIMEOUT_S = 120


class RestartTest(IntegrationTest):
    # False where the input outlives the retention of decisions.
    keeps_all_decisions = True

    def kills(self, part):
        return round(self.by_length(KILLS_USUAL, KILLS_LONG) * SHARES[part])

    def random_kills(self, processor, count, is_filled):
        """Kills and starts again `count` times, spread over the filling, and a little beyond."""
        done = 0
        while done < count:
            time.sleep(self.chance.choice([0.02, 0.1, 0.3, 0.6, 1.2]) * self.chance.random())
            self.assertTrue(processor.kill(), "it ended by itself: " + processor.said())
            self.check_what_was_published(processor)
            done += 1
            processor.spawn()
            # Sometimes it does not even get to its loop.
            if self.chance.random() < 0.7 or is_filled():
                processor.wait_until_alive()

    def kill_at_points(self, make_processor, ends, points=KILL_POINTS):
        """For each point a run that is killed there at an early pass and at a later one, then reads to the end."""
        for point in points:
            processor = make_processor(point)
            self.addCleanup(processor.end_for_good)
            killed = [self.run_into(processor, point, passes, ends) for passes in (1, self.chance.randint(2, 4))]
            with self.subTest(point=point):
                self.assertIn(True, killed, f"SPANTOLL_KILL_AT={point} never fired")
            if not processor.is_running():
                processor.start()
            processor.wait_until_read(ends, ALL_READ_TIMEOUT_S)
            self.assertEqual(0, processor.stop(), processor.said())
            with self.subTest(point=point):
                self.check_equal(processor)

    def run_into(self, processor, point, passes, ends):
        """True if it was killed there; it may have read everything before."""
        processor.spawn({"SPANTOLL_KILL_AT": f"{point}:{passes}"})
        deadline = time.monotonic() + ALL_READ_TIMEOUT_S
        while processor.is_running() and not (processor.has_read(ends) and self.is_quiet(processor)):
            self.assertLess(time.monotonic(), deadline, processor.said())
            time.sleep(0.02)
        if processor.is_running():
            processor.kill()
            return False
        self.assertEqual(-9, processor.process.returncode, processor.said())
        self.check_what_was_published(processor)
        return True

    @staticmethod
    def is_quiet(processor):
        """The outbox is empty and another commit may clean it."""
        if processor.http.value("spantoll_outbox_waiting") != 0:
            return False
        time.sleep(0.7)
        return True

    def check_what_was_published(self, processor):
        """No decision without its commit."""
        published = set(self.published(processor))
        if published and self.keeps_all_decisions:
            stored = stored_decisions(processor.data)
            self.assertLessEqual(published, stored.keys(), "published, but not in the store")

    def check_equal(self, processor):
        """With self.expected, the run that was never killed. The `sequence` of dead letters depends on the cut of commits."""
        rows = dump_rows(processor.data)
        differences = row_differences(*(without(found, "sequence") for found in (dump_rows(self.expected.data), rows)))
        self.assert_no_differences(differences)
        self.assertEqual(digest(self.expected.data), digest(processor.data))
        self.assertEqual(set(self.published(self.expected)), set(self.published(processor)), "ids of decisions")
        expected, stored = stored_decisions(self.expected.data), stored_decisions(processor.data)
        if not self.keeps_all_decisions:
            # The log is trimmed with commits, so how much is left beyond its retention depends on where they were cut.
            common = expected.keys() & stored.keys()
            expected, stored = ({key: rows[key] for key in common} for rows in (expected, stored))
        self.assertEqual(expected, stored)
        for counts in counts_of(rows).values():
            self.assertEqual(counts["polled"], counts["accepted"] + counts["duplicate"] + sum(counts["refused"].values()))


class EmbeddedRestartTest(RestartTest):
    SPANS_PER_RECORD = 12

    def published(self, processor):
        return [decision["id"] for decision in json_lines(processor.output.read_text())]

    def processor_over(self, topic_of, name):
        """A new data directory with a copy of the topic of a stopped processor."""
        data = self.directory / name
        shutil.copytree(topic_of.data / "topic", data / "topic")
        return Processor(data, self.config)

    def post_all(self, processor, records, offsets):
        """Each until it is answered 202; a lost answer makes it a record twice, whose spans are then duplicates."""
        poster = Poster(processor.port)
        for record in records:
            while True:
                answer = poster.post(record)
                if answer is not None and answer.status == 202:
                    offsets.append(answer.json()["offset"])
                    break
                if answer is not None and answer.status != 503:
                    raise RuntimeError(f"POST: {answer.status} {answer.text}")
                time.sleep(0.05)
        poster.close()

    def fill_and_kill(self, profile, spans, kills, time_settings=IDLE_OFF):
        """The killed processor and the end of its topic; self.expected is the run that was never killed."""
        self.input = RandomInput(profile, self.chance.randrange(10**6), spans * self.by_length(1, 4))
        self.config = self.write("spantoll.toml", self.input.configuration(time=time_settings))
        killed = Processor(self.directory / "killed", self.config)
        self.start(killed)
        records, offsets = self.input.records(self.chance, self.SPANS_PER_RECORD), []
        filling = Background(lambda: self.post_all(killed, records, offsets))
        self.random_kills(killed, kills, lambda: not filling.is_alive())
        killed.wait_until_alive()
        filling.finish()
        self.assertEqual(offsets, sorted(set(offsets)), "offsets rise")
        ends = {(EMBEDDED_TOPIC, 0): offsets[-1] + 1}
        killed.wait_until_read(ends)
        self.assertEqual(0, killed.stop(), killed.said())

        self.expected = self.processor_over(killed, "never-killed")
        self.start(self.expected).wait_until_read(ends)
        self.assertEqual(0, self.expected.stop(), self.expected.said())
        self.check_equal(killed)
        return killed, ends

    def test_random_moments_and_named_points(self):
        killed, ends = self.fill_and_kill("limits", 6000, self.kills("embedded"), REMEMBER_ALL)
        # Nothing that was answered is missing: every span is its own, and an answer that was lost makes duplicates.
        counts = dump_rows(killed.data, "--prefix", "META/COUNTS#")[f"META/COUNTS#{EMBEDDED_TOPIC}/0"]
        self.assertEqual(len(self.input.lines), counts["accepted"] + sum(counts["refused"].values()), counts)
        self.kill_at_points(lambda point: self.processor_over(killed, point), ends)

    def test_late_spans_and_ends_of_retention(self):
        self.keeps_all_decisions = False
        killed, ends = self.fill_and_kill("late", 1500, self.by_length(4, 20))
        # What lies between a commit and the end of rows that it closed for good.
        self.kill_at_points(lambda point: self.processor_over(killed, point), ends, ["after_commit"])

    def test_remembered_identities(self):
        self.fill_and_kill("dedup", 4000, self.by_length(4, 20))

    def test_names_and_full_kinds(self):
        self.keeps_all_decisions = False
        self.fill_and_kill("names", 1500, self.by_length(4, 20))


class KafkaRestartTest(RestartTest):
    SPANS = 4000
    FILLING_S = 8

    def published(self, processor):
        return [json.loads(record["payload"])["id"] for record in self.broker.consume(f"{processor.data.name}.decisions")]

    def processor(self, name):
        """With a group and topics of its own."""
        config = self.write(f"{name}.toml", self.input.configuration(time=IDLE_OFF, kafka=kafka_table(self.broker, name)))
        return Processor(self.directory / name, config)

    def run_without_kill(self, ends):
        self.expected = self.processor("never-killed")
        self.start(self.expected).wait_until_read(ends)
        self.assertEqual(0, self.expected.stop(), self.expected.said())

    def fill_and_kill(self, partitions, kills):
        """The killed processor, and the ends of the partitions."""
        self.broker.admin.create_topic("spans", partitions, APPEND_TIME)
        records = [(number % partitions, line) for number, line in enumerate(self.input.lines)]
        killed = self.processor("killed")
        self.start(killed)
        producer = TopicProducer(self.broker, "spans", records, self.FILLING_S)
        self.addCleanup(producer.stop)
        self.random_kills(killed, kills, producer.is_done)
        killed.wait_until_alive()
        producer.finish()
        ends = {("spans", partition): len(range(partition, len(records), partitions)) for partition in range(partitions)}
        killed.wait_until_read(ends)
        self.assertEqual(0, killed.stop(), killed.said())
        return killed, ends

    def test_one_partition(self):
        self.input = RandomInput("limits", self.chance.randrange(10**6), self.SPANS * self.by_length(1, 4))
        self.broker = self.open_broker()
        killed, ends = self.fill_and_kill(1, self.kills("one"))
        self.run_without_kill(ends)
        self.check_equal(killed)
        self.kill_at_points(self.processor, ends)

    def test_four_partitions(self):
        self.input = RandomInput("basic", self.chance.randrange(10**6), self.SPANS * self.by_length(1, 4))
        self.broker = self.open_broker("4")
        killed, ends = self.fill_and_kill(4, self.kills("four"))
        self.run_without_kill(ends)
        # How the partitions interleave may differ, and with it what is late and what follows.
        expected, rows = (without(of_prefixes(dump_rows(run.data), "FEDCOST#", "META/COUNTS#"), "late_count", "late")
                          for run in (self.expected, killed))
        self.assert_no_differences(row_differences(expected, rows))
        self.check_what_was_published(killed)


if __name__ == "__main__":
    sys.exit(main())
