"""Goals S1, S2, S3, S11 and S12: spans per second of CPU from a real broker, beside the prototype, and from a file.

    bench/run --only s1,s12 --runs 7
    bench/run --only s3 --spans 4000000

A round runs every contestant once, one after the other, so that what else the machine does meets all alike:
`spantoll run` on the topic, the prototype with 100,000 and with 500,000 spans a commit, `spantoll replay` on a file of
the same spans. Each round begins with another one, since whoever comes after a rest of the broker meets it asleep, and
a first round is not counted: the broker's virtual machine compiles what it fetches with meanwhile, on the same cores.
Medians of the rounds. The prototype cannot read JSON.
"""

import contextlib
import dataclasses
import pathlib
import statistics
import tempfile

import prototype
from end_to_end import LIMITS, Failed, Workload, feed, filled_topic, read_topic
from goals import PROTOTYPE, Result, not_measured
from kafka_broker import KafkaBroker, Unavailable
from replay_file import replay_file

RUNS = 5
SPANS = 2_000_000  # at 0.5 M spans per CPU-second a goal takes about two minutes
DURATION = "1h"
START = "2025-01-01T00:00:00Z"  # fixed, so that the topic and the file hold the same spans; no calendar period ends
SPANS_PER_COMMIT = (100_000, 500_000)
UNIT = "M spans/CPU-s"
SPANTOLL, REPLAY = "spantoll", "spantoll replay"
SPANTOLL_OF_LIFE = "spantoll, its start included"  # as what it is compared with, a replay, is timed
REPLAY_SHARE_MIN = 1.3  # of S1

MILLION_ACCOUNTS = LIMITS + """
[accounts]
max_per_kind = 1200000
"""


@dataclasses.dataclass(frozen=True)
class Case:
    """One topic, read in turn. Its goal is a share of the prototype or a number."""
    goal: str
    what: str
    accounts: int = 25_000
    spans_per_record: int = 100
    zipf: float = 0
    format: str = "flatbuffers"
    duration: str = DURATION
    settings: str = LIMITS
    prototype_share_min: float | None = None
    spans_per_cpu_s_min: float | None = None

    @property
    def name(self):
        """As --only takes it."""
        return self.goal.split()[0].lower()  # "S1 dense" is measured with S1

    @property
    def has_prototype(self):
        return self.format == "flatbuffers"

    def workload(self, spans):
        return Workload(
            spans, self.accounts, self.spans_per_record, 1, self.duration, start=START, zipf=self.zipf, format=self.format
        )


CASES = (
    Case("S1", "100 spans a record, 25,000 accounts, limits on", prototype_share_min=0.8),
    Case("S1 dense", "the same spans within 4 minutes of event time instead of an hour", duration="4m",
         prototype_share_min=0.8),
    Case("S2", "1 span a record, 25,000 accounts, limits on", spans_per_record=1, prototype_share_min=0.8),
    Case("S3 uniform", "100 spans a record, 1,200,000 accounts, limits on", accounts=1_200_000,
         settings=MILLION_ACCOUNTS, spans_per_cpu_s_min=0.5e6),
    Case("S3 zipf", "100 spans a record, 1,200,000 accounts by zipf 1.1, limits on", accounts=1_200_000,
         zipf=1.1, settings=MILLION_ACCOUNTS, spans_per_cpu_s_min=1.2e6),
    Case("S11", "JSON, 100 spans a record, 25,000 accounts, limits on", format="json", spans_per_cpu_s_min=0.35e6),
)
REPLAYED_CASE = CASES[0]
REPLAY_WHAT = "replay of a file, the spans of S1"


def measure(options):
    """Yields the results of a case as soon as it is done."""
    cases = [case for case in CASES if case.name in options.only or _has_replay(case, options.only)]
    with prototype.built(options.shared) if uses_prototype(options.only) else contextlib.nullcontext() as yardstick:
        for case in cases:
            yield from _measure_case(case, yardstick, options)


def uses_prototype(only):
    return any(_runs_prototype(case, only) for case in CASES)


def _runs_prototype(case, only):
    return case.has_prototype and case.name in only


def _has_replay(case, only):
    return case is REPLAYED_CASE and "s12" in only


def _measure_case(case, yardstick, options):
    """What one case cannot do does not cost the others their results."""
    try:
        medians = _medians(case, yardstick, options)
    except (Failed, Unavailable) as reason:
        return _missing(case, options.only, str(reason))
    return _results(case, options.only, medians)


def _missing(case, only, reason):
    missing = [not_measured(case.goal, case.what, reason)] if case.name in only else []
    if _has_replay(case, only):
        missing.append(not_measured("S12", REPLAY_WHAT, reason))
    return missing


def _medians(case, yardstick, options):
    """Spans per CPU-second by contestant."""
    workload = case.workload(options.spans or SPANS)
    runs = options.runs or RUNS
    print(f"{case.goal}: {workload.spans:,} spans over {workload.duration}; {case.what}; {runs} round(s)", flush=True)
    with contextlib.ExitStack() as stack:
        contestants = _contestants(case, workload, yardstick, options, stack)
        readings = {name: [] for name in contestants}
        for number in range(-1, runs):
            print("  not counted:" if number < 0 else f"  round {number + 1}:", flush=True)
            for name, reading in _round(contestants, number):
                if number >= 0:
                    readings[name].append(reading)
    medians = {
        name: statistics.median(reading.spans_per_cpu_s for reading in taken) for name, taken in readings.items()
    }
    medians[SPANTOLL_OF_LIFE] = statistics.median(reading.spans_per_cpu_s_of_life for reading in readings[SPANTOLL])
    return medians


def _round(contestants, number):
    """A reading of each, the first of them another one in each round."""
    names = list(contestants)
    first = number % len(names)
    for name in names[first:] + names[:first]:
        reading = contestants[name]()
        _print_reading(name, reading)
        yield name, reading


def _contestants(case, workload, yardstick, options, stack):
    """Functions that take a reading, by name. What they need is released with the stack."""
    broker = stack.enter_context(KafkaBroker(options.kafka))
    topic = filled_topic(options.binary, broker, workload)
    contestants = {SPANTOLL: lambda: read_topic(options.binary, broker, topic, workload, case.settings)}
    if yardstick is not None and _runs_prototype(case, options.only):
        for size in SPANS_PER_COMMIT:
            contestants[_prototype_name(size)] = (
                lambda size=size: yardstick.read_topic(broker, topic, workload, size)
            )
    if _has_replay(case, options.only):
        file = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spantoll-bench-"))) / "spans"
        feed(options.binary, workload, f"file:{file}")
        contestants[REPLAY] = lambda: replay_file(options.binary, file, workload, case.settings)
    return contestants


def _prototype_name(spans_per_commit):
    return f"prototype, {spans_per_commit:,} a commit"


def _print_reading(name, reading):
    print(f"    {name}: {reading.cpu_s:.2f} s CPU, {reading.wall_s:.2f} s wall, "
          f"{_millions(reading.spans_per_cpu_s)} spans/CPU-s", flush=True)


def _results(case, only, medians):
    results = []
    if case.name in only:
        results.append(_judged(case, medians))
        if yardstick := _better_prototype(medians):
            results.append(Result(case.goal + PROTOTYPE, f"prototype, {_sizes()}", yardstick / 1e6, UNIT, "", None))
    if REPLAY in medians:
        results.append(_judged_replay(medians))
    return results


def _judged(case, medians):
    value = medians[SPANTOLL]
    yardstick = _better_prototype(medians)
    bounds = []
    if yardstick is not None:
        bounds.append(f"prototype {_millions(yardstick)} ({_sizes()}): ratio {value / yardstick:.2f}")
    elif case.has_prototype:
        bounds.append("prototype absent")
    if case.prototype_share_min is None:
        bounds.append(f"goal {_millions(case.spans_per_cpu_s_min)}")
        is_met = value >= case.spans_per_cpu_s_min
    else:
        bounds.append(f"goal {case.prototype_share_min:.2f}" + ("" if yardstick else " of the prototype"))
        is_met = value >= case.prototype_share_min * yardstick if yardstick else None
    return Result(case.goal, f"spantoll, {case.what}", value / 1e6, UNIT, ", ".join(bounds), is_met)


def _judged_replay(medians):
    ratio = medians[REPLAY] / medians[SPANTOLL_OF_LIFE]
    bound = (f"S1, of its whole life as well, {_millions(medians[SPANTOLL_OF_LIFE])}: "
             f"ratio {ratio:.2f}, goal {REPLAY_SHARE_MIN:.2f}")
    return Result("S12", f"spantoll, {REPLAY_WHAT}", medians[REPLAY] / 1e6, UNIT, bound, ratio >= REPLAY_SHARE_MIN)


def _better_prototype(medians):
    return max((medians[name] for name in map(_prototype_name, SPANS_PER_COMMIT) if name in medians), default=None)


def _sizes():
    return f"better of {' and '.join(f'{size:,}' for size in SPANS_PER_COMMIT)} a commit"


def _millions(value):
    return f"{value / 1e6:.2f} M"
