#!/usr/bin/env python3
"""A real Apache Kafka for one test: a broker of its own on a free loopback port, in a directory of its own.

    with KafkaBroker(version="4") as kafka:
        kafka.admin.create_topic("spans", partitions=4, config=APPEND_TIME)
        kafka.produce("spans", ['{"service":"a","time_ms":1700000000000}'], partition=0)
        kafka.kill(); kafka.start()          # a crash; port and data stay
        print(kafka.consume("spantoll.decisions"))

As a program it runs a command beside a broker and ends with the command's exit code:

    kafka_broker.py [--version 3.9|4] [--timeout SECONDS] -- COMMAND ...

The command finds SPANTOLL_KAFKA_BROKERS, and SPANTOLL_KAFKA_SERVER, _DIR, _PORT and _VERSION to stop and
start it by. Where no broker can be had it says SKIPPED and ends with 77, or, where SPANTOLL_REQUIRE_KAFKA=1, fails.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from kafka_admin import KafkaAdmin  # noqa: E402

SERVER = pathlib.Path(__file__).resolve().parent.parent / "kafka_server"
APPEND_TIME = {"message.timestamp.type": "LogAppendTime"}
SKIPPED = 77
FETCH_TIMEOUT_S = 600
START_TIMEOUT_S = 120
KCAT_TIMEOUT_S = 60


class Unavailable(Exception):
    """No broker can be had on this machine."""


def free_port():
    """The first of two neighbours that are free. Below the ephemeral ports, so that no outgoing
    connection takes one while its broker is down."""
    for _ in range(1000):
        port = random.randrange(20000, 30000, 2)
        try:
            for candidate in (port, port + 1):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", candidate))
            return port
        except OSError:
            continue
    raise Unavailable("no two free ports")


class KafkaBroker:
    def __init__(self, version="3.9", settings=()):
        self.version, self.settings = version, list(settings)
        self.port = free_port()
        self.brokers = f"127.0.0.1:{self.port}"
        self.admin = KafkaAdmin("127.0.0.1", self.port)
        self.directory = None

    def __enter__(self):
        for tool in ("java", "kcat"):
            if shutil.which(tool) is None:
                raise Unavailable(f"{tool} is not installed")
        self._server("fetch", "--version", self.version, timeout=FETCH_TIMEOUT_S)
        self.directory = tempfile.mkdtemp(prefix="spantoll-kafka-")
        try:
            self.start()
        except BaseException:
            self._clean_up()
            raise
        return self

    def __exit__(self, *_):
        self._clean_up()

    def start(self):
        """Also after stop() or kill(): with the data of before."""
        options = [argument for setting in self.settings for argument in ("--set", setting)]
        self._server(
            "start", "--dir", self.directory, "--port", str(self.port), "--version", self.version, *options,
            timeout=START_TIMEOUT_S,
        )

    def stop(self):
        """In order, as an administrator would."""
        self._server("stop", "--dir", self.directory, timeout=START_TIMEOUT_S)

    def kill(self):
        """As a power cut would."""
        self._server("stop", "--dir", self.directory, "--hard", timeout=START_TIMEOUT_S)

    def produce(self, topic, lines, partition=None, headers=()):
        """Appends texts without line feeds, in order."""
        options = [] if partition is None else ["-p", str(partition)]
        options += [argument for header in headers for argument in ("-H", header)]
        self._kcat(["-P", "-t", topic, *options], "".join(line + "\n" for line in lines))

    def consume(self, topic):
        """All that is there now: a list of {topic, partition, offset, ts, key, payload, headers}."""
        out = self._kcat(["-C", "-t", topic, "-o", "beginning", "-e", "-q", "-J"])
        return [json.loads(line) for line in out.splitlines()]

    def environment(self):
        return {
            "SPANTOLL_KAFKA_BROKERS": self.brokers,
            "SPANTOLL_KAFKA_SERVER": str(SERVER),
            "SPANTOLL_KAFKA_DIR": self.directory,
            "SPANTOLL_KAFKA_PORT": str(self.port),
            "SPANTOLL_KAFKA_VERSION": self.version,
        }

    def _kcat(self, arguments, text=None):
        done = subprocess.run(
            ["kcat", "-b", self.brokers, *arguments],
            input=text, capture_output=True, text=True, timeout=KCAT_TIMEOUT_S, check=False,
        )
        if done.returncode:
            raise RuntimeError(f"kcat {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    @staticmethod
    def _server(*arguments, timeout):
        # To a file, as a pipe would stay open in the broker.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [str(SERVER), *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=timeout, check=False,
            )
            if done.returncode:
                output.seek(0)
                raise Unavailable(f"{SERVER.name} {' '.join(arguments)}: {output.read().strip()}")

    def _clean_up(self):
        try:
            self.kill()
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)


def skip_or_fail(reason):
    """The exit code of a test that could not be run. Says so."""
    if os.environ.get("SPANTOLL_REQUIRE_KAFKA") == "1":
        print(f"FAILED: a Kafka broker is required here: {reason}", file=sys.stderr)
        return 1
    print(f"SKIPPED: no Kafka broker for this test: {reason}", file=sys.stderr)
    return SKIPPED


def run_beside(broker, command, timeout_s):
    child = subprocess.Popen(command, env={**os.environ, **broker.environment()}, start_new_session=True)
    try:
        return child.wait(timeout_s)
    except BaseException as reason:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        if isinstance(reason, subprocess.TimeoutExpired):
            print(f"FAILED: not done within {timeout_s} s", file=sys.stderr)
            return 1
        raise


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--version", default="3.9")
    parser.add_argument("--timeout", type=int, default=300)
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    # So that the broker is stopped when ctest gives up on us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        with KafkaBroker(arguments.version) as broker:
            return run_beside(broker, arguments.command, arguments.timeout)
    except Unavailable as reason:
        return skip_or_fail(reason)


if __name__ == "__main__":
    sys.exit(main())
