"""Random, seeded spans and a configuration for them, from the profiles of tests/reference; and a producer that takes its time."""

import json
import math
import pathlib
import random
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "reference"))
from generate_input import PROFILES  # noqa: E402

JOIN_TIMEOUT_S = 300


class RandomInput:
    """`lines` are records of one span each, as bytes; `settings` the lines of a configuration. `profile` makes commands for them."""

    def __init__(self, profile, seed, spans):
        self.profile = PROFILES[profile](random.Random(f"{profile} {seed}"), False)
        self.settings = list(self.profile.configuration())
        self.lines = list(self.profile.lines(spans))

    def spans(self):
        """The lines as values; in members that nobody knows may stand what is no UTF-8, which is replaced, and numbers that
        Python would write as Infinity, which become texts."""
        return [json.loads(line.decode(errors="replace"), parse_float=finite_or_text) for line in self.lines]

    def configuration(self, **tables):
        """The text, with members of tables added: configuration(time={"idle_after": "off"})."""
        lines = list(self.settings)
        for name, members in tables.items():
            heading = f"[{name}]"
            added = [f"{member} = {toml_value(value)}" for member, value in members.items()]
            if heading in lines:
                place = lines.index(heading) + 1
                lines[place:place] = added
            else:
                lines += [heading, *added]
        return "\n".join(lines) + "\n"

    def records(self, chance, spans_max):
        """The spans as JSON arrays of 1 to `spans_max`, in order."""
        records, begin = [], 0
        while begin < len(self.lines):
            count = chance.randint(1, spans_max)
            records.append(b"[" + b",".join(self.lines[begin:begin + count]) + b"]")
            begin += count
        return records


def finite_or_text(number):
    return float(number) if math.isfinite(float(number)) else number


def toml_value(value):
    return json.dumps(value, ensure_ascii=False)


def kafka_table(broker, name, topics=None):
    """Of a processor that is called `name`: topics of its own for what it says."""
    return {"brokers": broker.brokers, "topics": topics or ["spans"], "decisions": f"{name}.decisions",
            "dead_letters": f"{name}.dead-letters", "group": name}


class Background(threading.Thread):
    """A thread whose failure is the caller's."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.work = work
        self.failure = None
        self.start()

    def run(self):
        try:
            self.work()
        except Exception as failure:  # told by finish()
            self.failure = failure

    def finish(self, timeout=JOIN_TIMEOUT_S):
        self.join(timeout)
        if self.is_alive():
            raise TimeoutError("the producer did not end")
        if self.failure is not None:
            raise self.failure


class TopicProducer:
    """Appends (partition, line) to a topic over several seconds, in order within a partition."""

    CHUNK_LINES = 25

    def __init__(self, broker, topic, records, seconds):
        self.broker, self.topic, self.records = broker, topic, records
        self.pause_s = seconds / max(1, len(records) // self.CHUNK_LINES)
        self.programs = {}
        self.thread = Background(self.produce)

    def produce(self):
        for begin in range(0, len(self.records), self.CHUNK_LINES):
            for partition, line in self.records[begin:begin + self.CHUNK_LINES]:
                self.program(partition).stdin.write(line + b"\n")
            for program in self.programs.values():
                program.stdin.flush()
            time.sleep(self.pause_s)
        for partition, program in self.programs.items():
            program.stdin.close()
            if program.wait(JOIN_TIMEOUT_S) != 0:
                raise RuntimeError(f"kcat for partition {partition} ended with {program.returncode}")

    def program(self, partition):
        if partition not in self.programs:
            # -E: goes on without a broker. One order and nothing twice, also over its restart.
            self.programs[partition] = subprocess.Popen(
                ["kcat", "-P", "-E", "-b", self.broker.brokers, "-t", self.topic, "-p", str(partition), "-X", "linger.ms=5",
                 "-X", "enable.idempotence=true", "-X", "message.timeout.ms=240000"],
                stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return self.programs[partition]

    def is_done(self):
        return not self.thread.is_alive()

    def finish(self):
        self.thread.finish()

    def stop(self):
        """For clean-up: at once."""
        for program in self.programs.values():
            if program.poll() is None:
                program.kill()
                program.wait()
