"""What all input profiles share: plausible spans, JSON text that need not be tidy, and TOML tables."""

import json

from input_unknown import Unknown, json_string

START_MS = 1_740_614_400_000  # 2025-02-27T00:00:00Z
UNKNOWN_SHARE = 0.15  # of the spans


class Raw(str):
    """JSON text that is written as it stands."""


def json_text(value):
    """Like json.dumps, but a list of pairs is an object (whose members may come twice), and Raw text stays as it is."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return json_text(tuple(value.items()))
    if isinstance(value, tuple):
        return "{" + ",".join(f"{json_text(name)}:{json_text(member)}" for name, member in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(json_text(entry) for entry in value) + "]"
    return json_string(value) if isinstance(value, str) else json.dumps(value)


def toml_text(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(name, ensure_ascii=False)} = {toml_text(entry)}" for name,
                                entry in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(toml_text(entry) for entry in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def table(heading, **members):
    return [heading] + [f"{name} = {toml_text(value)}" for name, value in members.items()]


def price(meter, usd, per, **names):
    return table("[[price]]", **names, meter=meter, usd=usd, per=per)


class Profile:
    """Makes a configuration, then lines, from one source of chance."""

    services = ["api", "web", "batch", "search"]
    domains = ["mastodon.social", "Example.COM", "https://pixelfed.de/users/a", "10.0.0.7", "bücher.example"]
    models = [("openai", "large"), ("openai", "small"), ("other", "large"), ("openai", "openai/large"), (None, "OpenAI/large"),
              ("other", "openai/large"), ("az.ai.openai", "azure/small"), (None, "mine/large"), (None, "xai/"), ("x", "X/y/z")]
    teams = ["blue", "red"]

    def __init__(self, chance, contested):
        self.random = chance
        self.contested = contested
        self.clock_ms = START_MS

    def head(self, periods, time=None, retention=None, accounts=None):
        lines = [f"periods = {toml_text(periods)}"]
        for name, members in (("time", time), ("retention", retention), ("accounts", accounts)):
            lines += table(f"[{name}]", **members) if members else []
        return lines

    def jittered(self):
        """Mostly in order, some seconds late, seldom some minutes."""
        late_ms = self.random.choice([0, 0, 0, 2_000, 8_000, 8_000, 30_000]) if self.random.random() < 0.98 else 900_000
        return self.clock_ms - self.random.randint(0, late_ms)

    def span(self, time_ms, usage=0.0):
        """A good span with an identity; `usage` is the share of those that leave their cost to the price book."""
        chance = self.random
        span = {"trace_id": f"{chance.getrandbits(128):032x}", "span_id": f"{chance.getrandbits(64):016x}", "time_ms": time_ms,
                "service": chance.choice(self.services)}
        if chance.random() < 0.6:
            span["domain"] = chance.choice(self.domains)
        if chance.random() < 0.5:
            provider, span["model"] = chance.choice(self.models)
            span |= {} if provider is None else {"provider": provider}
        if chance.random() < 0.3:
            span["session"] = self.session()
        if chance.random() < 0.1:
            span["end_user"] = chance.choice(["ann", "bob", "c/d", ""])
        if chance.random() < 0.3:
            span["team"] = chance.choice(self.teams)
        if chance.random() < 0.3:
            span |= {"ingress_bytes": chance.randint(1, 5_000), "egress_bytes": chance.randint(1, 90_000)}
        if chance.random() < 0.5:
            span |= {"duration_us": chance.randint(1, 9_000_000), "status": chance.choice(["unset", "ok", "ok", "error"])}
        if chance.random() < 0.05:
            span |= {"operation": "GET /api/v1/items/1234", "activity": "Create", "region": "eu-west-1", "direction": "inbound",
                     "http_status": 200, "error_type": "none", "service_tier": "batch",
                     "attributes": [{"key": "a", "value": "b"}], "request_id": "r"}
        if chance.random() < max(usage, 0.1):
            span["usage"] = [{"meter": chance.choice(["input_tokens", "output_tokens", "gpu_ms"]),
                              "quantity": chance.randint(1, 2_000)} for _ in range(chance.randint(1, 3))]
        if chance.random() >= usage:
            span |= self.cost()
        return span

    def session(self):
        """Four at a time, for twenty minutes each; now and then an old one comes again."""
        number = self.clock_ms // 1_200_000 - (self.random.choice([1, 2, 80]) if self.random.random() < 0.1 else 0)
        return f"run-{number}-{self.random.randint(1, 4)}"

    def cost(self):
        """0 to 20 USD, most below one, in one of the ways to say it."""
        pico = int(self.random.choice([1, 1, 1, 20]) * 10**12 * self.random.random() ** 3)
        text = f"{pico // 10**12}.{pico % 10**12:012d}"
        return self.random.choice([{"cost_pico_usd": pico}, {"cost_usd": text}, {"cost_usd": Raw(text)}, {"cost_amount": text},
                                   {"cost_usd": Raw(f"{pico}e-12")}, {"cost_usd": str(pico // 10**12), "cost_currency": "usd"}])

    def line(self, value):
        """A record; some of its spans among members that nobody knows, and in another order."""
        elements = [self.among_unknown(entry) for entry in value] if isinstance(value, list) else self.among_unknown(value)
        return json_text(elements).encode(errors="surrogateescape")

    def among_unknown(self, value):
        if not isinstance(value, (dict, tuple)) or self.random.random() >= UNKNOWN_SHARE:
            return value
        pairs = list(value.items() if isinstance(value, dict) else value)
        if isinstance(value, dict):
            self.random.shuffle(pairs)  # of equal members, which a tuple may hold, the last counts
        for name, member in Unknown(self.random).members():
            pairs.insert(self.random.randint(0, len(pairs)), (Raw(name), Raw(member)))
        return tuple(pairs)
