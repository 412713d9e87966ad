#!/usr/bin/env python3
"""Real input: an hour of Azure's LLM service, priced, through Kafka, HTTP and a file, exact to the last pico-dollar."""

import csv
import datetime
import json
import os
import pathlib
import sys

from integration_main import IntegrationTest, main
from kafka_broker import APPEND_TIME
from random_input import kafka_table
from spantoll_program import EMBEDDED_TOPIC, Processor, command, dump_rows, require_feed

TRACE = "azure_llm_2023_code.csv"
REQUESTS, INPUT_TOKENS, OUTPUT_TOKENS = 8819, 18_059_974, 245_896
COST_USD, COST_PICO_USD = "556.55298", "556552980000000"
ROW = "FEDCOST#service:code/PERIOD#2023-11"

CONFIGURATION = """
[[price]]
provider = "openai"
model = "gpt-4"
meter = "input_tokens"
usd = "30"
per = 1000000
[[price]]
provider = "openai"
model = "gpt-4"
meter = "output_tokens"
usd = "60"
per = 1000000
"""
MAPS = ["time_ms=TIMESTAMP", "usage.input_tokens=ContextTokens", "usage.output_tokens=GeneratedTokens", "service==code",
        "provider==openai", "model==gpt-4"]


def trace_path():
    """Where the environment says, else beside the project."""
    places = [os.environ.get("SPANTOLL_AZURE_TRACE"), pathlib.Path(__file__).resolve().parents[3] / "shared" / "data" / TRACE]
    return next((pathlib.Path(place) for place in places if place and pathlib.Path(place).exists()), None)


class AzureTest(IntegrationTest):
    def setUp(self):
        super().setUp()
        self.trace = trace_path()
        if self.trace is None:
            self.skipTest(f"{TRACE} is not here; SPANTOLL_AZURE_TRACE may say where it is")

    def feed(self, target, *options):
        require_feed(self)
        maps = [argument for text in MAPS for argument in ("--map", text)]
        command("feed", "--csv", self.trace, *maps, *options, "--to", target)

    def check(self, data):
        row = dump_rows(data, "--prefix", "FEDCOST#service:code/")[ROW]
        expected = {"request_count": REQUESTS, "cost_usd": COST_USD, "cost_pico_usd": COST_PICO_USD, "unpriced_count": 0,
                    "usage": {"input_tokens": INPUT_TOKENS, "output_tokens": OUTPUT_TOKENS}}
        self.assertEqual(expected, {name: row[name] for name in expected})

    def test_lines_that_are_written_here(self):
        """Independent of `feed`."""
        lines = self.write("lines.jsonl", "".join(json.dumps(span) + "\n" for span in self.spans()))
        data = self.directory / "lines.data"
        command("replay", "--data", data, "--config", self.write("spantoll.toml", CONFIGURATION), "--file", lines)
        self.check(data)

    def spans(self):
        with open(self.trace, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                moment, _, fraction = row["TIMESTAMP"].partition(".")
                at = datetime.datetime.strptime(moment, "%Y-%m-%d %H:%M:%S").replace(tzinfo=datetime.timezone.utc)
                yield {"time_ms": int(at.timestamp()) * 1000 + int(fraction[:3]), "service": "code", "provider": "openai",
                       "model": "gpt-4", "usage": [{"meter": "input_tokens", "quantity": int(row["ContextTokens"])},
                                                   {"meter": "output_tokens", "quantity": int(row["GeneratedTokens"])}]}

    def test_from_a_file(self):
        require_feed(self)
        config = self.write("spantoll.toml", CONFIGURATION)
        for name in ("spans.fb", "spans.jsonl"):
            with self.subTest(name):
                path, data = self.directory / name, self.directory / f"{name}.data"
                self.feed(f"file:{path}")
                command("replay", "--data", data, "--config", config, "--file", path)
                self.check(data)

    def test_through_http(self):
        processor = Processor(self.directory / "data", self.write("spantoll.toml", CONFIGURATION))
        self.start(processor)
        self.feed(f"http://127.0.0.1:{processor.port}", "--spans-per-record", 50)
        processor.wait_until_read({(EMBEDDED_TOPIC, 0): -(-REQUESTS // 50)})
        self.assertEqual(0, processor.stop(), processor.said())
        self.check(processor.data)

    def test_through_kafka(self):
        broker = self.open_broker()
        broker.admin.create_topic("spans", 1, APPEND_TIME)
        lines = [f"{name} = {value!r}" for name, value in kafka_table(broker, "azure").items()]
        config = self.write("spantoll.toml", CONFIGURATION + "[kafka]\n" + "\n".join(lines))
        processor = Processor(self.directory / "data", config)
        self.start(processor)
        self.feed(f"kafka:{broker.brokers}/spans", "--spans-per-record", 1)
        processor.wait_until_read({("spans", 0): REQUESTS})
        self.assertEqual(0, processor.stop(), processor.said())
        self.check(processor.data)


if __name__ == "__main__":
    sys.exit(main())
