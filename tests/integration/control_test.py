#!/usr/bin/env python3
"""Commands: a policy that changes while the processor runs, its log, and what a replay makes of it."""

import http.client
import json
import os
import signal
import sys

from integration_main import IntegrationTest, main
from spantoll_http import json_lines
from spantoll_program import EMBEDDED_TOPIC, Processor, command, digest, dump_rows, run_command

TIME_MS = 1_700_000_000_000
TOML = {"Content-Type": "application/toml"}
EXIT_NO = 2


def policy(amount, source="api", more=""):
    return f"""
{more}
[policy]
from = "{source}"
[[limit]]
name = "team-month"
kind = "team"
meter = "usd"
amount = "{amount}"
window = "month"
judge = "total"
steps = [[80, "warn"], [100, "block"]]
"""


class ControlTest(IntegrationTest):
    def begin(self, source="api", open_commands=True, data="data"):
        self.source = source
        self.head = '[time]\nidle_after = "off"\n[http]\nopen_commands = ' + ("true" if open_commands else "false")
        self.config = self.write("spantoll.toml", policy("10", source, self.head))
        self.processor = Processor(self.directory / data, self.config)
        self.addCleanup(self.processor.end_for_good)
        self.processor.start()
        self.posted = 0
        return self.processor

    def spend(self, team, usd):
        answer = self.processor.http.post(json.dumps({"time_ms": TIME_MS + self.posted, "team": team, "cost_usd": usd}))
        self.assertEqual(202, answer.status, answer.text)
        self.posted += 1
        self.processor.wait_until_read({(EMBEDDED_TOPIC, 0): self.posted})

    def change(self, text, path="/v1/config", headers=None):
        return self.processor.http.ask("POST", path, text.encode(), {**TOML, **(headers or {})})

    def log(self):
        return json_lines(command("commands", "--data", self.processor.data, "--format", "json"))

    def level(self, team):
        row = dump_rows(self.processor.data, "--prefix", "ENFORCE#").get(f"ENFORCE#team:{team}/team-month")
        return row and row["level"]

    def assert_replays_equal(self, *options):
        again = self.processor.data.with_name(self.processor.data.name + "-again")
        command("replay", "--from-data", self.processor.data, "--config", self.config, "--data", again, *options)
        self.assertEqual(digest(self.processor.data), digest(again))
        return again

    def test_a_policy_changes_while_it_runs_and_a_replay_knows_it(self):
        self.begin()
        self.spend("a", "9")
        self.spend("b", "2")
        answer = self.change(policy("5"))
        self.assertEqual(200, answer.status, answer.text)
        said = answer.json()
        self.assertEqual(2, said["number"])
        self.assertEqual(["team-month"], said["outcome"]["changed"]["limits_changed"])
        self.assertEqual("block", said["outcome"]["follows"]["by_limit"][0]["examples"][0]["action"])
        self.assertEqual("block", self.level("a"))
        self.spend("b", "4")
        self.assertEqual("block", self.level("b"))
        self.change(policy("1000"))
        self.assertEqual("none", self.level("b"))
        self.spend("b", "1")
        self.processor.stop()
        log = self.log()
        self.assertEqual([1, 2, 3], [line["number"] for line in log])
        self.assertEqual(["file", "loopback", "loopback"], [line["by"] for line in log])
        self.assertEqual({"embedded/0": 2}, log[1]["before"])
        self.assertEqual({"applied"}, {line["result"] for line in log})
        again = self.assert_replays_equal()
        self.assertEqual(log[1:], json_lines(command("commands", "--data", again, "--from", "2", "--format", "json")))

    def test_commands_of_a_file_are_applied_at_their_offsets(self):
        self.begin()
        for team in "abc":
            self.spend(team, "9")
            self.change(policy("5" if team == "b" else "100"))
        self.processor.stop()
        commands = self.write("commands.jsonl", command("commands", "--data", self.processor.data, "--format", "json"))
        self.assert_replays_equal("--commands", commands)
        broken = self.write("broken.jsonl", '{"number":1,"what":"confg"}\n')
        done = run_command("replay", "--from-data", self.processor.data, "--data", self.directory / "x", "--commands", broken)
        self.assertEqual(64, done.returncode)
        self.assertIn("broken.jsonl:1", done.stderr)

    def test_a_replay_with_another_configuration_asks_what_would_have_been(self):
        self.begin()
        self.spend("a", "9")
        self.change(policy("5"))
        self.processor.stop()
        other = self.write("other.toml", policy("9"))
        again = self.directory / "other"
        done = run_command("replay", "--from-data", self.processor.data, "--config", other, "--data", again)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("left out", done.stderr)
        rows = dump_rows(again, "--prefix", "ENFORCE#")
        self.assertEqual("block", rows["ENFORCE#team:a/team-month"]["level"])
        self.assertEqual(1, rows["ENFORCE#team:a/team-month"]["number"])

    def test_what_is_wrong_is_told_whole_and_nothing_changes(self):
        self.begin()
        before = self.processor.http.get("/v1/config")
        answer = self.change(policy("5").replace('"team"', '"tem"').replace('window = "month"', 'window = "mnth"'))
        self.assertEqual(422, answer.status, answer.text)
        reasons = answer.json()["reasons"]
        self.assertEqual(2, len(reasons), reasons)
        self.assertTrue(all(reason.startswith("config:") for reason in reasons), reasons)
        answer = self.change('periods = ["day", "month"]\n' + policy("5"))
        self.assertEqual(422, answer.status, answer.text)
        self.assertIn("cannot change while spantoll runs", answer.text)
        for empty, status in ((b"", 400), (b"# only a remark\n", 422), (b'{"toml":""}', 422)):
            kind = {"Content-Type": "application/json"} if empty.startswith(b"{") else TOML
            answer = self.processor.http.ask("POST", "/v1/config", empty, kind)
            self.assertEqual(status, answer.status, answer.text)
            self.assertIn("would remove every limit", answer.json()["reasons"][0])
        twice = json.dumps({"toml": policy("5")})[:-1] + ',"toml":"","x":1}'
        answer = self.processor.http.ask("POST", "/v1/config", twice.encode(), {"Content-Type": "application/json"})
        self.assertEqual(422, answer.status, answer.text)
        self.assertEqual(['config: "toml" stands twice: write it once', 'config: unknown member "x": known are toml'],
                         answer.json()["reasons"])
        self.assertEqual(before.body, self.processor.http.get("/v1/config").body)
        self.processor.stop()
        self.assertEqual(1, len(self.log()))

    def test_a_dry_run_changes_nothing(self):
        self.begin()
        self.spend("a", "9")
        answer = self.change(policy("5"), "/v1/config?dry_run=1")
        self.assertEqual(200, answer.status, answer.text)
        said = answer.json()
        self.assertTrue(said["dry_run"])
        self.assertEqual(1, said["outcome"]["follows"]["decisions"])
        self.assertEqual("warn", self.level("a"))
        self.spend("a", "0.5")
        self.assertEqual("warn", self.level("a"))
        self.processor.stop()
        self.assertEqual(1, len(self.log()))
        self.assert_replays_equal()

    def test_the_file_rules_unless_the_api_does(self):
        self.begin(source="file")
        self.assertEqual(409, self.change(policy("5", "file")).status)
        self.assertEqual(200, self.change(policy("5", "file"), "/v1/config?dry_run=1").status)
        self.spend("a", "9")
        self.write("spantoll.toml", policy("5", "file", self.head))
        os.kill(self.processor.process.pid, signal.SIGHUP)
        # The log shows a command before it is applied.
        self.processor.wait_for(lambda: self.level("a") == "block", 20, "take the new file")
        self.write("spantoll.toml", policy("5", "file", self.head) + "amuont = 1\n")
        os.kill(self.processor.process.pid, signal.SIGHUP)
        self.processor.wait_for(lambda: "nothing changed" in self.processor.said(), 20, "refuse the broken file")
        self.assertIn("amuont", self.processor.said())
        self.write("spantoll.toml", "")
        os.kill(self.processor.process.pid, signal.SIGHUP)
        self.processor.wait_for(lambda: "would remove every limit" in self.processor.said(), 20, "refuse the empty file")
        self.assertEqual("block", self.level("a"))
        self.processor.stop()
        done = run_command("run", "--data", self.processor.data, "--config", self.config)
        self.assertEqual(78, done.returncode, done.stderr)
        self.assertIn("it says nothing", done.stderr)
        log = self.log()
        self.assertEqual(["file", "signal"], [line["by"] for line in log])
        # A start with another file is a command too, and one with the same is none.
        self.write("spantoll.toml", policy("500", "file", self.head))
        self.processor.start()
        self.processor.wait_for(lambda: self.level("a") == "none", 20, "release it")
        self.processor.stop()
        self.processor.start()
        self.processor.stop()
        self.assertEqual(["file", "signal", "file"], [line["by"] for line in self.log()])
        self.assert_replays_equal()

    def test_what_the_command_line_overruled_may_stay_in_the_file(self):
        self.head = 'data = "elsewhere"\nlisten = "127.0.0.1:1"'
        self.config = self.write("spantoll.toml", policy("10", "file", self.head))
        self.processor = Processor(self.directory / "data", self.config)
        self.addCleanup(self.processor.end_for_good)
        self.processor.start()
        self.write("spantoll.toml", policy("5", "file", self.head))
        os.kill(self.processor.process.pid, signal.SIGHUP)
        self.processor.wait_for(lambda: len(self.log()) == 2, 20, "take the new file")

    def test_old_commands_go_and_the_configuration_that_holds_stays(self):
        self.begin()
        for amount in range(1, 5):
            self.change(policy(str(amount), more='[retention]\ncommands = "0s"'))
        self.assertEqual(400, self.change("").status)
        self.processor.stop()
        numbers = [line["number"] for line in self.log()]
        self.assertEqual(5, numbers[-1])
        self.assertGreater(numbers[0], 1)
        self.processor.start()
        self.assertIn('amount = "4"', self.processor.http.get("/v1/config").text)

    def test_with_the_api_the_file_only_begins(self):
        self.begin()
        self.change(policy("5"))
        self.processor.stop()
        self.write("spantoll.toml", policy("1000", "api", self.head))
        self.processor.start()
        self.spend("a", "9")
        self.assertEqual("block", self.level("a"))

    def test_kinds_of_accounts_stay_while_it_runs(self):
        self.begin()
        made = dump_rows(self.processor.data, "--all", "--prefix", "META/FORMAT")
        for path in ("/v1/config?dry_run=1", "/v1/config"):
            answer = self.change(policy("5", more='[accounts.kinds]\nsquad = ["team"]'), path)
            self.assertEqual(422, answer.status, answer.text)
            self.assertIn("[accounts.kinds] cannot change while spantoll runs", answer.text)
        self.assertEqual(made, dump_rows(self.processor.data, "--all", "--prefix", "META/FORMAT"))
        self.processor.stop()
        # With the API the kinds of the file are not those that hold either.
        self.write("spantoll.toml", policy("10", "api", self.head + '\n[accounts.kinds]\nsquad = ["team"]'))
        self.processor.start()
        self.spend("a", "1")
        self.processor.stop()
        self.assertEqual(made, dump_rows(self.processor.data, "--all", "--prefix", "META/FORMAT"))

    def test_what_is_short_lived_holds_after_a_restart_and_a_dry_run(self):
        self.begin()
        short_lived = policy("10", more='[accounts]\nshort_lived = ["team"]')
        self.spend("a", "1")
        self.assertEqual(200, self.change(short_lived, "/v1/config?dry_run=1").status)
        self.spend("a", "1")
        self.assertEqual(200, self.change(short_lived).status)
        self.spend("a", "6")
        self.assertIsNone(self.level("a"))
        # The file knows nothing of it. The window that the limit has for itself goes on.
        self.processor.stop()
        self.processor.start()
        self.spend("a", "3")
        self.assertEqual("warn", self.level("a"))
        self.processor.stop()
        cost = dump_rows(self.processor.data)["FEDCOST#team:a/PERIOD#2023-11"]["cost_usd"]
        self.assertEqual("11", cost)
        self.assert_replays_equal()

    def test_a_replay_comes_by_kinds_that_starts_added_and_dropped(self):
        self.begin(source="file")
        self.spend("a", "9")
        self.processor.stop()
        squads = policy("5", "file", self.head + '\n[accounts.kinds]\nsquad = ["team"]')
        self.write("spantoll.toml", squads + squads[squads.index("[[limit]]"):].replace('"team', '"squad'))
        self.processor.start()
        self.spend("a", "6")
        self.processor.stop()
        self.assertEqual("block", dump_rows(self.processor.data)["ENFORCE#squad:a/squad-month"]["level"])
        self.write("spantoll.toml", policy("7", "file", self.head))
        self.processor = Processor(self.processor.data, self.config, "--drop-kind", "squad")
        self.addCleanup(self.processor.end_for_good)
        self.processor.start()
        self.spend("a", "1")
        self.processor.stop()
        self.assertEqual([], [key for key in dump_rows(self.processor.data) if "squad" in key])
        self.assertEqual(["file"] * 3, [line["by"] for line in self.log()])
        self.assert_replays_equal()

    def test_commands_are_closed_without_a_token(self):
        self.begin(open_commands=False)
        answer = self.change(policy("5"))
        self.assertEqual(403, answer.status, answer.text)
        self.assertIn("open_commands", answer.text)
        self.assertEqual(200, self.processor.http.get("/v1/config").status)

    def test_an_idempotency_key_gives_the_first_answer_again(self):
        self.begin()
        self.spend("a", "9")
        key = {"Idempotency-Key": "k1"}
        first = self.change(policy("5"), headers=key).json()
        self.assertEqual(1, first["outcome"]["follows"]["decisions"])
        for life in ("the same process", "after a kill"):
            with self.subTest(life):
                again = self.change(policy("5"), headers=key).json()
                self.assertEqual((first["number"], first["outcome"]), (again["number"], again["outcome"]))
                other = self.change(policy("7"), headers=key)
                self.assertEqual(422, other.status, other.text)
                self.assertEqual("idempotency_key_reused", other.json()["error"]["code"])
                self.assertIn("command 2", other.json()["reasons"][0])
                grant = {"limit": "team-month", "account": "team:a", "amount": "5", "until": "removed"}
                other = self.processor.http.ask("POST", "/v1/grants", json.dumps(grant).encode(), key)
                self.assertEqual(422, other.status, other.text)
                foreseen = self.change(policy("7"), "/v1/config?dry_run=1", headers=key)
                self.assertEqual(200, foreseen.status, foreseen.text)
                self.assertTrue(foreseen.json()["dry_run"])
            self.processor.kill()
            self.processor.start()
        self.assertEqual(2, len(self.log()))

    def test_if_match_guards_against_another_hand(self):
        self.begin()
        etag = self.processor.http.get("/v1/config").headers["ETag"]
        self.assertEqual(200, self.change(policy("5"), headers={"If-Match": etag}).status)
        self.assertEqual(412, self.change(policy("6"), headers={"If-Match": etag}).status)
        self.assertEqual(400, self.change(policy("6"), headers={"If-Match": "5"}).status)

    def test_the_log_over_http(self):
        self.begin()
        self.change(policy("5"))
        lines = self.processor.http.get("/v1/commands?from=2&limit=5").lines()
        self.assertEqual([2], [line["number"] for line in lines])
        self.assertEqual(400, self.processor.http.get("/v1/commands?limit=0").status)
        self.assertNotIn("[http]", lines[0]["body"]["toml"])

    def test_a_kill_at_any_place_applies_a_command_once_or_never(self):
        for place, applied in [("before_command_appended", False), ("after_command_appended", True),
                               ("before_command_committed", True), ("after_command_committed", True)]:
            with self.subTest(place):
                self.begin(data=place)
                self.spend("a", "9")
                self.processor.stop()
                self.processor.start(environment={"SPANTOLL_KILL_AT": place + ":1"})
                with self.assertRaises((OSError, http.client.HTTPException)):
                    self.change(policy("5"))
                self.processor.process.wait(20)
                self.processor.start()
                self.spend("b", "1")
                self.assertEqual("block" if applied else "warn", self.level("a"))
                self.assertEqual(2 if applied else 1, len(self.log()))
                row = dump_rows(self.processor.data, "--prefix", "ENFORCE#team:a")["ENFORCE#team:a/team-month"]
                self.assertEqual(2 if applied else 1, row["number"])
                self.processor.stop()
                self.assert_replays_equal()


if __name__ == "__main__":
    sys.exit(main())
