"""Every reason of a refusal that JSON can produce, odd JSON that is good, and spans with several faults at once."""

from input_spans import Profile, Raw, price, table

DAY = 86_400_000

BAD_COST_TEXTS = ["", "abc", "+1", ".5", "1.", "01", "0x10", "NaN", "Infinity", " 1", "1 ", "1e", "1e+", "--1", "1,5", "1_000",
                  "-", "-abc", "１", "1.5.2", "1\ud83d", "\udcff1"]
GOOD_COST_TEXTS = ["0", "-0", "1e0", "1E2", "1e-12", "5e-13", "15e-13", "25e-13", "0.0000000000005", "0.0000000000015000001",
                   "-0.0000000000005", "-1e-13", "1e-400", "0e99999999999", "123.456789012345678", "1000000", "1e6",
                   "1000000.0000000000005",
                   "0.1", "2.50", "1e-99999999999999999999", "100e-2"]
NEGATIVE_COST_TEXTS = ["-1", "-1e-12", "-6e-13", "-0.0000000000015", "-1e400", "-1e6"]
LARGE_COST_TEXTS = ["1000000.000000000001", "1000000.00000000000051", "1e7", "1e400", "1e99999999999999999999"]

# Members laid over a good span, each with the one reason it is refused for.
FAULTS = [
    ("time_missing", [{"time_ms": 0}, {"time_ms": None}, {"time_ms": Raw("-0")}]),
    ("time_not_ms", [{"time_ms": 1_740_614_400}, {"time_ms": 1_740_614_400_000_000}, {"time_ms": 1_740_614_400_000_000_000},
                     {"time_ms": 10**12}, {"time_ms": 10**13}, {"time_ms": -5}, {"time_ms": 2**63 - 1}, {"time_ms": -(2**63)}]),
    ("future", [{"time_ms": 1_812_000_000_000}, {"time_ms": 9_999_999_999_999}]),
    ("cost_negative", [{"cost_pico_usd": -1}, {"cost_pico_usd": -(2**63)}]
     + [{"cost_usd": value} for text in NEGATIVE_COST_TEXTS for value in (text, Raw(text))]),
    ("cost_not_a_number", [{"cost_usd": text} for text in BAD_COST_TEXTS] + [{"cost_amount": "x"}]),
    ("cost_too_large", [{"cost_pico_usd": 10**18 + 1}, {"cost_pico_usd": 2**63 - 1},
                        {"usage": [{"meter": "input_tokens", "quantity": 10**15}]}]
     + [{"cost_usd": value} for text in LARGE_COST_TEXTS for value in (text, Raw(text))]),
    ("currency_unknown", [{"cost_usd": "1", "cost_currency": "EUR"}, {"cost_pico_usd": 0, "cost_currency": "usdollar"},
                          {"cost_amount": Raw("1"), "cost_currency": "\u0000"},
                          {"cost_usd": "1", "cost_currency": "USD\ud83d"}, {"cost_usd": "1", "cost_currency": "\udcff"}]),
    ("quantity_invalid", [{"ingress_bytes": -1}, {"egress_bytes": 2**64}, {"egress_bytes": Raw("1.5")},
                          {"ingress_bytes": Raw("1e30")},
                          {"usage": [{"meter": "m", "quantity": -1}]}, {"usage": [{"meter": "m", "quantity": Raw("0.5")}]},
                          {"usage": [{"meter": "m", "quantity": 1}, {"meter": "n", "quantity": 2**64}]},
                          {"usage": [{"meter": "x" * 257, "quantity": 1}]}, {"usage": [{"meter": "a\u0007", "quantity": 1}]},
                          {"usage": [{"meter": "a\ude00", "quantity": 1}]}, {"usage": [{"meter": "\udc80", "quantity": 1}]}]
     + [{"usage": [{"meter": meter, "quantity": 1}]}
        for meter in ("usd", "requests", "tokens", "duration_ms", "ingress_bytes", "egress_bytes")]),
    ("not_decodable", [{"status": "ok\ud83d"}, {"direction": "\udcff"}, {"trace_id": "\ud83d"}, {"span_id": "0123456789abcde\udcff"},
                       {"time_ms": "1740614400000"}, {"time_ms": True}, {"time_ms": 2**63}, {"time_ms": Raw("1740614400000.5")},
                       {"time_ms": [1]}, {"timestamp": "x"}, {"service": 1}, {"domain": ["a"]}, {"user": {}}, {"team": False},
                       {"sequence": -1}, {"sequence": 2**32}, {"sequence": Raw("0.5")}, {"sequence": "1"},
                       {"trace_id": "ab" * 15 + "a"}, {"trace_id": "zz" * 16}, {"span_id": "ab" * 9}, {"span_id": 7},
                       {"trace_id": " " + "ab" * 16}, {"status": 7}, {"status": []}, {"direction": True}, {"is_credit": 1},
                       {"is_streaming": "true"}, {"has_usage_data": 0}, {"is_final_chunk": {}}, {"cost_pico_usd": "5"},
                       {"cost_pico_usd": Raw("1.5")}, {"cost_pico_usd": 2**63}, {"cost_usd": True}, {"cost_usd": [1]},
                       {"cost_currency": 1, "cost_usd": "1"}, {"usage": {}}, {"usage": [1]},
                       {"usage": [{"meter": 1, "quantity": 1}]},
                       {"usage": [{"meter": "m", "quantity": "1"}]}, {"ingress_bytes": "1"}, {"egress_bytes": False},
                       {"duration_us": "1"}, {"attributes": "a"}, {"attributes": [5]}, {"request_id": 5}, {"session": 5},
                       {"end_user": []}, {"http_status": -1}, {"http_status": 65_536}, {"http_status": Raw("1.5")}, {"http_status": "200"},
                       {"error_type": 5}, {"service_tier": True}])]
CONTESTED_FAULTS = [
    {"status": "OK"}, {"status": "maybe"}, {"status": 1}, {"direction": "sideways"}, {"duration_us": -1},
    {"duration_us": Raw("2.5")},
    {"time_ms": 0, "timestamp": 1_740_614_400_000}, {"attributes": [{"key": "a", "value": 1}]}, {"usage": [{"quantity": 1}]},
    {"usage": [{"meter": "", "quantity": 1}]}, {"usage": [None]}, {"usage": [{"meter": "zero", "quantity": 0}]},
    {"usage": [{"meter": "m", "quantity": 2**64 - 1}, {"meter": "m", "quantity": 1}]}, {"ingress_bytes": Raw("1.0")},
    {"ingress_bytes": Raw("1e3")}, {"sequence": Raw("10e-1")}, {"cost_usd": "1", "cost_amount": "abc"},
    {"cost_usd": "1", "cost_amount": []},
    {"usage": [{"meter": "input_tokens", "quantity": 10**15}, {"meter": "usd", "quantity": 1}]}]

WHOLE_RECORDS = [b"{", b"}", b"[", b"[]", b" [ ] ", b"null", b"true", b"12", b'"text"', b"hello", b"{'a':1}", b'{"a":1,}',
                 b"[1,]", b'{"a":NaN}', b'{"a":1} x', b'{"a":1}{"a":1}', b'{"a":01}', b'{"a":.5}', b'{"a":+1}', b'{"a":1.}',
                 b'{"a":"\t"}', b'{"a":"\\x"}',
                 b'{"a" 1}', b"{a:1}", b"\xef\xbb\xbf{}", b'{"a":tru}', b"<span/>", b"\x00", b"{} //", b'{"a":Infinity}']
BROKEN_TEXTS = [b'{"service":"\xff","time_ms":1740614400000}', b'{"service":"\\ud800","time_ms":1740614400000}',
                b'{"service":"a","time_ms":1740614400000,"attributes":[{"key":"\xe2\x82","value":"\\udc00"}]}',
                b'[{"service":"a","time_ms":1740614400000},{"team":"\\ud83d","time_ms":1740614400000},{"user":"\xc0\xaf"}]',
                b'\xef\xbb\xbf{"service":"a","time_ms":1740614400000}', b'{"service\xff":"a","time_ms":1740614400000}']
BROKEN_RECORDS = [b'{"service":"a","time_ms":1740614400000}\xff', b'{"service":"a",\xff"time_ms":1740614400000}',
                  b'{"service":"\xff","x":"\\q"}', b'{"service":"\\ud800","x":"\\u12"}', b'{"service":"\xff"',
                  b"\xef\xbb\xbf\xef\xbb\xbf{}", b'\xff\xfe{\x00}\x00', b"\x1f\x8b\x08\x00"]
CONTESTED_RECORDS = [b'{"resourceSpans":[]}', b"[" * 2000 + b"]" * 2000]


class RefusalsProfile(Profile):
    """About half of the lines hold something that is refused."""

    def configuration(self):
        self.credits = self.random.random() < 0.5
        yield from self.head(periods=["day", "month"], time={"oldest": self.random.choice(["35d", "6h"])},
                             retention={"hour": "40d"}, accounts={"accept_credits": self.credits})
        yield from price("input_tokens", "2", 1_000)
        yield from table("[[limit]]", name="day", kind="service", meter="usd", amount="900000", window="rolling 24h",
                         judge="total",
                         steps=[[80, "warn"], [100, "block"]])

    def lines(self, spans):
        yield self.line(self.span(self.clock_ms))
        for number in range(1, spans):
            self.clock_ms += int(self.random.expovariate(1 / 30_000))
            kind = self.random.random()
            if number == spans // 3:
                yield b"[" + b",".join([b"{}"] * 10_001) + b"]"
            elif number == spans // 2:
                yield self.line({"service": "x" * (4 * 1024 * 1024)})
            elif kind < 0.05:
                yield self.random.choice([b"", b"  ", b"\t", b" \r", b"\xef\xbb\xbf", b"\xef\xbb\xbf \r"])
            elif kind < 0.15:
                yield self.random.choice(WHOLE_RECORDS + BROKEN_TEXTS + BROKEN_RECORDS + CONTESTED_RECORDS * self.contested)
            elif kind < 0.35:
                yield self.line([self.element() for _ in range(self.random.randint(1, 6))])
            else:
                yield self.line(self.element())

    def element(self):
        chance = self.random
        kind = chance.random()
        good = self.span(self.jittered())
        if kind < 0.35:
            return good
        if kind < 0.45:
            return self.odd(good)
        if kind < 0.50:
            return chance.choice([1, None, "x", [], [good], True, {}])
        if kind < 0.53:
            return {"time_ms": good["time_ms"], "cost_usd": "1"} | chance.choice([{}, {"service": ""}, {"service": None}])
        if kind < 0.57:
            return good | {"time_ms": self.clock_ms - chance.randint(0, 80 * DAY)}
        if kind < 0.62:
            return self.credit(good)
        if kind < 0.70:
            return good | self.fault() | self.fault()
        if self.contested and kind < 0.75:
            return good | chance.choice(CONTESTED_FAULTS)
        return good | self.fault()

    def fault(self):
        """A fault of the cost stands alone: of several costs the first would count."""
        reason, choices = self.random.choice(FAULTS)
        fault = self.random.choice(choices)
        costs = {name: None for name in ("cost_pico_usd", "cost_usd", "cost_amount", "cost_currency")}
        return costs | fault if reason.startswith(("cost", "currency")) else fault

    def credit(self, span):
        for name in ("cost_pico_usd", "cost_usd", "cost_amount", "usage", "ingress_bytes", "egress_bytes"):
            span.pop(name, None)
        cost = self.random.choice([{"cost_usd": "-5"}, {"cost_usd": "5"}, {"cost_pico_usd": -(10**18)},
        {"cost_pico_usd": -(10**18) - 1}, {},
                                   {"cost_usd": None}, {"cost_usd": "x"}, {"cost_usd": "-1e400"}])
        return span | cost | {"is_credit": True}

    def odd(self, span):
        """Good spans that are written oddly."""
        chance = self.random
        text = chance.choice(GOOD_COST_TEXTS)
        span = {name: value for name, value in span.items() if not name.startswith("cost")}
        pairs = tuple(span.items())
        return chance.choice([
            span | {"cost_usd": text}, span | {"cost_usd": Raw(text)},
            span | {"cost_pico_usd": None, "cost_usd": None, "cost_amount": text},
            span | {"cost_usd": "1", "cost_currency": "UsD"}, span | {"cost_currency": "EUR"},
            span | {"cost_usd": "1", "cost_currency": ""},
            (("time_ms", "bad"), ("service", 7), ("cost_usd", "x")) + pairs + (("cost_usd", "2"),),
            (("service", 7), ("is_credit", True)) + pairs + (("is_credit", False), ("unknown", Raw('{"a":[1,{"b":null}]}'))),
            tuple(("timestamp" if name == "time_ms" else name, value) for name, value in pairs),
            span | {"domain": None, "usage": None, "status": None, "trace_id": None, "attributes": None, "sequence": None},
            span | {"usage": [], "attributes": [], "domain": "", "span_id": "", "status": "", "direction": ""},
            span | {"usage": [{"meter": "m", "quantity": 3, "more": 1}, {"meter": "m", "quantity": 4}],
                    "has_usage_data": False},
            span | {"service": Raw('"\\u0061p\\ud83d\\ude80\\/i"'), "Service": 5},
            span | {"has_usage_data": None, "is_streaming": None}])
