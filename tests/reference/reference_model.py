#!/usr/bin/env python3
"""A slow, plain model of `spantoll replay --file`, written from docs/semantics.md alone: the oracle of differential tests.

    reference_model.py --config F.toml --now-ms N --out-dump DUMP.jsonl --out-decisions DECISIONS.jsonl [--close] FILE.jsonl ...
    reference_model.py ... --append-times TIMES.json --topic NAME FILE.jsonl      records of a topic, each with its append time
    reference_model.py --self-test
"""

import argparse
import json
import sys
from collections import Counter

import checks
from accounts import AccountBook
from configuration import read_configuration
from decode import amend, decode_record, refusal
from dump import dump_rows
from ledger import Ledger
from pricing import PriceBook


class Replay:
    """Files are partitions of topic `file`, read one after another, W as if they were one."""

    def __init__(self, configuration, now_ms, verify=False, topic="file", commands=()):
        self.commands = list(commands)  # that are not applied yet, by number
        self.topic = topic
        self.configuration = configuration
        self.now_ms = now_ms
        self.prices = PriceBook(configuration.prices)
        self.ledger = Ledger(configuration, AccountBook(configuration), self.prices, verify)
        self.counts = {}

    def read_lines(self, partition, lines, append_ms=None):
        """`lines` are bytes without their LF; a blank one keeps its number and is no record. Those of a file have no append time;
        with one, by offset, they are those of a topic."""
        counted = self.counts.setdefault(partition, Counter())
        for offset, line in enumerate(lines):
            if not line.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n"):
                continue
            self.apply_commands_before(f"{self.topic}/{partition}", offset)
            spans = decode_record(line)
            for index, span in enumerate([spans] if isinstance(spans, str) else spans):
                counted["polled"] += 1
                now_ms = self.now_ms if append_ms is None else append_ms[offset]
                if not isinstance(span, str):
                    amend(span, self.configuration, None if append_ms is None else now_ms)
                self.take(span, now_ms, counted, {"topic": self.topic, "partition": partition, "offset": offset, "index": index})

    def take(self, span, now_ms, counted, position):
        """Refused, duplicate, or accepted, in this order (section 2)."""
        reason = span if isinstance(span, str) else refusal(span, self.configuration, self.prices, now_ms,
                                                            self.ledger.watermark_ms)
        if reason is not None:
            counted["refused", reason] += 1
        elif self.ledger.is_duplicate(span):
            counted["duplicate"] += 1
        else:
            counted["accepted"] += 1
            counted["clamped"] += span.clamped
            counted["late"] += self.ledger.accept(span, position | {"trace_id": span.trace_id})

    def apply_commands_before(self, partition, offset):
        """Only the one with the lowest number is looked at."""
        while self.commands and self.commands[0]["before"].get(partition, offset + 1) <= offset:
            self.apply_command(self.commands.pop(0))

    def apply_command(self, command):
        self.ledger.apply_command(command)
        if command["what"] == "config":
            self.configuration = self.ledger.configuration
            self.prices = self.ledger.prices

    def apply_commands_left(self):
        """When the input ends, before W is moved."""
        while self.commands:
            self.apply_command(self.commands.pop(0))

    def close(self):
        """`--close`: at the very end W becomes the largest accepted time."""
        if self.ledger.largest_ms is not None:
            self.ledger.advance(self.ledger.largest_ms)

    def dump(self):
        counts = {}
        for partition, counted in self.counts.items():
            counts[partition] = {name: counted[name] for name in ("polled", "accepted", "duplicate", "late")}
            if counted["clamped"]:
                counts[partition]["clamped"] = counted["clamped"]
            counts[partition]["refused"] = {key[1]: count for key, count in sorted(
                entry for entry in counted.items() if isinstance(entry[0], tuple))}
        return dump_rows(self.ledger, counts, self.topic)


def write_lines(path, values):
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for value in values:
            file.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--config")
    parser.add_argument("--now-ms", type=int)
    parser.add_argument("--out-dump")
    parser.add_argument("--out-decisions")
    parser.add_argument("--append-times", help="a JSON array, by offset; of one file")
    parser.add_argument("--topic", default="file")
    parser.add_argument("--commands", help="JSON lines as `spantoll commands --format json` prints them; configurations, grants, their ends, resets, keys")
    parser.add_argument("--ask", metavar="PORT:SEED:COUNT", help="asks a processor over the same state so many random checks, and compares")
    parser.add_argument("--close", action="store_true")
    parser.add_argument("--verify", action="store_true", help="close every pane for every account, check sums from scratch")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    if arguments.self_test:
        import self_test
        return self_test.run()
    if None in (arguments.config, arguments.now_ms, arguments.out_dump, arguments.out_decisions) or not arguments.files:
        parser.error("--config, --now-ms, --out-dump, --out-decisions and a file are needed")
    commands = []
    if arguments.commands:
        with open(arguments.commands, "rb") as file:
            commands = [json.loads(line) for line in file]
    replay = Replay(read_configuration(arguments.config), arguments.now_ms, arguments.verify, arguments.topic, commands)
    append_ms = None
    if arguments.append_times:
        with open(arguments.append_times, "rb") as file:
            append_ms = json.load(file)
    for partition, path in enumerate(arguments.files):
        with open(path, "rb") as file:
            replay.read_lines(partition, file.read().removesuffix(b"\n").split(b"\n"), append_ms)
    replay.apply_commands_left()
    if arguments.close:
        replay.close()
    if arguments.ask:
        port, seed, count = map(int, arguments.ask.split(":"))
        differences = list(checks.differences(checks.Checks(replay.ledger), port, seed, count))
        print("\n".join(differences))
        return 1 if differences else 0
    write_lines(arguments.out_dump, ({"key": key, "record": record} for key, record in replay.dump()))
    write_lines(arguments.out_decisions, replay.ledger.decisions)
    return 0


if __name__ == "__main__":
    sys.exit(main())
