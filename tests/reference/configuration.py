"""The TOML of section 8, as far as a replay of files can feel it."""

import datetime
import re
import tomllib
from dataclasses import dataclass, field
from typing import Optional

from accounts import belongs_to_strangers
from decimal_text import pico_from_decimal
from keys import key_from
from pricing import Price
from providers import split_model
from windows import CIVIL, CalendarWindow, MINUTE_MS, WEEKDAYS

UNIT_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
MONTH_NAMES = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
               "december")


def duration_ms(text):
    match = re.fullmatch(r"([0-9]+)(ms|s|m|h|d)", text)
    if match is None:
        raise SystemExit(f"not a duration: {text!r}")
    return int(match[1]) * UNIT_MS[match[2]]


@dataclass
class Limit:
    """Section 5. `panes` is set for rolling windows, `calendar` for periods; levels are indexes into `steps`."""
    order: int
    name: str
    kind: Optional[str]
    account: Optional[str]
    meter: str
    amount: int  # pico-USD for usd, else the meter's unit
    window: str
    panes: Optional[int]
    calendar: Optional[CalendarWindow]
    judge: str
    steps: list  # [(percent, action)], rising; of judge ema the one step [(100, action)]
    hysteresis: int
    ttl_ms: int
    shadow: bool
    alpha: str
    consecutive: int
    count_failed: bool = True
    where: list = field(default_factory=list)  # [(place of the dimension in the kind, text, whether it is a prefix)]
    overrides: dict = field(default_factory=dict)  # account -> amount

    def holds_for(self, account, kind):
        if self.account is not None:
            return account == self.account
        if self.kind not in ("all", kind) or belongs_to_strangers(kind, account):
            return False
        values = account.removeprefix(f"{kind}:").split(",")
        return all(values[place].startswith(text) if is_prefix else values[place] == text
                   for place, text, is_prefix in self.where)

    @property
    def counted(self):
        """What its counters are called."""
        return self.meter if self.count_failed else self.meter + "_ok"

    def amount_of(self, account):
        return self.overrides.get(account, self.amount)


@dataclass
class Configuration:
    period_windows: list
    lateness_ms: int = 10_000
    future: str = "clamp"
    future_tolerance_ms: int = 60_000
    dedup_horizon_ms: int = 3_600_000
    dedup_ids: int = 20_000_000
    oldest_ms: int = 35 * 86_400_000
    retention_ms: dict = field(default_factory=dict)  # by period name, and "decisions"
    max_per_kind: int = 250_000
    accept_credits: bool = False
    split_model: bool = True
    unknown_keys: str = "allow"
    short_lived: list = field(default_factory=list)
    kinds: dict = field(default_factory=dict)
    parents: dict = field(default_factory=dict)
    prices: list = field(default_factory=list)
    limits: list = field(default_factory=list)
    keys: list = field(default_factory=list)
    toml: dict = field(default_factory=dict)

    def is_short_lived(self, kind):
        """Sessions, end users, what is made of them, and the kinds that are configured to be."""
        return kind in self.short_lived or any(name in ("session", "end_user") for name in self.kinds.get(kind, [kind]))


def read_configuration(path):
    with open(path, "rb") as file:
        return configuration_from(tomllib.load(file))


def configuration_after(before, text):
    """What a command brings while the program runs: what cannot change then stays as it is."""
    toml = tomllib.loads(text)
    return configuration_from({**toml, **{name: before.toml[name] for name in ("time", "periods") if name in before.toml}})


def configuration_from(toml):
    time, retention, accounts = (toml.get(table, {}) for table in ("time", "retention", "accounts"))
    months = retention.get("month", "1100d")
    days = {"hour": retention.get("hour", "35d"), "day": retention.get("day", "90d"), "week": retention.get("week", "90d"),
            "month": months, "quarter": months, "year": months, "decisions": retention.get("decisions", "35d")}
    periods = toml.get("periods", ["month"])
    return Configuration(
        period_windows=[CalendarWindow(name, zone=time.get("zone", "UTC")) for name in CIVIL if name in periods],
        lateness_ms=duration_ms(time.get("lateness", "10s")),
        future=time.get("future", "clamp"),
        future_tolerance_ms=duration_ms(time.get("future_tolerance", "60s")),
        dedup_horizon_ms=duration_ms(time.get("dedup_horizon", "1h")),
        dedup_ids=time.get("dedup_ids", 20_000_000),
        oldest_ms=duration_ms(time.get("oldest", "35d")),
        retention_ms={name: duration_ms(text) for name, text in days.items()},
        max_per_kind=accounts.get("max_per_kind", 250_000),
        accept_credits=accounts.get("accept_credits", False),
        split_model=accounts.get("split_model", True),
        unknown_keys=toml.get("check", {}).get("unknown_keys", "allow"),
        short_lived=accounts.get("short_lived", []),
        kinds=accounts.get("kinds", {}),
        parents=accounts.get("parents", {}),
        prices=[price_from(table, accounts.get("split_model", True)) for table in toml.get("price", [])],
        limits=[limit_from(order, table, accounts.get("kinds", {}), time.get("zone", "UTC")) for order, table in enumerate(toml.get("limit", []))],
        keys=[key_from(table) for table in toml.get("key", [])],
        toml=toml)


def price_from(table, splits_model):
    names = {name: table[name] for name in ("provider", "model", "service", "operation", "region") if name in table}
    if splits_model:
        split_model(names)
    return Price(table["meter"], pico_from_decimal(table["usd"]), table.get("per", 1), names)


def patterns_from(where, dimensions):
    """A trailing * is a prefix, %2A the sign itself."""
    return [(dimensions.index(name), text.removesuffix("*").replace("%2A", "*"), text.endswith("*")) for name, text in where.items()]


def limit_from(order, table, kinds, zone):
    window = table["window"]
    panes, calendar = None, None
    if window.startswith("rolling "):
        panes = duration_ms(window.removeprefix("rolling ")) // MINUTE_MS
        window = "rolling " + rolling_name(panes)
    else:
        calendar = calendar_from(table, zone)
        window = window_name(calendar)
    steps = [tuple(step) for step in table.get("steps", [])]
    if table["judge"] == "ema":
        steps = [(100, table.get("action", "throttle"))]
    amount_from = pico_from_decimal if table["meter"] == "usd" else int
    kind = table.get("kind")
    return Limit(
        order=order, name=table["name"], kind=table.get("kind"), account=table.get("account"), meter=table["meter"],
        amount=amount_from(table["amount"]),
        where=patterns_from(table.get("where", {}), kinds.get(kind, [kind])),
        overrides={account: amount_from(amount) for account, amount in table.get("overrides", {}).items()},
        window=window, panes=panes, calendar=calendar, judge=table["judge"], steps=sorted(steps),
        hysteresis=table.get("hysteresis", 5), ttl_ms=duration_ms(table.get("ttl", "1h")), shadow=table.get("shadow", False),
        alpha=table.get("alpha", "1/10"), consecutive=table.get("consecutive", 3),
        count_failed=table.get("count_failed", True))


def calendar_from(table, zone):
    name = table["window"]
    if name.startswith("every "):
        anchor = table.get("anchor")
        anchor_ms = 0 if anchor is None else None if anchor == "first" else anchor_ms_from(anchor)
        return CalendarWindow("every", duration_ms(name.removeprefix("every ")), anchor_ms=anchor_ms)
    if name == "lifetime":
        return CalendarWindow(name)
    return CalendarWindow(name, zone=table.get("zone", zone), week_start=WEEKDAYS.index(table.get("week_start", "monday")),
                          year_start=table.get("year_start", 1), month_day=table.get("month_day", 1))


def anchor_ms_from(text):
    moment = datetime.datetime.fromisoformat(text)
    return (moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(milliseconds=1)


def window_name(window):
    """How decisions name it: what is not as usual stands behind the name."""
    words = [window.name]
    if window.name == "every":
        words.append(rolling_name(window.length_ms // MINUTE_MS))
        if window.anchor_ms is None:
            words.append("from first")
        elif window.anchor_ms != 0:
            moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=window.anchor_ms)
            words.append(f"from {moment.isoformat(timespec='milliseconds').removesuffix('.000')}Z")
    if window.zone != "UTC":
        words.append(window.zone)
    if window.week_start != 0:
        words.append(f"from {WEEKDAYS[window.week_start]}")
    if window.year_start != 1:
        words.append(f"from {MONTH_NAMES[window.year_start - 1]}")
    if window.month_day != 1:
        words.append(f"from day {window.month_day}")
    return " ".join(words)


def rolling_name(panes):
    """Section 6: windows are named in whole hours, `2h`, else minutes, `90m`."""
    return f"{panes // 60}h" if panes % 60 == 0 else f"{panes}m"
