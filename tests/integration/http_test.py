#!/usr/bin/env python3
"""The HTTP interface of a running processor."""

import http.client
import json
import socket
import sys
import time

from flatbuffer_span import span_batch
from integration_main import Choices, IntegrationTest, main
from spantoll_http import json_lines
from spantoll_program import EMBEDDED_TOPIC, Processor, dump_rows

TIME_MS = 1_700_000_000_000
CONFIGURATION = """
periods = ["day", "month"]
[time]
idle_after = "off"
[[limit]]
name = "team-day"
kind = "team"
meter = "usd"
amount = "10"
window = "rolling 24h"
judge = "total"
steps = [[50, "warn"], [80, "throttle"], [100, "block"]]
"""
TOKEN = "a-secret-of-the-test"
RECORD_BYTES_MAX = 4 * 1024 * 1024
STREAM_TIMEOUT_S = 20
METRIC_NAMES = {"spantoll_spans_polled_total", "spantoll_spans_accepted_total", "spantoll_spans_duplicate_total",
                "spantoll_spans_refused_total", "spantoll_next_offset", "spantoll_watermark_seconds", "spantoll_accounts",
                "spantoll_decisions_total", "spantoll_outbox_waiting", "spantoll_http_accept_errors_total",
                "spantoll_http_connections_displaced_total"}


def span(**members):
    return {"time_ms": TIME_MS, **members}


class HttpTest(IntegrationTest):
    CONFIGURATION = CONFIGURATION

    def setUp(self):
        super().setUp()
        self.processor = Processor(self.directory / "data", self.write("spantoll.toml", self.CONFIGURATION))
        self.start(self.processor)
        self.http = self.processor.http
        self.posted = 0

    def post(self, value, **options):
        answer = self.http.post(value if isinstance(value, (str, bytes)) else json.dumps(value), **options)
        self.assertEqual(202, answer.status, answer.text)
        self.assertEqual(self.posted, answer.json()["offset"])
        self.posted += 1
        return answer

    def wait_until_read(self):
        self.processor.wait_until_read({(EMBEDDED_TOPIC, 0): self.posted})

    def assert_error(self, answer, status):
        """Errors are JSON with a code and a sentence."""
        self.assertEqual(status, answer.status, answer.text)
        error = answer.json()["error"]
        self.assertTrue(error["code"] and error["message"], answer.text)

    def stop_and_dump(self):
        self.assertEqual(0, self.processor.stop(), self.processor.said())
        return dump_rows(self.processor.data)


class PostTest(HttpTest):
    def test_every_format_is_taken(self):
        self.post(span(service="json", cost_usd="1.5"))
        self.post([span(service="json", cost_usd=0.25), span(service="json", cost_pico_usd=1)],
                  content_type="application/json; charset=utf-8")
        self.post(span_batch("flatbuffers", TIME_MS, 7), content_type="application/x-flatbuffers")
        self.post(b"not flatbuffers", content_type="application/x-flatbuffers")
        self.post("{", content_type="application/json")
        self.post(b"\x0a\x00", content_type="application/x-protobuf")
        self.wait_until_read()
        rows = self.stop_and_dump()
        self.assertEqual("1750000000001", rows["FEDCOST#service:json/PERIOD#2023-11"]["cost_pico_usd"])
        self.assertEqual("7", rows["FEDCOST#service:flatbuffers/PERIOD#2023-11-14"]["cost_pico_usd"])
        counts = rows[f"META/COUNTS#{EMBEDDED_TOPIC}/0"]
        self.assertEqual((7, 4), (counts["polled"], counts["accepted"]))
        self.assertEqual(3, counts["refused"]["not_decodable"])
        letters = [key for key in rows if key.startswith("DEAD#")]
        self.assertEqual(3, len(letters), letters)

    def test_a_content_type_must_be_there_and_be_right(self):
        body = json.dumps(span(service="a"))
        for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx", "",
                             "application/json; charset=latin1"):
            with self.subTest(content_type=content_type):
                self.assert_error(self.http.post(body, content_type=content_type), 415)
        self.assert_error(self.http.ask("POST", "/v1/spans", body.encode()), 415)
        self.assert_error(self.http.post(body, headers={"Content-Encoding": "gzip"}), 415)

    def test_web_pages_cannot_post(self):
        body = json.dumps(span(service="a"))
        for host in ("evil.example", "evil.example:80", f"evil.example:{self.processor.port}", "127.0.0.1:1"):
            with self.subTest(host=host):
                self.assert_error(self.http.post(body, headers={"Host": host}), 421)
        self.assert_error(self.http.post(body, headers={"Origin": "https://evil.example"}), 403)
        self.assert_error(self.http.post(body, headers={"Origin": "null"}), 403)
        self.assertEqual(202, self.http.post(body, headers={"Host": f"localhost:{self.processor.port}"}).status)

    def test_a_record_over_4_mib_is_refused_whole(self):
        self.post(b" " * (RECORD_BYTES_MAX - 100) + json.dumps(span(service="a")).encode())
        connection = http.client.HTTPConnection("127.0.0.1", self.processor.port, timeout=30)
        try:
            connection.request("POST", "/v1/spans", b"x" * (RECORD_BYTES_MAX + 1), {"Content-Type": "application/json"})
            self.assertEqual(413, connection.getresponse().status)
        except (BrokenPipeError, ConnectionResetError):
            self.fail("413 must be read before the connection is closed")
        finally:
            connection.close()
        self.wait_until_read()

    def test_half_sent_requests_are_told_that_they_are_too_slow(self):
        if not Choices.is_long:
            self.skipTest("half a minute of waiting; see --long")
        head = f"POST /v1/spans HTTP/1.1\r\nHost: 127.0.0.1:{self.processor.port}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n["
        for sent, answer in (("GET /healthz HT", b"HTTP/1.1 408 "), (head, b"HTTP/1.1 408 "), ("", b"")):
            with self.subTest(sent=sent), socket.create_connection(("127.0.0.1", self.processor.port), timeout=60) as client:
                client.sendall(sent.encode())
                self.assertEqual(answer, client.recv(len(b"HTTP/1.1 408 "), socket.MSG_WAITALL))

    def test_paths_and_methods(self):
        self.assert_error(self.http.get("/v1/nothing"), 404)
        self.assert_error(self.http.get("/v1/spans"), 405)
        self.assert_error(self.http.ask("DELETE", "/v1/decisions"), 405)
        self.assert_error(self.http.post(""), 400)


class ReadTest(HttpTest):
    def spend(self, team, *usd):
        self.post([span(team=team, cost_usd=amount) for amount in usd])
        self.wait_until_read()

    def test_decisions_as_lines(self):
        self.spend("a", "6", "3", "2")
        self.spend("b", "11")
        decisions = self.http.get("/v1/decisions").lines()
        self.assertEqual([("team:a", "warn", 1), ("team:a", "throttle", 2), ("team:a", "block", 3), ("team:b", "block", 1)],
                         [(one["account"], one["action"], one["number"]) for one in decisions])
        first = self.http.get("/v1/decisions?limit=1")
        self.assertEqual(decisions[:1], first.lines())
        rest = self.http.get(f"/v1/decisions?after={first.headers['Spantoll-Next-After']}")
        self.assertEqual(decisions[1:], rest.lines())
        self.assertEqual(decisions[3:], self.http.get("/v1/decisions?account=team:b").lines())
        self.assertEqual(decisions, self.http.all_decisions())
        self.assert_error(self.http.get("/v1/decisions?after=x"), 400)
        printed = json_lines(self.processor.output.read_text())
        self.assertEqual(decisions, printed)

    def test_decisions_as_events_go_on_after_the_last_one_seen(self):
        self.spend("a", "6", "3")
        with EventStream(self.processor.port) as events:
            seen = [events.next(), events.next()]
            self.assertEqual(["warn", "throttle"], [data["action"] for _, data in seen])
            self.spend("a", "2")
            self.assertEqual("block", events.next()[1]["action"])
        with EventStream(self.processor.port, last_event_id=seen[0][0]) as events:
            self.assertEqual(["throttle", "block"], [events.next()[1]["action"] for _ in range(2)])

    def test_accounts(self):
        self.spend("a", "6", "0.5")
        answer = self.http.get("/v1/accounts/team:a")
        self.assertEqual(200, answer.status, answer.text)
        account = answer.json()
        self.assertEqual("team:a", account["account"])
        day = next(row for row in account["rolling"] if row["window"] == "24h" and row["meter"] == "usd")
        self.assertEqual("6500000000000", day["live_pico_usd"])
        self.assertEqual("warn", account["limits"][0]["level"])
        self.assert_error(self.http.get("/v1/accounts/team:unheard"), 404)
        self.assertEqual(200, self.http.get("/v1/accounts/team%3Aa").status)
        for name in ("nokind:x", "Mastodon.Social", "team:"):
            answer = self.http.get(f"/v1/accounts/{name}")
            self.assertEqual((400, "account_invalid"), (answer.status, answer.json()["error"]["code"]), answer.text)

    def test_check(self):
        now_ms = int(time.time() * 1000)
        self.post([span(time_ms=now_ms, team="a", cost_usd="11"), span(time_ms=now_ms, team="b", cost_usd="1")])
        self.wait_until_read()
        answer = self.http.get("/v1/check?account=team:a&account=team:b").json()
        self.assertFalse(answer["allowed"])
        first, second = answer["accounts"]
        self.assertEqual((False, "block", now_ms + 3_600_000), (first["allowed"], first["level"], first["valid_until_ms"]))
        self.assertEqual((True, "none"), (second["allowed"], second["level"]))
        self.assertIsNotNone(answer["as_of_ms"])
        self.assertGreater(answer["lag_ms"], 0)
        self.assertNotIn("stale", answer)
        self.assert_error(self.http.get("/v1/check"), 400)
        self.assert_error(self.http.get("/v1/check?account=nokind:x"), 400)

    def test_a_check_asks_whether_one_may_spend_now(self):
        """A lease of three years ago refuses nothing, though the input stands still; the numbers are stale."""
        self.spend("a", "11")
        answer = self.http.get("/v1/check?account=team:a").json()
        self.assertTrue(answer["allowed"], answer)
        self.assertEqual([], answer["accounts"][0]["flags"])
        self.assertTrue(answer["stale"])

    def test_a_plus_in_an_account_is_a_plus(self):
        self.post([span(user="a+b@example.org", team="a", cost_usd="11"), span(user="a b@example.org", cost_usd="1")])
        self.wait_until_read()
        for query, account in (("user:a+b@example.org", "user:a+b@example.org"), ("user:a%2Bb@example.org", "user:a+b@example.org"),
                               ("user:a%20b@example.org", "user:a b@example.org")):
            with self.subTest(query=query):
                answer = self.http.get(f"/v1/check?account={query}").json()
                self.assertEqual(account, answer["accounts"][0]["account"])
                self.assertEqual(200, self.http.get(f"/v1/accounts/{query}").status)

    def test_a_name_that_no_account_has_is_refused_and_not_filtered_by(self):
        for account in ("Mastodon.Social", "nokind:x", "model:a/b", "user:"):
            for path in ("/v1/decisions", "/v1/check"):
                with self.subTest(path=path, account=account):
                    self.assert_error(self.http.get(f"{path}?account={account}"), 400)
        for path in ("/v1/check?account=a&foo=1", "/v1/decisions?account=a&account=b", "/v1/decisions?limit=1&limit=2"):
            with self.subTest(path=path):
                self.assert_error(self.http.get(path), 400)

    def test_health_readiness_and_metrics(self):
        self.spend("a", "11")
        self.post("{")
        self.wait_until_read()
        self.assertEqual(200, self.http.get("/healthz").status)
        ready = self.http.get("/readyz")
        self.assertEqual(200, ready.status, ready.text)
        self.assertTrue(ready.json()["ready"])
        names = {name for name, _, _ in self.http.samples()}
        self.assertLessEqual(METRIC_NAMES, names, f"missing: {METRIC_NAMES - names}")
        self.check_metric_families(self.http.get("/metrics").text)
        value_of = {name: float(value) for name, labels, value in self.http.samples() if not labels}
        self.assertLessEqual(value_of["spantoll_commit_seconds_total"], value_of["spantoll_engine_busy_seconds_total"])
        self.assertGreater(value_of["process_resident_memory_bytes"], 5_000_000)
        self.assertGreater(value_of["process_cpu_seconds_total"], 0)
        refused = {labels["reason"]: int(value) for labels, value in self.http.metric("spantoll_spans_refused_total")}
        self.assertEqual(1, refused["not_decodable"])

    def check_metric_families(self, text):
        """Every sample has its type said before it, once; counters end in _total."""
        types = {}
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split()
                self.assertNotIn(name, types)
                types[name] = kind
                self.assertEqual(kind == "counter", name.endswith("_total"), name)
            elif line and not line.startswith("#"):
                self.assertIn(line.replace("{", " ").split()[0], types)


class TokenTest(HttpTest):
    CONFIGURATION = CONFIGURATION + f"[http]\ntoken = \"{TOKEN}\"\n"

    def test_all_but_health_needs_the_token(self):
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        body = json.dumps(span(service="a"))
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"},
                        {"Authorization": f"Bearer {TOKEN}x"}):
            with self.subTest(headers=headers):
                self.assert_error(self.http.post(body, headers=headers), 401)
                self.assert_error(self.http.get("/metrics", headers), 401)
                self.assert_error(self.http.get("/v1/decisions", headers), 401)
        self.assertEqual(200, self.http.get("/healthz").status)
        self.assertIn(self.http.get("/readyz").status, (200, 503))
        self.assertEqual(202, self.http.post(body, headers=bearer).status)
        self.assertEqual(200, self.http.get("/metrics", bearer).status)


class EventStream:
    """Server-sent events of /v1/decisions."""

    def __init__(self, port, last_event_id=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=STREAM_TIMEOUT_S)
        headers = {"Accept": "text/event-stream"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        self.connection.request("GET", "/v1/decisions", headers=headers)
        self.response = self.connection.getresponse()

    def __enter__(self):
        content_type = self.response.getheader("Content-Type", "")
        if self.response.status != 200 or not content_type.startswith("text/event-stream"):
            raise RuntimeError(f"no event stream: {self.response.status} {content_type}")
        return self

    def __exit__(self, *_):
        self.connection.close()

    def next(self):
        """(id, data) of the next event; comments and other fields are passed over."""
        event = {}
        while True:
            line = self.response.readline().decode().rstrip("\r\n")
            if not line and "data" in event:
                return event["id"], json.loads(event["data"])
            name, _, value = line.partition(":")
            if name:
                event[name] = value.removeprefix(" ")


if __name__ == "__main__":
    sys.exit(main())
