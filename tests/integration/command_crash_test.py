#!/usr/bin/env python3
"""Random spans with random configurations, grants, resets and keys among them, posted to a processor that is killed again and
again: what it keeps and says is what the reference model makes of the same records and commands, which knows of no kill."""

import json
import sys
import time

from integration_main import main
from random_input import RandomInput
from spantoll_http import Poster
from spantoll_program import EMBEDDED_TOPIC, Processor, command, json_lines
from topic_model import TopicModelTest

SPANS_USUAL, SPANS_LONG = 500, 3_000
SEEDS_USUAL, SEEDS_LONG = 2, 20
KILLS = 6
JSON = "application/json"
PAST_MS = 6 * 3_600_000


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


class CommandCrashTest(TopicModelTest):
    def check(self, seed):
        directory = self.directory / str(seed)
        directory.mkdir()
        source = RandomInput("limits", seed, self.by_length(SPANS_USUAL, SPANS_LONG))
        config = self.write(f"{seed}/spantoll.toml", source.configuration(
            time={"idle_after": "off"}, http={"open_commands": True}, policy={"from": "api"}))
        spans = source.spans()
        self.spread_over(spans, PAST_MS, int(time.time() * 1000))
        records = [json.dumps(span).encode() for span in spans]
        commands = {}
        for line in source.profile.commands([span["time_ms"] for span in spans]):
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
        log = json_lines(command("commands", "--data", directory / "data", "--format", "json"))
        self.assertGreater(len(log), 10)
        self.assert_as_model(directory, config, records, append_ms, log)

    def test_what_is_kept_is_what_the_model_says(self):
        for _ in range(self.by_length(SEEDS_USUAL, SEEDS_LONG)):
            seed = self.chance.randrange(10**6)
            with self.subTest(seed=seed):
                self.check(seed)


if __name__ == "__main__":
    sys.exit(main())
