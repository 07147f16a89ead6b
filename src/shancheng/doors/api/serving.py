"""Answering at an address: the socket, the server, and its end."""

import asyncio
import contextlib
import errno
import gc
import socket
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shancheng.doors.api.problem import Problem

BACKLOG = 2048
HANG_UP = "shancheng.hang_up"
"""Name of the extension by which an application ends a connection at once, whatever still waits to be sent."""
LEAVE_SECONDS = 5
"""How long requests that are under way may take once the house is told to stop."""


SWITCH_SECONDS = 0.0002
"""How long a thread may keep the interpreter: the one that commits must not wait for the one that answers."""
GARBAGE = (20_000, 20, 50)
"""How many new records between two collections: requests leave none in circles."""


def settle_in() -> None:
    """Tune the interpreter for answering, once everything that stays for good is in memory."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


def keeper_of_faults(folder: Path) -> Callable[[str, BaseException], None]:
    """Keeps the trace of a fault in a folder under its number."""

    def keep(number: str, error: BaseException) -> None:
        with contextlib.suppress(OSError):
            folder.mkdir(exist_ok=True)
            (folder / f"{number}.txt").write_text("".join(traceback.format_exception(error)), encoding="utf-8")

    return keep


class CannotAnswer(Exception):
    """An address that cannot be answered at, in one sentence."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; raises CannotAnswer where the address is taken or not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        raise CannotAnswer(_sentence(error, host, port)) from error
    found.listen(BACKLOG)
    return found


def _sentence(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use by another program; choose another with --port, or 0 for any free one."
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights than you have; choose one above 1023 with --port."
    return f"{host} is no address of this machine ({error.strerror or error}); choose another with --host."


def url_of(listening: socket.socket, host: str) -> str:
    """The address a socket answers at, for people."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listening.getsockname()[1]}"


class Protocol(HttpToolsProtocol):
    """HTTP as spoken here: even what is no HTTP at all is answered in the one shape."""

    def on_message_begin(self) -> None:
        """A request begins; whoever answers it may hang up on a reader that takes nothing any more."""
        super().on_message_begin()
        self.scope["extensions"] = {HANG_UP: {"now": self.transport.abort}}

    def send_400_response(self, msg: str) -> None:
        """What cannot be read as a request; most often an address that was not percent-encoded."""
        message = (
            "This is no HTTP request that can be read. Percent-encode the address (curl -G --data-urlencode), "
            "and send http:// where you sent https://."
        )
        body = Problem(400, "not-http", message).body("")
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()


class Server(uvicorn.Server):
    """A server that leaves signals to the house."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The house has its own way to be told to stop."""
        yield


async def answer(app: ASGIApp, listening: socket.socket, stop: asyncio.Event, behind: Sequence[str] = ()) -> None:
    """Answer until `stop` is set; then let what is under way end, for a few seconds.

    Only proxies at `behind` are believed about who asks and whether that was over TLS.
    """
    config = uvicorn.Config(
        app,
        http=Protocol,
        access_log=False,
        log_level="error",
        lifespan="off",
        server_header=False,
        proxy_headers=bool(behind),
        forwarded_allow_ips=list(behind),
        ws="none",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=LEAVE_SECONDS,
        backlog=BACKLOG,
    )
    server = Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]), name="answering")
    waiting = asyncio.create_task(stop.wait(), name="waiting for the end")
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    waiting.cancel()
    await serving
