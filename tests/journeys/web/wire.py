"""A wire between a browser and a house on which every byte that comes back is counted."""

import contextlib
import socket
import socketserver
import threading
from types import TracebackType
from urllib.parse import urlsplit

CHUNK = 65_536


class Wire:
    """Passes bytes on both ways, whatever they mean."""

    def __init__(self, house: str) -> None:
        self.house = (urlsplit(house).hostname or "", urlsplit(house).port or 0)
        self.came = 0
        """Bytes that came from the house, heads of answers included."""
        self._lock = threading.Lock()
        wire = self

        class Handler(socketserver.BaseRequestHandler):
            """One connection."""

            def handle(self) -> None:
                """Until either end hangs up."""
                wire.carry(self.request)

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> "Wire":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.server.server_close()

    def carry(self, browser: socket.socket) -> None:
        """One connection, both ways."""
        with socket.create_connection(self.house, timeout=60) as house:
            asking = threading.Thread(target=_pass, args=(browser, house), daemon=True)
            asking.start()
            self._back(house, browser)
            asking.join(1)

    def _back(self, house: socket.socket, browser: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while part := house.recv(CHUNK):
                with self._lock:
                    self.came += len(part)
                browser.sendall(part)
            browser.shutdown(socket.SHUT_WR)


def _pass(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(CHUNK):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)
