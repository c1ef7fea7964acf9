"""A door before a Kafka broker that loses acknowledgements. Way: producer -> here -> broker.

Clients reach the broker only through it, since the broker advertises its port. While `losing` is
above zero, a produce request is passed on, and the connection is cut as soon as the broker answers:
what was written stays written, but the producer is not told.
"""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_PRODUCE = b"\x00\x00"  # the request's api key


class LossyProxy:
    """Forwards connections to `port`; loses `losing` more acknowledgements."""

    def __init__(self, own_port: int, port: int) -> None:
        self._address, self._port = ("127.0.0.1", own_port), port
        self.losing, self.lost = 0, 0
        self._counting = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve until the end."""
        proxy = self

        class Door(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):
                    proxy._forward(self.request)

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        with socketserver.ThreadingTCPServer(self._address, Door) as server:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            try:
                yield
            finally:
                server.shutdown()

    def _forward(self, client: socket.socket) -> None:
        """Pass requests on one by one, answers as they come."""
        with socket.create_connection(("127.0.0.1", self._port)) as broker:
            cut = threading.Event()
            back = threading.Thread(target=self._answer, args=(broker, client, cut), daemon=True)
            back.start()
            while frame := _frame(client):
                if frame[4:6] == _PRODUCE and self._loses():
                    cut.set()
                broker.sendall(frame)
            broker.shutdown(socket.SHUT_RDWR)
            back.join(5)

    def _answer(self, broker: socket.socket, client: socket.socket, cut: threading.Event) -> None:
        with suppress(OSError):
            while answer := broker.recv(65_536):
                if cut.is_set():
                    break
                client.sendall(answer)
            client.shutdown(socket.SHUT_RDWR)

    def _loses(self) -> bool:
        with self._counting:
            if self.losing == 0:
                return False
            self.losing, self.lost = self.losing - 1, self.lost + 1
            return True


def _frame(client: socket.socket) -> bytes:
    """Read one request with its length before it; empty when the client has gone."""
    head = client.recv(4, socket.MSG_WAITALL)
    if len(head) < 4:
        return b""
    return head + client.recv(int.from_bytes(head), socket.MSG_WAITALL)
