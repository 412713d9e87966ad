#!/usr/bin/env python3
"""Grants over HTTP: what they let through, when they end, what is wrong with them, and their replay."""

import json
import os
import signal
import sys

from integration_main import IntegrationTest, main
from spantoll_http import json_lines
from spantoll_program import EMBEDDED_TOPIC, Processor, command, digest, dump_rows

TIME_MS = 1_700_000_000_000
CONFIG = """
[time]
idle_after = "off"
[http]
open_commands = true
[[limit]]
name = "team-month"
kind = "team"
meter = "usd"
amount = "10"
window = "month"
judge = "total"
steps = [[100, "block"]]
[[limit]]
name = "team-requests"
kind = "team"
where = { team = "s*" }
meter = "requests"
amount = 100
window = "rolling 1h"
judge = "total"
steps = [[100, "throttle"]]
"""


class GrantsTest(IntegrationTest):
    def setUp(self):
        super().setUp()
        self.config = self.write("spantoll.toml", CONFIG)
        self.processor = Processor(self.directory / "data", self.config)
        self.addCleanup(self.processor.end_for_good)
        self.processor.start()
        self.posted = 0

    def spend(self, team, usd):
        record = {"time_ms": TIME_MS + self.posted, "team": team, "cost_usd": usd}
        answer = self.processor.http.post(json.dumps(record))
        self.assertEqual(202, answer.status, answer.text)
        self.posted += 1
        self.processor.wait_until_read({(EMBEDDED_TOPIC, 0): self.posted})

    def ask(self, method, path, body=None, headers=None):
        content = {} if body is None else {"Content-Type": "application/json"}
        text = b"" if body is None else (body if isinstance(body, bytes) else json.dumps(body).encode())
        return self.processor.http.ask(method, path, text, {**content, **(headers or {})})

    def grant(self, account="team:a", amount="5", until="removed", path="/v1/grants", **more):
        body = {"limit": "team-month", "account": account, "amount": amount, "until": until, **more}
        return self.ask("POST", path, body)

    def wait_for_line(self, line):
        self.processor.wait_for(lambda: line in self.processor.said(), 20, "log " + line)

    def log(self):
        return json_lines(command("commands", "--data", self.processor.data, "--format", "json"))

    def level(self, team):
        row = dump_rows(self.processor.data, "--prefix", "ENFORCE#").get(f"ENFORCE#team:{team}/team-month")
        return row and row["level"]

    def test_a_grant_releases_and_its_end_blocks_again(self):
        self.spend("a", "12")
        self.assertEqual("block", self.level("a"))
        foreseen = self.grant(path="/v1/grants?dry_run=1", note="ünïcode 🚀")
        self.assertEqual(200, foreseen.status, foreseen.text)
        self.assertEqual(1, foreseen.json()["outcome"]["follows"]["decisions"])
        self.assertEqual("block", self.level("a"))
        given = self.grant(note="ünïcode 🚀")
        self.assertEqual(200, given.status, given.text)
        self.assertEqual(2, given.json()["number"])
        self.assertEqual("5", given.json()["outcome"]["changed"]["amount"])
        self.assertEqual("release", given.json()["outcome"]["follows"]["by_limit"][0]["examples"][0]["action"])
        self.assertEqual("none", self.level("a"))
        grants = self.processor.http.get("/v1/grants").lines()
        self.assertEqual([("team:a", "ünïcode 🚀")], [(one["account"], one["note"]) for one in grants])
        self.processor.kill()
        self.processor.start()
        self.assertEqual(1, len(self.processor.http.get("/v1/grants").lines()))
        ended = self.ask("DELETE", "/v1/grants/2")
        self.assertEqual(200, ended.status, ended.text)
        self.assertEqual("block", self.level("a"))
        self.assertEqual(404, self.ask("DELETE", "/v1/grants/2").status)
        self.assertEqual([], self.processor.http.get("/v1/grants").lines())
        self.grant("*", "1000")
        self.grant("team:b", "-1009")
        self.spend("b", "1")
        self.assertEqual("block", self.level("b"))
        self.processor.stop()
        log = self.log()
        self.assertEqual(["config", "grant", "grant_end", "grant", "grant"], [line["what"] for line in log])
        self.assertEqual({"grant": 2}, log[2]["body"])
        again = self.directory / "again"
        command("replay", "--from-data", self.processor.data, "--config", self.config, "--data", again)
        self.assertEqual(digest(self.processor.data), digest(again))
        self.assertEqual(["GRANT#*/team-month/4", "GRANT#team:b/team-month/5"],
                         sorted(dump_rows(again, "--prefix", "GRANT#")))

    def test_what_is_wrong_is_told_and_nothing_changes(self):
        wrong = [
            ({"account": "teem:a"}, "teem"),
            ({"account": "user:a"}, "does not hold"),
            ({"amount": 5}, "quotation marks"),
            ({"amount": "5.0000000000001"}, "12 decimals"),
            ({"amount": "0"}, "must not be 0"),
            ({"until": "windows:0"}, "windows:N"),
            ({"until": "tomorrow"}, "windows:3"),
            ({"until": "2001-01-01T00:00:00Z"}, "past"),
            ({"limit": "team-mnth"}, "team-month"),
            ({"limit": "team-requests", "amount": 5, "account": "team:s1", "until": "window"}, "never ends"),
            ({"limit": "team-requests", "amount": 5, "account": "team:a"}, "does not hold"),
            ({"limit": "team-requests", "amount": "5", "account": "team:s1"}, "whole number of requests"),
            ({"ammount": "5"}, "did you mean"),
            ({"note": 5}, "note"),
            ({"until": 5}, '"until" must be a text'),
            ({"limit": 5}, '"limit" must be a text'),
            ({"until": "2001-01-01T00:00:00Z"}, "by the later of the wall clock and event time"),
            ({"account": "team:*"}, 'write "*" for every account'),
            ({"limit": "team-requests", "amount": 5.5, "account": "team:s1"}, "whole number of requests"),
        ]
        for changed, part in wrong:
            with self.subTest(changed):
                body = {"limit": "team-month", "account": "team:a", "amount": "5", "until": "removed", **changed}
                answer = self.ask("POST", "/v1/grants", body)
                self.assertEqual(422, answer.status, answer.text)
                self.assertIn(part, " ".join(answer.json()["reasons"]))
        for body in (b"[]", b"{", b"5", b'{"limit":"team-month"} {}'):
            self.assertEqual(422, self.ask("POST", "/v1/grants", body).status, body)
        for path in ("/v1/grants", "/v1/resets"):
            empty = self.ask("POST", path, b"")
            self.assertEqual((400, "empty_body"), (empty.status, empty.json()["error"]["code"]))
        missing = self.ask("POST", "/v1/grants", {}).json()["reasons"]
        self.assertEqual(["limit", "account", "amount", "until"], [reason.split('"')[1] for reason in missing])
        for path, body in (("/v1/grants", b'{"limit":"team-month","account":"team:a","amount":"5","until":"removed",'
                                          b'"amount":"500"}'),
                           ("/v1/resets", b'{"limit":"team-month","account":"team:a","account":"*"}')):
            twice = self.ask("POST", path, body)
            self.assertEqual(422, twice.status, twice.text)
            self.assertIn("stands twice", twice.json()["reasons"][0])
        large = b'{"limit":"team-requests","account":"team:s1","amount":%d,"until":"removed"}' % 2**64
        self.assertEqual(200, self.ask("POST", "/v1/grants?dry_run=1", large).status)
        large = self.ask("POST", "/v1/grants", b'{"note":"' + b"x" * (4 << 20) + b'"}')
        self.assertEqual(413, large.status)
        self.assertIn("4 MiB", large.text)
        self.assertEqual(400, self.ask("POST", "/v1/grants?dryrun=1", {}).status)
        self.assertEqual(404, self.ask("DELETE", "/v1/grants/one").status)
        self.assertEqual(405, self.ask("PUT", "/v1/grants", {}).status)
        self.assertEqual([], self.processor.http.get("/v1/grants").lines())
        self.processor.stop()
        self.assertEqual(1, len(self.log()))

    def test_whole_numbers_may_be_written_in_every_way(self):
        for amount in (b"5", b"5.0", b"0.5e1"):
            body = b'{"limit":"team-requests","account":"team:s1","amount":%s,"until":"removed"}' % amount
            foreseen = self.ask("POST", "/v1/grants?dry_run=1", body)
            self.assertEqual(200, foreseen.status, foreseen.text)
            self.assertEqual((5, None), tuple(foreseen.json()["outcome"]["changed"][name] for name in ("amount", "grant")))

    def test_grants_are_listed_by_account(self):
        self.grant("team:a")
        self.grant("*")
        self.grant("team:b")
        self.ask("POST", "/v1/grants", {"limit": "team-requests", "account": "*", "amount": 5, "until": "removed"})

        def numbers(account):
            return [one["grant"] for one in self.processor.http.get("/v1/grants?account=" + account).lines()]

        self.assertEqual([2, 3], numbers("team:a"))
        self.assertEqual([3, 5], numbers("team:s1"))
        self.assertEqual([], numbers("user:a"))
        wrong = self.ask("GET", "/v1/grants?account=teem:a")
        self.assertEqual(400, wrong.status, wrong.text)

    def test_grants_that_end_with_their_limit_are_named(self):
        for team in ("a", "b"):
            self.grant(f"team:{team}")
        self.ask("POST", "/v1/grants", {"limit": "team-requests", "account": "*", "amount": 5, "until": "removed"})
        other = CONFIG.replace("team-month", "team-monthly")
        foreseen = self.processor.http.ask("POST", "/v1/config?dry_run=1", other.encode(), {"Content-Type": "application/toml"})
        self.assertEqual([2, 3], foreseen.json()["outcome"]["changed"]["grants_ended"], foreseen.text)
        self.write("spantoll.toml", other)
        os.kill(self.processor.process.pid, signal.SIGHUP)
        self.wait_for_line("command 5 by signal: limits added: team-monthly; limits removed: team-month; "
                           "grants ended with their limits: 2, 3")
        self.assertEqual([4], [one["grant"] for one in self.processor.http.get("/v1/grants").lines()])
        self.processor.stop()
        self.write("spantoll.toml", CONFIG)
        self.processor.start()
        self.wait_for_line("command 6 by file: limits added: team-month; limits removed: team-monthly")
        self.processor.wait_for(lambda: len(self.log()) == 6, 20, "apply command 6")
        log = self.log()
        self.assertEqual(([2, 3], []), (log[4]["changed"]["grants_ended"], log[5]["changed"]["grants_ended"]))
        self.assertEqual((5, ["team-month"]), tuple(log[5]["changed"][name] for name in ("config_before", "limits_added")))

    def test_a_reset_begins_the_window_anew(self):
        self.spend("a", "12")
        self.spend("b", "3")
        body = {"limit": "team-month", "account": "team:a"}
        foreseen = self.ask("POST", "/v1/resets?dry_run=1", body)
        self.assertEqual(1, foreseen.json()["outcome"]["follows"]["decisions"], foreseen.text)
        self.assertEqual("block", self.level("a"))
        done = self.ask("POST", "/v1/resets", body)
        self.assertEqual(200, done.status, done.text)
        self.assertEqual(1, done.json()["outcome"]["changed"]["accounts_reset"])
        self.assertEqual("none", self.level("a"))
        self.processor.kill()
        self.processor.start()
        self.spend("a", "9")
        self.assertEqual("none", self.level("a"))
        everybody = self.ask("POST", "/v1/resets", {**body, "account": "*"})
        self.assertEqual(2, everybody.json()["outcome"]["changed"]["accounts_reset"], everybody.text)
        self.spend("a", "10")
        self.assertEqual("block", self.level("a"))
        row = dump_rows(self.processor.data, "--prefix", "FEDCOST#team:a/")["FEDCOST#team:a/PERIOD#2023-11"]
        self.assertEqual("31", row["cost_usd"])
        for wrong, part in [({"limit": "team-requests", "account": "team:s1"}, "grant"), ({"limit": "team-month"}, "account"),
                            ({**body, "amount": "5"}, "unknown member")]:
            answer = self.ask("POST", "/v1/resets", wrong)
            self.assertEqual(422, answer.status, answer.text)
            self.assertIn(part, " ".join(answer.json()["reasons"]))
        self.processor.stop()
        again = self.directory / "again"
        command("replay", "--from-data", self.processor.data, "--config", self.config, "--data", again)
        self.assertEqual(digest(self.processor.data), digest(again))

    def test_an_idempotency_key_gives_one_grant(self):
        body = {"limit": "team-month", "account": "team:a", "amount": "5", "until": "removed"}
        answers = [self.ask("POST", "/v1/grants", body, {"Idempotency-Key": "g1"}) for _ in range(2)]
        self.assertEqual([2, 2], [answer.json()["number"] for answer in answers])
        self.assertEqual(1, len(self.processor.http.get("/v1/grants").lines()))


if __name__ == "__main__":
    sys.exit(main())
