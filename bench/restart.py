"""S6: how long a processor with a million accounts takes to answer again after SIGKILL.

    bench/run --only s6                       five kills, a few minutes
    bench/run --only s6 --spans 20000         fewer accounts: those of so many spans

`spantoll feed` fills a topic of a real broker with 3,000,000 spans of an hour of event time until all of 1,000,000
accounts of five kinds are there (`max_per_kind` raised), with one total and one EMA limit on every account; one more
account gets blocked. Then, as often as there are runs: 50,000 spans/s come for some seconds, so that commits are under
way and the WAL is in use; `spantoll run` gets SIGKILL at a random moment; the feed is stopped; `spantoll run` is
started on what is left.

Times count from just before that process is made, and each is asked for every 2 ms, on a connection of its own:

  check     `GET /v1/check` of the blocked account answers 200 and "not allowed"; any other answer does not count
  loaded    `GET /readyz` no longer says that the state is being loaded: accounts and identities are in memory
  ready     `GET /readyz` answers 200, for which the broker must also have said where its partitions end

The goal is about the first. Files that were written lately are in the page cache, as they are after a crash of the
process, not after one of the machine. That all accounts were loaded is checked each time.
"""

import http.client
import json
import random
import statistics
import tempfile
import time

from end_to_end import LIMITS, Failed
from goals import Result
from kafka_broker import APPEND_TIME, KafkaBroker
from service import BLOCK_USERS, Feeding, Service, feed, kafka_table, kafka_target, tells_failures

RUNS = 5
ACCOUNTS = 1_000_000
SPANS = 3_000_000  # each of 200,000 names of a kind is picked 15 times: one in three millions is missed
SPANS_PER_RECORD = 100
RATE = 50_000
LIVE_S = (2, 4)
TOPIC = "spans"
BLOCKED = "blocked"
FILL_TIMEOUT_S = 600
START_TIMEOUT_S = 120
ASK_PAUSE_S = 0.002
CHECK_S = 1.5

CAPS = """
[accounts]
max_per_kind = 1200000
"""


@tells_failures
def measure(options):
    spans, runs = options.spans or SPANS, options.runs or RUNS
    print(f"restart: up to {ACCOUNTS} accounts of {spans} spans, {runs} kills, Kafka {options.kafka}", flush=True)
    with (
        KafkaBroker(options.kafka) as broker,
        tempfile.TemporaryDirectory(prefix="spantoll-bench-") as directory,
    ):
        broker.admin.create_topic(TOPIC, config=APPEND_TIME)
        with Service(directory, kafka_table(broker, TOPIC) + CAPS + BLOCK_USERS + LIMITS) as service:
            accounts = _fill(service, broker, spans)
            times = [_kill_and_start(service, broker, accounts, seed=2 + run) for run in range(runs)]
    check_s, loaded_s, ready_s = (statistics.median(seconds) for seconds in zip(*times))
    what = f"after SIGKILL with {accounts:,} accounts, median of {runs}"
    is_met = check_s <= CHECK_S if accounts >= ACCOUNTS else None
    return [
        Result("S6", f"until check answers, {what}", check_s, "s", f"goal <= {CHECK_S} s", is_met),
        Result("S6 loaded", f"until all is in memory, {what}", loaded_s, "s", "", None),
        Result("S6 ready", f"until /readyz answers 200, {what}", ready_s, "s", "", None),
    ]


def _workload(broker, **options):
    return {
        "target": kafka_target(broker, TOPIC), "accounts": ACCOUNTS, "spans_per_record": SPANS_PER_RECORD, **options
    }


def _fill(service, broker, spans):
    """How many accounts there are then."""
    feed(**_workload(broker, spans=spans, start="-1h", duration="1h"))
    span = {"user": BLOCKED, "time_ms": int(time.time() * 1000), "cost_usd": "0.01"}
    broker.produce(TOPIC, [json.dumps(span)])
    service.wait_until_accepted(spans + 1, FILL_TIMEOUT_S)
    service.wait_for(lambda: _says_blocked(service), START_TIMEOUT_S, "say that an account is blocked")
    return service.sums("spantoll_accounts")[0]


def _kill_and_start(service, broker, accounts, seed):
    live_s = random.uniform(*LIVE_S)
    with Feeding(**_workload(broker, spans=RATE * 60, rate=RATE, live=True, seed=seed)) as feeding:
        time.sleep(live_s)
        feeding.check_is_feeding()
        if not service.kill():
            raise Failed(f"run ended by itself: {service.said()}")
    begin = time.monotonic()
    service.spawn()
    check_s = _seconds_until(lambda: _says_blocked(service), service, begin)
    loaded_s = _seconds_until(service.http.has_started, service, begin)
    ready_s = _seconds_until(lambda: _answer(service, "/readyz") is not None, service, begin)
    loaded = service.sums("spantoll_accounts")[0]
    print(f"  killed after {live_s:.1f} s: check after {check_s:.2f} s, loaded after {loaded_s:.2f} s, "
          f"ready after {ready_s:.2f} s, {loaded:,} accounts", flush=True)
    if loaded < accounts:
        raise Failed(f"{loaded:,} of {accounts:,} accounts were there after the restart")
    return check_s, loaded_s, ready_s


def _seconds_until(is_so, service, begin):
    while not is_so():
        if not service.is_running():
            raise Failed(f"run ended with {service.process.returncode} at its start: {service.said()}")
        if time.monotonic() - begin > START_TIMEOUT_S:
            raise Failed(f"run does not answer within {START_TIMEOUT_S} s: {service.said()}")
        time.sleep(ASK_PAUSE_S)
    return time.monotonic() - begin


def _says_blocked(service):
    """False also where there is no answer."""
    answer = _answer(service, f"/v1/check?account=user:{BLOCKED}")
    return answer is not None and not answer.json()["allowed"]


def _answer(service, path):
    """None if there is none, or any but 200."""
    try:
        answer = service.http.get(path)
    except (OSError, http.client.HTTPException):
        return None
    return answer if answer.status == 200 else None
