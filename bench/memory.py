"""S5: resident memory while spans come, against what accounts and remembered identities may take.

    bench/run --only s5                      ten minutes, once
    bench/run --only s5 --spans 6000000      as long as so many spans take at 50,000 a second

`spantoll feed --live` offers 50,000 spans/s of 100,000 accounts, 100 spans a record, to a topic of a real broker;
`spantoll run` reads it with one total and one EMA limit on every account. Twice a second VmRSS and the metrics
spantoll_accounts and spantoll_dedup_ids are read, and every sample must stay within its own bound: 150 MB + 256 bytes x
accounts + 12 bytes x identities as of then. The result is the sample that comes nearest to its bound, or is furthest
beyond it. MB are 10^6 bytes.

Event time is the wall clock, so identities are remembered as in production: an hour each, 20,000,000 at most. In ten
minutes none is an hour old, so their number grows with every span until, after 400 seconds, the cap forgets the oldest:
the run shows growth, the largest size and the steady state after it. How much of the 24 h window is filled does not
matter, since panes that are closed lie on disk.
"""

import dataclasses
import tempfile
import time

from end_to_end import LIMITS, Failed
from goals import Result
from kafka_broker import APPEND_TIME, KafkaBroker
from service import SHORT_LOG, SHORT_LOG_SETTINGS, Feeding, Service, kafka_table, kafka_target, tells_failures

RATE = 50_000  # spans per second
ACCEPTED_MIN = 0.95  # of what was offered
SPANS = RATE * 600
SPANS_PER_RECORD = 100
ACCOUNTS = 100_000
BASE_BYTES, ACCOUNT_BYTES, ID_BYTES = 150_000_000, 256, 12
SAMPLE_PAUSE_S = 0.5
PROGRESS_PAUSE_S = 30
TOPIC = "spans"
# Five minutes of spans: a processor that falls behind further has failed anyway.
LOG = {**APPEND_TIME, **SHORT_LOG, "retention.bytes": 4 << 30}


@dataclasses.dataclass(frozen=True)
class Sample:
    memory: int
    accounts: int
    ids: int

    @property
    def bound(self):
        return BASE_BYTES + ACCOUNT_BYTES * self.accounts + ID_BYTES * self.ids

    def result(self, goal, what):
        what = f"{what}: with {self.accounts:,} accounts and {self.ids:,} identities"
        return Result(goal, what, self.memory / 1e6, "MB", f"goal <= {self.bound / 1e6:.0f} MB with as many",
                      self.memory <= self.bound)

    def __str__(self):
        return (f"{self.memory / 1e6:.0f} MB of {self.bound / 1e6:.0f} MB "
                f"with {self.accounts:,} accounts and {self.ids:,} identities")


@tells_failures
def measure(options):
    seconds = (options.spans or SPANS) / RATE
    runs = options.runs or 1
    print(f"memory: {RATE} spans/s for {seconds:.0f} s, {ACCOUNTS} accounts, {runs} run(s), Kafka {options.kafka}",
          flush=True)
    samples = [sample for _ in range(runs) for sample in _samples_of_a_run(options.kafka, seconds)]
    nearest = max(samples, key=lambda sample: sample.memory / sample.bound)
    largest = max(samples, key=lambda sample: sample.memory)
    return [
        nearest.result("S5", "resident memory, nearest to its bound"),
        largest.result("S5 largest", "resident memory, the largest"),
    ]


def _samples_of_a_run(kafka, seconds):
    with (
        KafkaBroker(kafka, SHORT_LOG_SETTINGS) as broker,
        tempfile.TemporaryDirectory(prefix="spantoll-bench-") as directory,
    ):
        broker.admin.create_topic(TOPIC, config=LOG)
        with (
            Service(directory, kafka_table(broker, TOPIC) + LIMITS) as service,
            Feeding(kafka_target(broker, TOPIC), live=True, rate=RATE, accounts=ACCOUNTS,
                    spans_per_record=SPANS_PER_RECORD, spans=int(10 * RATE * (seconds + 60))) as feeding,
        ):
            samples = _samples(service, feeding, seconds)
            _check_kept_up(service, seconds)
    return samples


def _samples(service, feeding, seconds):
    samples = []
    begin = time.monotonic()
    told = begin
    while time.monotonic() - begin < seconds:
        feeding.check_is_feeding()
        samples.append(Sample(service.memory_bytes(), *service.sums("spantoll_accounts", "spantoll_dedup_ids")))
        if time.monotonic() - told > PROGRESS_PAUSE_S:
            told = time.monotonic()
            print(f"  after {told - begin:.0f} s: {samples[-1]}", flush=True)
        time.sleep(SAMPLE_PAUSE_S)
    print(f"  at the end: {samples[-1]}", flush=True)
    return samples


def _check_kept_up(service, seconds):
    accepted = service.accepted()
    if accepted < ACCEPTED_MIN * RATE * seconds:
        raise Failed(f"only {accepted:,} of {RATE * seconds:,.0f} spans were accepted in time: "
                     "the machine is too busy for the load")
