"""The shipped binary as tests see it: one-shot commands, and a processor that runs.

    with Processor(data, config) as processor:     # started, and answers /healthz
        processor.http.post_lines(['{"service":"a","time_ms":1700000000000}'])
        processor.wait_until_read({("embedded", 0): 1})
        processor.stop()
    rows = dump_rows(data)

The path of the binary is the environment's SPANTOLL (integration_main.py sets it). A process is ended by its own pid.
"""

import os
import pathlib
import signal
import subprocess
import time

from kafka_broker import free_port
from spantoll_http import SpantollHttp, json_lines

EMBEDDED_TOPIC = "embedded"
COMMAND_TIMEOUT_S = 240
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60


def binary():
    return os.environ["SPANTOLL"]


class CommandFailed(Exception):
    """A command ended otherwise than with 0."""


def run_command(*arguments, timeout=COMMAND_TIMEOUT_S, environment=None):
    """What subprocess.run says, with texts; any exit code. `environment` adds to that of the test."""
    return subprocess.run(
        [binary(), *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, check=False,
        env={**os.environ, **(environment or {})},
    )


def command(*arguments, timeout=COMMAND_TIMEOUT_S, environment=None):
    """Standard output of a command that must end with 0."""
    done = run_command(*arguments, timeout=timeout, environment=environment)
    if done.returncode != 0:
        raise CommandFailed(f"spantoll {' '.join(map(str, arguments))}: exit {done.returncode}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def require_feed(test):
    """Skips a test whose input `feed` makes, where the binary has none."""
    if "feed" not in command("--help"):
        test.skipTest("this binary has no `feed`")


def dump_text(data, *options):
    return command("dump", "--data", data, "--format", "json", *options)


def dump_rows(data, *options):
    """{key: record}."""
    return {line["key"]: line["record"] for line in json_lines(dump_text(data, *options))}


def digest(data):
    return command("dump", "--data", data, "--digest").strip()


def stored_decisions(data):
    """{id: decision}, from the decision log."""
    rows = dump_rows(data, "--all", "--prefix", "DECISION#")
    decisions = [record.get("decision", record) for record in rows.values()]
    return {decision["id"]: decision for decision in decisions}


def counts_of(rows):
    return {key: record for key, record in rows.items() if key.startswith("META/COUNTS#")}


class Processor:
    """`spantoll run`. Standard output and error go to files beside the data directory, and are kept over restarts."""

    def __init__(self, data, config, *options, environment=None):
        self.data = pathlib.Path(data)
        self.config = pathlib.Path(config)
        self.options = [str(option) for option in options]
        self.environment = environment or {}
        self.port = free_port()
        self.http = SpantollHttp(self.port)
        self.process = None
        self.output = self.data.with_name(self.data.name + ".out")
        self.errors = self.data.with_name(self.data.name + ".err")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.end_for_good()

    def start(self, environment=None):
        self.spawn(environment)
        return self.wait_until_alive()

    def spawn(self, environment=None):
        """Without waiting for anything. `environment` holds for this start alone."""
        arguments = ["run", "--data", self.data, "--config", self.config, "--listen", f"127.0.0.1:{self.port}", *self.options]
        with open(self.output, "ab") as output, open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(
                [binary(), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                env={**os.environ, **self.environment, **(environment or {})},
            )
        return self

    def wait_until_alive(self):
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.http.has_started():
            if self.process.poll() is not None:
                raise CommandFailed(f"run ended with {self.process.returncode} at its start: {self.said()}")
            if time.monotonic() > deadline:
                raise CommandFailed(f"run does not answer /healthz: {self.said()}")
            time.sleep(0.02)
        return self

    def said(self):
        """The end of what it wrote to standard error."""
        return self.errors.read_text(errors="replace")[-3000:] if self.errors.exists() else ""

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        """As Ctrl-C does. The exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_TIMEOUT_S)

    def kill(self):
        """As a power cut for the process; false if it had already ended."""
        was_running = self.is_running()
        if was_running:
            self.process.kill()
        self.process.wait(STOP_TIMEOUT_S)
        return was_running

    def end_for_good(self):
        if self.process is not None:
            self.kill()

    def positions(self):
        """{(topic, partition): next offset} in memory; empty while it cannot be asked."""
        return {
            (labels["topic"], int(labels["partition"])): int(value)
            for labels, value in self.http.metric("spantoll_next_offset")
        }

    def has_read(self, ends):
        positions = self.positions()
        return bool(positions) and all(positions.get(name, -1) >= end for name, end in ends.items())

    def wait_until_read(self, ends, timeout=COMMAND_TIMEOUT_S):
        """Until all before `ends`, {(topic, partition): offset}, is folded and its decisions are delivered."""
        self.wait_for(lambda: self.has_read(ends), timeout, f"read up to {ends}")
        self.wait_for(lambda: self.http.value("spantoll_outbox_waiting") == 0, timeout, "have its outbox empty")

    def wait_for(self, is_so, timeout, what):
        deadline = time.monotonic() + timeout
        while not is_so():
            if not self.is_running():
                raise CommandFailed(f"run ended with {self.process.returncode}: {self.said()}")
            if time.monotonic() > deadline:
                raise CommandFailed(f"run did not {what} within {timeout} s, it is at {self.positions()}: {self.said()}")
            time.sleep(0.05)

    def rss_kb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
