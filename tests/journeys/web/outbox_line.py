"""A bad line between a phone and a house: answers get lost after the house has written, or nothing comes through."""

import contextlib
import http.client
import random
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "accept-encoding"}


class BadLine:
    """Passes requests on; of what the outbox asks, a share of the answers is dropped, by one seeded chance."""

    def __init__(self, house: str, share: float, seed: int) -> None:
        self.house = urlsplit(house).netloc
        self.share = share
        self.down = False
        self.dropped = 0
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        line = self

        class Handler(BaseHTTPRequestHandler):
            """One request on the line."""

            def do_GET(self) -> None:
                """Pass it on."""
                line.carry(self)

            do_POST = do_GET  # noqa: N815 the name the server looks for

            def log_message(self, *args: object) -> None:
                """Nothing is logged."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> "BadLine":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.server.server_close()

    def carry(self, asked: BaseHTTPRequestHandler) -> None:
        """One request to the house, and its answer back, or not."""
        if self.down:
            return _hang_up(asked)
        body = asked.rfile.read(int(asked.headers.get("content-length") or 0))
        house = http.client.HTTPConnection(self.house, timeout=60)
        headers = {name: value for name, value in asked.headers.items() if name.lower() not in HOP}
        house.request(asked.command, asked.path, body, headers | ({"Content-Length": str(len(body))} if body else {}))
        answer = house.getresponse()
        content = answer.read()
        house.close()
        if self._is_lost(asked) or self.down:
            return _hang_up(asked)
        with contextlib.suppress(OSError):
            _answer(asked, answer, content)
        return None

    def _is_lost(self, asked: BaseHTTPRequestHandler) -> bool:
        if "application/json" not in asked.headers.get("accept", ""):
            return False
        with self._lock:
            lost = self._chance.random() < self.share
            self.dropped += lost
        return lost


def _answer(asked: BaseHTTPRequestHandler, answer: http.client.HTTPResponse, content: bytes) -> None:
    asked.send_response(answer.status)
    for name, value in answer.getheaders():
        if name.lower() not in HOP:
            asked.send_header(name, value)
    asked.send_header("content-length", str(len(content)))
    asked.send_header("connection", "close")
    asked.end_headers()
    asked.wfile.write(content)


def _hang_up(asked: BaseHTTPRequestHandler) -> None:
    asked.close_connection = True
    with contextlib.suppress(OSError):
        asked.connection.shutdown(socket.SHUT_RDWR)
