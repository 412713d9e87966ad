"""A processor's HTTP interface as a client sees it. Headers are written as given, so that wrong ones can be."""

import http.client
import json
import re

HTTP_TIMEOUT_S = 30
JSON_TYPE = "application/json"
SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


def json_lines(text):
    """The values of JSON lines; splitlines() would cut at letters such as U+2028 too."""
    return [json.loads(line) for line in text.split("\n") if line]


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)

    def lines(self):
        return json_lines(self.text)


class SpantollHttp:
    """One connection for each request; Poster below keeps one."""

    def __init__(self, port):
        self.port = port
        self.tls = None  # an ssl.SSLContext: through TLS

    def connect(self):
        if self.tls is not None:
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=HTTP_TIMEOUT_S, context=self.tls)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=HTTP_TIMEOUT_S)

    def ask(self, method, path, body=None, headers=None):
        connection = self.connect()
        try:
            return exchange(connection, method, path, body, headers or {})
        finally:
            connection.close()

    def get(self, path, headers=None):
        return self.ask("GET", path, None, headers)

    def post(self, body, content_type=JSON_TYPE, headers=None):
        body = body.encode() if isinstance(body, str) else body
        return self.ask("POST", "/v1/spans", body, {"Content-Type": content_type, **(headers or {})})

    def is_alive(self):
        try:
            return self.get("/healthz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def has_started(self):
        """Its state is loaded and its source open, ready or not."""
        try:
            answer = self.get("/readyz")
        except (OSError, http.client.HTTPException):
            return False
        return answer.status == 200 or "is starting" not in answer.text

    def samples(self):
        """[(name, labels, value text)] of /metrics; empty while it cannot be asked."""
        try:
            answer = self.get("/metrics")
        except (OSError, http.client.HTTPException):
            return []
        return parse_metrics(answer.text) if answer.status == 200 else []

    def metric(self, name):
        return [(labels, value) for found, labels, value in self.samples() if found == name]

    def value(self, name):
        """Of a metric without labels; None while it is not there."""
        found = self.metric(name)
        return int(found[0][1]) if found else None

    def all_decisions(self):
        """Every decision kept, page by page."""
        decisions, after = [], "0"
        while True:
            answer = self.get(f"/v1/decisions?after={after}&limit=1000")
            if answer.status != 200:
                raise RuntimeError(f"/v1/decisions: {answer.status} {answer.text}")
            decisions += answer.lines()
            after = answer.headers["Spantoll-Next-After"]
            if answer.headers["Spantoll-More"] == "false":
                return decisions


class Poster:
    """Posts records over one connection. A record whose answer was lost is posted again, by the caller."""

    def __init__(self, port):
        self.port = port
        self.connection = None

    def post(self, body, content_type=JSON_TYPE):
        """The answer, or None if there was none."""
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HTTP_TIMEOUT_S)
            return exchange(self.connection, "POST", "/v1/spans", body, {"Content-Type": content_type})
        except (OSError, http.client.HTTPException):
            self.close()
            return None

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


def exchange(connection, method, path, body, headers):
    names = {name.lower() for name in headers}
    connection.putrequest(method, path, skip_host="host" in names, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    if body is not None and "content-length" not in names:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    response = connection.getresponse()
    return Answer(response.status, dict(response.getheaders()), response.read())


def parse_metrics(text):
    """[(name, labels, value text)]. Raises ValueError on a line that is no sample and no comment."""
    samples = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        found = SAMPLE.fullmatch(line)
        if found is None:
            raise ValueError(f"not a sample of Prometheus' text format: {line!r}")
        float(found[3])
        samples.append((found[1], dict(LABEL.findall(found[2] or "")), found[3]))
    return samples
