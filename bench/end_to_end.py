"""`spantoll run` reads a topic of a real broker from its beginning to its end, and is timed.

    with KafkaBroker() as broker:
        topic = filled_topic(binary, broker, workload)
        reading = read_topic(binary, broker, topic, workload, LIMITS)
        print(reading.spans / reading.cpu_s)

CPU seconds are those of the whole process, librdkafka's and RocksDB's threads among them, from when it
listens until it has ended: the last commit and its fsync count, the start does not.
"""

import dataclasses
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

INTEGRATION = pathlib.Path(__file__).resolve().parent.parent / "tests" / "integration"
sys.path.insert(0, str(INTEGRATION))
from kafka_broker import APPEND_TIME, free_port  # noqa: E402
from spantoll_http import SpantollHttp  # noqa: E402

LISTEN_TIMEOUT_S = 60
READ_TIMEOUT_S = 600
STOP_TIMEOUT_S = 60
POLL_S = 0.1  # an answer of /metrics costs the process about a millisecond
TICKS = os.sysconf("SC_CLK_TCK")

# One EMA and one total limit on every account, with amounts that nobody reaches: judging is measured, not deciding.
LIMITS = """
[[limit]]
name = "total"
kind = "all"
meter = "usd"
amount = "1000000"
window = "rolling 24h"
judge = "total"
steps = [[80, "warn"], [100, "block"]]
[[limit]]
name = "ema"
kind = "all"
meter = "usd"
amount = "1000000"
window = "rolling 24h"
judge = "ema"
"""


class Failed(Exception):
    """What was to be measured did not work."""


@dataclasses.dataclass(frozen=True)
class Workload:
    spans: int
    accounts: int
    spans_per_record: int
    partitions: int
    duration: str  # of event time
    start: str = ""  # of event time; default: duration ago
    zipf: float = 0  # exponent of how accounts are picked; 0 = uniform
    format: str = "flatbuffers"
    scenario: str = "bench"

    def records(self):
        return -(-self.spans // self.spans_per_record)


@dataclasses.dataclass(frozen=True)
class Reading:
    spans: int
    cpu_s: float
    wall_s: float
    start_cpu_s: float = 0.0  # before that

    @property
    def spans_per_cpu_s(self):
        return self.spans / self.cpu_s

    @property
    def spans_per_cpu_s_of_life(self):
        return self.spans / (self.start_cpu_s + self.cpu_s)


def filled_topic(binary, broker, workload):
    topic = f"spans-{workload.spans_per_record}"
    broker.admin.create_topic(topic, workload.partitions, APPEND_TIME)
    feed(binary, workload, f"kafka:{broker.brokers}/{topic}")
    return topic


def feed(binary, workload, target):
    command = [
        binary, "feed", "--scenario", workload.scenario, "--spans", workload.spans, "--accounts", workload.accounts,
        "--zipf", workload.zipf, "--format", workload.format, "--spans-per-record", workload.spans_per_record,
        "--duration", workload.duration, "--quiet", "--to", target,
    ]
    if workload.start:
        command += ["--start", workload.start]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"feed: exit {done.returncode}: {done.stderr.strip()}")


def configuration(topic, settings, record_format):
    """Decisions and dead letters have topics of their own, made by the broker when first used."""
    return f"""
format = "{record_format}"
[kafka]
decisions = "{topic}.decisions"
dead_letters = "{topic}.dead-letters"
[time]
idle_after = "off"
{settings}"""


def read_topic(binary, broker, topic, workload, settings):
    """In a fresh data directory, which is removed. `settings` are further tables, such as LIMITS."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="spantoll-bench-"))
    try:
        (directory / "spantoll.toml").write_text(configuration(topic, settings, workload.format))
        return _Run(binary, broker, topic, directory).measure(workload)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def ended_cpu_s(process, timeout_s):
    """Waits for the end of a process. The CPU seconds of its whole life; returncode is set."""
    deadline = time.monotonic() + timeout_s
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage.ru_utime + usage.ru_stime
        if time.monotonic() > deadline:
            raise Failed(f"{process.args[1]} does not end within {timeout_s} s")
        time.sleep(0.01)


class _Run:
    """One process, from its start to its end."""

    def __init__(self, binary, broker, topic, directory):
        port = free_port()
        self.http = SpantollHttp(port)
        self.errors = directory / "errors"
        command = [
            binary, "run", "--data", directory / "data", "--config", directory / "spantoll.toml",
            "--kafka", broker.brokers, "--topic", topic, "--listen", f"127.0.0.1:{port}",
        ]
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
            )

    def measure(self, workload):
        try:
            self._wait_for(self.http.has_started, LISTEN_TIMEOUT_S, 0.005, "start")
            cpu_before, wall_before = self._cpu_s(), time.monotonic()
            records_before = self._records()
            self._wait_for(lambda: self._records() >= workload.records(), READ_TIMEOUT_S, POLL_S, "read everything")
            self._check_accepted(workload)
            wall_s = time.monotonic() - wall_before
            cpu_s = self._stop() - cpu_before
            spans = workload.spans - records_before * workload.spans_per_record
            return Reading(spans, cpu_s, wall_s, cpu_before)
        finally:
            if self.process.returncode is None:
                self.process.kill()
                self.process.wait()

    def _records(self):
        return sum(int(value) for _, value in self.http.metric("spantoll_next_offset"))

    def _check_accepted(self, workload):
        """A run that refuses its spans is fast."""
        accepted = sum(int(value) for _, value in self.http.metric("spantoll_spans_accepted_total"))
        if accepted != workload.spans:
            raise Failed(f"{accepted} of {workload.spans} spans were accepted")

    def _cpu_s(self):
        """utime and stime of /proc/PID/stat, counted after the name in brackets."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def _stop(self):
        """As Ctrl-C does. The CPU seconds of its whole life."""
        self.process.send_signal(signal.SIGINT)
        cpu_s = ended_cpu_s(self.process, STOP_TIMEOUT_S)
        if self.process.returncode:
            raise Failed(f"run ended with {self.process.returncode}: {self._said()}")
        return cpu_s

    def _wait_for(self, is_so, timeout_s, poll_s, what):
        deadline = time.monotonic() + timeout_s
        while not is_so():
            if self.process.poll() is not None:
                raise Failed(f"run ended with {self.process.returncode}: {self._said()}")
            if time.monotonic() > deadline:
                raise Failed(f"run did not {what} within {timeout_s} s: {self._said()}")
            time.sleep(poll_s)

    def _said(self):
        return self.errors.read_text(errors="replace")[-2000:].strip()
