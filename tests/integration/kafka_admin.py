#!/usr/bin/env python3
"""The few Kafka requests that tests need of an administrator, over a plain socket.

Kafka's own tools take two seconds of JVM for each; this takes milliseconds. Versions of the requests
are the oldest that Kafka 4 still speaks, so that 3.9 and 4 get the same bytes.
"""

import socket
import struct
import sys
import time

CREATE_TOPICS, DELETE_TOPICS, DELETE_RECORDS, METADATA, CREATE_PARTITIONS = 19, 20, 21, 3, 37
OFFSET_FETCH = 9
UNKNOWN_TOPIC, TOPIC_EXISTS = 3, 36
TIMEOUT_S = 30


class KafkaError(Exception):
    """An error code of the broker."""

    def __init__(self, what, code):
        super().__init__(f"{what}: Kafka error {code}")
        self.code = code


def _string(text):
    if text is None:
        return struct.pack(">h", -1)
    data = text.encode()
    return struct.pack(">h", len(data)) + data


def _array(items):
    return struct.pack(">i", len(items)) + b"".join(items)


class _Reader:
    """Walks through an answer."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        values = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(">" + form)
        return values[0]

    def string(self):
        length = self.take("h")
        if length < 0:
            return None
        self.at += length
        return self.data[self.at - length : self.at].decode()

    def array(self, read):
        return [read() for _ in range(self.take("i"))]


def _receive(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionError("the broker closed the connection")
        data += part
    return data


class KafkaAdmin:
    """create_topic() and its kin return when the broker shows the change."""

    def __init__(self, host, port):
        self.address = (host, port)

    def _ask(self, key, version, body):
        request = struct.pack(">hhi", key, version, 1) + _string("spantoll-test") + body
        with socket.create_connection(self.address, timeout=TIMEOUT_S) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            size = struct.unpack(">i", _receive(connection, 4))[0]
            reader = _Reader(_receive(connection, size))
        reader.take("i")  # the request's number
        return reader

    def create_topic(self, name, partitions=1, config=None):
        """A topic that is still being deleted under this name is waited for."""
        settings = [_string(key) + _string(str(value)) for key, value in (config or {}).items()]
        topic = _string(name) + struct.pack(">ih", partitions, 1) + _array([]) + _array(settings)
        body = _array([topic]) + struct.pack(">i?", TIMEOUT_S * 1000, False)

        def create():
            reader = self._ask(CREATE_TOPICS, 2, body)
            reader.take("i")
            return reader.array(lambda: (reader.string(), reader.take("h"), reader.string()))[0][1]

        # A name that is taken is an error, but one that is only not yet free is tried again.
        being_deleted = {TOPIC_EXISTS} if self._leaders(name) is None else set()
        self._until(f"create {name}", create, being_deleted)
        self._until_led(name, partitions)

    def delete_topic(self, name):
        reader = self._ask(DELETE_TOPICS, 1, _array([_string(name)]) + struct.pack(">i", TIMEOUT_S * 1000))
        reader.take("i")
        code = reader.array(lambda: (reader.string(), reader.take("h")))[0][1]
        if code:
            raise KafkaError(f"delete {name}", code)
        self._until(f"miss {name}", lambda: 0 if self._leaders(name) is None else TOPIC_EXISTS, {TOPIC_EXISTS})

    def add_partitions(self, name, count):
        """`count` is that of all partitions afterwards."""
        topic = _string(name) + struct.pack(">ii", count, -1)
        reader = self._ask(CREATE_PARTITIONS, 0, _array([topic]) + struct.pack(">i?", TIMEOUT_S * 1000, False))
        reader.take("i")
        code = reader.array(lambda: (reader.string(), reader.take("h"), reader.string()))[0][1]
        if code:
            raise KafkaError(f"add partitions to {name}", code)
        self._until_led(name, count)

    def delete_records(self, name, partition, before_offset):
        """As retention would: the log begins at this offset afterwards."""
        one = struct.pack(">iq", partition, before_offset)
        body = _array([_string(name) + _array([one])]) + struct.pack(">i", TIMEOUT_S * 1000)
        reader = self._ask(DELETE_RECORDS, 0, body)
        reader.take("i")
        answers = reader.array(
            lambda: (
                reader.string(),
                reader.array(lambda: (reader.take("i"), reader.take("q"), reader.take("h"))),
            )
        )
        code = answers[0][1][0][2]
        if code:
            raise KafkaError(f"delete records of {name}/{partition}", code)

    def group_offset(self, group, topic, partition):
        """As committed; -1 = none."""
        body = _string(group) + _array([_string(topic) + _array([struct.pack(">i", partition)])])
        reader = self._ask(OFFSET_FETCH, 1, body)
        answers = reader.array(
            lambda: (
                reader.string(),
                reader.array(lambda: (reader.take("i"), reader.take("q"), reader.string(), reader.take("h"))),
            )
        )
        _, offset, _, code = answers[0][1][0]
        if code:
            raise KafkaError(f"ask for the offset of {group}", code)
        return offset

    def _leaders(self, name):
        """By partition, -1 where there is none; None where the topic does not exist."""
        reader = self._ask(METADATA, 4, _array([_string(name)]) + struct.pack(">?", False))
        reader.take("i")
        reader.array(lambda: (reader.take("i"), reader.string(), reader.take("i"), reader.string()))
        reader.string()  # the cluster's id
        reader.take("i")  # its controller

        def partition():
            found = reader.take("h"), reader.take("i"), reader.take("i")
            reader.array(lambda: reader.take("i"))
            reader.array(lambda: reader.take("i"))
            return found[1], found[2]

        def topic():
            return reader.take("h"), reader.string(), reader.take("?"), reader.array(partition)

        code, _, _, partitions = reader.array(topic)[0]
        return None if code else dict(partitions)

    def _until_led(self, name, partitions):
        def look():
            leaders = self._leaders(name) or {}
            is_led = len(leaders) == partitions and min(leaders.values()) >= 0
            return 0 if is_led else UNKNOWN_TOPIC

        self._until(f"see {name}", look, {UNKNOWN_TOPIC})

    @staticmethod
    def _until(what, attempt, retry_on):
        deadline = time.monotonic() + TIMEOUT_S
        while code := attempt():
            if code not in retry_on or time.monotonic() > deadline:
                raise KafkaError(what, code)
            time.sleep(0.02)


def main():
    """kafka_admin.py HOST:PORT create TOPIC PARTITIONS [KEY=VALUE ...]
                                delete TOPIC
                                partitions TOPIC COUNT
                                trim TOPIC PARTITION BEFORE_OFFSET"""
    address, action, topic, *rest = sys.argv[1:]
    host, port = address.rsplit(":", 1)
    admin = KafkaAdmin(host, int(port))
    if action == "create":
        admin.create_topic(topic, int(rest[0]), dict(setting.split("=", 1) for setting in rest[1:]))
    elif action == "delete":
        admin.delete_topic(topic)
    elif action == "partitions":
        admin.add_partitions(topic, int(rest[0]))
    elif action == "trim":
        admin.delete_records(topic, int(rest[0]), int(rest[1]))
    else:
        sys.exit(main.__doc__)


if __name__ == "__main__":
    main()
