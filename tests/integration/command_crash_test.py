#!/usr/bin/env python3
"""Random spans with random configurations, grants, resets and keys among them, posted to a processor that is killed again and again: what it
keeps and says is what the reference model makes of the same records and commands, which knows of no kill."""

import json
import sys
import time

from integration_main import IntegrationTest, main
from random_input import RandomInput
from reference_test import model_python, read_lines, run_python, without_zero_trace
from row_difference import decision_differences, of_prefixes, row_differences, without_zero_reasons
from spantoll_http import Poster
from spantoll_program import EMBEDDED_TOPIC, Processor, command, dump_rows, json_lines, stored_decisions

SPANS_USUAL, SPANS_LONG = 500, 3_000
SEEDS_USUAL, SEEDS_LONG = 2, 20
KILLS = 6
JSON = "application/json"
PAST_MS = 6 * 3_600_000
COMPARED = ("FEDCOST#", "ROLLING#", "ENFORCE#", "PERIOD#", "GRANT#", "KEY#", "META/COUNTS#")


def asked(what, body):
    """(method, path, body, content type) of a command."""
    if what == "config":
        return "POST", "/v1/config", body["toml"].encode(), "application/toml"
    if what == "grant_end":
        return "DELETE", f"/v1/grants/{body['grant']}", b"", JSON
    if what in ("key", "key_removed"):
        method = "PUT" if what == "key" else "DELETE"
        return method, f"/v1/keys/{body['name']}", json.dumps({name: body[name] for name in body if name != "name"}).encode(), JSON
    return "POST", f"/v1/{what}s", json.dumps(body).encode(), JSON


class CommandCrashTest(IntegrationTest):
    def setUp(self):
        super().setUp()
        if model_python() is None:
            self.skipTest("the model needs python3-xxhash and python3-idna: apt-get install them")

    def records(self, source, now_ms):
        """The profile's spans over the last hours, in its order and with its steps back."""
        spans = source.spans()
        begin, end = (choose(span["time_ms"] for span in spans) for choose in (min, max))
        for span in spans:
            span["time_ms"] = now_ms - PAST_MS + (span["time_ms"] - begin) * PAST_MS // (end - begin)
        return [json.dumps(span).encode() for span in spans]

    def check(self, seed):
        directory = self.directory / str(seed)
        directory.mkdir()
        source = RandomInput("limits", seed, self.by_length(SPANS_USUAL, SPANS_LONG))
        config = self.write(f"{seed}/spantoll.toml", source.configuration(
            time={"idle_after": "off"}, http={"open_commands": True}, policy={"from": "api"}))
        records = self.records(source, int(time.time() * 1000))
        commands = {}
        for line in source.profile.commands([json.loads(record)["time_ms"] for record in records]):
            if line["number"] > 1:  # the first is the file itself
                commands.setdefault(line["before"]["file/0"], []).append(asked(line["what"], line["body"]))
        kills = set(self.chance.sample(range(1, len(records)), KILLS))
        append_ms = []
        processor = Processor(directory / "data", config)
        self.start(processor)
        for offset, record in enumerate(records):
            for method, path, body, content_type in commands.get(offset, []):
                answer = processor.http.ask(method, path, body, {"Content-Type": content_type})
                self.assertIn(answer.status, (200, 404, 422), f"{path}: {answer.text}")
            if offset in kills:
                processor.kill()
                processor.start()
            poster = Poster(processor.port)
            answer = poster.post(record)
            poster.close()
            self.assertEqual(202, answer.status, answer.text)
            append_ms.append(answer.json()["append_time_ms"])
        processor.wait_until_read({(EMBEDDED_TOPIC, 0): len(records)})
        self.assertEqual(0, processor.stop(), processor.said())
        self.compare(directory, config, records, append_ms)

    def compare(self, directory, config, records, append_ms):
        name = directory.name
        log = json_lines(command("commands", "--data", directory / "data", "--format", "json"))
        self.assertGreater(len(log), 10)
        dump, decisions = directory / "model.jsonl", directory / "model-decisions"
        run_python("reference_model.py", "--config", config, "--now-ms", 0, "--topic", EMBEDDED_TOPIC,
                   "--append-times", self.write(f"{name}/append_times.json", json.dumps(append_ms)),
                   "--commands", self.write(f"{name}/commands.jsonl", "".join(json.dumps(line) + "\n" for line in log)),
                   "--out-dump", dump, "--out-decisions", decisions,
                   self.write(f"{name}/input.jsonl", b"".join(record + b"\n" for record in records)))
        model = {line["key"]: line["record"] for line in read_lines(dump)}
        told = list(stored_decisions(directory / "data").values())
        lines = decision_differences(map(without_zero_trace, read_lines(decisions)), map(without_zero_trace, told))
        rows = dump_rows(directory / "data")
        lines += row_differences(*(without_zero_reasons(of_prefixes(found, *COMPARED)) for found in (model, rows)))
        self.assert_no_differences(lines)

    def test_what_is_kept_is_what_the_model_says(self):
        for _ in range(self.by_length(SEEDS_USUAL, SEEDS_LONG)):
            seed = self.chance.randrange(10**6)
            with self.subTest(seed=seed):
                self.check(seed)


if __name__ == "__main__":
    sys.exit(main())
