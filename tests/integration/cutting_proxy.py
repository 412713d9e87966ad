"""A TCP proxy on loopback that cuts every connection after a time, in the middle of whatever is under way.

    with CuttingProxy(port, to_port) as proxy:
        proxy.cut_after_s = 0.5
"""

import contextlib
import random
import selectors
import socket
import threading
import time

CHUNK_BYTES = 16 * 1024
LOOK_EVERY_S = 0.02


class CuttingProxy:
    def __init__(self, port, to_port, seed=0):
        self.port, self.to_port = port, to_port
        self.cut_after_s = None  # None = never
        self.connections = 0
        self.chance = random.Random(seed)
        self.is_ending = False
        self.listener = socket.create_server(("127.0.0.1", port), backlog=64)
        self.listener.settimeout(LOOK_EVERY_S)
        self.thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_ending = True
        self.thread.join()
        self.listener.close()

    def _accept(self):
        while not self.is_ending:
            with contextlib.suppress(OSError):
                client, _ = self.listener.accept()
                self.connections += 1
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client):
        begun, share = time.monotonic(), self.chance.uniform(0.5, 1.5)
        with client, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.to_port)) as server:
            with selectors.DefaultSelector() as ready:
                ready.register(client, selectors.EVENT_READ, server)
                ready.register(server, selectors.EVENT_READ, client)
                while not self.is_ending and not self._is_cut(begun, share):
                    for key, _ in ready.select(LOOK_EVERY_S):
                        data = key.fileobj.recv(CHUNK_BYTES)
                        if not data:
                            return
                        key.data.sendall(data)

    def _is_cut(self, begun, share):
        return self.cut_after_s is not None and time.monotonic() - begun > self.cut_after_s * share
