"""Limits and decisions (docs/semantics.md#limits): the standing of one account under one limit."""

from dataclasses import dataclass

import xxhash

from decimal_text import divide_toward_zero, usd_text
from windows import EMA_SCALE, FAR_MS

NONE = -1  # the level below the first step


@dataclass
class Window:
    """A calendar window that is not ended and that was charged."""
    start: int
    end: int
    total: int = 0
    base: int = 0  # what it was when a command reset the limit
    level: int = NONE

    @property
    def counted(self):
        return self.total - self.base

    def told_start(self):
        """None where it has no end, which has no begin that matters."""
        return None if self.end == FAR_MS else self.start

    def told_end(self):
        return None if self.end == FAR_MS else self.end


class Standing:
    """Level, lease, streak and numbers of (limit, account), and its open calendar windows."""

    def __init__(self, limit, account, counter, amount):
        self.limit = limit
        self.account = account
        self.amount = amount  # the effective one
        self.counter = counter  # RollingCounter, None for calendar windows
        self.calendar = None  # the limit's, with the account's own anchor, from the first charge on
        self.level = NONE
        self.since_ms = None
        self.number = 0
        self.streak = 0
        self.valid_until_ms = None  # as renewed
        self.told_valid_until_ms = None  # as last emitted
        self.told_ms = None  # effective_ms of the last decision
        self.windows = {}  # start -> Window
        self.told_window = None  # the window that gave valid_until_ms

    # Rules that are the same for every limit.

    def action(self, level):
        return "none" if level == NONE else self.limit.steps[level][1]

    def is_lease(self, level):
        return self.limit.panes is not None and level != NONE and self.action(level) != "warn"

    def highest_step(self, total, slack, at_most):
        """The highest step not above `at_most` with 100*total >= (percent - slack)*amount."""
        reached = [level for level, (percent, _) in enumerate(self.limit.steps)
                   if level <= at_most and 100 * total >= (percent - slack) * self.amount]
        return max(reached, default=NONE)

    def level_at_charge(self, total):
        """Amount 0: any charge reaches every step."""
        top = len(self.limit.steps) - 1
        return top if self.amount == 0 else self.highest_step(total, 0, top)

    def decide(self, level, reason, effective_ms, observed, window=None, valid_until_ms=None, cause=None, previous=None):
        """Moves to `level` and tells it. `window` is the calendar window it is about; `previous` the action before, where the steps
        were others."""
        if previous is None:
            changes, previous = level != self.level, self.action(self.level)
        else:
            changes = self.action(level) != previous
        self.level = level
        if changes:
            self.since_ms = effective_ms
        if self.is_lease(level):
            valid_until_ms = effective_ms + self.limit.ttl_ms
        self.valid_until_ms = self.told_valid_until_ms = valid_until_ms
        self.told_ms = effective_ms
        self.number += 1
        limit, number = self.limit, self.number
        identity = "\0".join((limit.name, self.account, str(effective_ms), str(number)))
        decision = {"id": xxhash.xxh3_128_hexdigest(identity.encode()), "number": number, "effective_ms": effective_ms,
                    "account": self.account, "limit": limit.name, "action": "release" if level == NONE else self.action(level),
                    "previous": previous, "reason": reason, "meter": limit.meter, "window": limit.window,
                    "window_start_ms": window.told_start() if window else None}
        if limit.meter == "usd":
            decision |= {"observed_usd": usd_text(observed), "amount_usd": usd_text(self.amount),
                         "observed_pico_usd": str(observed), "amount_pico_usd": str(self.amount)}
        else:
            decision |= {"observed": observed, "amount": self.amount}
        return decision | {"valid_until_ms": valid_until_ms,
                           "ttl_ms": None if valid_until_ms is None else valid_until_ms - effective_ms,
                           "cause": cause, "shadow": limit.shadow}

    def renew(self, end_ms, observed, reason):
        """A lease moves to the closing's end + ttl; that is told when half of ttl has passed since the last telling."""
        if not self.is_lease(self.level):
            return []
        self.valid_until_ms = end_ms + self.limit.ttl_ms
        if 2 * (end_ms - self.told_ms) < self.limit.ttl_ms:
            return []
        return [self.decide(self.level, reason, end_ms, observed)]

    # At a charge: levels only rise.

    def judge_charge(self, amount, time_ms, first_open_ms, cause):
        """After the account was charged `amount` of the meter by a span of `time_ms`. `first_open_ms` is C in milliseconds."""
        if self.limit.judge == "ema":
            return []
        if self.limit.panes is not None:
            level = self.level_at_charge(self.counter.live)
            if level <= self.level:
                return []
            return [self.decide(level, "total_reached", time_ms, self.counter.live, cause=cause)]
        self.calendar = self.calendar or self.limit.calendar.anchored_at(time_ms)
        start, end = self.calendar.bounds(time_ms)
        if end <= first_open_ms:
            return []  # ended windows are never judged
        window = self.windows.setdefault(start, Window(start, end))
        window.total += amount
        window.level = max(window.level, self.level_at_charge(window.counted))
        if window.level <= self.level:
            return []
        self.told_window = window
        return [self.decide(window.level, "total_reached", time_ms, window.counted, window, window.told_end(), cause)]

    # At a closing: renewals and releases.

    def judge_closing(self, end_ms):
        """`end_ms` is the end of the closed pane m; totals are those with C = m+1."""
        if self.limit.judge == "ema":
            return self.close_ema(end_ms)
        if self.limit.panes is not None:
            return self.close_rolling(end_ms)
        return self.close_calendar(end_ms)

    def close_ema(self, end_ms):
        ema = self.counter.emas[self.limit.alpha] or 0
        observed = divide_toward_zero(ema, EMA_SCALE)
        amount = self.amount * EMA_SCALE
        if ema > amount:
            self.streak = min(self.streak + 1, self.limit.consecutive)
            if self.level != NONE:
                return self.renew(end_ms, observed, "ema_renewed")
            if self.streak < self.limit.consecutive:
                return []
            return [self.decide(0, "ema_above", end_ms, observed)]
        self.streak = 0
        if self.level != NONE and 100 * ema <= 90 * amount:
            return [self.decide(NONE, "ema_cleared", end_ms, observed)]
        if self.is_lease(self.level) and end_ms >= self.valid_until_ms:
            return [self.decide(NONE, "ttl_expired", end_ms, observed)]
        return []

    def close_rolling(self, end_ms):
        if self.level == NONE:
            return []
        total = self.counter.live
        level = NONE if total == 0 else self.highest_step(total, self.limit.hysteresis, self.level)
        if level < self.level:
            return [self.decide(level, "total_fell", end_ms, total)]
        return self.renew(end_ms, total, "total_renewed")

    def close_calendar(self, end_ms):
        decisions = []
        for window in [window for window in self.windows.values() if window.end <= end_ms]:
            del self.windows[window.start]
            decisions += self.tell_change("period_ended", end_ms, window, self.told_window is window)
        if self.amount != 0:
            for window in self.windows.values():
                level = self.highest_step(window.counted, self.limit.hysteresis, window.level)
                if level < window.level:
                    window.level = level
                    decisions += self.tell_change("total_fell", end_ms, window, False)
        return decisions

    def tell_change(self, reason, end_ms, window, giver_ended):
        """`window` ended or fell. Told only if that changes the level, or if it gave valid_until_ms and others go on."""
        level = max((open_window.level for open_window in self.windows.values()), default=NONE)
        if level == self.level and not (giver_ended and level != NONE):
            return []
        holders = [open_window for open_window in self.windows.values() if open_window.level == level and level != NONE]
        self.told_window = max(holders, key=lambda holder: holder.end, default=None)
        return [self.decide(level, reason, end_ms, window.counted, window, self.told_window and self.told_window.told_end())]

    # At a command: another amount, or the limit as a new configuration has it.

    def judge_anew(self, amount, effective_ms):
        return [] if amount == self.amount else self.go_on(self.limit, self.counter, amount, effective_ms)

    def go_on(self, limit, counter, amount, effective_ms):
        """By another amount and other steps, hysteresis aside. Told only if the action changes, or the shadow of a level in force;
        else the lease stays."""
        before, has_other_amount = self.action(self.level), amount != self.amount
        is_other, is_told = has_other_amount or limit.steps != self.limit.steps, limit.shadow != self.limit.shadow
        self.limit, self.counter, self.amount = limit, counter, amount
        if limit.panes is None:
            return self.windows_go_on(before, is_other, is_told, effective_ms)
        if limit.judge == "ema":
            ema = counter.emas[limit.alpha] or 0
            observed = divide_toward_zero(ema, EMA_SCALE)
            level = NONE if has_other_amount and ema <= amount * EMA_SCALE else self.level
        else:
            observed = counter.live
            level = self.level_anew(observed) if is_other else self.level
        if self.action(level) == before and not (is_told and level != NONE):
            self.level = level
            return []
        return [self.decide(level, "limit_changed", effective_ms, observed, previous=before)]

    def windows_go_on(self, before, is_other, is_told, effective_ms):
        held = self.newest_at(self.level)
        if is_other:
            for window in self.windows.values():
                window.level = self.level_anew(window.counted)
        level = max((window.level for window in self.windows.values()), default=NONE)
        if self.action(level) == before and not (is_told and level != NONE):
            self.level = level
            return []
        holders = [window for window in self.windows.values() if window.level == level and level != NONE]
        about = min(holders, key=lambda holder: holder.start) if holders else held
        self.told_window = max(holders, key=lambda holder: holder.end, default=None)
        return [self.decide(level, "limit_changed", effective_ms, about.counted, about,
                            self.told_window and self.told_window.told_end(), previous=before)]

    def newest_at(self, level):
        """The newest window that holds a level, None at none."""
        held = [window for window in self.windows.values() if window.level == level and level != NONE]
        return max(held, key=lambda holder: holder.start, default=None)

    def begin(self, effective_ms, former):
        """A limit that was not there before. It goes on with the numbers of the one before, and is judged over a rolling counter that
        is kept."""
        if former is not None:
            self.number, self.since_ms, self.told_ms = former.number, former.since_ms, former.told_ms
        if self.limit.panes is None or self.limit.judge == "ema":
            return []
        level = self.level_anew(self.counter.live)
        return [] if level == NONE else [self.decide(level, "limit_changed", effective_ms, self.counter.live)]

    def release(self, effective_ms):
        """The limit is gone. With the amount and the total that it had."""
        window, level = self.newest_at(self.level), self.level
        self.windows, self.streak = {}, 0
        if level == NONE:
            return []
        if self.limit.judge == "ema":
            observed = divide_toward_zero(self.counter.emas[self.limit.alpha] or 0, EMA_SCALE)
        else:
            observed = window.counted if self.limit.panes is None else self.counter.live
        return [self.decide(NONE, "limit_changed", effective_ms, observed, window)]

    def reset(self, effective_ms):
        """What it has counted in open windows is 0. Says whether it had counted anything, and what is told."""
        if not any(window.counted for window in self.windows.values()):
            return False, []
        for window in self.windows.values():
            window.base = window.total
        return True, self.windows_go_on(self.action(self.level), True, False, effective_ms)

    def level_anew(self, total):
        return NONE if total == 0 else self.level_at_charge(total)

    # Memory and rows.

    def forget_row(self, end_ms, retention_ms):
        """A row without a level stays for the retention of decisions after the last one; then numbers begin at 1 again."""
        if self.number > 0 and self.level == NONE and end_ms >= self.told_ms + retention_ms:
            self.number = 0

    def is_settled(self):
        """Nothing but the end of a window or of the row's retention can change it."""
        return self.limit.panes is None or (self.level == NONE and self.streak == 0)

    def deadlines(self, retention_ms):
        ends = [window.end for window in self.windows.values()]
        return ends + [self.told_ms + retention_ms] if self.number > 0 and self.level == NONE else ends

    def row(self):
        return {"level": self.action(self.level), "since_ms": self.since_ms, "valid_until_ms": self.told_valid_until_ms,
                "streak": self.streak, "number": self.number, "shadow": self.limit.shadow}
