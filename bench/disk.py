"""S9: what a month of event time leaves on disk, and how much is written on the way.

    bench/run --only s9                       about 20 minutes
    bench/run --only s9 --spans 1000000       thinner: so many spans in the dense hours, all else in proportion

25,000 accounts picked by zipf 1.1, 1,000 spans per second of event time, 100 a record, one total and one EMA limit on
every account that nobody reaches. A month of that is 2.6 billion spans, so it is put together from three parts, one
after the other into one store, through a topic of a real broker:

  thin    the first 28 days and 21 hours with one span in a hundred, as fast as they are read;
  dense   the last 27 hours with all of them, as fast as they are read;
  live    ten minutes at 1,000 spans/s of the wall clock, after half a minute that does not count.

*S9* is the largest size of the data directory (blocks in use, WAL included) after 25 dense hours and while live. It
stands for the whole month because what depends on density is removed by then: panes leave the 24 h window, an hour of
them at once, and identities are remembered for an hour. What stays longer is a row per account and calendar month, and
for those the thin part is as good, as all accounts are there. *S9 growth* says what days add all the same: the slope of
the sizes that the thin days had in the mean, from the third on, without the WAL, which goes up and down by 64 MiB; it
is measured at the thin density and not scaled up. Not in any size: decisions and dead letters, which are kept for 35
days and up to 64 MiB, as there are none; and the embedded topic.

*Bytes written* are write_bytes of /proc/PID/io: all that RocksDB hands to the disk, WAL, flushes and compactions; a
page that becomes dirty again counts again. *Write amplification* is bytes written over bytes of rows committed, and
those are the growth of the WAL, where each row stands once: its key, its value and a few bytes around them. Both depend
on how many spans share a commit: live they are committed as they come, catching up by the hundred thousand. The live
value is that of a service at 1,000 spans/s, with records that come ten times a second; with other bursts it is another.
"""

import contextlib
import dataclasses
import datetime
import os
import statistics
import tempfile
import threading
import time

from end_to_end import LIMITS
from goals import Result
from kafka_broker import APPEND_TIME, KafkaBroker
from service import SHORT_LOG, SHORT_LOG_SETTINGS, Feeding, Service, feed, kafka_table, kafka_target, tells_failures

HOUR_S, DAY_S = 3600, 24 * 3600
MONTH_S = 30 * DAY_S
DENSE_S = 27 * HOUR_S
SETTLED_HOURS = 25  # dense hours until their own panes leave the window as fast as others come
SPANS_PER_S = 1_000
THINNING = 100
LIVE_S, LIVE_WARM_UP_S = 600, 30
ACCOUNTS, ZIPF = 25_000, 1.1
SPANS_PER_RECORD = 100
READ_TIMEOUT_S = 1200
TOPIC = "spans"
WATCH_PAUSE_S = 0.1
BLOCK = 512  # the unit of st_blocks
SIZE_MAX = 1_000_000_000


@tells_failures
def measure(options):
    rate = SPANS_PER_S if options.spans is None else options.spans / DENSE_S
    print(f"disk: {rate:,.4g} spans per second of event time, {ACCOUNTS} accounts, zipf {ZIPF}, Kafka {options.kafka}",
          flush=True)
    with (
        KafkaBroker(options.kafka, SHORT_LOG_SETTINGS) as broker,
        tempfile.TemporaryDirectory(prefix="spantoll-bench-") as directory,
    ):
        broker.admin.create_topic(TOPIC, config={**APPEND_TIME, **SHORT_LOG})
        with (
            Service(directory, kafka_table(broker, TOPIC) + LIMITS) as service,
            _DiskWatch(service.data) as watch,
        ):
            return _Month(broker, service, watch, rate).results()


@dataclasses.dataclass(frozen=True)
class _Written:
    """As of a moment, or between two."""

    spans: int
    disk: int  # bytes handed to the disk
    rows: int  # bytes of rows committed

    def since(self, before):
        return _Written(self.spans - before.spans, self.disk - before.disk, self.rows - before.rows)

    def results(self, when, how):
        return [
            Result(f"S9 written {when}", f"bytes to the disk per span, {how}", self.disk / self.spans, "B", "", None),
            Result(f"S9 amplification {when}", f"bytes to the disk per byte of rows, {how}", self.disk / self.rows, "x",
                   "", None),
        ]


class _Month:
    def __init__(self, broker, service, watch, rate):
        self.broker, self.service, self.watch, self.rate = broker, service, watch, rate
        self.start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=MONTH_S)
        self.seed = 0
        self.fed = 0

    def results(self):
        thin = self._read_parts("thin day", range(0, MONTH_S - DENSE_S, DAY_S), self.rate / THINNING)
        before = self._written()
        dense = self._read_parts("dense hour", range(MONTH_S - DENSE_S, MONTH_S, HOUR_S), self.rate)
        catching_up = self._written().since(before)
        live, live_sizes = self._live()
        size = max(_largest(sizes) for sizes in [*dense[SETTLED_HOURS:], live_sizes])
        growth = statistics.linear_regression(*zip(*enumerate(map(_mean_without_wal, thin[2:])))).slope
        density = f"{self.rate:,.4g} spans/s"
        return [
            Result("S9", f"on disk after a month, {ACCOUNTS:,} accounts, zipf {ZIPF}, {density}", size / 1e6, "MB",
                   f"goal <= {SIZE_MAX / 1e6:.0f} MB", size <= SIZE_MAX),
            Result("S9 growth", f"added by a day of {self.rate / THINNING:,.4g} spans/s", growth / 1e6, "MB", "", None),
            *live.results("live", f"{density} of the wall clock"),
            *catching_up.results("catching up", "as fast as spans are read"),
        ]

    def _read_parts(self, name, begins, rate):
        """Parts of equal length, but for the last, which ends where the next kind begins. Sizes seen in each."""
        parts = []
        for begin in begins:
            seconds = min(begins.step, begins.stop - begin)
            self._read(begin, seconds, rate)
            parts.append(self.watch.take_sizes())
            print(f"  {name} {len(parts)}: {_largest(parts[-1]) / 1e6:.0f} MB at most, "
                  f"{_mean_without_wal(parts[-1]) / 1e6:.0f} MB in the mean without the WAL", flush=True)
        return parts

    def _read(self, begin_s, seconds, rate):
        """Read to its end, then removed from the topic."""
        spans = max(1, round(rate * seconds))
        start = self.start + datetime.timedelta(seconds=begin_s)
        feed(spans=spans, start=start.strftime("%Y-%m-%dT%H:%M:%SZ"), duration=f"{seconds}s", **self._workload())
        self.fed += spans
        self.service.wait_until_accepted(self.fed, READ_TIMEOUT_S)
        self.broker.admin.delete_records(TOPIC, 0, self.service.sums("spantoll_next_offset")[0])

    def _live(self):
        rate = max(1, round(self.rate))
        with Feeding(live=True, rate=rate, spans=2 * rate * (LIVE_WARM_UP_S + LIVE_S), **self._workload()) as feeding:
            time.sleep(LIVE_WARM_UP_S)
            self.watch.take_sizes()
            before = self._written()
            time.sleep(LIVE_S)
            feeding.check_is_feeding()
            return self._written().since(before), self.watch.take_sizes()

    def _workload(self):
        """Another seed each time, and so other identities; names are the same."""
        self.seed += 1
        return {
            "target": kafka_target(self.broker, TOPIC), "seed": self.seed, "accounts": ACCOUNTS, "zipf": ZIPF,
            "attributes": 0, "spans_per_record": SPANS_PER_RECORD,
        }

    def _written(self):
        return _Written(self.service.accepted(), self.service.written_bytes(), self.watch.wal_bytes())


@dataclasses.dataclass(frozen=True)
class _Size:
    whole: int
    wal: int


def _largest(sizes):
    return max(size.whole for size in sizes)


def _mean_without_wal(sizes):
    return statistics.mean(size.whole - size.wal for size in sizes)


class _DiskWatch:
    """The sizes that a data directory had, and all that was ever written to its WAL."""

    def __init__(self, data):
        self.data = data
        self.is_ended = threading.Event()
        self.lock = threading.Lock()  # for what follows
        self.sizes = []
        self.open_wals = {}  # kept open, so that a file that is removed still tells its last size
        self.removed_wal_bytes = 0

    def __enter__(self):
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_ended.set()
        self.thread.join()
        for wal in self.open_wals.values():
            os.close(wal)

    def take_sizes(self):
        """Those seen since they were last taken, and the present one."""
        self._look()
        with self.lock:
            sizes, self.sizes = self.sizes, []
        return sizes

    def wal_bytes(self):
        self._look()
        with self.lock:
            return self.removed_wal_bytes + sum(os.fstat(wal).st_size for wal in self.open_wals.values())

    def _watch(self):
        while not self.is_ended.wait(WATCH_PAUSE_S):
            self._look()

    def _look(self):
        with self.lock:
            self.sizes.append(_size_of(self.data))
            self._look_at_wals()

    def _look_at_wals(self):
        for path in (self.data / "state").glob("[0-9]*.log"):
            with contextlib.suppress(FileNotFoundError):
                if path.name not in self.open_wals:
                    self.open_wals[path.name] = os.open(path, os.O_RDONLY)
        for name, wal in list(self.open_wals.items()):
            status = os.fstat(wal)
            if status.st_nlink == 0:
                self.removed_wal_bytes += status.st_size
                os.close(self.open_wals.pop(name))


def _size_of(data):
    """Blocks in use."""
    whole = wal = 0
    for path in data.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            size = path.stat().st_blocks * BLOCK
            whole += size
            wal += size if path.suffix == ".log" else 0
    return _Size(whole, wal)
