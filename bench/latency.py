"""S4: how long a decision takes, from a span's produce to the decision readable on the decisions topic, under load.

    bench/run --only s4                    five runs of 1,000 decisions, about 45 s each
    bench/run --only s4 --spans 500000     shorter: as many decisions as fit into so many spans of load

`spantoll feed` offers 50,000 spans/s, 10 a record, to a topic of one partition of a real broker; `spantoll run` reads
it with one total and one EMA limit on every account, none of which is reached. Beside it, to the same partition, about
40 times a second at random moments, goes a probe: a span of a user that nobody has seen, which reaches a limit on kind
`user` at once. Users are a kind that the load does not have.

A probe's time begins when its record is handed to the socket and ends when kcat, a consumer of the decisions topic, has
printed the decision and it was read from its pipe: broker, twice, and kcat are in it. Probes do not wait for each
other, so a pause is met by every probe that falls into it. Each decision takes a commit and an fsync: the CPU is that
of a processor which decides 40 times a second. CPU seconds are those of `spantoll run` over the measured time, all
threads; broker, feed and this program share the same cores and are not in them. The first ten seconds of each run,
probes included, do not count.
"""

import dataclasses
import json
import random
import statistics
import subprocess
import tempfile
import threading
import time

from end_to_end import LIMITS, Failed
from goals import Result
from kafka_broker import APPEND_TIME, KafkaBroker
from kafka_probe import KafkaProbe
from service import BLOCK_USERS, Feeding, Service, kafka_table, kafka_target, percentile, tells_failures

RUNS = 5
RATE = 50_000  # spans per second
RATE_MIN = 0.95 * RATE  # what must have been accepted for the run to count
SPANS_PER_RECORD = 10
PROBES = 1_000
PROBES_PER_S = 40
WARM_UP_S = 10
LAST_DECISION_S = 10
P50_MS, P99_MS, CPU_PERCENT = 5, 15, 25


@tells_failures
def measure(options):
    probes = PROBES if options.spans is None else max(1, options.spans * PROBES_PER_S // RATE)
    runs = options.runs or RUNS
    print(f"latency: {RATE} spans/s, {SPANS_PER_RECORD} a record, {probes} decisions a run, Kafka {options.kafka}",
          flush=True)
    with KafkaBroker(options.kafka) as broker:
        readings = [_measure_once(broker, f"spans-{run}", probes) for run in range(runs)]
    p50, p99, cpu = (statistics.median(values) for values in zip(*readings))
    load = f"at {RATE:,} spans/s and {PROBES_PER_S} decisions/s, median of {runs}"
    return [
        Result("S4 p50", f"from produce to decision, {load}", p50, "ms", f"goal <= {P50_MS} ms", p50 <= P50_MS),
        Result("S4 p99", f"from produce to decision, {load}", p99, "ms", f"goal <= {P99_MS} ms", p99 <= P99_MS),
        Result("S4 CPU", f"of one core, {load}", cpu, "%", f"goal < {CPU_PERCENT} %", cpu < CPU_PERCENT),
    ]


def _measure_once(broker, topic, probes):
    """p50 and p99 in milliseconds, CPU in percent of a core."""
    for name in (topic, f"{topic}.decisions"):
        broker.admin.create_topic(name, config=APPEND_TIME)
    with (
        tempfile.TemporaryDirectory(prefix="spantoll-bench-") as directory,
        Service(directory, kafka_table(broker, topic) + BLOCK_USERS + LIMITS) as service,
        Feeding(kafka_target(broker, topic), live=True, rate=RATE, spans_per_record=SPANS_PER_RECORD,
                spans=10 * RATE * (WARM_UP_S + probes // PROBES_PER_S + LAST_DECISION_S)) as feeding,
        KafkaProbe("127.0.0.1", broker.port, topic, 0) as probe,
        _Decisions(broker, f"{topic}.decisions") as decisions,
    ):
        _send_probes(probe, "warm-up", WARM_UP_S * PROBES_PER_S)
        before = _Usage.of(service)
        sent = _send_probes(probe, "probe", probes)
        usage = _Usage.of(service).since(before)
        feeding.check_is_feeding()
        probe.wait_until_taken(LAST_DECISION_S)
        read = decisions.wait_for(sent, LAST_DECISION_S)
    latencies_ms = [(read[account] - at) * 1000 for account, at in sent.items()]
    return _judged(latencies_ms, usage)


@dataclasses.dataclass(frozen=True)
class _Usage:
    """What the processor has done and taken, as of a moment or between two."""

    spans: int
    commits: int
    cpu_s: float
    wall_s: float

    @classmethod
    def of(cls, service):
        counts = service.sums("spantoll_spans_accepted_total", "spantoll_commits_total")
        return cls(*counts, service.cpu_s(), time.monotonic())

    def since(self, before):
        return _Usage(*(now - then for now, then in zip(dataclasses.astuple(self), dataclasses.astuple(before))))


def _judged(latencies_ms, usage):
    p50, p99 = percentile(latencies_ms, 50), percentile(latencies_ms, 99)
    cpu_percent, rate = usage.cpu_s / usage.wall_s * 100, usage.spans / usage.wall_s
    print(f"  p50 {p50:.2f} ms, p99 {p99:.2f} ms, longest {max(latencies_ms):.1f} ms, "
          f"CPU {cpu_percent:.1f} % of a core at {rate:,.0f} spans/s and {usage.commits / usage.wall_s:.0f} commits/s",
          flush=True)
    if rate < RATE_MIN:
        raise Failed(f"only {rate:,.0f} of {RATE:,} spans/s were accepted: the machine is too busy for the load")
    return p50, p99, cpu_percent


def _send_probes(probe, prefix, count):
    """{account: when its span was sent}."""
    sent = {}
    begin = time.monotonic()
    for number in range(count):
        # Anywhere in its slot, so that no rhythm of commits or fetches is met at the same point each time.
        due = begin + (number + random.random()) / PROBES_PER_S
        time.sleep(max(0, due - time.monotonic()))
        user = f"{prefix}-{number}"
        span = {"user": user, "time_ms": int(time.time() * 1000), "cost_usd": "0.01"}
        sent[f"user:{user}"] = probe.send(json.dumps(span).encode())
    return sent


class _Decisions:
    """When the first decision of each account was readable, by a consumer of its own."""

    def __init__(self, broker, topic):
        self.command = ["kcat", "-C", "-b", broker.brokers, "-t", topic, "-o", "beginning", "-u", "-q"]
        self.read = {}

    def __enter__(self):
        self.consumer = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.reader = threading.Thread(target=self._take_lines, daemon=True)
        self.reader.start()
        return self

    def __exit__(self, *_):
        self.consumer.kill()
        self.consumer.wait()
        self.reader.join()
        self.consumer.stdout.close()

    def wait_for(self, accounts, timeout_s):
        deadline = time.monotonic() + timeout_s
        while missing := sum(account not in self.read for account in accounts):
            if time.monotonic() > deadline:
                raise Failed(f"{missing} of {len(accounts)} decisions did not come within {timeout_s} s")
            time.sleep(0.01)
        return self.read

    def _take_lines(self):
        for line in self.consumer.stdout:
            at = time.monotonic()
            self.read.setdefault(json.loads(line)["account"], at)
