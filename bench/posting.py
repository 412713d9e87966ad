"""S10: posts to the embedded topic, each answered 202 after its fsync, from a client on the same two cores.

    bench/run --only s10                     five runs of 4,000,000 spans
    bench/run --only s10 --spans 200000      shorter

`spantoll feed` writes FlatBuffers records of 100 spans with 4 attributes (25 kB each) to a file beforehand. This
program posts each of them once, over 32 connections that stay open, one request under way on each; the identities are
all different, so that the engine, which folds the records meanwhile with one total and one EMA limit on every account,
does all of its work. What it has not yet folded when the last answer is there is not waited for, and is printed.

Spans per second are those answered 202, over the wall time from the first request to the last answer; the first
twentieth of the records is posted before and does not count. p99 is that of the time from a request's first byte to its
whole answer. The client is one thread of Python around epoll and hands the kernel slices of the mapped file; how much
of a core it takes is printed, since that is missing to the server on two cores. A body cut from a size-prefixed file is
aligned to its prefix, so the engine copies it before it reads it; a producer's own body would spare it that.
"""

import mmap
import pathlib
import selectors
import socket
import statistics
import struct
import tempfile
import time

from end_to_end import LIMITS, Failed
from goals import Result
from service import Service, feed, percentile, tells_failures

RUNS = 5
SPANS = 4_000_000
SPANS_PER_RECORD = 100
CONNECTIONS = 32
WARM_UP = 20  # one of so many records is posted before the time begins
ANSWER_BYTES = 65536
ANSWER_TIMEOUT_S = 30
SPANS_PER_S, P99_MS = 500_000, 20


@tells_failures
def measure(options):
    spans, runs = options.spans or SPANS, options.runs or RUNS
    print(f"posting: {spans} spans, {SPANS_PER_RECORD} a record, {CONNECTIONS} connections, {runs} run(s)", flush=True)
    with tempfile.TemporaryDirectory(prefix="spantoll-bench-") as directory:
        path = pathlib.Path(directory) / "spans.fb"
        feed(f"file:{path}", spans=spans, spans_per_record=SPANS_PER_RECORD)
        with open(path, "rb") as file:
            records = _cut(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))  # which lives as long as they do
        readings = [_measure_once(records) for _ in range(runs)]
    rate, p99 = (statistics.median(values) for values in zip(*readings))
    what = f"{SPANS_PER_RECORD}-span records on {CONNECTIONS} connections, client included, median of {runs}"
    return [
        Result("S10", f"posts answered 202 after fsync, {what}", rate / 1e6, "M spans/s",
               f"goal >= {SPANS_PER_S / 1e6} M spans/s", rate >= SPANS_PER_S),
        Result("S10 p99", f"from request to answer, {what}", p99, "ms", f"goal <= {P99_MS} ms", p99 <= P99_MS),
    ]


def _cut(content):
    """Records of a file of size-prefixed buffers."""
    whole, records, at = memoryview(content), [], 0
    while at < len(whole):
        size = struct.unpack_from("<I", whole, at)[0]
        records.append(whole[at + 4 : at + 4 + size])
        at += 4 + size
    return records


def _measure_once(records):
    """Spans per second, and p99 in milliseconds."""
    begin = len(records) // WARM_UP
    with (
        tempfile.TemporaryDirectory(prefix="spantoll-bench-") as directory,
        Service(directory, LIMITS) as service,
        _Client(service.port) as client,
    ):
        client.post_all(records[:begin])
        cpu_before, client_before, wall_before = service.cpu_s(), time.process_time(), time.monotonic()
        latencies = client.post_all(records[begin:])
        wall_s = time.monotonic() - wall_before
        cores = (service.cpu_s() - cpu_before) / wall_s
        client_cores = (time.process_time() - client_before) / wall_s
        unread = len(records) - service.sums("spantoll_next_offset")[0]
    rate, p99 = len(latencies) * SPANS_PER_RECORD / wall_s, percentile(latencies, 99) * 1000
    print(f"  {rate:,.0f} spans/s, p50 {percentile(latencies, 50) * 1000:.1f} ms, p99 {p99:.1f} ms; "
          f"run took {cores:.2f} cores, the client {client_cores:.2f}; "
          f"{unread} of {len(records)} records not folded yet", flush=True)
    return rate, p99


class _Client:
    """Connections that each post a record as soon as the one before is answered."""

    def __init__(self, port):
        self.port = port
        self.selector = selectors.DefaultSelector()
        self.connections = []

    def __enter__(self):
        self.connections = [_Connection(self.port) for _ in range(CONNECTIONS)]
        for connection in self.connections:
            self.selector.register(connection.socket, selectors.EVENT_READ, connection)
        return self

    def __exit__(self, *_):
        self.selector.close()
        for connection in self.connections:
            connection.socket.close()

    def post_all(self, records):
        """Seconds from request to answer, of each."""
        waiting = iter(records)
        latencies = []
        for connection, record in zip(self.connections, waiting):
            connection.post(record)
        while len(latencies) < len(records):
            ready = self.selector.select(ANSWER_TIMEOUT_S)
            if not ready:
                raise Failed(f"no answer to a post within {ANSWER_TIMEOUT_S} s")
            for key, _ in ready:
                if key.data.take_answer():
                    latencies.append(time.monotonic() - key.data.posted_at)
                    if (record := next(waiting, None)) is not None:
                        key.data.post(record)
        return latencies


class _Connection:
    """One request at a time. Sending blocks, reading is done when there is something."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head = f"POST /v1/spans HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/x-flatbuffers\r\n"
        self.answer = b""
        self.posted_at = 0.0

    def post(self, record):
        self.answer = b""
        self.posted_at = time.monotonic()
        head = f"{self.head}Content-Length: {len(record)}\r\n\r\n".encode()
        sent = self.socket.sendmsg([head, record])
        if sent < len(head):
            self.socket.sendall(head[sent:])
            sent = len(head)
        self.socket.sendall(record[sent - len(head) :])

    def take_answer(self):
        """Whether the answer is whole. Anything but 202 is a failure."""
        part = self.socket.recv(ANSWER_BYTES)
        self.answer += part
        head, found, body = self.answer.partition(b"\r\n\r\n")
        if not part or (found and not head.startswith(b"HTTP/1.1 202 ")):
            raise Failed(f"a post was answered: {self.answer.decode(errors='replace') or 'connection closed'}")
        return bool(found) and len(body) >= _content_length(head)


def _content_length(head):
    at = head.lower().index(b"content-length:") + len(b"content-length:")
    return int(head[at : at + 20].split(b"\r\n", 1)[0])
