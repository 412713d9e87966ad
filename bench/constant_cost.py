"""S7: the cost per span must not grow with the window's length or with event time.

    bench/run --only s7

50,000 spans an hour of event time; one total limit in requests on every account, over 24 h or over 5 minutes, beside
the rolling 24 h of usd that every account has. Nanoseconds of CPU per span, commits included, over four days: four
first days, of an engine each; from the third on, when expiring has begun; from the thirtieth on, and the same with the
short window. The four are of one process and take turns, so that a machine that becomes slower meanwhile meets all of
them; medians of ratios.

Once with 625 accounts, of which each is charged 6.7 times a minute as in S1, and once, sparse, with 2,500, so that
nearly every charge has a pane of its own to close and, a window later, to expire: the worst case.

And the stream of S1 itself, 25,000 accounts and 2 million spans an hour, whose days are too long to make thirty of
them: four hours from the twenty-sixth on, when everything expires, beside four from the second on.
"""

import statistics

from engine_run import engine_run
from goals import Result

DENSITIES = (("", 625, "charged as often as in S1"), (" sparse", 2_500, "a pane for nearly every charge"))
RUNS = 3
TOLERANCE = 1.10
RATIOS = (
    ("window", "24 h window / 5 min window, thirtieth day", "thirtieth_day_ns", "thirtieth_day_of_5_min_ns"),
    ("month", "thirtieth day / third day, 24 h window", "thirtieth_day_ns", "third_day_ns"),
    ("first day", "thirtieth day / first day (nothing expires yet), 24 h window", "thirtieth_day_ns", "first_day_ns"),
)


def measure(options):
    yield from _at_the_rate_of_s1(options)
    for density, accounts, says in DENSITIES:
        readings = _readings(options, "cost", accounts)
        for name, what, age, other in RATIOS:
            ratio = _ratio(readings, age, other)
            yield Result(f"S7{density} {name}", f"{what}; {says}", ratio, "x", f"goal within {TOLERANCE:.2f}",
                         ratio <= TOLERANCE)


def _at_the_rate_of_s1(options):
    ratio = _ratio(_readings(options, "rate"), "twenty_sixth_hour_ns", "second_hour_ns")
    yield Result("S7 rate of S1", "from the twenty-sixth hour / from the second hour (nothing expires yet), the stream of S1",
                 ratio, "x", f"goal within {TOLERANCE:.2f}", ratio <= TOLERANCE)


def _readings(options, *words):
    readings = []
    for _ in range(options.runs or RUNS):
        readings.append(engine_run(options, *words))
        print(f"  {readings[-1]}", flush=True)
    return readings


def _ratio(readings, age, other):
    return statistics.median(reading[age] / reading[other] for reading in readings)
