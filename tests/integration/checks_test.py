#!/usr/bin/env python3
"""Checks over HTTP and from a shell: exact after each answer of a post, through kills, and under the policy that holds."""

import json
import sys
import time

from integration_main import IntegrationTest, main
from spantoll_program import EMBEDDED_TOPIC, Processor, run_command

EXIT_NO = 2
CONFIGURATION = """
[http]
open_commands = true
[accounts.parents]
"virtual_key:k" = ["team:a"]
[[price]]
provider = "openai"
model = "gpt-4o"
meter = "input_tokens"
usd = "2.5"
per = 1000000
[[limit]]
name = "key-month"
kind = "virtual_key"
meter = "usd"
amount = "10"
window = "month"
judge = "total"
steps = [[100, "block"]]
[[limit]]
name = "team-life"
kind = "team"
meter = "requests"
amount = 5
window = "lifetime"
judge = "total"
steps = [[100, "block"]]
"""


class ChecksTest(IntegrationTest):
    def setUp(self):
        super().setUp()
        self.processor = Processor(self.directory / "data", self.write("spantoll.toml", CONFIGURATION))
        self.start(self.processor)
        self.posted = 0

    def spend(self, usd, **dimensions):
        span = {"time_ms": int(time.time() * 1000), "cost_usd": usd, **dimensions}
        answer = self.processor.http.post(json.dumps(span))
        self.assertEqual(202, answer.status, answer.text)
        self.posted += 1
        self.wait_until_counted()

    def wait_until_counted(self):
        self.processor.wait_until_read({(EMBEDDED_TOPIC, 0): self.posted})
        self.processor.http.get("/v1/accounts/global")  # answered after a commit

    def ask(self, *checks, **more):
        answer = self.processor.http.ask("POST", "/v1/check", json.dumps({"checks": checks, **more}).encode())
        self.assertEqual(200, answer.status, answer.text)
        return answer.json()

    def check(self, **dimensions):
        return self.ask(dimensions)["results"][0]

    def test_totals_are_exact_through_kills_and_commands(self):
        self.spend("7.5", virtual_key="k")
        asked = {"virtual_key": "k", "estimate": {"usd": "2.5"}}
        self.assertTrue(self.check(**asked)["allowed"])
        refused = self.check(virtual_key="k", estimate={"usd": "2.500000000001"})
        self.assertEqual((False, "budget_exceeded"), (refused["allowed"], refused["reason"]))
        self.assertEqual(["global", "virtual_key:k", "team:a"], refused["accounts"])
        [reason] = refused["reasons"]
        self.assertEqual(("7.5", "0", "10", "2.5"), tuple(reason[f"{name}_usd"] for name in ("used", "held", "amount", "remaining")))
        self.processor.kill()
        self.start(self.processor)
        self.wait_until_counted()
        self.assertTrue(self.check(**asked)["allowed"])
        self.assertFalse(self.check(virtual_key="k", estimate={"usd": "2.6"})["allowed"])
        grant = {"limit": "key-month", "account": "virtual_key:k", "amount": "5", "until": "removed"}
        given = self.processor.http.ask("POST", "/v1/grants", json.dumps(grant).encode())
        self.assertEqual(200, given.status, given.text)
        self.assertTrue(self.check(virtual_key="k", estimate={"usd": "7.5"})["allowed"])
        self.spend("7.5", virtual_key="k")
        blocked = self.check(virtual_key="k")
        self.assertEqual("block", blocked["reasons"][0]["level"])
        self.assertEqual(1, blocked["policy"])
        reset = {"limit": "key-month", "account": "*"}
        self.assertEqual(200, self.processor.http.ask("POST", "/v1/resets", json.dumps(reset).encode()).status)
        self.assertTrue(self.check(virtual_key="k", estimate={"usd": "15"})["allowed"])

    def test_a_batch_answers_each_in_order(self):
        self.spend("1", team="a")
        results = self.ask(*({"team": "a", "estimate": {"requests": n}} for n in range(1000)))["results"]
        self.assertEqual([n <= 4 for n in range(1000)], [one["allowed"] for one in results])
        self.assertEqual({None}, {one["retry_after_ms"] for one in results})
        tokens = self.ask({"virtual_key": "k", "model": "openai/gpt-4o", "estimate": {"input_tokens": 4000001}}, verbose=True)
        self.assertEqual("budget_exceeded", tokens["results"][0]["reason"])
        self.assertEqual({"key-month", "team-life"}, {limit["limit"] for limit in tokens["results"][0]["limits"]})
        wrong = self.processor.http.ask("POST", "/v1/check", b'{"checks":[{"teem":"a"}]}')
        self.assertEqual((400, "check_invalid"), (wrong.status, wrong.json()["error"]["code"]))

    def test_lists(self):
        for count in range(5):
            self.spend(str(count), team="a", virtual_key=f"k{count}")
        levels = self.processor.http.get("/v1/levels").json()
        self.assertEqual([("team:a", "team-life", "block")],
                         [(level["account"], level["limit"], level["action"]) for level in levels["levels"]])
        after = self.processor.http.get(f"/v1/decisions?after={levels['sequence']}")
        self.assertEqual([], after.lines())
        self.spend("11", virtual_key="k0")
        [next_one] = self.processor.http.get(f"/v1/decisions?after={levels['sequence']}").lines()
        self.assertEqual("virtual_key:k0", next_one["account"])
        first = self.processor.http.get("/v1/accounts?kind=virtual_key&sort=month_usd&limit=2").json()
        self.assertEqual(["virtual_key:k0", "virtual_key:k4"], [one["account"] for one in first["accounts"]])
        self.assertEqual(("11", "11", "block"), tuple(first["accounts"][0][name] for name in ("month_usd", "day_usd", "level")))
        second = self.processor.http.get(f"/v1/accounts?kind=virtual_key&sort=month_usd&limit=9&after={first['next_after']}").json()
        self.assertEqual(["virtual_key:k3", "virtual_key:k2", "virtual_key:k1"], [one["account"] for one in second["accounts"]])
        self.assertIsNone(second["next_after"])
        named = self.processor.http.get("/v1/accounts?prefix=virtual_key:k&limit=1").json()
        self.assertEqual(["virtual_key:k0"], [one["account"] for one in named["accounts"]])
        self.assertEqual(400, self.processor.http.get("/v1/accounts?after=team:nobody").status)
        limits = self.processor.http.get("/v1/limits").json()
        self.assertEqual(["key-month", "team-life"], [limit["name"] for limit in limits["limits"]])
        self.assertEqual(("10", [[100, "block"]]), (limits["limits"][0]["amount"], limits["limits"][0]["steps"]))

    def test_from_a_shell(self):
        self.spend("9", virtual_key="k")
        url = f"http://127.0.0.1:{self.processor.http.port}"
        yes = run_command("check", "--json", "--url", url, "virtual_key=k", "estimate.usd=1")
        self.assertEqual(0, yes.returncode, yes.stderr)
        self.assertTrue(json.loads(yes.stdout)["results"][0]["allowed"])
        no = run_command("check", "--json", "--url", url, "virtual_key=k", "estimate.usd=1.1")
        self.assertEqual(EXIT_NO, no.returncode, no.stderr)
        self.assertEqual("budget_exceeded", json.loads(no.stdout)["results"][0]["reason"])
        accounts = run_command("check", "--json", "--url", url, "virtual_key:k")
        self.assertEqual(0, accounts.returncode, accounts.stderr)
        self.assertEqual("virtual_key:k", json.loads(accounts.stdout)["accounts"][0]["account"])


if __name__ == "__main__":
    sys.exit(main())
