"""Single records to one partition of a Kafka topic, sent at once and without waiting for the broker's answer.

    with KafkaProbe("127.0.0.1", 9092, "spans", 0) as probe:
        probe.send(b'{"user":"a","time_ms":1700000000000}')
        probe.wait_until_taken(timeout_s=10)

kcat gathers its input before it sends, so it cannot time a record. Produce requests of version 3 and record batches of
version 2, which Kafka 3.9 and 4 both speak. Thread: send() and the rest by one.
"""

import contextlib
import socket
import struct
import threading
import time

from end_to_end import Failed

PRODUCE, VERSION = 0, 3
ACKS_LEADER = 1
TIMEOUT_S = 30
CRC32C_POLYNOMIAL = 0x82F63B78  # reflected


def _crc32c_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (CRC32C_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _crc32c_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def _varint(value):
    """Zigzag, in groups of seven bits."""
    value = value << 1 ^ value >> 63
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def record_batch(value, time_ms):
    """Of one record: no key, no headers, not compressed."""
    record = b"\0" + _varint(0) + _varint(0) + _varint(-1) + _varint(len(value)) + value + _varint(0)
    record = _varint(len(record)) + record
    # attributes; last offset delta; first and last time; no producer's id, epoch and sequence; one record
    checked = struct.pack(">hiqqqhii", 0, 0, time_ms, time_ms, -1, -1, -1, 1) + record
    after_length = struct.pack(">ibI", -1, 2, crc32c(checked)) + checked
    return struct.pack(">qi", 0, len(after_length)) + after_length


def _text(text):
    return struct.pack(">h", len(text)) + text.encode()


class KafkaProbe:
    def __init__(self, host, port, topic, partition):
        self.address, self.topic, self.partition = (host, port), topic, partition
        self.sent = 0
        self.taken = 0  # written by the thread of answers alone, as is the next
        self.refusal = None

    def __enter__(self):
        self.connection = socket.create_connection(self.address, timeout=TIMEOUT_S)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection.settimeout(None)
        self.answers = threading.Thread(target=self._read_answers, daemon=True)
        self.answers.start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):  # the broker may have gone first
            self.connection.shutdown(socket.SHUT_RDWR)
        self.answers.join()
        self.connection.close()

    def send(self, value):
        """When it went to the broker, as time.monotonic()."""
        request = self._request(value)
        self.sent += 1
        sent_at = time.monotonic()
        self.connection.sendall(request)
        return sent_at

    def wait_until_taken(self, timeout_s):
        deadline = time.monotonic() + timeout_s
        while self.taken < self.sent:
            if self.refusal or time.monotonic() > deadline:
                raise Failed(f"the broker took {self.taken} of {self.sent} probes: {self.refusal or 'no answer'}")
            time.sleep(0.01)

    def _request(self, value):
        batch = record_batch(value, int(time.time() * 1000))
        body = struct.pack(">hhi", -1, ACKS_LEADER, TIMEOUT_S * 1000)  # no transaction
        body += struct.pack(">i", 1) + _text(self.topic)
        body += struct.pack(">iii", 1, self.partition, len(batch)) + batch
        message = struct.pack(">hhi", PRODUCE, VERSION, self.sent) + _text("spantoll-bench") + body
        return struct.pack(">i", len(message)) + message

    def _read_answers(self):
        """One topic and one partition each: the error code stands after the topic's name and the partition."""
        try:
            with self.connection.makefile("rb") as stream:
                while head := stream.read(4):
                    answer = stream.read(struct.unpack(">i", head)[0])
                    name_bytes = struct.unpack_from(">h", answer, 8)[0]
                    code = struct.unpack_from(">h", answer, 10 + name_bytes + 8)[0]
                    if code:
                        self.refusal = f"Kafka error {code}"
                        return
                    self.taken += 1
        except OSError as reason:
            self.refusal = str(reason)
