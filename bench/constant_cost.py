"""S7: the cost per span must not grow with the window's length or with event time.

    bench/run --only s7

2,500 accounts, 50,000 spans an hour of event time, so that nearly every charge has a pane of its own to close and, a
window later, to expire; one total limit in requests on every account, over 24 h or over 5 minutes, beside the rolling
24 h of usd that every account has. Nanoseconds of CPU per span, commits included: on the first day, on the third, when
expiring has begun, and on the thirtieth. Runs of both windows take turns; medians of ratios.
"""

import statistics

from engine_run import engine_run
from goals import Result

DAY, FIVE_MINUTES = 1440, 5
RUNS = 3
TOLERANCE = 1.10


def measure(options):
    day, short = [], []
    for _ in range(options.runs or RUNS):
        for window, taken in ((DAY, day), (FIVE_MINUTES, short)):
            reading = engine_run(options, "cost", window)
            taken.append(reading)
            print(f"  window {window} min: first day {reading['first_day_ns']:.0f} ns a span, third "
                  f"{reading['third_day_ns']:.0f}, thirtieth {reading['last_day_ns']:.0f}", flush=True)
    yield _ratio("S7 window", "24 h window / 5 min window, thirtieth day",
                 [(a["last_day_ns"], b["last_day_ns"]) for a, b in zip(day, short)])
    yield _ratio("S7 month", "thirtieth day / third day, 24 h window",
                 [(a["last_day_ns"], a["third_day_ns"]) for a in day])
    yield _ratio("S7 first day", "thirtieth day / first day (nothing expires yet), 24 h window",
                 [(a["last_day_ns"], a["first_day_ns"]) for a in day])


def _ratio(goal, what, pairs):
    ratio = statistics.median(a / b for a, b in pairs)
    return Result(goal, what, ratio, "x", f"goal within {TOLERANCE:.2f}", ratio <= TOLERANCE)
