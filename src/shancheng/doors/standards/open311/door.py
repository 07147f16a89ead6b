"""The endpoint itself: finds the method by path and form, and says what went wrong in the standard's shape."""

import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from shancheng.doors.standards.open311 import listing, reporting, updating
from shancheng.doors.standards.open311.asking import Ask, Server, ask_of
from shancheng.doors.standards.open311.writing import TYPES, Form, written
from shancheng.doors.standards.open311.wrong import Wrong, of_the_loop
from shancheng.loop.errors import LoopError

LOG = logging.getLogger("shancheng.open311")
ROOT = "/open311/v2"
HEADERS = {"access-control-allow-origin": "*", "x-content-type-options": "nosniff", "cache-control": "no-store"}
"""Any page in a browser may ask: no cookie is read here, so nobody is spoken for by accident."""
Content = tuple[str, Any]


@dataclass(frozen=True)
class Method:
    """One method of the standard: HTTP verb, first part of the path, whether a name follows it, who may."""

    verb: str
    path: str
    named: bool
    permission: str
    """`anybody`: within what the city publishes, or what a key's role sees; `key`: only with an api_key."""
    handler: Callable[..., Awaitable[Content]]


METHODS: tuple[Method, ...] = (
    Method("GET", "discovery", False, "anybody", listing.discovery),
    Method("GET", "services", False, "anybody", listing.services),
    Method("GET", "services", True, "anybody", listing.definition),
    Method("GET", "requests", False, "anybody", listing.requests),
    Method("GET", "requests", True, "anybody", listing.request),
    Method("POST", "requests", False, "anybody", reporting.report),
    Method("GET", "tokens", True, "anybody", listing.token),
    Method("GET", "servicerequestupdates", False, "anybody", updating.updates),
    Method("POST", "servicerequestupdates", False, "key", updating.update),
)


def door(server: Server) -> ASGIApp:
    """The ASGI application, for paths under `ROOT`."""

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        with contextlib.suppress(ClientDisconnect):
            response = await _answer(server, request)
            await response(scope, receive, send)

    return endpoint


def beside(server: Server, other: ASGIApp) -> ASGIApp:
    """The endpoint and another application at one address."""
    ours = door(server)

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        mine = scope["type"] == "http" and (path == ROOT or path.startswith(f"{ROOT}/"))
        await (ours if mine else other)(scope, receive, send)

    return either


async def _answer(server: Server, request: Request) -> Response:
    path, form = _form_of(request.url.path)
    try:
        root, content = await _done(server, request, path, form)
        return _response(200, root, content, form or "xml")
    except Wrong as wrong:
        return _wrong(wrong, form)
    except LoopError as error:
        return _wrong(of_the_loop(error), form)
    except ClientDisconnect:
        raise
    except Exception as error:
        number = secrets.token_hex(6)
        LOG.exception("open311 request %s ended in a fault", number)
        server.fault(number, error)
        message = f"A fault of ours; it is kept under number {number}: tell whoever runs this."
        return _wrong(Wrong(500, message), form)


def _form_of(path: str) -> tuple[list[str], Form | None]:
    """Parts of a path under the root without its extension, and the form the extension names."""
    stem, dot, extension = path.removeprefix(ROOT).strip("/").rpartition(".")
    for form in TYPES:
        if dot and extension == form:
            return stem.split("/"), form
    return (stem + dot + extension).split("/"), None


async def _done(server: Server, request: Request, path: list[str], form: Form | None) -> Content:
    if form is None:
        raise Wrong(404, "Say which form you want at the end of the path: services.json or services.xml.")
    verb = "GET" if request.method == "HEAD" else request.method
    here = [method for method in METHODS if method.path == path[0] and method.named == (len(path) == 2)]
    if not here or len(path) > 2 or not path[-1]:
        raise Wrong(404, f"There is nothing at {request.url.path[:120]}; the standard's methods are under {ROOT}.")
    found = next((method for method in here if method.verb == verb), None)
    if found is None:
        allowed = ", ".join(method.verb for method in here)
        message = f"{request.url.path[:120]} answers to {allowed}, not to {verb}."
        raise Wrong(405, message, headers=(("allow", allowed),))
    ask: Ask = await ask_of(server, request, form)
    return await found.handler(ask, *path[1:])


def _wrong(wrong: Wrong, form: Form | None) -> Response:
    response = _response(wrong.status, "errors", wrong.rows(), form or "xml")
    response.headers.update(dict(wrong.headers))
    return response


def _response(status: int, root: str, content: Any, form: Form) -> Response:
    return Response(written(root, content, form), status, HEADERS, media_type=TYPES[form])
