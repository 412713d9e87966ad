#!/usr/bin/env python3
"""Random but seeded inputs that stress what spans mean: JSON lines and a configuration for them.

    generate_input.py --seed S --spans N --profile P --out FILE.jsonl --out-config FILE.toml [--contested]

`--contested` adds inputs that docs/semantics.md decides one of two ways (README.md lists them); without it a difference
between two programs is a fault of one of them.
"""

import argparse
import datetime
import json
import random
import sys
import tomllib

from input_names import NamesProfile
from input_refusals import RefusalsProfile
from input_spans import Profile, Raw, price, table

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
MINUTES_OF = {"hour": 60, "day": 1440, "week": 10_080, "month": 43_200, "quarter": 129_600, "year": 525_600, "lifetime": 525_600}
# With summer time north and south, with days that begin at 01:00, leave out a day, and move by half an hour.
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Sydney", "America/Sao_Paulo", "Pacific/Apia", "Australia/Lord_Howe",
         "Asia/Kathmandu", "Africa/Casablanca", "America/St_Johns", "UTC"]
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def window_details(chance, window):
    """Keys that say more of a window, in about half of the cases."""
    if window.startswith("rolling") or window == "lifetime" or chance.random() < 0.5:
        return {}
    if window.startswith("every"):
        return {"anchor": chance.choice(["first", "first", "2025-02-27T00:10:30.250Z", "2031-01-01T08:00:00+05:45",
                                         "1969-07-20T20:17:40Z"])}
    details = {"zone": chance.choice(ZONES)} if chance.random() < 0.8 else {}
    if window == "week":
        details["week_start"] = chance.choice(WEEKDAYS)
    if window == "month":
        details["month_day"] = chance.randint(1, 28)
    if window in ("quarter", "year"):
        details["year_start"] = chance.randint(1, 12)
    return details


class BasicProfile(Profile):
    """A few accounts over three days, one limit of each judge."""

    def configuration(self):
        yield from self.head(periods=["hour", "day", "month"])
        yield from price("input_tokens", "30", 1_000_000, provider="openai")
        yield from price("output_tokens", "60.5", 1_000_000, **self.random.choice([{"provider": "openai", "model": "large"},
                                                                                  {"model": "OpenAI/large"}]))
        yield from price("duration_ms", "0.0000166667", 3, service="api")
        yield from table("[[limit]]", name="service-total", kind="service", meter="usd", amount="400", window="rolling 24h",
                         judge="total", steps=[[80, "warn"], [95, "throttle"], [100, "block"]])
        yield from table("[[limit]]", name="domain-day", kind="domain", meter="requests", amount=900, window="day",
                         judge="total", steps=[[50, "warn"], [100, "block"]])
        yield from table("[[limit]]", name="model-ema", kind="model", meter="usd", amount="300", window="rolling 24h",
                         judge="ema", alpha="1/10", consecutive=3, action="throttle")

    def lines(self, spans):
        step_ms = 3 * DAY // spans
        for _ in range(spans):
            self.clock_ms += int(self.random.expovariate(1 / step_ms))
            yield self.line(self.span(self.jittered(), usage=0.3))


class LimitsProfile(Profile):
    """Many limits of every window; bursts and silences, so that levels rise, are kept, and fall."""

    def configuration(self):
        lines = list(self.first_configuration())
        toml = tomllib.loads("\n".join(lines))
        self.tables = toml["limit"]
        # What a command may leave out: the rest of a configuration but its limits.
        self.rest = [line for name in ("accounts", "check") if name in toml for line in table(f"[{name}]", **toml[name])]
        self.rest += [line for name in ("price", "key") for one in toml.get(name, []) for line in table(f"[[{name}]]", **one)]
        return lines

    def another_configuration(self):
        self.tables = self.changed_limits(self.tables)
        self.limits = list(self.tables)
        return self.policy()

    def policy(self):
        return "\n".join(self.rest + [line for one in self.tables for line in table("[[limit]]", **one)]) + "\n"

    def first_configuration(self):
        self.credits = self.random.random() < 0.5
        self.limits = []
        # Some parents that keys may close to a circle with.
        parents = self.random.choice([{}, {"team:red": ["customer:x"]},
                                      {"virtual_key:k1": ["team:red"], "team:red": ["customer:x"], "customer:x": ["virtual_key:k2"]}])
        yield from self.head(periods=["hour", "week", "month"],
                             time={"lateness": self.random.choice(["0s", "10s", "10s", "90s"]),
                                   "zone": self.random.choice(["UTC", *ZONES])},
                             accounts={"accept_credits": self.credits,
                                       "kinds": {"peer_model": ["domain", "model"], "team_session": ["team", "session"],
                                                 "key_model": ["virtual_key", "model"]},
                                       **({"parents": parents} if parents else {}),
                                       "split_model": self.random.random() < 0.8,
                                       "short_lived": self.random.choice([[], ["team"], ["domain", "model"]])})
        yield from table("[check]", unknown_keys=self.random.choice(["allow", "refuse"]))
        yield from price("input_tokens", "12.5", 1_000)
        for number in range(self.random.randint(18, 26)):
            yield from self.limit(number)
        for name, ids in (("k0", ["id0", "id1"]), ("k3", ["a%2Fb"])):
            if self.random.random() < 0.5:
                yield from table("[[key]]", **self.key(name) | {"ids": ids})

    def key(self, name):
        """Its parents are above no other key."""
        return {"name": name, "active": self.random.random() < 0.8,
                "parents": self.random.sample(["team:blue", "user:u", "customer:y"], self.random.randint(0, 2)),
                **self.random.choice([{}, {"owner": "oncall"}, {"owner": "somebody else"}])}

    def key_command(self):
        """At times one that cannot stand beside the others."""
        name = self.random.choice(["k0", "k1", "k2", "k3", "id2"])
        if self.random.random() < 0.2:
            return "key_removed", {"name": name}
        more = self.random.choice([[], [], ["team:red"], ["virtual_key:k2"], ["virtual_key:id1"], ["key_model:k1,large"]])
        return "key", self.key(name) | {"ids": self.random.sample(["id0", "id1", "id2", "id3", "a%2Fb", "k3"], self.random.randint(0, 2)),
                                        "expires": self.random.choice([None, "2025-02-27T06:00:00Z"])} | (
                                            {"parents": more} if more else {})

    def limit(self, number):
        choose = self.random.choice
        window = choose(["rolling 24h", "rolling 90m", "rolling 2h", "rolling 5m", "rolling 1m", "hour", "day", "week", "month",
                         "every 5h", "every 90m", "every 5h", "every 90m", "quarter", "year", "lifetime"])
        rolling = window.startswith("rolling")
        meter = choose(["usd", "usd", "usd", "requests", "tokens", "ingress_bytes", "input_tokens", "gpu_ms"])
        minutes = MINUTES_OF.get(window) or {"rolling 24h": 1440, "rolling 90m": 90, "rolling 2h": 120, "rolling 5m": 5,
                                             "rolling 1m": 1, "every 5h": 300, "every 90m": 90}[window]
        typical = {"usd": 1.2, "requests": 0.6, "tokens": 250, "ingress_bytes": 350, "input_tokens": 120, "gpu_ms": 30}[meter]
        amount = int(typical * min(minutes, 3000) * self.random.uniform(0.2, 2.5)) + 1
        if self.random.random() < 0.1 and (meter != "usd" or self.contested or not self.credits):
            amount = 0
        who = choose([{"kind": "service"}, {"kind": "domain"}, {"kind": "all"}, {"kind": "global"}, {"account": "service:api"},
                      {"account": "global"}, {"kind": "team"}, {"kind": "peer_model"}, {"kind": "session"}, {"kind": "team_session"},
                      {"account": "session:~other"}, {"kind": "virtual_key"}, {"kind": "key_model"}, {"account": "virtual_key:k1"}])
        who |= self.chosen(who.get("kind"), meter, amount)
        if self.random.random() < 0.25:
            who["count_failed"] = False
        limit = {"name": f"limit-{number}", **who, "meter": meter, "amount": str(amount) if meter == "usd" else amount,
                 "window": window, **window_details(self.random, window), "shadow": self.random.random() < 0.15}
        self.limits.append(limit)
        if rolling:
            limit["ttl"] = choose(["10m", "1h", "3m", "45s", "1h"])
        if rolling and self.random.random() < 0.4:
            return table("[[limit]]", **limit, judge="ema", alpha=choose(["1/10", "1/3", "2/3", "1/1", "7/100"]),
                         consecutive=choose([1, 2, 3, 5]), action=choose(["warn", "throttle", "block", "quarantine"]))
        steps = choose([[[80, "warn"], [95, "throttle"], [100, "block"]], [[100, "block"]],
        [[50, "throttle"], [100, "quarantine"]],
                        [[10, "warn"], [40, "throttle"], [70, "block"], [150, "quarantine"]], [[3, "warn"], [60, "block"]]])
        return table("[[limit]]", **limit, judge="total", steps=steps, hysteresis=choose([5, 5, 0, 20]))

    def chosen(self, kind, meter, amount):
        """At times only some accounts of the kind, and other amounts for some."""
        values = {"service": ["a*", "web", "*", "zzz*"], "domain": ["mastodon.social", "10.*", "xn--*", "m*"],
                  "team": ["blue", "r*"], "model": ["large", "s*"]}
        dimensions = {"peer_model": ["domain", "model"]}.get(kind, [kind])
        more = {}
        if dimensions[0] in values and self.random.random() < 0.4:
            some = self.random.sample(dimensions, self.random.randint(1, len(dimensions)))
            more["where"] = {name: self.random.choice(values[name]) for name in some}
        accounts = {"service": ["service:api", "service:web", "service:search"], "domain": ["mastodon.social", "10.0.0.7"],
                    "team": ["team:red"], "peer_model": ["peer_model:mastodon.social,large", "peer_model:example.com,small"],
                    "global": ["global"], "all": ["global", "service:batch", "model:large", "example.com"]}.get(kind, [])
        if accounts and self.random.random() < 0.4:
            some = self.random.sample(accounts, self.random.randint(1, len(accounts)))
            more["overrides"] = {account: self.other_amount(meter, amount) for account in some}
        return more

    def changed_limits(self, tables):
        """The [[limit]] tables of a new configuration: some as they were, some changed, some gone, some new, at times in another order."""
        chance = self.random
        changed = []
        for table in tables:
            table = dict(table)
            what = chance.random()
            if what < 0.08:
                continue
            if what < 0.3:
                table["amount"] = self.other_amount(table["meter"], float(table["amount"]))
            elif what < 0.38 and table["judge"] == "total":
                table["steps"] = chance.choice([[[100, "block"]], [[50, "throttle"], [100, "quarantine"]], [[3, "warn"], [60, "block"]],
                                                [[100, "throttle"]], [[80, "warn"], [95, "throttle"], [100, "block"]]])
            elif what < 0.38:
                table["action"] = chance.choice(["warn", "throttle", "block", "quarantine"])
            elif what < 0.46:
                table["shadow"] = not table["shadow"]
            elif what < 0.5 and table["judge"] == "ema":
                table["alpha"] = chance.choice(["1/10", "1/3", "1/1"])
            elif what < 0.54:
                table["count_failed"] = not table.get("count_failed", True)
            elif what < 0.58 and "ttl" in table:
                table["ttl"] = chance.choice(["10m", "1h", "45s"])
            elif what < 0.62 and "kind" in table and "where" not in table:
                table |= self.chosen(table["kind"], table["meter"], float(table["amount"]))
            changed.append(table)
        for _ in range(chance.randint(0, 2)):
            number = chance.randrange(40)
            if all(table["name"] != f"limit-{number}" for table in changed):
                added = "\n".join(self.limit(number)[1:])
                changed.append(tomllib.loads(added))
        if chance.random() < 0.2:
            chance.shuffle(changed)
        return changed

    def other_amount(self, meter, amount):
        other = int(amount * self.random.choice([0.1, 0.5, 2, 7])) + (0 if self.random.random() < 0.1 and not self.credits else 1)
        return str(other) if meter == "usd" else other

    def commands(self, clocks_ms):
        """Grants, their ends, resets, keys and configurations at random offsets; a few for accounts that the limit does not hold for."""
        yield {"number": 1, "at_ms": clocks_ms[0], "by": "file", "what": "config", "body": {"toml": self.policy()}, "before": {"file/0": 0},
               "result": "applied"}
        offsets = sorted(self.random.randrange(len(clocks_ms) + 5) for _ in range(40))
        for number, offset in enumerate(offsets, 2):
            at_ms = clocks_ms[min(offset, len(clocks_ms) - 1)] + self.random.randrange(-2 * HOUR, 2 * HOUR)
            limit = self.random.choice(self.limits)
            if self.random.random() < 0.1:
                what, body = "config", {"toml": self.another_configuration()}
            elif self.random.random() < 0.3:
                what, body = self.key_command()
            elif self.random.random() < 0.3 and not limit["window"].startswith("rolling"):
                what, body = "reset", {"limit": limit["name"], "account": self.account_for(limit)}
            elif number > 4 and self.random.random() < 0.25:
                what, body = "grant_end", {"grant": self.random.randrange(2, number)}
            else:
                what, body = "grant", self.grant(limit, at_ms)
            yield {"number": number, "at_ms": at_ms, "by": "test", "what": what, "body": body, "before": {"file/0": offset},
                   "result": "applied"}

    def account_for(self, limit):
        accounts = {"service": ["service:api", "service:web"], "domain": ["mastodon.social", "10.0.0.7"], "team": ["team:red"],
                    "global": ["global"], "all": ["global", "service:batch", "model:large"]}.get(limit.get("kind"), [])
        return self.random.choice([limit.get("account", "*"), *accounts, "team:blue"])

    def grant(self, limit, at_ms):
        # Below 0, as credits make it, is contested beside an amount of 0.
        may_lower = limit["meter"] != "usd" or self.contested or not self.credits
        shares = [-0.8, -0.3, 0.2, 1, 3] if may_lower else [0.2, 1, 3]
        amount = int(float(limit["amount"]) * self.random.choice(shares)) or 1
        ends = ["removed", datetime.datetime.fromtimestamp((at_ms + self.random.randrange(3 * HOUR, 2 * DAY)) / 1000,
                                                           datetime.timezone.utc).isoformat(timespec="milliseconds")]
        if not limit["window"].startswith(("rolling", "lifetime")) and limit.get("anchor") != "first":
            ends += ["window", f"windows:{self.random.randint(1, 4)}"]
        return {"limit": limit["name"], "account": self.account_for(limit), "amount": str(amount) if limit["meter"] == "usd" else amount,
                "until": self.random.choice(ends), "note": ""}

    def lines(self, spans):
        pace_ms = 20_000
        for _ in range(spans):
            if self.random.random() < 0.003:
                pace_ms = self.random.choice([2_000, 10_000, 20_000, 60_000])
            if self.random.random() < 0.001:
                self.clock_ms += self.random.choice([10 * MINUTE, 2 * HOUR, 7 * HOUR])
            self.clock_ms += int(self.random.expovariate(1 / pace_ms))
            span = self.span(self.jittered(), usage=0.3)
            if self.random.random() < 0.4:
                span["virtual_key"] = self.random.choice(["k0", "k1", "k2", "k3", "id0", "id1", "id2", "id3", "a/b"])
            if self.credits and self.random.random() < 0.03:
                span = self.credit(span)
            yield self.line(span)

    def credit(self, span):
        """Without usage and bytes: whether those of a credit count is not what is tested here."""
        for name in ("usage", "ingress_bytes", "egress_bytes"):
            span.pop(name, None)
        return span | {"cost_usd": str(-self.random.randint(1, 60)), "is_credit": True}


class LateProfile(Profile):
    """Late and very late spans, jumps of hours, days and months, and the turns of the calendar."""

    # Just before: ISO week 53, a leap day, the end of February, a quarter, ISO week 1 in December, a month, a quarter.
    turns = [1_609_286_400_000, 1_709_078_400_000, 1_740_700_000_000, 1_743_460_000_000, 1_766_966_000_000, 1_769_900_000_000,
             1_774_997_000_000]

    def configuration(self):
        small = self.random.random() < 0.5
        yield from self.head(periods=["hour", "day", "week", "month", "quarter", "year"],
                             time={"oldest": "3d" if small else "35d", "zone": self.random.choice(["UTC", "UTC", *ZONES])},
                             retention={"hour": "3d" if small else "35d", "day": "40d", "week": "60d", "month": "400d",
                                        "decisions": self.random.choice(["35d", "2d"])})
        for window in ("rolling 24h", "rolling 2h", "hour", "day", "week", "month", "quarter", "year", "every 5h", "lifetime"):
            yield from table("[[limit]]", name=window.replace(" ", "-"), kind=self.random.choice(["service", "domain", "all"]),
                             meter="usd", amount=str(MINUTES_OF.get(window, 120) // 20 + 3), window=window,
                             **window_details(self.random, window), judge="total",
                             steps=[[60, "warn"], [100, "block"]])
        yield from table("[[limit]]", name="ema", kind="all", meter="usd", amount="40", window="rolling 24h", judge="ema")

    def lines(self, spans):
        turns = list(self.turns)
        self.clock_ms = turns.pop(0)
        for number in range(spans):
            if turns and number * (len(self.turns) + 1) > spans * (len(self.turns) - len(turns) + 1):
                self.clock_ms = max(self.clock_ms, turns.pop(0))
            if self.random.random() < 0.002:
                self.clock_ms += self.random.choice([HOUR, 5 * HOUR, DAY, 9 * DAY])
            self.clock_ms += int(self.random.expovariate(1 / 60_000))
            yield self.line(self.span(self.clock_ms - self.lateness_ms()))

    def lateness_ms(self):
        kind = self.random.random()
        if kind < 0.6:
            return int(self.random.expovariate(1 / 3_000))
        reach = 5 * MINUTE if kind < 0.8 else 2 * HOUR if kind < 0.9 else 25 * HOUR if kind < 0.96 else 40 * DAY
        return self.random.randint(0, reach)


class DedupProfile(Profile):
    """Identities that come again, at all distances, and parts of streams."""

    def configuration(self):
        self.remembered = self.random.choice([40, 150, 1_000_000])
        yield from self.head(periods=["hour", "month"], time={"dedup_horizon": self.random.choice(["5m", "20m", "1h"]),
                                                              "dedup_ids": self.remembered})
        yield from price("output_tokens", "2", 1_000)
        yield from table("[[limit]]", name="hour", kind="all", meter="usd", amount="90", window="rolling 1h", judge="total",
                         steps=[[80, "warn"], [100, "block"]])

    def lines(self, spans):
        sent = []
        for _ in range(spans):
            self.clock_ms += int(self.random.expovariate(1 / 10_000))
            if sent and self.random.random() < 0.35:
                again = dict(self.random.choice(sent[-self.random.choice([3, 30, 120, 600]):]))
                change = self.random.random()
                if change < 0.15:
                    again["sequence"] = again.get("sequence", 0) + 1
                elif change < 0.25:
                    again["is_final_chunk"] = not again.get("is_final_chunk", False)
                elif change < 0.4:
                    again |= {"time_ms": self.clock_ms, "cost_usd": Raw("7")}
                elif change < 0.45:
                    again["trace_id"] = again["trace_id"].upper()
                elif change < 0.5:
                    again["time_ms"] = 0  # refused, though its identity is remembered
                yield self.line(again)
                continue
            span = self.span(self.jittered(), usage=0.4)
            if self.random.random() < 0.4:
                span |= {"is_streaming": True, "is_final_chunk": self.random.random() < 0.3,
                         "sequence": self.random.randint(0, 3)}
                span |= self.random.choice([{}, {"has_usage_data": True}, {"has_usage_data": False}, {"has_usage_data": None}])
                if not self.contested and span.get("has_usage_data") is False:
                    span = {name: value for name, value in span.items() if not name.endswith("gress_bytes")}
            span |= self.random.choice([{}] * 12 + [{"trace_id": ""}, {"span_id": None},
                                                    {"trace_id": "0" * 32, "span_id": "0" * 16}])
            if "trace_id" in span:
                sent.append(span)
            yield self.line(span)


PROFILES = {"basic": BasicProfile, "limits": LimitsProfile, "late": LateProfile, "refusals": RefusalsProfile,
            "names": NamesProfile, "dedup": DedupProfile}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--spans", type=int, required=True)
    parser.add_argument("--profile", choices=sorted(PROFILES), required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--out-config", required=True)
    parser.add_argument("--out-commands", help="grants, resets, keys and configurations at random offsets, of the profile limits")
    parser.add_argument("--contested", action="store_true")
    arguments = parser.parse_args()
    profile = PROFILES[arguments.profile](random.Random(f"{arguments.profile} {arguments.seed}"), arguments.contested)
    with open(arguments.out_config, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(line + "\n" for line in profile.configuration())
    clocks_ms = []  # by offset
    with open(arguments.out, "wb") as file:
        for line in profile.lines(arguments.spans):
            file.write(line + b"\n")
            clocks_ms.append(profile.clock_ms)
    if arguments.out_commands:
        with open(arguments.out_commands, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(json.dumps(command) + "\n" for command in profile.commands(clocks_ms))
    return 0


if __name__ == "__main__":
    sys.exit(main())
