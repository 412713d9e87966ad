"""The ledger (docs/semantics.md#time): accounts, periods, dedup memory, the watermark and its closings."""

from dataclasses import dataclass, field

import configure
from accounts import belongs_to_strangers
from configuration import configuration_after
from decimal_text import usd_text
from duplicates import DuplicateMemory
from grants import Grants
from limits import Standing
from pricing import PriceBook
from windows import FAR_MS, MINUTE_MS, MeterPanes

DAY_PANES = 1440


@dataclass
class PeriodRow:
    """FEDCOST: what an account was charged in one period."""
    account: str
    period: str
    end_ms: int
    expires_ms: int
    request_count: int = 0
    error_count: int = 0
    ingress_bytes: int = 0
    egress_bytes: int = 0
    usage: dict = field(default_factory=dict)
    cost: int = 0
    late_count: int = 0
    unpriced_count: int = 0
    first_ms: int = FAR_MS
    last_ms: int = 0

    def charge(self, span, charge, late):
        self.request_count += span.is_request
        self.error_count += span.is_error
        self.ingress_bytes += span.ingress_bytes
        self.egress_bytes += span.egress_bytes
        for meter, quantity in charge.usage.items():
            self.usage[meter] = self.usage.get(meter, 0) + quantity
        self.cost += charge.cost
        self.late_count += late
        self.unpriced_count += charge.unpriced
        self.first_ms = min(self.first_ms, span.time_ms)
        self.last_ms = max(self.last_ms, span.time_ms)

    def add(self, more):
        for name in ("request_count", "error_count", "ingress_bytes", "egress_bytes", "cost", "late_count", "unpriced_count"):
            setattr(self, name, getattr(self, name) + getattr(more, name))
        for meter, quantity in more.usage.items():
            self.usage[meter] = self.usage.get(meter, 0) + quantity
        self.first_ms = min(self.first_ms, more.first_ms)
        self.last_ms = max(self.last_ms, more.last_ms)

    def record(self):
        return {"request_count": self.request_count, "error_count": self.error_count, "ingress_bytes": self.ingress_bytes,
                "egress_bytes": self.egress_bytes, "usage": dict(sorted(self.usage.items())), "cost_pico_usd": str(self.cost),
                "cost_usd": usd_text(self.cost), "late_count": self.late_count, "unpriced_count": self.unpriced_count,
                "first_ms": self.first_ms, "last_ms": self.last_ms}


@dataclass
class Charge:
    """What one accepted span puts on each of its accounts."""
    cost: int
    usage: dict
    unpriced: bool
    span: object

    def of(self, meter):
        """`<meter>_ok` is what did not fail. No usage meter of the input is called so."""
        if meter.endswith("_ok"):
            return 0 if self.span.failed else self.of(meter.removesuffix("_ok"))
        if meter == "usd":
            return self.cost
        if meter == "requests":
            return int(self.span.is_request)
        if meter == "tokens":
            return self.usage.get("input_tokens", 0) + self.usage.get("output_tokens", 0)
        if meter in ("ingress_bytes", "egress_bytes"):
            return getattr(self.span, meter)
        return self.usage.get(meter, 0)


class Account:
    """What is in memory for one account."""

    def __init__(self, name, kind, configuration, grants):
        self.name = name
        self.kind = kind
        self.is_short_lived = configuration.is_short_lived(kind)
        self.meters = {}
        self.ask(configuration.limits)
        self.standings = [Standing(limit, name, self.counter_of(limit), grants.amount_of(limit, name))
                          for limit in configuration.limits if limit.holds_for(name, kind)]
        self.former = {}  # name -> Standing, of a limit that is gone but has a row
        self.period_end_ms = 0  # of the configured period that ends last, where it keeps the account in memory
        self.charged = False  # since the last closing
        self.deadline_ms = 0

    def ask(self, limits):
        """Rolling counters are those that the limits judge, and the 24 h of usd that each lasting account has."""
        asked = {} if self.is_short_lived else {"usd": {DAY_PANES: {"1/10"}}}
        for limit in limits:
            if limit.panes is not None and limit.holds_for(self.name, self.kind):
                alphas = asked.setdefault(limit.counted, {}).setdefault(limit.panes, set())
                alphas |= {limit.alpha} if limit.judge == "ema" else set()
        self.meters = {meter: self.meters.get(meter) or MeterPanes() for meter in asked}
        for meter, windows in asked.items():
            self.meters[meter].ask(windows)

    def counter_of(self, limit):
        return None if limit.panes is None else self.meters[limit.counted].counters[limit.panes]

    def all_standings(self):
        return [*self.standings, *self.former.values()]

    def counts(self, charge):
        """Whether a charge is more to it than a record: money, or what one of its limits counts; of a short-lived one the latter."""
        own = [] if self.is_short_lived else ["usd"]
        return any(charge.of(meter) for meter in own + [standing.limit.counted for standing in self.standings])

    def has_spent(self, open_rows):
        was_counted = any(counter.was_charged for panes in self.meters.values() for counter in panes.counters.values())
        return (was_counted or any(standing.number or standing.streak for standing in self.all_standings())
                or (not self.is_short_lived and any(row.cost for row in open_rows.values()))
                or any(window.total for standing in self.standings for window in standing.windows.values()))

    def charge(self, charge, pane, first_open, cause):
        self.charged = True
        for meter, panes in self.meters.items():
            panes.charge(pane, charge.of(meter), first_open)
        decisions = []
        for standing in self.standings:
            if charge.span.failed and not standing.limit.count_failed:
                continue
            found = standing.judge_charge(charge.of(standing.limit.counted), charge.span.time_ms, first_open * MINUTE_MS, cause)
            decisions += [(standing, decision) for decision in found]
        return decisions

    def close(self, pane, retention_ms):
        end_ms = (pane + 1) * MINUTE_MS
        for panes in self.meters.values():
            panes.close(pane)
        decisions = []
        for standing in self.standings:
            decisions += [(standing, decision) for decision in standing.judge_closing(end_ms)]
        for standing in self.all_standings():
            standing.forget_row(end_ms, retention_ms)
        self.charged = False
        deadlines = [self.period_end_ms] + [ms for standing in self.all_standings() for ms in standing.deadlines(retention_ms)]
        self.deadline_ms = min((ms for ms in deadlines if ms > end_ms), default=FAR_MS)
        return decisions

    def is_active(self):
        """Closings change it. Otherwise only its deadline can."""
        return (self.charged or any(not panes.is_settled() for panes in self.meters.values())
                or any(not standing.is_settled() for standing in self.standings))

    def leaves_memory(self, first_open_ms):
        """Section 3: without a nonzero pane, EMA, open period or ENFORCE row. What a limit has open is not a configured period."""
        if any(panes.has_panes() for panes in self.meters.values()):
            return False
        if any(ema is not None for panes in self.meters.values() for c in panes.counters.values() for ema in c.emas.values()):
            return False
        if self.period_end_ms > first_open_ms or any(standing.windows for standing in self.standings):
            return False
        return not any(standing.number for standing in self.all_standings())

    def verify(self, first_open):
        for panes in self.meters.values():
            panes.verify(first_open)


class Ledger:
    def __init__(self, configuration, accounts, prices, verify=False):
        self.configuration = configuration
        self.account_book = accounts
        self.prices = prices
        self.verify = verify
        self.periods = [(window.name, window) for window in configuration.period_windows]
        self.accounts = {}
        self.places = {}  # kind -> accounts in memory, without ~other and ~invalid
        self.rows = {}  # (account, period key) -> PeriodRow
        self.next_row_expiry_ms = FAR_MS
        self.grants = Grants(configuration)
        self.duplicates = DuplicateMemory(configuration.dedup_horizon_ms, configuration.dedup_ids)
        self.watermark_ms = None
        self.largest_ms = None
        self.first_open = None  # C
        self.decisions = []

    def is_duplicate(self, span):
        return span.identity is not None and span.identity in self.duplicates

    def accept(self, span, cause):
        """Advances W and closes panes, then charges, then judges. Says whether the span was late."""
        self.largest_ms = span.time_ms if self.largest_ms is None else max(self.largest_ms, span.time_ms)
        self.advance(self.largest_ms - self.configuration.lateness_ms)
        if span.identity is not None:
            self.duplicates.remember(span.identity, span.time_ms, self.watermark_ms)
        pane = span.time_ms // MINUTE_MS
        late = pane < self.first_open
        charge = self.charge_of(span)
        decisions = []
        admit = lambda kind, name, charged: self.admit(kind, name, charge, charged)
        for name in self.account_book.accounts_of(span, admit):
            account = self.accounts[name]
            self.charge_periods(account, charge, late)
            decisions += account.charge(charge, pane, self.first_open, cause)
        self.tell(decisions)
        return late

    def charge_of(self, span):
        if not span.usage_is_charged:
            return Charge(0, {}, False, span)
        if span.cost is not None:
            return Charge(span.cost, span.usage, False, span)
        cost, unpriced = self.prices.cost_of(span)
        return Charge(cost, span.usage, unpriced, span)

    def admit(self, kind, name, charge, charged):
        """The account that takes the charge: itself, or ~other over the cap, where it spends nothing or everybody has."""
        if name in self.accounts:
            return name
        if not belongs_to_strangers(kind, name):
            newcomer = Account(name, kind, self.configuration, self.grants)
            if self.places.get(kind, 0) >= self.configuration.max_per_kind and not (
                    newcomer.counts(charge) and self.make_room(kind, charged)):
                return self.add(kind, f"{kind}:~other")
            self.places[kind] = self.places.get(kind, 0) + 1
        return self.add(kind, name)

    def add(self, kind, name):
        if name not in self.accounts:
            self.accounts[name] = Account(name, kind, self.configuration, self.grants)  # the newest is the last one
        return name

    def make_room(self, kind, charged):
        """The newest account that has spent nothing gives way, none of those that the same span charges."""
        for account in reversed(list(self.accounts.values())):
            if (account.kind == kind and not belongs_to_strangers(kind, account.name) and account.name not in charged
                    and not account.has_spent(self.open_rows(account.name))):
                self.give_way(account)
                return True
        return False

    def open_rows(self, name):
        now_ms = (self.first_open or 0) * MINUTE_MS
        return {key: row for key, row in self.rows.items() if key[0] == name and row.end_ms > now_ms}

    def give_way(self, account):
        """What it counted in open periods goes to ~other; a short-lived one has them no more than one that left."""
        other = self.accounts[self.add(account.kind, f"{account.kind}:~other")]
        for key, row in ({} if account.is_short_lived else self.open_rows(account.name)).items():
            moved = self.rows.setdefault((other.name, key[1]), PeriodRow(other.name, key[1], row.end_ms, row.expires_ms))
            moved.add(row)
            other.period_end_ms = max(other.period_end_ms, row.end_ms)
            del self.rows[key]
        other.deadline_ms = 0  # to be worked out anew
        self.leave(account)

    def charge_periods(self, account, charge, late):
        time_ms = charge.span.time_ms
        for name, period in self.periods:
            key = (account.name, period.key(time_ms))
            if key not in self.rows:
                end = period.bounds(time_ms)[1]
                self.rows[key] = PeriodRow(account.name, key[1], end, end + self.configuration.retention_ms[name])
                self.next_row_expiry_ms = min(self.next_row_expiry_ms, self.rows[key].expires_ms)
            self.rows[key].charge(charge.span, charge, late)
            if not account.is_short_lived:
                account.period_end_ms = max(account.period_end_ms, self.rows[key].end_ms)

    # The watermark and its closings.

    def advance(self, watermark_ms):
        if self.watermark_ms is not None and watermark_ms <= self.watermark_ms:
            return  # it never goes back
        self.watermark_ms = watermark_ms
        first_open = watermark_ms // MINUTE_MS
        if self.first_open is None:
            self.first_open = first_open
        while self.first_open < first_open:
            self.skip_what_changes_nothing(first_open)
            if self.first_open < first_open:
                self.close(self.first_open)
        self.duplicates.forget_closed(self.first_open)
        self.forget_rows()

    def skip_what_changes_nothing(self, first_open):
        """With no account active, the next closing that can matter is the first whose end reaches a deadline."""
        if self.verify or any(account.is_active() for account in self.accounts.values()):
            return
        deadline_ms = min((account.deadline_ms for account in self.accounts.values()), default=FAR_MS)
        next_closing = -(-deadline_ms // MINUTE_MS) - 1
        if self.grants.next_closing() is not None:
            next_closing = min(next_closing, self.grants.next_closing())
        self.first_open = max(self.first_open, min(first_open, next_closing))

    def close(self, pane):
        decisions = []
        self.first_open = pane + 1
        end_ms = self.first_open * MINUTE_MS
        retention_ms = self.configuration.retention_ms["decisions"]
        touched = []
        for account in list(self.accounts.values()):
            if not account.is_active() and end_ms < account.deadline_ms and not self.verify:
                continue
            decisions += account.close(pane, retention_ms)
            if self.verify:
                account.verify(self.first_open)
            touched.append(account)
        self.tell(decisions)
        if self.grants.end_at(end_ms):
            self.follow_amounts(end_ms)
        for account in touched:
            if account.leaves_memory(end_ms):
                self.leave(account)

    # Commands.

    def apply_command(self, command):
        """A configuration, a grant, the end of one, a reset, or a key: acts from the next record on."""
        now_ms = command["at_ms"] // MINUTE_MS * MINUTE_MS if self.first_open is None else self.first_open * MINUTE_MS
        body = command["body"]
        if command["what"] == "config":
            configure.follow(self, configuration_after(self.configuration, body["toml"]), now_ms)
            self.prices = PriceBook(self.configuration.prices)
            return
        if command["what"] in ("key", "key_removed"):
            self.account_book.keys.apply(command["what"], body)
            return
        if command["what"] == "reset":
            self.reset(body, now_ms)
            return
        if command["what"] == "grant":
            changed = self.grants.give(command["number"], body, command["at_ms"], now_ms)
        else:
            changed = self.grants.end(body["grant"])
        if changed:
            self.follow_amounts(now_ms)

    def reset(self, body, now_ms):
        decisions = []
        for account in self.accounts.values():
            for standing in account.standings:
                if standing.limit.name == body["limit"] and body["account"] in ("*", account.name) and standing.limit.panes is None:
                    has_counted, told = standing.reset(now_ms)
                    decisions += [(standing, decision) for decision in told]
                    account.deadline_ms = 0 if has_counted else account.deadline_ms
        self.tell(decisions)

    def follow_amounts(self, effective_ms):
        """Whose effective amount is another one is judged anew."""
        decisions = []
        for account in self.accounts.values():
            for standing in account.standings:
                amount = self.grants.amount_of(standing.limit, account.name)
                if amount != standing.amount:
                    decisions += [(standing, decision) for decision in standing.judge_anew(amount, effective_ms)]
                    account.deadline_ms = 0  # to be worked out anew
        self.tell(decisions)

    def leave(self, account):
        del self.accounts[account.name]
        if not belongs_to_strangers(account.kind, account.name):
            self.places[account.kind] -= 1

    def forget_rows(self):
        """Nothing reads rows between closings, so that the ends of retention may wait for the last one."""
        now_ms = self.first_open * MINUTE_MS
        if now_ms >= self.next_row_expiry_ms:
            self.rows = {key: row for key, row in self.rows.items() if row.expires_ms > now_ms}
            self.next_row_expiry_ms = min((row.expires_ms for row in self.rows.values()), default=FAR_MS)

    def tell(self, decisions):
        """Those of one span or of one closing, by (limit in order of configuration, account bytes)."""
        decisions.sort(key=lambda entry: (entry[0].limit.order, entry[0].account.encode()))
        for standing, decision in decisions:
            owner = self.account_book.keys.owner_of(standing.account)
            self.decisions.append(decision | ({"owner": owner} if owner else {}))
