"""Windows (docs/semantics.md#totals): calendar periods, panes, rolling totals, samples and EMA. Exact integers only."""

import dataclasses
import datetime
import functools
import zoneinfo
from dataclasses import dataclass
from typing import Optional

from decimal_text import divide_toward_zero

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
EMA_SCALE = 10**6  # E has 6 decimals below the meter's unit
EPOCH = datetime.datetime(1970, 1, 1)
UTC = datetime.timezone.utc
FAR_MS = 10**18  # after everything
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CIVIL = ("hour", "day", "week", "month", "quarter", "year")
MONTHS = {"month": 1, "quarter": 3, "year": 12}
# A civil time is at most so far from the same time in UTC, and some more.
ZONE_REACH_MS = 28 * HOUR_MS


def utc(time_ms):
    return EPOCH + datetime.timedelta(milliseconds=time_ms)


def epoch_ms(moment):
    return (moment - EPOCH) // datetime.timedelta(milliseconds=1)


class Clocks:
    """What clocks on the wall show in a zone, as a time without a zone."""

    def __init__(self, name):
        self.zone = UTC if name == "UTC" else zoneinfo.ZoneInfo(name)

    def civil(self, time_ms):
        return (EPOCH.replace(tzinfo=UTC) + datetime.timedelta(milliseconds=time_ms)).astimezone(self.zone).replace(tzinfo=None)

    def first_at_or_past(self, nominal):
        """The first instant that shows this civil time or a later one: the clocks are read every hour around it, and where
        they pass it between two readings once more, by halves."""
        if self.zone is UTC:
            return epoch_ms(nominal)
        before = epoch_ms(nominal) - ZONE_REACH_MS
        while True:
            after = before + HOUR_MS
            if self.civil(after) - self.civil(before) < datetime.timedelta(hours=1):
                turn = self.turn(before, after)  # set back, maybe over it: then they have shown it before
                if self.civil(turn - 1) >= nominal:
                    after = turn - 1
                    break
            if self.civil(after) >= nominal:
                break
            before = after
        while after - before > 1:
            middle = (before + after) // 2
            if self.civil(middle) >= nominal:
                after = middle
            else:
                before = middle
        return after

    def turn(self, before, after):
        """Where clocks are set, between two instants of different offset."""
        offset = self.civil(before) - utc(before)
        while after - before > 1:
            middle = (before + after) // 2
            if self.civil(middle) - utc(middle) == offset:
                before = middle
            else:
                after = middle
        return after


@functools.cache
def clocks_of(zone):
    return Clocks(zone)


@functools.cache
def start_ms(zone, nominal):
    return clocks_of(zone).first_at_or_past(nominal)


@dataclass(frozen=True)
class CalendarWindow:
    """`name` is one of hour day week month quarter year, `every`, a lattice of `length_ms` from `anchor_ms`, or `lifetime`.
    An anchor of None is each account's first charge: such a window is asked for after anchored_at()."""
    name: str
    length_ms: int = 0
    zone: str = "UTC"
    week_start: int = 0  # as of datetime.weekday()
    year_start: int = 1
    month_day: int = 1
    anchor_ms: Optional[int] = 0

    def anchored_at(self, time_ms):
        return self if self.anchor_ms is not None else dataclasses.replace(self, anchor_ms=time_ms)

    def bounds(self, time_ms):
        """(start, end) of the window that holds `time_ms`; the end belongs to the next one."""
        if self.name == "lifetime":
            return 0, FAR_MS
        if self.name == "every":
            start = self.anchor_ms + (time_ms - self.anchor_ms) // self.length_ms * self.length_ms
            return start, start + self.length_ms
        nominal = self.nominal(clocks_of(self.zone).civil(time_ms))
        while True:  # what the clocks were set back over has begun already
            nominal, before = self.next(nominal), nominal
            if start_ms(self.zone, nominal) > time_ms:
                return start_ms(self.zone, before), start_ms(self.zone, nominal)

    def nominal(self, civil):
        """The begin of the period that a civil time is in."""
        if self.name == "hour":
            return civil.replace(minute=0, second=0, microsecond=0)
        midnight = civil.replace(hour=0, minute=0, second=0, microsecond=0)
        if self.name == "day":
            return midnight
        if self.name == "week":
            return midnight - datetime.timedelta(days=(civil.weekday() - self.week_start) % 7)
        months = civil.year * 12 + civil.month - 1 - (civil.day < self.month_day)
        months -= (months - (self.year_start - 1)) % MONTHS[self.name]
        return datetime.datetime(months // 12, months % 12 + 1, self.month_day)

    def next(self, nominal):
        days = {"hour": 1 / 24, "day": 1, "week": 7}.get(self.name)
        if days is not None:
            return nominal + datetime.timedelta(hours=round(24 * days))
        months = nominal.year * 12 + nominal.month - 1 + MONTHS[self.name]
        return nominal.replace(year=months // 12, month=months % 12 + 1)

    def key(self, time_ms):
        """Section 6: the name of the period in a key."""
        moment = self.nominal(clocks_of(self.zone).civil(self.bounds(time_ms)[0]))
        if self.name == "week":
            iso = moment.isocalendar()
            return f"{iso.year}-W{iso.week:02d}"
        if self.name == "quarter":
            return f"{moment.year}-Q{(moment.month + 2) // 3}"
        return moment.strftime({"hour": "%Y-%m-%dT%H", "day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}[self.name])


class RollingCounter:
    """One meter of one account over N panes, since somebody asked for it: what is in its panes, the live total, the last sample,
    and one E for each alpha that is asked for."""

    def __init__(self, panes):
        self.panes = panes
        self.values = {}  # pane -> what was charged in it, never 0
        self.was_charged = False
        self.live = 0
        self.sample = 0
        self.emas = {}  # alpha -> E in millionths of the unit, None while forgotten

    def charge(self, pane, amount, first_open):
        """`first_open` is C. A pane that has left the window changes its total no more."""
        if pane <= first_open - self.panes:
            return
        self.was_charged |= amount != 0
        self.live += amount
        value = self.values.pop(pane, 0) + amount
        if value != 0:
            self.values[pane] = value

    def close(self, pane, newest):
        """Takes the sample, of which panes after the one that closes are no part; then the oldest pane leaves."""
        self.take_sample(sum(self.values.get(later, 0) for later in range(pane + 1, newest + 1)))
        self.live -= self.values.pop(pane + 1 - self.panes, 0)

    def take_sample(self, newer):
        self.sample = self.live - newer
        for alpha, ema in self.emas.items():
            if ema is None:
                ema = self.sample * EMA_SCALE
            else:
                a, b = (int(part) for part in alpha.split("/"))
                ema = divide_toward_zero(a * self.sample * EMA_SCALE + (b - a) * ema, b)
            self.emas[alpha] = None if ema == 0 and self.sample == 0 else ema

    def is_settled(self):
        return not self.values and self.live == 0 and self.sample == 0 and all(ema is None for ema in self.emas.values())


class MeterPanes:
    """One meter of one account, and its rolling counters (by number of panes)."""

    def __init__(self):
        self.newest = 0
        self.last = 0  # the highest pane that was charged an amount
        self.counters = {}

    def ask(self, asked):
        """`asked` has the alphas by number of panes. A counter that is asked for no more is forgotten, and another begins empty."""
        self.counters = {panes: self.counters.get(panes) or RollingCounter(panes) for panes in asked}
        for panes, alphas in asked.items():
            counter = self.counters[panes]
            counter.emas = {alpha: counter.emas.get(alpha) for alpha in alphas}

    def charge(self, pane, amount, first_open):
        self.newest = max(self.newest, pane)
        self.last = max(self.last, pane) if amount else self.last
        for counter in self.counters.values():
            counter.charge(pane, amount, first_open)

    def close(self, pane):
        for counter in self.counters.values():
            counter.close(pane, self.newest)

    def has_panes(self):
        return any(counter.values for counter in self.counters.values())

    def is_settled(self):
        return all(counter.is_settled() for counter in self.counters.values())

    def verify(self, first_open):
        """What the running sums must equal: the definition, from scratch."""
        for counter in self.counters.values():
            assert counter.live == sum(counter.values.values())
            assert all(pane > first_open - counter.panes for pane in counter.values)
