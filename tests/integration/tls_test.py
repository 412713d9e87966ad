#!/usr/bin/env python3
"""`check` and `feed` through a proxy that speaks TLS: a certificate that nobody vouches for, or of another name, is refused."""

import os
import socket
import socketserver
import ssl
import subprocess
import sys
import threading

from integration_main import IntegrationTest, main
from spantoll_program import EMBEDDED_TOPIC, Processor, binary

EXIT_UNAVAILABLE = 69
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


if __name__ == "__main__":
    sys.exit(main())
