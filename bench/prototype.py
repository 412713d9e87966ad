"""The yardstick: ../shared/bench-limit/limit.cc does the bare work of the hot path and nothing else.

    with built(shared) as prototype:   # None, said loudly, where there is no such file
        reading = prototype.read_topic(broker, topic, workload, spans_per_commit=100_000)
        print(reading.spans_per_cpu_s)

It is built as its head says, in a temporary directory that goes with it, and never becomes a part of the project.
CPU seconds are its own count, of all threads: from the first batch it was handed until its last commit and fsync.
What librdkafka had fetched for that batch is not in them, which is to its advantage.
"""

import contextlib
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

from end_to_end import READ_TIMEOUT_S, Failed, Reading

SCHEMA = pathlib.Path(__file__).resolve().parent.parent / "schemas" / "span.fbs"
BUILD_TIMEOUT_S = 600
FIELD = re.compile(r"(\w+)=(\S+)")


def source(shared):
    return pathlib.Path(shared) / "bench-limit" / "limit.cc"


def is_there(shared):
    return source(shared).is_file()


@contextlib.contextmanager
def built(shared):
    if not is_there(shared):
        print(f"\n*** THE PROTOTYPE IS ABSENT: no {source(shared)}, see --shared. "
              "Goals that are relative to it cannot be judged. ***\n", file=sys.stderr, flush=True)
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="spantoll-prototype-") as directory:
        yield Prototype(_build(source(shared), directory))


def _build(code, directory):
    program = f"{directory}/limit"
    abseil = _output("pkg-config", "--libs", "absl_hash", "absl_raw_hash_set")
    _output("flatc", "--cpp", "--scoped-enums", "-o", directory, SCHEMA)
    _output("g++", "-O2", "-std=c++20", f"-I{directory}", code, "-o", program,
            "-lrdkafka", "-lrocksdb", "-ljemalloc", *shlex.split(abseil))
    return program


def _output(*command):
    try:
        done = subprocess.run(
            [str(word) for word in command], capture_output=True, text=True, timeout=BUILD_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as reason:
        raise Failed(f"the prototype cannot be built: {reason}") from reason
    if done.returncode:
        raise Failed(f"the prototype cannot be built: {command[0]}: {done.stderr[-2000:].strip()}")
    return done.stdout


class Prototype:
    def __init__(self, program):
        self.program = program

    def read_topic(self, broker, topic, workload, spans_per_commit, mode="all"):
        """Every partition from its beginning to its end, each commit with fsync, its rows removed afterwards.

        mode: "consume", "decode", "fold" end with that step.
        """
        with tempfile.TemporaryDirectory(prefix="spantoll-prototype-") as directory:
            fields = self._run(broker.brokers, topic, directory, str(spans_per_commit), "1", mode)
        if mode != "consume" and int(fields["spans"]) != workload.spans:
            raise Failed(f"the prototype read {fields['spans']} of {workload.spans} spans")
        return Reading(workload.spans, float(fields["cpu_s"]), float(fields["wall_s"]))

    def _run(self, *arguments):
        try:
            done = subprocess.run(
                [self.program, *arguments], stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=READ_TIMEOUT_S, check=False,
            )
        except subprocess.TimeoutExpired as reason:
            raise Failed(f"the prototype: {reason}") from reason
        if done.returncode:
            raise Failed(f"the prototype ended with {done.returncode}: {done.stderr[-2000:].strip()}")
        return dict(FIELD.findall(done.stdout))
