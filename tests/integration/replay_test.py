#!/usr/bin/env python3
"""Replaying a topic from zero gives what the live run gave, and two replays are equal byte for byte."""

import sys

from integration_main import IntegrationTest, main
from kafka_broker import APPEND_TIME
from random_input import RandomInput, TopicProducer, kafka_table
from row_difference import of_prefixes, row_differences, without
from spantoll_http import Poster
from spantoll_program import EMBEDDED_TOPIC, Processor, command, digest, dump_rows, dump_text, require_feed, stored_decisions

IDLE_OFF = {"idle_after": "off"}
# Internal rows that hold hashes under a random key, or are cut by commits.
CUT_FREELY = ("DEDUP#", "PANE#")


def lasting_rows(data):
    return {key: record for key, record in dump_rows(data, "--all").items() if not key.startswith(CUT_FREELY)}


class ReplayTest(IntegrationTest):
    def setUp(self):
        super().setUp()
        self.replays = 0

    def replay(self, *options):
        """The new data directory."""
        self.replays += 1
        data = self.directory / f"replay-{self.replays}"
        command("replay", "--data", data, "--config", self.config, *options)
        return data

    def check_same(self, live, replayed):
        self.assert_no_differences(row_differences(dump_rows(live), dump_rows(replayed)))
        self.assertEqual(digest(live), digest(replayed))
        self.assertEqual(stored_decisions(live), stored_decisions(replayed))

    def check_two_replays(self, *options):
        """The directory of the first."""
        first, second = self.replay(*options), self.replay(*options)
        self.assertTrue(dump_text(first) == dump_text(second), "dump differs byte for byte")
        self.assert_no_differences(row_differences(lasting_rows(first), lasting_rows(second)))
        return first


class EmbeddedReplayTest(ReplayTest):
    def test_gives_the_digest_of_the_live_run(self):
        source = RandomInput("limits", self.chance.randrange(10**6), 4000)
        self.config = self.write("spantoll.toml", source.configuration(time=IDLE_OFF))
        live = Processor(self.directory / "live", self.config)
        self.start(live)
        poster, records = Poster(live.port), source.records(self.chance, 30)
        for record in records:
            self.assertEqual(202, poster.post(record).status)
        poster.close()
        live.wait_until_read({(EMBEDDED_TOPIC, 0): len(records)})
        # A processor may run on the directory that is replayed.
        while_running = self.check_two_replays("--from-data", live.data)
        self.assertEqual(0, live.stop(), live.said())
        self.check_same(live.data, while_running)


class KafkaReplayTest(ReplayTest):
    def live_run(self, profile, partitions):
        source = RandomInput(profile, self.chance.randrange(10**6), 4000)
        self.broker = self.open_broker()
        self.broker.admin.create_topic("spans", partitions, APPEND_TIME)
        self.config = self.write("live.toml", source.configuration(time=IDLE_OFF, kafka=kafka_table(self.broker, "live")))
        live = Processor(self.directory / "live", self.config)
        self.start(live)
        records = [(number % partitions, line) for number, line in enumerate(source.lines)]
        producer = TopicProducer(self.broker, "spans", records, seconds=3)
        self.addCleanup(producer.stop)
        producer.finish()
        live.wait_until_read({("spans", p): len(range(p, len(records), partitions)) for p in range(partitions)})
        self.assertEqual(0, live.stop(), live.said())
        return live

    def replay_options(self):
        return "--kafka", self.broker.brokers, "--topic", "spans"

    def test_one_partition_gives_the_digest_of_the_live_run(self):
        live = self.live_run("limits", 1)
        self.check_same(live.data, self.check_two_replays(*self.replay_options()))
        self.check_positions()

    def check_positions(self):
        """--from and --to cut the topic: `to` is exclusive."""
        data = self.replay(*self.replay_options(), "--from", "100", "--to", "350")
        counts = dump_rows(data, "--prefix", "META/COUNTS#")["META/COUNTS#spans/0"]
        self.assertEqual(250, counts["polled"], counts)

    def test_several_partitions_give_the_same_periods(self):
        live = self.live_run("basic", 3)
        replayed = self.check_two_replays(*self.replay_options())
        expected, rows = (without(of_prefixes(dump_rows(data), "FEDCOST#"), "late_count") for data in (live.data, replayed))
        differences = row_differences(expected, rows)
        self.assert_no_differences(differences)


class FileReplayTest(ReplayTest):
    def test_two_replays_of_a_file_are_equal(self):
        source = RandomInput("late", self.chance.randrange(10**6), 2000)
        self.config = self.write("spantoll.toml", source.configuration())
        lines = self.write("input.jsonl", b"".join(line + b"\n" for line in source.lines))
        self.check_two_replays("--file", lines)
        closed = self.check_two_replays("--file", lines, "--close")
        watermark_ms = dump_rows(closed)["META/WATERMARK"]["watermark_ms"]
        accepted_ms = max(span["time_ms"] for span in source.spans())
        self.assertEqual(accepted_ms, watermark_ms)

    def replay_lines(self, *lines):
        """({account: cost in USD}, {line: detail of its dead letter})."""
        self.config = self.write("spantoll.toml", "")
        rows = dump_rows(self.replay("--file", self.write(f"lines-{self.replays}.jsonl", b"\n".join(lines))))
        costs = {key.split("#")[1].split("/")[0]: record["cost_usd"] for key, record in rows.items() if key.startswith("FEDCOST#")}
        details = {int(key.rsplit("/")[-1]): record["detail"] for key, record in rows.items() if key.startswith("DEAD#")}
        return costs, details

    def test_a_broken_text_costs_no_other_span_anything(self):
        at = b'"time_ms":1790812800000,"cost_usd":"1"'
        for broken in (b"\\ud83d", b"\xf0\x9f", b"\xff"):
            costs, details = self.replay_lines(
                b'[{"team":"a",%s},{"team":"b",%s,"attributes":[{"key":"prompt","value":"cut %s"}]},{"team":"c",%s}]' % (
                    at, at, broken, at),
                b'[{"team":"a",%s},{"team":"cut %s",%s},{"team":"c",%s,"%s":{"%s":["%s"]}}]' % (
                    at, broken, at, at, broken, broken, broken))
            self.assertEqual({"global": "6", "team:a": "2", "team:b": "1", "team:c": "2", "team:~invalid": "1"}, costs)
            self.assertEqual({}, details)

    def test_a_byte_order_mark_is_skipped(self):
        line = b'\xef\xbb\xbf{"team":"a","time_ms":1790812800000,"cost_usd":"1"}'
        self.assertEqual(({"global": "2", "team:a": "2"}, {}), self.replay_lines(line, b"\xef\xbb\xbf", line))

    def test_a_dead_letter_says_what_to_write(self):
        _, details = self.replay_lines(
            b'{"service":"s","cost_usd":"1","time_ms":"1790812800000"}',
            b'{"service":"s","cost_usd":"1","time_ms":1790812800000,"status":"OK"}',
            b'{"service":"s","cost_usd":NaN,"time_ms":1790812800000}')
        for line, begin in enumerate(('time_ms is the text "1790812800000": write a number', 'status is the text "OK": write "unset"',
                                      "no JSON at byte 26: NaN is not a value")):
            self.assertTrue(details[line].startswith(begin), details[line])

    def test_both_formats_of_one_feed_give_the_same_rows(self):
        require_feed(self)
        source = RandomInput("limits", 1, 1)
        self.config = self.write("spantoll.toml", source.configuration())
        rows = {}
        for format_name in ("json", "flatbuffers"):
            path = self.directory / f"input.{format_name}"
            command("feed", "--scenario", "mixed", "--spans", 20000, "--seed", 7, "--start", "2026-01-31T20:00:00Z",
                    "--spans-per-record", 10, "--format", format_name, "--to", f"file:{path}")
            rows[format_name] = dump_rows(self.replay("--file", path))
        # META/OFFSET holds a fingerprint of the last record's bytes.
        json_rows, flatbuffers_rows = ({key: record for key, record in found.items() if not key.startswith("META/OFFSET#")}
                                       for found in rows.values())
        # A dead letter holds the record's bytes, which are what differs; its reasons are the same.
        of_the_bytes = ("bytes_base64", "size", "content_type", "detail")
        differences = row_differences(without(json_rows, *of_the_bytes), without(flatbuffers_rows, *of_the_bytes))
        self.assert_no_differences(differences)
        self.assertGreater(len(json_rows), 100)


if __name__ == "__main__":
    sys.exit(main())
