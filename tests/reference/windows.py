"""Windows (docs/semantics.md#totals): calendar periods, panes, rolling totals, samples and EMA. Exact integers only."""

import datetime
from dataclasses import dataclass

from decimal_text import divide_toward_zero

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
EMA_SCALE = 10**6  # E has 6 decimals below the meter's unit
EPOCH = datetime.datetime(1970, 1, 1)


def utc(time_ms):
    return EPOCH + datetime.timedelta(milliseconds=time_ms)


def epoch_ms(year, month, day):
    return (datetime.datetime(year, month, day) - EPOCH).days * DAY_MS


@dataclass(frozen=True)
class CalendarWindow:
    """`name` is one of hour day week month quarter year, or `every`, a lattice of `length_ms` from the epoch."""
    name: str
    length_ms: int = 0

    def bounds(self, time_ms):
        """(start, end) of the window that holds `time_ms`; the end belongs to the next one."""
        moment = utc(time_ms)
        if self.name == "month":
            return month_span(moment.year, moment.month, 1)
        if self.name == "quarter":
            return month_span(moment.year, (moment.month - 1) // 3 * 3 + 1, 3)
        if self.name == "year":
            return month_span(moment.year, 1, 12)
        if self.name == "week":
            start = time_ms // DAY_MS * DAY_MS - moment.weekday() * DAY_MS
            return start, start + 7 * DAY_MS
        start = time_ms // self.length_ms * self.length_ms
        return start, start + self.length_ms

    def key(self, time_ms):
        """Section 6: the name of the period in a key."""
        moment = utc(time_ms)
        if self.name == "week":
            iso = moment.isocalendar()
            return f"{iso.year}-W{iso.week:02d}"
        if self.name == "quarter":
            return f"{moment.year}-Q{(moment.month + 2) // 3}"
        return moment.strftime({"hour": "%Y-%m-%dT%H", "day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}[self.name])


def month_span(year, month, months):
    after = year * 12 + month - 1 + months
    return epoch_ms(year, month, 1), epoch_ms(after // 12, after % 12 + 1, 1)


def calendar_window(name, length_ms=0):
    return CalendarWindow(name, {"hour": HOUR_MS, "day": DAY_MS}.get(name, length_ms))


class RollingCounter:
    """One meter of one account over N panes: the live total, the last sample, and one E for each alpha that is asked for."""

    def __init__(self, panes):
        self.panes = panes
        self.live = 0
        self.sample = 0
        self.emas = {}  # alpha -> E in millionths of the unit, None while forgotten

    def take_sample(self, newer):
        """Closing: `newer` is what lies in panes after the one that closes."""
        self.sample = self.live - newer
        for alpha, ema in self.emas.items():
            if ema is None:
                ema = self.sample * EMA_SCALE
            else:
                a, b = (int(part) for part in alpha.split("/"))
                ema = divide_toward_zero(a * self.sample * EMA_SCALE + (b - a) * ema, b)
            self.emas[alpha] = None if ema == 0 and self.sample == 0 else ema

    def is_settled(self):
        return self.live == 0 and self.sample == 0 and all(ema is None for ema in self.emas.values())


class MeterPanes:
    """All panes of one meter of one account that are in its longest window, and its rolling counters (by number of panes)."""

    def __init__(self):
        self.values = {}  # pane -> what was charged in it, never 0
        self.newest = 0
        self.counters = {}

    def ask(self, panes, alpha=None):
        counter = self.counters.setdefault(panes, RollingCounter(panes))
        if alpha is not None:
            counter.emas.setdefault(alpha, None)

    def charge(self, pane, amount, first_open):
        """`first_open` is C. A pane that has left a window changes its total no more."""
        self.newest = max(self.newest, pane)
        if pane > first_open - max(self.counters):
            value = self.values.pop(pane, 0) + amount
            if value != 0:
                self.values[pane] = value
        for counter in self.counters.values():
            if pane > first_open - counter.panes:
                counter.live += amount

    def close(self, pane):
        newer = sum(self.values.get(later, 0) for later in range(pane + 1, self.newest + 1))
        for counter in self.counters.values():
            counter.take_sample(newer)
            counter.live -= self.values.get(pane + 1 - counter.panes, 0)
        self.values.pop(pane + 1 - max(self.counters), None)

    def is_settled(self):
        return not self.values and all(counter.is_settled() for counter in self.counters.values())

    def verify(self, first_open):
        """What the running sums must equal: the definition, from scratch."""
        for counter in self.counters.values():
            assert counter.live == sum(v for pane, v in self.values.items() if pane > first_open - counter.panes)
        assert all(pane > first_open - max(self.counters) for pane in self.values)
