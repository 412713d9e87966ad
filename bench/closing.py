"""S8: closing a pane is work for what was active in it and what expires with it, not for every account.

    bench/run --only s8

1,000,000 accounts with limits, of which 10,000 are charged in each of 60 minutes. The pause is the longest wall time of
one record of 100 spans, which includes the closing that its first span caused; the longest commit, fsync included,
stands beside it, as it holds the engine up as well.
"""

import statistics

from engine_run import engine_run
from goals import Result

RUNS = 3
PAUSE_MS_MAX = 50


def measure(options):
    readings = []
    for _ in range(options.runs or RUNS):
        readings.append(engine_run(options, "closing"))
        print(f"  {readings[-1]}", flush=True)
    for goal, what, name in (("S8 closing", "longest closing among 1 M accounts", "longest_record_ms"),
                             ("S8 commit", "longest commit of 10,000 accounts, with fsync", "longest_commit_ms")):
        longest = statistics.median(reading[name] for reading in readings)
        yield Result(goal, what, longest, "ms", f"goal <= {PAUSE_MS_MAX} ms", longest <= PAUSE_MS_MAX)
