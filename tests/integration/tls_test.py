#!/usr/bin/env python3
"""`check` and `feed` through a proxy that speaks TLS: a certificate that nobody vouches for, or of another name, is refused.
The listener's own TLS: [http.tls], its files, what it asks of clients, and how they are replaced."""

import http.client
import json
import os
import shutil
import signal
import socket
import socketserver
import ssl
import subprocess
import sys
import threading

from integration_main import IntegrationTest, main
from spantoll_http import exchange
from spantoll_program import EMBEDDED_TOPIC, Processor, binary

EXIT_UNAVAILABLE = 69
EXIT_CONFIGURATION = 78
CONFIG = '[time]\nidle_after = "off"\n'
DAYS = "2"


class TlsProxy(socketserver.ThreadingTCPServer):
    """What stands before a processor: ends TLS and hands the bytes on under the processor's own name, one connection to one. Counts
    the connections on which something was asked."""
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port, certificate, key):
        super().__init__(("127.0.0.1", 0), Through)
        self.processor_port = port
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.asked = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def handle_error(self, request, client_address):
        """A client that does not believe the certificate hangs up: that is what is tested."""


class Through(socketserver.BaseRequestHandler):
    def handle(self):
        with self.server.context.wrap_socket(self.request, server_side=True) as client, \
                socket.create_connection(("127.0.0.1", self.server.processor_port)) as processor:
            back = threading.Thread(target=copy, args=(processor, client), daemon=True)
            back.start()
            is_first = True
            while piece := client.recv(65536):
                self.server.asked += is_first
                is_first = False
                processor.sendall(piece.replace(self.name_of(self.server.port), self.name_of(self.server.processor_port)))
            processor.shutdown(socket.SHUT_WR)
            back.join()


    @staticmethod
    def name_of(port):
        return f"Host: localhost:{port}\r\n".encode()


def copy(source, target):
    while piece := source.recv(65536):
        target.sendall(piece)


def make_certificate(directory, name, *more):
    """Signed by itself: (certificate, key)."""
    certificate, key = directory / f"{name}.pem", directory / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", DAYS,
                    "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate,
                    *more], check=True, capture_output=True, timeout=60)
    return certificate, key


def believing(certificate, own=None):
    context = ssl.create_default_context(cafile=certificate)
    if own is not None:
        context.load_cert_chain(*own)
    return context


class TlsTest(IntegrationTest):
    def setUp(self):
        super().setUp()
        self.processor = self.start(Processor(self.directory / "data", self.write("c.toml", CONFIG)))
        self.certificate, self.key = self.directory / "certificate.pem", self.directory / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", DAYS,
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", self.key, "-out", self.certificate],
                       check=True, capture_output=True, timeout=60)
        self.proxy = TlsProxy(self.processor.port, self.certificate, self.key)
        self.addCleanup(self.proxy.server_close)
        self.addCleanup(self.proxy.shutdown)

    def spantoll(self, *arguments, trusted=True):
        environment = {name: value for name, value in os.environ.items() if name != "SSL_CERT_FILE"}
        if trusted:
            environment["SSL_CERT_FILE"] = str(self.certificate)
        return subprocess.run([binary(), *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False, env=environment)

    def test_a_trusted_certificate_lets_both_through(self):
        url = f"https://localhost:{self.proxy.port}"
        done = self.spantoll("feed", "--scenario", "bench", "--spans", 500, "--start", "2026-10-01", "--spans-per-record", 100, "--quiet",
                             "--to", url)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.processor.wait_until_read({(EMBEDDED_TOPIC, 0): 5})
        done = self.spantoll("check", "global", "--url", url)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertTrue(done.stdout.startswith("yes  global  level=none"), done.stdout)
        self.assertEqual(2, self.proxy.asked)

    def test_a_certificate_of_nobody_or_of_another_name_is_refused(self):
        for trusted, host in ((False, "localhost"), (True, "127.0.0.1")):
            for arguments in (("check", "global", "--url"), ("feed", "--scenario", "bench", "--spans", 1, "--quiet", "--to")):
                with self.subTest(trusted=trusted, host=host, command=arguments[0]):
                    done = self.spantoll(*arguments, f"https://{host}:{self.proxy.port}", trusted=trusted)
                    self.assertEqual(EXIT_UNAVAILABLE, done.returncode, done.stderr)
                    self.assertIn("the server's certificate is not trusted", done.stderr)
                    self.assertEqual(1, len(done.stderr.splitlines()), done.stderr)
        self.assertEqual(0, self.proxy.asked)


class ListenerTest(IntegrationTest):
    def setUp(self):
        super().setUp()
        self.certificate, self.key = make_certificate(self.directory, "first")

    def configuration(self, more=""):
        return self.write("tls.toml", f'{CONFIG}[http.tls]\ncertificate = "{self.certificate}"\nkey = "{self.key}"\n{more}')

    def begin(self, more="", own=None):
        processor = Processor(self.directory / "data", self.configuration(more))
        processor.http.tls = believing(self.certificate, own)
        return self.start(processor)

    def spantoll(self, *arguments):
        environment = {name: value for name, value in os.environ.items() if name != "SSL_CERT_FILE"}
        return subprocess.run([binary(), *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False, env=environment)

    def test_everything_passes_through_it(self):
        processor = self.begin()
        connection = processor.http.connect()
        self.addCleanup(connection.close)
        records = 0
        for size in (1, 100_000, 3_000_000):  # one connection
            span = {"time_ms": 1_700_000_000_000, "service": "a", "attributes": [{"key": "k", "value": "x" * size}]}
            answer = exchange(connection, "POST", "/v1/spans", json.dumps(span).encode(), {"Content-Type": "application/json"})
            self.assertEqual(202, answer.status, answer.text)
            records += 1
        processor.wait_until_read({(EMBEDDED_TOPIC, 0): records})
        last = exchange(connection, "GET", "/v1/check?account=global", None, {"Connection": "close"})
        self.assertTrue(last.json()["allowed"])
        refused = processor.http.ask("POST", "/v1/spans", b"x" * 5_000_000, {"Content-Type": "application/json"})
        self.assertEqual(413, refused.status)
        stream = processor.http.connect()
        self.addCleanup(stream.close)
        stream.request("GET", "/v1/decisions", headers={"Accept": "text/event-stream"})
        self.assertIn(b"retry:", stream.getresponse().read1(65536))
        self.assertEqual(0, processor.stop(), processor.said())
        self.assertIn(", TLS)", processor.said())

    def test_without_tls_nobody_is_answered(self):
        processor = self.begin()
        processor.http.tls = None
        with self.assertRaises((http.client.HTTPException, OSError)):
            processor.http.get("/healthz")

    def test_our_own_commands_believe_the_authority_that_they_are_told(self):
        processor = self.begin()
        url = f"https://127.0.0.1:{processor.port}"
        done = self.spantoll("feed", "--scenario", "bench", "--spans", 10, "--start", "2026-10-01", "--quiet", "--to", url, "--ca",
                             self.certificate)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        done = self.spantoll("check", "global", "--url", url, "--ca", self.certificate)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        done = self.spantoll("check", "global", "--url", url)
        self.assertEqual(EXIT_UNAVAILABLE, done.returncode)
        self.assertIn("--ca", done.stderr)
        done = self.spantoll("check", "global", "--url", url, "--ca", self.directory / "none.pem")
        self.assertEqual(EXIT_CONFIGURATION, done.returncode)
        self.assertIn("none.pem: No such file", done.stderr)

    def test_clients_show_a_certificate_where_they_must(self):
        client = make_certificate(self.directory, "client")
        stranger = make_certificate(self.directory, "stranger")
        processor = self.begin(f'client_ca = "{client[0]}"\n', own=client)
        self.assertEqual(200, processor.http.get("/healthz").status)
        url = f"https://127.0.0.1:{processor.port}"
        both = self.write("both.pem", client[0].read_bytes() + client[1].read_bytes())
        done = self.spantoll("check", "global", "--url", url, "--ca", self.certificate, "--cert", both)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        for own in (None, stranger):
            processor.http.tls = believing(self.certificate, own)
            with self.assertRaises((ssl.SSLError, ConnectionError, http.client.HTTPException)):
                processor.http.get("/healthz")

    def test_sighup_reads_the_files_again(self):
        processor = self.begin()
        kept = processor.http.connect()
        self.addCleanup(kept.close)
        self.assertEqual(200, exchange(kept, "GET", "/healthz", None, {}).status)
        second = make_certificate(self.directory, "second")
        shutil.copy(second[0], self.certificate)
        processor.process.send_signal(signal.SIGHUP)  # with the first one's key
        processor.wait_for(lambda: "the certificate of before goes on" in processor.said(), 20, "say that the key is another one's")
        self.assertIn("is not the key of", processor.said())
        self.assertEqual(200, processor.http.get("/healthz").status)
        shutil.copy(second[1], self.key)
        processor.process.send_signal(signal.SIGHUP)
        processor.wait_for(lambda: "new connections have the certificate of" in processor.said(), 20, "take the new certificate")
        with self.assertRaises(ssl.SSLError):
            processor.http.get("/healthz")
        processor.http.tls = believing(second[0])
        self.assertEqual(200, processor.http.get("/healthz").status)
        self.assertEqual(200, exchange(kept, "GET", "/healthz", None, {}).status)

    def test_a_wrong_file_is_named(self):
        other = make_certificate(self.directory, "other")
        locked = self.directory / "locked.key"
        subprocess.run(["openssl", "ec", "-in", self.key, "-aes128", "-passout", "pass:word", "-out", locked], check=True,
                       capture_output=True, timeout=60)
        text, none = self.write("text.pem", "not PEM"), self.directory / "none.pem"
        empty = self.write("empty.pem", "")
        for certificate, key, more, said in (
                (none, self.key, "", "none.pem\": No such file"),
                (self.directory, self.key, "", "Is a directory"),
                (empty, self.key, "", "is empty"),
                (text, self.key, "", "has no certificate in PEM form"),
                (self.certificate, none, "", "[http.tls] key"),
                (self.certificate, text, "", "has no private key in PEM form"),
                (self.certificate, locked, "", "readable without a password"),
                (self.certificate, other[1], "", f"is not the key of {self.certificate}"),
                (self.certificate, self.key, f'client_ca = "{text}"\n', "[http.tls] client_ca")):
            with self.subTest(said=said):
                config = self.write("wrong.toml", f'[http.tls]\ncertificate = "{certificate}"\nkey = "{key}"\n{more}')
                done = self.spantoll("run", "--data", self.directory / "data", "--config", config, "--listen", "127.0.0.1:0")
                self.assertEqual(EXIT_CONFIGURATION, done.returncode, done.stderr)
                self.assertIn(said, done.stderr)


if __name__ == "__main__":
    sys.exit(main())
