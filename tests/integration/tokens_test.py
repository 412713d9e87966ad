#!/usr/bin/env python3
"""Named tokens over real HTTP: fifteen customers on one processor, none of whom learns of another or spends for another."""

import hashlib
import http.client
import json
import re
import sys
import time
import urllib.parse

from flatbuffer_span import CUSTOMER_FIELD, span_batch
from integration_main import IntegrationTest, main
from spantoll_program import EMBEDDED_TOPIC, Processor, command, digest, dump_rows, run_command

TIME_MS = 1_700_000_000_000
CUSTOMERS = [f"customer{letter}{letter}" for letter in "abcdefghijklmno"]
ALL = '["spans", "check", "hold", "read", "command"]'
STREAM_TIMEOUT_S = 20


def secret(name):
    return f"secret-of-{name}-0123456789"


def token(name, may, more=""):
    return f"""
[[http.token]]
name = "{name}"
sha256 = "{hashlib.sha256(secret(name).encode()).hexdigest()}"
may = {may}
{more}
"""


def bearer(name):
    return {"Authorization": f"Bearer {secret(name)}"}


def configuration():
    parents = "\n".join(
        f'"virtual_key:key-of-{name}" = ["team:team-of-{name}"]\n"team:team-of-{name}" = ["customer:{name}", "team:everyone"]'
        for name in CUSTOMERS
    )
    tokens = "".join(
        token(name, '["spans", "check", "read"]', f'accounts = ["customer:{name}"]\nset = {{ customer = "{name}" }}')
        for name in CUSTOMERS
    )
    return f"""
[time]
idle_after = "off"
[accounts.parents]
{parents}
[[key]]
name = "rotated"
ids = ["first-secret-hash", "second-secret-hash"]
parents = ["customer:{CUSTOMERS[1]}"]
[[limit]]
name = "customer-month"
kind = "customer"
meter = "usd"
amount = "10"
window = "month"
judge = "total"
steps = [[10, "warn"], [100, "block"]]
[[limit]]
name = "everyone-month"
account = "team:everyone"
meter = "usd"
amount = "40"
window = "month"
judge = "total"
steps = [[100, "block"]]
[http]
{tokens}{token("ops", ALL)}"""


class TokensTest(IntegrationTest):
    def setUp(self):
        super().setUp()
        self.config = self.write("spantoll.toml", configuration())
        self.processor = Processor(self.directory / "data", self.config)
        # Its own questions go with the token that may ask everything.
        ask = self.processor.http.ask
        self.processor.http.ask = lambda method, path, body=None, headers=None: ask(
            method, path, body, {**bearer("ops"), **(headers or {})})
        self.http = self.processor.http
        self.start(self.processor)
        self.posted = 0

    def post(self, name, body, content_type="application/json"):
        body = body if isinstance(body, bytes) else json.dumps(body)
        answer = self.http.post(body, content_type, headers=bearer(name))
        self.assertEqual(202, answer.status, answer.text)
        self.posted += 1

    def get(self, name, path, headers=None):
        return self.http.get(path, {**bearer(name), **(headers or {})})

    def wait_until_read(self):
        self.processor.wait_until_read({(EMBEDDED_TOPIC, 0): self.posted})

    def assert_of_nobody_else(self, name, said):
        others = {found for found in re.findall(r"customer[a-z]{2}", said) if found != name}
        self.assertEqual(set(), others, said)

    def spend(self, time_ms=TIME_MS):
        """Each customer spends through all formats, and says that it is another, or that a key of another is its own."""
        for at, name in enumerate(CUSTOMERS):
            other = CUSTOMERS[at - 1]
            usd = str(at + 1)
            self.post(name, {"time_ms": time_ms, "customer": other, "cost_usd": usd})
            self.post(name, [{"time_ms": time_ms, "virtual_key": f"key-of-{other}", "cost_usd": usd},
                             {"time_ms": time_ms, "team": f"team-of-{other}", "cost_usd": usd},
                             {"time_ms": time_ms, "virtual_key": f"key-of-{name}", "cost_usd": usd}])
            self.post(name, span_batch(other, time_ms, (at + 1) * 10**12, CUSTOMER_FIELD), "application/x-flatbuffers")
        self.wait_until_read()

    def costs(self, data):
        return {
            key.removeprefix("FEDCOST#").partition("/")[0]: row["cost_usd"]
            for key, row in dump_rows(data, "--prefix", "FEDCOST#").items()
        }

    def test_no_span_is_charged_to_another(self):
        self.spend()
        self.assertEqual(0, self.processor.stop(), self.processor.said())
        costs = self.costs(self.processor.data)
        total = sum(range(1, 16))
        for at, name in enumerate(CUSTOMERS):
            self.assertEqual(str(5 * (at + 1)), costs[f"customer:{name}"])
            self.assertEqual(str(at + 1), costs[f"virtual_key:key-of-{name}"])
            self.assertEqual(str(at + 1), costs[f"team:team-of-{name}"])
        self.assertEqual(str(5 * total), costs["global"])
        self.assertEqual(str(total), costs["virtual_key:~invalid"])
        self.assertEqual(str(total), costs["team:~invalid"])
        again = self.directory / "again"
        command("replay", "--from-data", self.processor.data, "--config", self.config, "--data", again)
        self.assertEqual(digest(self.processor.data), digest(again))

    def test_no_id_of_anothers_key_is_charged(self):
        for name, key in ((CUSTOMERS[0], "first-secret-hash"), (CUSTOMERS[0], "rotated"), (CUSTOMERS[1], "second-secret-hash")):
            self.post(name, {"time_ms": TIME_MS, "virtual_key": key, "cost_usd": "2"})
        self.wait_until_read()
        self.assertEqual(0, self.processor.stop(), self.processor.said())
        costs = self.costs(self.processor.data)
        self.assertEqual({"global": "6", f"customer:{CUSTOMERS[0]}": "4", f"customer:{CUSTOMERS[1]}": "2", "virtual_key:rotated": "2",
                          "virtual_key:~invalid": "4"}, costs)

    def answers_for(self, name):
        """Of every route, about itself and about others: (path, answer)."""
        accounts = ["global", "team:everyone", "virtual_key:~invalid"]
        accounts += [account for one in CUSTOMERS
                     for account in (f"customer:{one}", f"team:team-of-{one}", f"virtual_key:key-of-{one}")]
        for account in accounts:
            quoted = urllib.parse.quote(account, safe="")
            for path in (f"/v1/accounts/{quoted}", f"/v1/check?account={quoted}", f"/v1/decisions?account={quoted}"):
                yield account, path, self.get(name, path)
        for path in ("/v1/decisions", "/v1/decisions?limit=1", "/v1/grants", "/v1/commands", "/v1/config", "/metrics", "/readyz",
                     "/healthz", "/v1/accounts", "/v1/levels", "/v1/limits", "/v1/keys", "/v1/holds", "/v1/nothing"):
            yield None, path, self.get(name, path)
        for path, body in (("/v1/config", ""), ("/v1/grants", '{"limit":"customer-month","account":"*","amount":"1","until":"window"}'),
                           ("/v1/resets", '{"limit":"customer-month","account":"*"}')):
            answer = self.http.ask("POST", path, body.encode(), bearer(name))
            self.assertEqual(403, answer.status, path)
            yield None, path, answer

    def test_no_answer_has_a_byte_of_another(self):
        for amount, account in (("1", "*"), ("2", f"customer:{CUSTOMERS[0]}"), ("3", f"customer:{CUSTOMERS[1]}")):
            grant = {"limit": "customer-month", "account": account, "amount": amount, "until": "removed"}
            self.assertEqual(200, self.http.ask("POST", "/v1/grants", json.dumps(grant).encode()).status)
        self.spend()
        for name in CUSTOMERS:
            own = {f"customer:{name}", f"team:team-of-{name}", f"virtual_key:key-of-{name}"}
            for account, path, answer in self.answers_for(name):
                asked = {account.rpartition(":")[2].removeprefix("key-of-").removeprefix("team-of-")} if account else set()
                if account is not None and account not in own:
                    self.assertEqual(403, answer.status, path)
                    # The sentence names what was asked for and is the same for accounts that do not exist.
                    self.assertEqual("account_not_yours", answer.json()["error"]["code"])
                    self.assertNotIn("usd", answer.text.lower())
                    continue
                said = answer.text + json.dumps(answer.headers)
                self.assert_of_nobody_else(name, said)
                self.assertNotIn("everyone", said, path)
                self.assertTrue(account is None or asked, path)
            lines = self.get(name, "/v1/decisions").lines()
            self.assertEqual({f"customer:{name}"}, {line["account"] for line in lines})
            self.assertEqual(200, self.get(name, f"/v1/accounts/customer:{name}").status)
        self.assertEqual([f"customer:{CUSTOMERS[0]}"], [line["account"] for line in self.get(CUSTOMERS[0], "/v1/grants").lines()])

    def test_a_block_above_is_told_without_its_name(self):
        self.spend(int(time.time() * 1000))  # a check asks about now
        self.assertEqual("block", self.http.get("/v1/check?account=team:everyone").json()["accounts"][0]["level"])
        name = CUSTOMERS[0]
        answer = self.get(name, f"/v1/check?account=virtual_key:key-of-{name}")
        self.assertFalse(answer.json()["allowed"], answer.text)
        self.assertIn({"account": "~above", "limit": "~above", "action": "block"},
                      [{key: flag[key] for key in ("account", "limit", "action")} for flag in answer.json()["accounts"][0]["flags"]])

    def test_a_check_answers_for_its_own_alone(self):
        self.spend(int(time.time() * 1000))
        asked = [{dimension: value} for one in CUSTOMERS
                 for dimension, value in (("customer", one), ("team", f"team-of-{one}"), ("virtual_key", f"key-of-{one}"))]
        body = json.dumps({"checks": asked, "verbose": True}).encode()
        for name in CUSTOMERS:
            results = self.http.ask("POST", "/v1/check", body, bearer(name)).json()["results"]
            for query, result in zip(asked, results, strict=True):
                said = json.dumps(result)
                self.assertNotIn("everyone", said)
                self.assert_of_nobody_else(name, said)
                own = next(iter(query.values())).endswith(name)
                self.assertEqual(not own, result["reason"] == "account_not_yours", said)
                self.assertEqual(own, "used_usd" in said, said)

    def test_a_stream_of_decisions_has_those_of_its_own(self):
        self.spend()
        name = CUSTOMERS[2]  # is warned, then blocked
        connection = http.client.HTTPConnection("127.0.0.1", self.processor.port, timeout=STREAM_TIMEOUT_S)
        self.addCleanup(connection.close)
        connection.request("GET", "/v1/decisions", headers={"Accept": "text/event-stream", **bearer(name)})
        response = connection.getresponse()
        said = b""
        while said.count(b"event: decision") < 2:
            said += response.read1(65536)
        self.assert_of_nobody_else(name, said.decode())
        self.assertIn(f"customer:{name}", said.decode())

    def test_rows_of_commands_name_the_token_and_no_secret_is_kept(self):
        grant = {"limit": "customer-month", "account": "*", "amount": "1", "until": "removed"}
        self.assertEqual(200, self.http.ask("POST", "/v1/grants", json.dumps(grant).encode()).status)
        self.spend()
        self.assertEqual("ops", self.http.get("/v1/commands?from=2").lines()[0]["by"])
        self.assertEqual(401, self.http.get("/metrics", {"Authorization": "Bearer secret-of-nobody"}).status)
        self.processor.stop()
        printed = command("run", "--config", self.config, "--print-config")
        kept = [path.read_bytes() for path in self.processor.data.rglob("*") if path.is_file()]
        for said in (self.processor.said().encode(), printed.encode(), *kept):
            self.assertNotIn(b"secret-of-", said)

    def test_elsewhere_than_on_loopback_named_tokens_are_enough(self):
        options = ("run", "--data", self.directory / "other", "--listen", "192.0.2.1:1")
        plain = self.write("plain.toml", "")
        done = run_command(*options, "--config", plain)
        self.assertEqual(78, done.returncode)
        self.assertIn("[[http.token]]", done.stderr)
        named = self.write("named.toml", token("ops", ALL))
        done = run_command(*options, "--config", named)
        self.assertEqual(78, done.returncode)
        self.assertIn("cannot listen", done.stderr)


if __name__ == "__main__":
    sys.exit(main())
