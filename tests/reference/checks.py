"""Checks (docs/checks.md): may somebody spend now? Answered from the model's state, and compared with a processor's answers."""

import http.client
import json
import random
from types import SimpleNamespace

from accounts import account_text, belongs_to_strangers, kind_of
from decimal_text import usd_text
from providers import split_model
from windows import FAR_MS, MINUTE_MS

BLOCKING = ("block", "quarantine")
EXCEEDED = {"usd": "budget_exceeded", "requests": "requests_exceeded", "tokens": "tokens_exceeded",
            "input_tokens": "tokens_exceeded", "output_tokens": "tokens_exceeded"}


class Checks:
    def __init__(self, ledger):
        self.ledger = ledger
        self.configuration = ledger.configuration
        self.beyond = []

    def accounts_of(self, texts):
        """What a span with these dimensions would be charged to."""
        self.beyond = []
        return self.ledger.account_book.accounts_of(SimpleNamespace(texts=texts), self.admit)

    def admit(self, kind, name, _charged):
        places, most = self.ledger.places.get(kind, 0), self.configuration.max_per_kind
        if name in self.ledger.accounts or belongs_to_strangers(kind, name) or places < most:
            return name
        idle = any(account.kind == kind and not belongs_to_strangers(kind, account.name)
                   and not account.has_spent(self.ledger.open_rows(account.name)) for account in self.ledger.accounts.values())
        if not idle:
            self.beyond.append(name)
        return name if idle else f"{kind}:~other"

    def check(self, query, now_ms):
        """What the processor must answer: allowed, accounts, reasons, retry_after_ms."""
        texts = {name: text for name, text in query.items() if name != "estimate"}
        if self.configuration.split_model:
            split_model(texts)
        estimate = query.get("estimate")
        accounts = self.accounts_of(texts)
        reasons = self.judge_key(texts, now_ms)
        for limit in self.configuration.limits:
            for account in sorted((name for name in accounts if limit.holds_for(name, kind_of(name))), key=str.encode):
                reason = self.judge(limit, account, (texts, estimate), now_ms)
                if reason and not limit.shadow:
                    reasons.append(reason)
        refusing = [reason for reason in reasons if reason["reason"] != "throttled"]
        waits = [reason["retry_after_ms"] for reason in refusing]
        return {"allowed": not refusing, "accounts": accounts, "reasons": reasons, "reason": self.first(reasons, refusing),
                "retry_after_ms": None if not waits or None in waits else max(waits)}

    def first(self, reasons, refusing):
        names = {reason["reason"] for reason in refusing}
        told = refusing or reasons
        if {"requests_exceeded", "tokens_exceeded"} <= names and "budget_exceeded" not in names and told[0]["limit"]:
            return "rate_limited"
        return told[0]["reason"] if told else None

    def judge_key(self, texts, now_ms):
        """A reason that no limit has, in a list; empty where the key may spend."""
        if not texts.get("virtual_key"):
            return []
        account = account_text("virtual_key", [("virtual_key", texts["virtual_key"])], self.ledger.account_book.keys)
        key = self.ledger.account_book.keys.all.get(account.removeprefix("virtual_key:"))
        if key is None:
            reason = "key_unknown" if self.configuration.unknown_keys == "refuse" else None
        elif not key.active:
            reason = "key_inactive"
        else:
            reason = "key_expired" if key.expires_ms is not None and key.expires_ms <= now_ms else None
        return [{"reason": reason, "limit": None, "account": account, "retry_after_ms": None}] if reason else []

    def usd_of(self, texts, estimate):
        if estimate is None:
            return 0
        if "usd" in estimate:
            return pico(estimate["usd"])
        usage = {meter: quantity for meter, quantity in estimate.items() if meter not in ("requests", "ingress_bytes", "egress_bytes")}
        span = SimpleNamespace(texts=texts, usage=usage, is_request=False, duration_us=0,
                               ingress_bytes=estimate.get("ingress_bytes", 0), egress_bytes=estimate.get("egress_bytes", 0))
        without = self.ledger.prices.cost_of(span)[0]
        span.is_request = True
        return without + estimate.get("requests", 0) * (self.ledger.prices.cost_of(span)[0] - without)

    def spares(self, texts, estimate):
        """Limits on usd refuse nothing that is free."""
        if estimate is not None and pico(estimate.get("usd", "0")) > 0:
            return False
        meters = [name for name in estimate or {} if name not in ("usd", "requests", "ingress_bytes", "egress_bytes")]
        if not meters:
            fitting = [price for price in self.ledger.prices.prices
                       if all(texts.get(name) == price.names.get(name, texts.get(name)) for name in ("provider", "model"))]
            return bool(fitting) and all(price.pico_usd == 0 for price in fitting)
        found = [self.ledger.prices.price_for(SimpleNamespace(texts=texts), meter) for meter in meters]
        return all(price and price.pico_usd == 0 for price in found) and self.usd_of(texts, estimate) == 0

    def judge(self, limit, account, asked, now_ms):
        """A reason, or None."""
        texts, estimate = asked
        known = self.ledger.accounts.get(account)
        standing = next((each for each in known.standings if each.limit is limit), None) if known else None
        level, until_ms = "none", None
        if standing is not None and standing.level >= 0:
            until_ms = standing.told_valid_until_ms
            level = standing.level if until_ms is None or until_ms > now_ms else -1
            for window in standing.windows.values():  # one that began meanwhile holds its own
                if window.start <= now_ms < window.end and window.level >= max(level, 0):
                    level, until_ms = window.level, window.told_end()
            level = standing.action(level)
        amount = self.ledger.grants.amount_of(limit, account)
        blocking = next((percent * amount // 100 for percent, action in limit.steps if action in BLOCKING), None)
        used, end_ms = self.counted(limit, standing, known, now_ms)
        wanted = self.wanted(limit.meter, estimate, self.usd_of(texts, estimate))
        passes = limit.judge == "total" and estimate is not None and blocking is not None and used + wanted > blocking
        refuses = (passes or level in BLOCKING) and not (limit.meter == "usd" and self.spares(texts, estimate))
        if refuses:
            reason = EXCEEDED.get(limit.meter, "usage_exceeded")
        elif level == "throttle":
            reason = "throttled"
        else:
            return None
        if level in BLOCKING or not passes:
            again_ms = until_ms
        else:
            again_ms = end_ms if limit.panes is None else (now_ms // MINUTE_MS + 1) * MINUTE_MS
        if again_ms is None or again_ms == FAR_MS or (passes and wanted > blocking):
            again_ms = None
        told = {"reason": reason, "limit": limit.name, "account": account, "level": level, "window": limit.window,
                "retry_after_ms": None if again_ms is None else again_ms - now_ms}
        is_total = limit.judge == "total"
        numbers = {"used": used if is_total else None, "amount": amount,
                   "remaining": max(0, blocking - used) if is_total and blocking is not None else None}
        for name, number in numbers.items():
            if limit.meter == "usd":
                told[name + "_usd"] = None if number is None else usd_text(number)
            else:
                told[name] = number
        return told

    def counted(self, limit, standing, known, now_ms):
        """(total, end) of the window that holds now; the end None where nobody knows it."""
        if limit.judge == "ema":
            return 0, None
        if limit.panes is not None:
            holds = known is not None and known.meters[limit.counted].last > now_ms // MINUTE_MS - limit.panes
            return (standing.counter.live if holds else 0), None
        calendar = limit.calendar if limit.calendar.anchor_ms is not None else standing and standing.calendar
        if not calendar or (limit.calendar.anchor_ms is None and not standing.windows):
            return 0, None
        start, end = calendar.bounds(now_ms)
        window = standing.windows.get(start) if standing is not None else None
        return (window.counted if window else 0), end

    def wanted(self, meter, estimate, usd):
        if estimate is None:
            return 0
        if meter == "usd":
            return usd
        if meter == "tokens":
            return estimate.get("input_tokens", 0) + estimate.get("output_tokens", 0)
        return estimate.get(meter, 0)


def pico(text):
    whole, _, fraction = text.partition(".")
    return int(whole) * 10**12 + int(fraction.ljust(12, "0") or 0)


def random_query(checks, chance):
    """Somebody that is known, mostly, and an amount about what is left of one of the limits."""
    known = [account for account in checks.ledger.accounts.values() if "~" not in account.name and "%" not in account.name]
    query = {}
    for account in chance.sample(known, min(len(known), 3)):
        dimensions = checks.configuration.kinds.get(account.kind, [] if account.kind == "global" else [account.kind])
        values = account.name.removeprefix(f"{account.kind}:").split(",")
        query |= dict(zip(dimensions, values))
    if not query or chance.random() < 0.05:
        query[chance.choice(["team", "virtual_key"])] = "nobody-has-heard-of"
    if chance.random() < 0.2:
        return query
    estimate = {}
    for account in checks.accounts_of(query):
        standings = checks.ledger.accounts[account].standings if account in checks.ledger.accounts else []
        for standing in chance.sample(standings, min(len(standings), 1)):
            total = checks.counted(standing.limit, standing, checks.ledger.accounts[account], checks.ledger.watermark_ms)[0]
            blocking = next((percent * standing.amount // 100 for percent, action in standing.limit.steps if action in BLOCKING), 0)
            left = max(0, blocking - total + chance.choice([-1, 0, 0, 1, 1]))
            meter = "input_tokens" if standing.limit.meter == "tokens" else standing.limit.meter
            estimate[meter] = usd_text(left) if meter == "usd" else left
    return query | {"estimate": estimate}


COMPARED = ("allowed", "reason", "retry_after_ms", "accounts")


def differences(checks, port, seed, count):
    """Lines, one for each query that is answered in another way. The processor's clock says what now is."""
    chance = random.Random(seed)
    queries = [random_query(checks, chance) for _ in range(count)]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    answered = refused = 0
    for query in queries:
        connection.request("POST", "/v1/check", json.dumps({"checks": [query]}), {"Content-Type": "application/json"})
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            yield f"{query}: {response.status} {body.decode()}"
            continue
        answer = json.loads(body)
        now_ms = checks.ledger.watermark_ms + max(0, answer["lag_ms"])
        got, wanted = answer["results"][0], checks.check(query, now_ms)
        reasons = [reason for reason in got["reasons"] if reason["reason"] not in ("overflow", "stale", "cold")]
        expected = {name: wanted[name] for name in COMPARED}
        found = {name: got[name] for name in COMPARED}
        expected["reasons"] = wanted["reasons"]
        found["reasons"] = [{name: reason[name] for name in known if name in reason} for reason, known in zip(reasons, wanted["reasons"])]
        found["reasons"] += reasons[len(wanted["reasons"]):]
        answered += 1
        refused += not wanted["allowed"]
        if found != expected:
            yield f"{query} at {now_ms}:\n  got      {found}\n  expected {expected}"
    print(f"{answered} checks compared, {refused} of them refused")
    if answered == 0:
        yield "nothing was answered"
