"""A producer that can do what kcat cannot: transactions, and headers of every kind. librdkafka, by ctypes.

    with KafkaProducer(broker.brokers, transactional_id="t") as producer:
        producer.begin(); producer.append("spans", b"{...}"); producer.commit()
"""

import ctypes

TIMEOUT_MS = 30_000
PRODUCER = 0
MESSAGE_COPY = 2
# rd_kafka_vtype_t
END, TOPIC, PARTITION, VALUE, MESSAGE_FLAGS, HEADERS = 0, 1, 3, 4, 7, 10


class KafkaProducer:
    def __init__(self, brokers, transactional_id=None):
        self.library = ctypes.CDLL("librdkafka.so.1")
        for name in ("conf_new", "new", "init_transactions", "begin_transaction", "commit_transaction",
                     "abort_transaction", "headers_new"):
            getattr(self.library, "rd_kafka_" + name).restype = ctypes.c_void_p
        self.library.rd_kafka_error_string.restype = ctypes.c_char_p
        self.said = ctypes.create_string_buffer(512)
        settings = {"bootstrap.servers": brokers, "linger.ms": "0", "log_level": "0"}
        if transactional_id is not None:
            settings["transactional.id"] = transactional_id
        conf = ctypes.c_void_p(self.library.rd_kafka_conf_new())
        for name, value in settings.items():
            if self.library.rd_kafka_conf_set(conf, name.encode(), value.encode(), self.said, len(self.said)) != 0:
                raise RuntimeError(self.said.value.decode())
        self.client = ctypes.c_void_p(self.library.rd_kafka_new(PRODUCER, conf, self.said, len(self.said)))
        if not self.client.value:
            raise RuntimeError(self.said.value.decode())
        if transactional_id is not None:
            self._check(self.library.rd_kafka_init_transactions(self.client, TIMEOUT_MS))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.flush()
        self.library.rd_kafka_destroy(self.client)

    def append(self, topic, value, partition=0, headers=()):
        """`headers`: (name, value) as bytes; a value may be None."""
        known = ctypes.c_void_p(self.library.rd_kafka_headers_new(ctypes.c_size_t(8)))
        for name, text in headers:
            size = -1 if text is None else len(text)
            if self.library.rd_kafka_header_add(known, name, ctypes.c_ssize_t(len(name)), text, ctypes.c_ssize_t(size)):
                raise RuntimeError("a header was refused")
        code = self.library.rd_kafka_producev(
            self.client, TOPIC, topic.encode(), PARTITION, ctypes.c_int32(partition),
            VALUE, value, ctypes.c_size_t(0 if value is None else len(value)),
            MESSAGE_FLAGS, MESSAGE_COPY, HEADERS, known, END)
        if code:
            raise RuntimeError(f"rd_kafka_producev: {code}")

    def flush(self):
        if self.library.rd_kafka_flush(self.client, TIMEOUT_MS):
            raise RuntimeError("not everything was appended")

    def begin(self):
        self._check(self.library.rd_kafka_begin_transaction(self.client))

    def commit(self):
        self._check(self.library.rd_kafka_commit_transaction(self.client, TIMEOUT_MS))

    def abort(self):
        """After what was appended has reached the log, so that there is something to skip."""
        self.flush()
        self._check(self.library.rd_kafka_abort_transaction(self.client, TIMEOUT_MS))

    def _check(self, error):
        if error:
            raise RuntimeError(self.library.rd_kafka_error_string(ctypes.c_void_p(error)).decode())
