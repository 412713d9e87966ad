"""What goals share that need a processor at work: its start, spans that come meanwhile, and what the kernel says of it.

    @tells_failures
    def measure(options):
        with tempfile.TemporaryDirectory() as directory, Service(directory, LIMITS) as service:
            with Feeding(service.url, rate=1000, live=True):
                print(service.cpu_s(), service.memory_bytes(), service.written_bytes())
"""

import functools
import math
import os
import pathlib
import re
import signal
import subprocess

from end_to_end import TICKS, Failed
from kafka_admin import KafkaError
from spantoll_program import CommandFailed, Processor, command

FEED_TIMEOUT_S = 3600
FEED_STOP_TIMEOUT_S = 30

# A span of a user, of any cost, blocks its account at once. The scenario `bench` has no users.
BLOCK_USERS = """
[[limit]]
name = "users"
kind = "user"
meter = "usd"
amount = "0.000001"
window = "rolling 24h"
judge = "total"
ttl = "24h"
steps = [[100, "block"]]
"""

# A topic that loses what was read long ago: a benchmark of many spans does not fill the disk.
SHORT_LOG = {"segment.bytes": 64 << 20, "file.delete.delay.ms": 1000}
SHORT_LOG_SETTINGS = ["log.retention.check.interval.ms=2000"]


def tells_failures(measure):
    """Around a measure(options): runs the options' binary, and whatever does not work is a Failed."""
    @functools.wraps(measure)
    def measured(options):
        os.environ["SPANTOLL"] = str(options.binary)  # where the tests' Processor looks for it
        try:
            return measure(options)
        except (CommandFailed, KafkaError, OSError, subprocess.SubprocessError) as reason:
            raise Failed(str(reason)) from reason
    return measured


def percentile(values, percent):
    """The smallest value that so many percent of all do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def kafka_table(broker, topic):
    return f"""
[kafka]
brokers = "{broker.brokers}"
topics = ["{topic}"]
decisions = "{topic}.decisions"
dead_letters = "{topic}.dead-letters"
"""


def kafka_target(broker, topic):
    return f"kafka:{broker.brokers}/{topic}"


def feed(target, **options):
    """Scenario bench, until everything has arrived."""
    command(*_feed_arguments(target, options), timeout=FEED_TIMEOUT_S)


def _feed_arguments(target, options):
    arguments = ["feed", "--scenario", "bench", "--quiet", "--to", target]
    for name, value in options.items():
        arguments.append("--" + name.replace("_", "-"))
        if value is not True:
            arguments.append(str(value))
    return arguments


class Feeding:
    """Scenario bench in the background, until its end or ours."""

    def __init__(self, target, **options):
        self.arguments = _feed_arguments(target, options)

    def __enter__(self):
        self.process = subprocess.Popen(
            [os.environ["SPANTOLL"], *self.arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.communicate(timeout=FEED_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()

    def check_is_feeding(self):
        if self.process.poll() is not None:
            said = self.process.stderr.read().decode(errors="replace").strip()
            raise Failed(f"feed ended with {self.process.returncode} before its time: {said}")


class Service(Processor):
    """A processor with its data and its configuration, which is `settings`, in a directory."""

    def __init__(self, directory, settings):
        configuration = pathlib.Path(directory) / "spantoll.toml"
        configuration.write_text(settings)
        super().__init__(pathlib.Path(directory) / "data", configuration)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def sums(self, *names):
        """Values of metrics, each over all its labels, of one moment."""
        samples = self.http.samples()
        return [sum(int(value) for found, _, value in samples if found == name) for name in names]

    def accepted(self):
        return self.sums("spantoll_spans_accepted_total")[0]

    def wait_until_accepted(self, spans, timeout):
        self.wait_for(lambda: self.accepted() >= spans, timeout, f"accept {spans} spans")

    def cpu_s(self):
        """utime and stime of all threads, counted after the name in brackets."""
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory_bytes(self):
        return self.rss_kb() * 1024

    def written_bytes(self):
        """To the disk, as the kernel accounts it: a page counts each time that it becomes dirty."""
        return int(re.search(r"^write_bytes: (\d+)", self._proc("io"), re.MULTILINE)[1])

    def _proc(self, name):
        return pathlib.Path(f"/proc/{self.process.pid}/{name}").read_text()
