"""The goals that bench/run measures: which module measures which, and what it answers with.

    def measure(options):                       # in bench/<module>.py
        return [Result("S4 p50", "from produce to decision", 3.1, "ms", "goal <= 5 ms", True)]

`options` is what add_options() reads: binary, stages, shared, kafka, spans, runs; and only, the names of MODULES
that were asked for. spans and runs are None unless the user gave them, as every goal has its own default. A module
prints its progress; its results are printed here, each as soon as it is there, so measure() may yield them too.
"""

import argparse
import dataclasses
import importlib
import importlib.util
import math
import pathlib

from end_to_end import Failed
from kafka_broker import Unavailable
from results import line

PROTOTYPE = " prototype"  # "S1 prototype" is what the prototype did beside S1
ROOT = pathlib.Path(__file__).resolve().parent.parent

# By the name that --only takes. A module that several names share is asked once for all of them.
MODULES = {
    "s1": "throughput",
    "s2": "throughput",
    "s3": "throughput",
    "s4": "latency",
    "s5": "memory",
    "s6": "restart",
    "s7": "constant_cost",
    "s8": "closing",
    "s9": "disk",
    "s10": "posting",
    "s11": "throughput",
    "s12": "throughput",
    "steps": "steps",
    "usage": "usage",
    "checks": "checks",
}


@dataclasses.dataclass(frozen=True)
class Result:
    goal: str  # "S1", "S4 p50": one name for one value, as it is the key in a baseline file
    what: str
    value: float  # NaN: could not be measured
    unit: str
    bound: str  # the goal in words, and what limits it where that was measured beside it
    is_met: bool | None  # None: no goal, or what it is relative to could not be had

    @property
    def is_measured(self):
        return not math.isnan(self.value)


def not_measured(goal, what, reason):
    return Result(goal, what, math.nan, "", reason, None)


def measure_goals(options):
    """What one goal cannot do does not cost the others their results."""
    results = []
    for module in dict.fromkeys(MODULES[name] for name in options.only if name in MODULES):
        for result in _measure_module(module, options):
            print(line(result), flush=True)
            results.append(result)
    return results


def _measure_module(module, options):
    goals = ", ".join(name.upper() for name in options.only if MODULES.get(name) == module)
    if importlib.util.find_spec(module) is None:
        yield not_measured(goals, module, f"there is no bench/{module}.py yet")
        return
    try:
        yield from importlib.import_module(module).measure(options)
    except (Failed, Unavailable) as reason:
        yield not_measured(goals, module, str(reason))


def add_options(parser):
    parser.add_argument("--binary", default=str(ROOT / "build/release/tools/spantoll"), metavar="PATH")
    parser.add_argument("--stages", default=str(ROOT / "build/release/bench/stages_bench"), metavar="PATH")
    parser.add_argument("--shared", default=str(ROOT.parent / "shared"), metavar="DIR",
                        help="where bench-limit/limit.cc, the prototype, lies")
    parser.add_argument("--spans", type=int, help="default: each benchmark's own")
    parser.add_argument("--runs", type=int, help="default: each benchmark's own, at least 5 for a goal")
    parser.add_argument("--kafka", default="3.9", metavar="VERSION")


def names_among(known):
    """Reads --only: names parted by commas."""
    def read(text):
        names = [name.strip().lower() for name in text.split(",")]
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known)}")
        return names
    return read
