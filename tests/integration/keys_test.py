#!/usr/bin/env python3
"""Virtual keys over HTTP: put, changed, removed and imported while it runs; what is wrong with them; crashes and replays."""

import json
import signal
import sys

from integration_main import IntegrationTest, main
from spantoll_http import json_lines
from spantoll_program import EMBEDDED_TOPIC, CommandFailed, Processor, command, digest, dump_rows, run_command

TIME_MS = 1_700_000_000_000
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
HEAD = """
[time]
idle_after = "off"
[http]
open_commands = true
"""
POLICY = """
[[limit]]
name = "key-month"
kind = "virtual_key"
meter = "usd"
amount = "10"
window = "month"
judge = "total"
steps = [[100, "block"]]
[[limit]]
name = "life"
account = "team:life"
meter = "usd"
amount = "1"
window = "lifetime"
judge = "total"
steps = [[100, "block"]]
[[key]]
name = "of-file"
ids = ["f1"]
parents = ["team:file"]
"""


class KeysTest(IntegrationTest):
    def setUp(self):
        super().setUp()
        self.config = self.write("spantoll.toml", HEAD + POLICY)
        self.processor = Processor(self.directory / "data", self.config)
        self.addCleanup(self.processor.end_for_good)
        self.processor.start()
        self.posted = 0

    def spend(self, key, usd):
        record = {"time_ms": TIME_MS + self.posted, "virtual_key": key, "cost_usd": usd}
        answer = self.processor.http.post(json.dumps(record))
        self.assertEqual(202, answer.status, answer.text)
        self.posted += 1
        self.processor.wait_until_read({(EMBEDDED_TOPIC, 0): self.posted})

    def ask(self, method, path, body=None, headers=None):
        text = b"" if body is None else (body if isinstance(body, bytes) else json.dumps(body).encode())
        return self.processor.http.ask(method, path, text, {"Content-Type": "application/json", **(headers or {})})

    def put(self, name, **members):
        answer = self.ask("PUT", f"/v1/keys/{name}", members)
        self.assertEqual(200, answer.status, answer.text)
        return answer.json()

    def spent(self, account):
        self.processor.http.get("/v1/grants")  # is answered after a commit
        rows = dump_rows(self.processor.data, "--prefix", f"FEDCOST#{account}/")
        return rows.get(f"FEDCOST#{account}/PERIOD#2023-11", {}).get("cost_usd", "0")

    def keys(self):
        return {key["name"]: key for key in self.processor.http.get("/v1/keys").lines()}

    def log(self):
        return json_lines(command("commands", "--data", self.processor.data, "--format", "json"))

    def check_replay(self):
        self.processor.stop()
        again = self.directory / "again"
        command("replay", "--from-data", self.processor.data, "--config", self.config, "--data", again)
        self.assertEqual(digest(self.processor.data), digest(again))
        self.assertEqual(dump_rows(self.processor.data, "--prefix", "KEY#"), dump_rows(again, "--prefix", "KEY#"))

    def test_a_key_lives_through_rotation_crash_and_removal(self):
        self.assertEqual("configuration", self.keys()["of-file"]["from"])
        done = self.put("search", ids=["old"], parents=["team:search"], owner="oncall", sha256=[HASH.upper()])
        self.assertEqual((2, None), (done["number"], done["outcome"]["changed"]["before"]))
        self.spend("old", "6")
        patched = self.ask("PATCH", "/v1/keys/search", {"ids": ["old", "new"]})
        self.assertEqual(200, patched.status, patched.text)
        self.assertEqual(["old"], patched.json()["outcome"]["changed"]["before"]["ids"])
        self.processor.kill()
        self.processor.start()
        self.assertEqual({"name": "search", "active": True, "expires_ms": None, "parents": ["team:search"], "ids": ["old", "new"],
                          "sha256": [HASH], "owner": "oncall", "removed": False, "from": "command"}, self.keys()["search"])
        self.spend("new", "4")
        [decision] = self.processor.http.all_decisions()
        self.assertEqual(("virtual_key:search", "block", "oncall"), tuple(decision[name] for name in ("account", "action", "owner")))
        self.assertEqual(("10", "10"), (self.spent("virtual_key:search"), self.spent("team:search")))
        # A level above a key is one of the key, by its own parents as well; this one has no end.
        self.put("life", parents=["team:life"])
        self.spend("life", "1")
        self.put("below", parents=["team:life"])
        answer = self.processor.http.get("/v1/check?account=virtual_key:below").json()
        self.assertFalse(answer["allowed"], answer)
        self.assertEqual(200, self.ask("DELETE", "/v1/keys/search").status)
        self.assertEqual(404, self.ask("DELETE", "/v1/keys/search").status)
        self.assertEqual(404, self.ask("PATCH", "/v1/keys/search", {}).status)
        self.spend("new", "1")
        self.assertEqual(("11", "11"), (self.spent("virtual_key:search"), self.spent("team:search")))
        self.check_replay()
        self.assertEqual(["config", "key", "key", "key", "key", "key_removed"], [line["what"] for line in self.log()])
        self.assertEqual(["old", "new"], self.log()[2]["body"]["ids"])

    def test_a_tombstone_and_an_entry_of_the_file(self):
        self.assertEqual(200, self.ask("DELETE", "/v1/keys/of-file").status)
        self.assertEqual((False, True), (self.keys()["of-file"]["active"], self.keys()["of-file"]["removed"]))
        self.write("spantoll.toml", HEAD + POLICY.replace('"f1"', '"f2"'))
        self.reload(3)
        self.spend("f1", "1")
        self.spend("f2", "2")
        self.assertEqual(("1", "2"), (self.spent("virtual_key:of-file"), self.spent("virtual_key:f2")))
        self.put("of-file", ids=["f2"])
        self.spend("f2", "4")
        self.assertEqual(("5", "1"), (self.spent("virtual_key:of-file"), self.spent("team:file")))
        self.check_replay()

    def reload(self, number):
        self.processor.process.send_signal(signal.SIGHUP)
        etag = f'"{number}"'
        self.processor.wait_for(lambda: self.processor.http.get("/v1/config").headers["ETag"] == etag, 30, "take the file")

    def test_a_configuration_that_conflicts_is_refused(self):
        self.put("search", ids=["vk1"])
        self.write("spantoll.toml", HEAD + POLICY.replace('"f1"', '"vk1"'))
        self.processor.process.send_signal(signal.SIGHUP)
        self.processor.wait_for(lambda: "cannot be taken" in self.processor.said(), 30, "refuse the file")
        self.assertIn('id "vk1" is one of key "of-file" as well', self.processor.said())
        self.spend("f1", "1")
        self.assertEqual("1", self.spent("virtual_key:of-file"))
        self.processor.stop()
        self.assertRaisesRegex(CommandFailed, '(?s)ended with 78.*"vk1"', self.processor.start)
        self.write("spantoll.toml", HEAD + POLICY)
        self.processor.start()

    def test_an_import_is_taken_whole_or_not_at_all(self):
        lines = [{"name": f"k{i}", "ids": [f"id{i}"]} for i in range(500)]
        wrong = [*lines[:3], {"name": "x", "ids": ["id1"]}, {"name": "y", "idz": []}, {"ids": []}]
        for body, parts in [(wrong, ["line 4", 'id "id1" is one of key "k1"', "line 5", "idz", "line 6"]),
                            ([{"name": f"n{i}"} for i in range(1001)], ["1001"])]:
            answer = self.ask("POST", "/v1/keys:import", b"\n".join(json.dumps(line).encode() for line in body))
            self.assertEqual(422, answer.status, answer.text)
            for part in parts:
                self.assertIn(part, " ".join(answer.json()["reasons"]))
        self.assertIn("empty_body", self.ask("POST", "/v1/keys:import", b"").text)
        answer = self.ask("POST", "/v1/keys:import", b"\n\n")
        self.assertEqual(422, answer.status, answer.text)
        self.assertIn("1 to 1000", answer.json()["reasons"][0])
        text = "".join(json.dumps(line) + "\n\n" for line in lines).encode()
        foreseen = self.ask("POST", "/v1/keys:import?dry_run=1", text)
        self.assertEqual(500, foreseen.json()["outcome"]["changed"]["keys"], foreseen.text)
        self.assertEqual({"of-file"}, set(self.keys()))
        answers = [self.ask("POST", "/v1/keys:import", text, {"Idempotency-Key": "i"}) for _ in range(2)]
        self.assertEqual([(501, 2, 500)] * 2, [(answer.json()["number"], answer.json()["outcome"]["first"],
                                                answer.json()["outcome"]["keys"]) for answer in answers])
        self.spend("id499", "1")
        self.assertEqual("1", self.spent("virtual_key:k499"))
        self.assertEqual(501, len(self.keys()))
        self.check_replay()

    def test_keys_of_another_gateway_come_with_what_they_spent(self):
        token = "a" * 64
        export = {"keys": [{"token": token, "key_alias": "lite/one", "spend": 9.0000000000014, "team_id": "t1", "user_id": "u"},
                           {"token": "b" * 64, "key_alias": "two", "spend": 0, "blocked": True}]}
        file = self.write("litellm.json", json.dumps(export))
        url = f"http://127.0.0.1:{self.processor.port}"
        printed = json_lines(command("keys", "import", "--from", "litellm", file, "--print"))
        self.assertEqual([("lite%2Fone", True), ("two", False)], [(key["name"], key["active"]) for key in printed])
        self.assertEqual({"of-file"}, set(self.keys()))
        for given in (1, 0):
            said = command("keys", "import", "--from", "litellm", file, "--url", url)
            self.assertIn(f"2 keys, 1 of which have spent this month; {given} opening", said)
        self.assertEqual(["team:t1"], self.keys()["lite%2Fone"]["parents"])
        [grant] = self.processor.http.get("/v1/grants").lines()
        self.assertEqual(("virtual_key:lite%2Fone", "-9.000000000001", "key-month", "opening balance from litellm"),
                         tuple(grant[name] for name in ("account", "amount", "limit", "note")))
        self.spend(token, "0.999999999998")
        self.assertEqual([], self.processor.http.all_decisions())
        self.spend(token, "0.000000000001")
        self.assertEqual(["block"], [decision["action"] for decision in self.processor.http.all_decisions()])
        bifrost = {"virtual_keys": [{"id": "vk9", "name": "lite/one2", "value": "sk-bf-secret", "budgets": None}, {"id": token, "name": "x"}]}
        refused = run_command("keys", "import", "--from", "bifrost", self.write("bifrost.json", json.dumps(bifrost)), "--url", url)
        self.assertEqual(69, refused.returncode, refused.stderr)
        self.assertIn('key "x"', refused.stderr)
        self.assertEqual(65, run_command("keys", "import", "--from", "bifrost", file, "--url", url).returncode)
        self.assertEqual(64, run_command("keys", "import", "--from", "other", file).returncode)
        self.assertNotIn("sk-bf-secret", command("dump", "--data", self.processor.data, "--all"))
        self.check_replay()

    def test_commands_that_were_appended_are_applied_by_the_next_start(self):
        for place, expected in (("before_command_appended", False), ("after_command_appended", True),
                                ("before_command_committed", True), ("after_command_committed", True)):
            with self.subTest(place):
                self.processor.stop()
                self.processor.start({"SPANTOLL_KILL_AT": f"{place}:1"})
                name = place.replace("_", "-")
                try:
                    self.ask("POST", "/v1/keys:import", b"".join(json.dumps({"name": f"{name}-{i}"}).encode() + b"\n" for i in (1, 2, 3)))
                except OSError:
                    pass
                self.processor.process.wait(30)
                self.processor.start()
                self.assertEqual([expected] * 3, [f"{name}-{i}" in self.keys() for i in (1, 2, 3)])
        self.check_replay()

    def test_what_is_wrong_is_told_and_nothing_changes(self):
        self.put("search", ids=["vk1"])
        for members, part in [({"ids": "vk1"}, "array of texts"), ({"ids": [1]}, "array of texts"), ({"active": 1}, "true or false"),
                              ({"expires": "soon"}, "2027"), ({"sha256": ["x"]}, "64"), ({"owner": None}, "text"), ({"idz": []}, "did you mean"),
                              ({"ids": ["vk1"]}, "search"), ({"parents": ["teem:a"]}, "teem"), ({"owner": "x" * 257}, "256")]:
            answer = self.ask("PUT", "/v1/keys/other", members)
            self.assertEqual(422, answer.status, answer.text)
            self.assertIn(part, " ".join(answer.json()["reasons"]))
        for method, path, body, status in [("PUT", "/v1/keys/a", b"[]", 422), ("PUT", "/v1/keys/a", b"{", 422),
                                           ("PUT", "/v1/keys/a", b'{"active":true,"active":false}', 422), ("PUT", "/v1/keys/a%2Fb", {}, 422),
                                           ("PUT", "/v1/keys/a", {"name": "b"}, 400), ("PUT", "/v1/keys/%FF", {}, 400),
                                           ("DELETE", "/v1/keys/nobody", None, 404), ("PATCH", "/v1/keys/nobody", {}, 404),
                                           ("POST", "/v1/keys", {}, 405), ("PUT", "/v1/keys/a?dryrun=1", {}, 400)]:
            answer = self.ask(method, path, body)
            self.assertEqual(status, answer.status, (method, path, answer.text))
        grant = {"limit": "key-month", "account": "virtual_key:vk1", "amount": "5", "until": "removed"}
        refused = self.ask("POST", "/v1/grants", grant)
        self.assertEqual(422, refused.status, refused.text)
        self.assertIn('key "search"', refused.text.replace('\\"', '"'))
        self.assertEqual(200, self.ask("POST", "/v1/grants", {**grant, "account": "virtual_key:search"}).status)
        self.assertEqual(200, self.ask("PUT", "/v1/keys/a%252Fb", {"name": "a%2Fb"}).status)
        self.spend("a/b", "1")
        self.assertEqual("1", self.spent("virtual_key:a%2Fb"))
        self.assertEqual({"of-file", "search", "a%2Fb"}, set(self.keys()))
        self.check_replay()


if __name__ == "__main__":
    sys.exit(main())
