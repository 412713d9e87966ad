"""What each step of the bare work costs: where the prototype's time goes, beside spantoll's on the same topic.

    bench/run --only steps

The topic of S1. The prototype stops after a step: consume (librdkafka alone), decode (verify and read), fold (six plain
accounts), all (one sorted batch of rows per 500,000 spans, with fsync). Rounds take turns; medians of nanoseconds of CPU
per span. What spantoll needs beyond `all` is what the prototype does not do: validation, identities, panes and EMAs,
calendar periods, limits, exact names.
"""

import statistics

import prototype
from end_to_end import LIMITS, Workload, filled_topic, read_topic
from goals import Result, not_measured
from kafka_broker import KafkaBroker

RUNS = 5
SPANS = 2_000_000
SPANS_PER_COMMIT = 500_000
MODES = ("consume", "decode", "fold", "all")
SPANTOLL = "spantoll"


def measure(options):
    workload = Workload(options.spans or SPANS, 25_000, 100, 1, "1h", start="2025-01-01T00:00:00Z")
    with prototype.built(options.shared) as yardstick:
        if yardstick is None:
            return [not_measured("steps", "the prototype's steps", "the prototype is absent")]
        with KafkaBroker(options.kafka) as broker:
            topic = filled_topic(options.binary, broker, workload)
            contestants = {
                mode: lambda mode=mode: yardstick.read_topic(broker, topic, workload, SPANS_PER_COMMIT, mode)
                for mode in MODES
            }
            contestants[SPANTOLL] = lambda: read_topic(options.binary, broker, topic, workload, LIMITS)
            taken = {name: [] for name in contestants}
            for _ in range(options.runs or RUNS):
                for name, read in contestants.items():
                    taken[name].append(1e9 / read().spans_per_cpu_s)
    return _results({name: statistics.median(values) for name, values in taken.items()})


def _results(ns):
    results = []
    before = 0
    for mode in MODES:
        results.append(Result(f"steps {mode}", f"prototype, up to and with {mode}", ns[mode], "ns/span",
                              f"{ns[mode] - before:.0f} ns more than before", None))
        before = ns[mode]
    results.append(Result(f"steps {SPANTOLL}", "spantoll, S1's topic", ns[SPANTOLL], "ns/span",
                          f"{ns[SPANTOLL] - before:.0f} ns more than the prototype", None))
    return results
