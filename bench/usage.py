"""Spans with usage: a replay of calls priced from a table, beside a replay of the same calls with their cost given.

    bench/run --only usage --runs 7

25,000 accounts as in S1: virtual keys, teams, customers, users, 200 models, and global, so six accounts a span. A span
has three usage meters, which a table of 200 models prices; limits on tokens and on usd hold for every key, with amounts
that nobody reaches. The other file has the same spans with what they cost in the place of their usage. Both are read
with the same configuration, in turn; each round begins with the other one, and a first round is not counted. Medians of
spans per CPU-second of whole lives, and their ratio.
"""

import pathlib
import statistics
import tempfile

from end_to_end import Workload, feed
from goals import Result
from replay_file import replay_file

RUNS = 5
SPANS = 2_000_000
ACCOUNTS = 25_000
MODELS = 200
RATIO_MIN = 0.75
WITH_USAGE, WITH_COST = "usage", "usage-priced"  # the scenarios of spantoll feed

LIMITS = """
[[limit]]
name = "tokens"
kind = "virtual_key"
meter = "tokens"
amount = 1000000000000
window = "rolling 24h"
judge = "total"
steps = [[80, "warn"], [100, "block"]]
[[limit]]
name = "usd"
kind = "virtual_key"
meter = "usd"
amount = "1000000"
window = "rolling 24h"
judge = "total"
steps = [[80, "warn"], [100, "block"]]
"""

# USD for 100 million tokens of the first model; the n-th costs n times as much. As tools/feed/feed_usage.cc has it.
PRICES = {"input_tokens": "1", "output_tokens": "4", "cache_read_tokens": "0.1"}


def price_table():
    def price(number, meter, usd):
        return (f'[[price]]\nmodel = "model-{number:05d}"\nmeter = "{meter}"\n'
                f'usd = "{usd}"\nper = 100000000\n')

    return "".join(
        price(number, meter, f"{float(usd) * number:.1f}")
        for number in range(1, MODELS + 1) for meter, usd in PRICES.items()
    )


def measure(options):
    spans, runs = options.spans or SPANS, options.runs or RUNS
    settings = LIMITS + price_table()
    print(f"usage: {spans:,} spans over an hour, {ACCOUNTS:,} accounts, {runs} round(s)", flush=True)
    with tempfile.TemporaryDirectory(prefix="spantoll-bench-") as directory:
        contestants = {}
        for scenario in (WITH_USAGE, WITH_COST):
            workload = Workload(spans, ACCOUNTS, 100, 1, "1h", start="2025-01-01T00:00:00Z", scenario=scenario)
            file = pathlib.Path(directory) / scenario
            feed(options.binary, workload, f"file:{file}")
            contestants[scenario] = (file, workload)
        readings = {name: [] for name in contestants}
        for number in range(-1, runs):
            for name in sorted(contestants, reverse=number % 2 == 0):
                file, workload = contestants[name]
                reading = replay_file(options.binary, file, workload, settings)
                print(f"  {name}: {reading.cpu_s:.2f} s CPU, {reading.wall_s:.2f} s wall", flush=True)
                if number >= 0:
                    readings[name].append(reading.spans_per_cpu_s)
    usage, cost = (statistics.median(readings[name]) for name in (WITH_USAGE, WITH_COST))
    bound = f"the same with their cost {cost / 1e6:.3f} M: ratio {usage / cost:.2f}, goal {RATIO_MIN:.2f}"
    return [
        Result("usage", "replay of spans with usage, priced from a table of 200 models", usage / 1e6, "M spans/CPU-s",
               bound, usage / cost >= RATIO_MIN)
    ]
