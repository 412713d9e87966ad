"""Grants (docs/commands.md#grants): what commands add to the amounts of limits, and until when."""

import datetime
from dataclasses import dataclass
from typing import Optional

from accounts import kind_of
from decimal_text import pico_from_decimal, usd_text
from windows import MINUTE_MS


@dataclass
class Grant:
    number: int
    limit: object
    account: str  # "*": every account
    amount: int
    since_ms: int
    until_ms: Optional[int]
    note: str

    def row(self):
        amount = usd_text(self.amount) if self.limit.meter == "usd" else self.amount
        return {"number": self.number, "amount": amount, "since_ms": self.since_ms, "until_ms": self.until_ms, "note": self.note}


def until_of(text, limit, now_ms):
    """The end of a grant in ms, None for `removed`."""
    if text == "removed":
        return None
    if text.startswith("window"):
        end_ms = now_ms
        for _ in range(int(text.partition(":")[2] or 1)):
            end_ms = limit.calendar.bounds(end_ms)[1]
        return end_ms
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return int(moment.timestamp() * 1000)


class Grants:
    """Those that act, by number."""

    def __init__(self, configuration):
        self.configuration = configuration
        self.all = {}

    def amount_of(self, limit, account):
        """The effective amount."""
        added = sum(grant.amount for grant in self.all.values() if grant.limit is limit and grant.account in ("*", account))
        return max(0, limit.amount_of(account) + added)

    def give(self, number, body, at_ms, effective_ms):
        """Says whether it was given."""
        limit = next((limit for limit in self.configuration.limits if limit.name == body["limit"]), None)
        if limit is None:
            return False
        account, now_ms = body["account"], max(at_ms, effective_ms)
        if account != "*" and not limit.holds_for(account, kind_of(account)):
            return False
        until_ms = until_of(body["until"], limit, now_ms)
        if until_ms is not None and until_ms <= now_ms:
            return False
        amount = pico_from_decimal(body["amount"]) if limit.meter == "usd" else body["amount"]
        self.all[number] = Grant(number, limit, account, amount, effective_ms, until_ms, body.get("note", ""))
        return True

    def follow(self, configuration, goes_on_as):
        """A grant ends with its limit. `goes_on_as` has the limit of the new configuration by the id of the old one, or None."""
        self.configuration = configuration
        for grant in self.all.values():
            grant.limit = goes_on_as[id(grant.limit)]
        self.all = {number: grant for number, grant in self.all.items() if grant.limit is not None}

    def end(self, number):
        return self.all.pop(number, None) is not None

    def end_at(self, closing_ms):
        """Says whether any ended."""
        ended = [number for number, grant in self.all.items() if grant.until_ms is not None and grant.until_ms <= closing_ms]
        for number in ended:
            del self.all[number]
        return bool(ended)

    def next_closing(self):
        """The pane whose closing ends the first of them, None where none ends."""
        ends = [grant.until_ms for grant in self.all.values() if grant.until_ms is not None]
        return (min(ends) - 1) // MINUTE_MS if ends else None

    def rows(self):
        return {f"GRANT#{grant.account}/{grant.limit.name}/{grant.number}": grant.row() for grant in self.all.values()}
