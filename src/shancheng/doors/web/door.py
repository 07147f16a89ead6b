"""The door for browsers: finds the page, knows who asks, and says what went wrong on a page of its own."""

import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from shancheng.doors.web.account import recognise
from shancheng.doors.web.ask import NOBODY, Ask, Site, bounded
from shancheng.doors.web.assets import asset
from shancheng.doors.web.errors import Turned
from shancheng.doors.web.language import FIRST, LANGUAGES, N_, Tongue, wanted
from shancheng.doors.web.page import HEADERS, finished, go, page
from shancheng.doors.web.routes import PAGES, Page
from shancheng.doors.web.session import TONGUE, VISIT
from shancheng.loop.errors import Busy, LoopError, Stopped

LOG = logging.getLogger("shancheng.web")
OURS = frozenset({*LANGUAGES, "static", ""})
"""First parts of paths that are pages; everything else is answered by whoever stands beside."""
GZIP_BYTES_MIN = 600


class Beside:
    """Pages and another application at one address."""

    def __init__(self, pages: ASGIApp, other: ASGIApp) -> None:
        self._pages = pages
        self._other = other

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope.get("path", "/none")
        ours = path.partition("/")[2].partition("/")[0] in OURS
        await (self._pages if ours else self._other)(scope, receive, send)


def door(site: Site) -> ASGIApp:
    """The ASGI application of all pages."""
    routes = [Route("/", _greet(site), methods=["GET"]), Route("/static/{name}", asset, methods=["GET"])]
    for code in LANGUAGES:
        routes.append(Route(f"/{code}", _to_start(code), methods=["GET"]))
        routes += [
            Route(f"/{code}{entry.path}", _endpoint(site, entry, code), methods=[entry.method]) for entry in PAGES
        ]
    missing: Any = _missing(site)
    return Starlette(
        routes=routes,
        middleware=[Middleware(GZipMiddleware, minimum_size=GZIP_BYTES_MIN, compresslevel=5)],
        exception_handlers={404: missing, 405: missing, HTTPException: missing},
    )


def _greet(site: Site) -> Callable[[Request], Awaitable[Response]]:
    async def greet(request: Request) -> Response:
        """GET /"""
        code = wanted(request.headers.get("accept-language", ""), request.cookies.get(TONGUE, ""))
        return RedirectResponse(f"/{code}/", 302, HEADERS | {"vary": "accept-language, cookie"})

    return greet


def _to_start(code: str) -> Callable[[Request], Awaitable[Response]]:
    async def to_start(request: Request) -> Response:
        """GET /zh, /en"""
        return RedirectResponse(f"/{code}/", 301, HEADERS)

    return to_start


def _endpoint(site: Site, entry: Page, code: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        ask = await _asking(site, Request(request.scope, bounded(request.receive)), code)
        response = await _answer(ask, entry)
        if request.cookies.get(TONGUE) != code and entry.method == "GET":
            secure = request.url.scheme == "https"
            response.set_cookie(TONGUE, code, max_age=31_536_000, samesite="lax", secure=secure, httponly=True)
        return response

    return endpoint


async def _asking(site: Site, request: Request, code: str) -> Ask:
    ask = Ask(site, request, Tongue(code, site.rules.zone))
    ask.visit = request.cookies.get(VISIT, "")[:64]
    if not ask.visit:
        ask.visit, ask.is_new_visit = site.secrets.visit(), True
    await recognise(ask)
    return ask


async def _answer(ask: Ask, entry: Page) -> Response:
    try:
        elsewhere = _first(ask, entry)
        return go(ask, elsewhere) if elsewhere else await entry.handler(ask)
    except Turned as turned:
        return _turned(ask, turned)
    except LoopError as error:
        return _turned(ask, _of_the_loop(error))
    except Exception as error:
        number = secrets.token_hex(6)
        LOG.exception("page %s ended in a fault", number)
        with contextlib.suppress(OSError):
            ask.site.fault(number, error)
        text = N_(
            "A fault of ours; nothing was written. It is kept under the number below: tell whoever runs this site."
        )
        return page(ask, "error.html", status=500, title=N_("Something went wrong here"), text=text, number=number)


def _first(ask: Ask, entry: Page) -> str:
    """Where somebody has to go before this page; empty where nothing stands before it. Raises Turned."""
    if entry.permission not in ("account", "manager"):
        return ""
    if ask.actor is NOBODY:
        return ask.to(f"/sign-in?then={ask.request.url.path}" if entry.method == "GET" else "/sign-in")
    if entry.permission == "manager" and not (ask.role and ask.role.manages):
        raise Turned(403, N_("This is not for your role"), N_("Ask whoever runs this house."))
    is_first = ask.account is not None and ask.account.first
    return ask.to("/account") if is_first and not entry.path.startswith("/account") else ""


def _of_the_loop(error: LoopError) -> Turned:
    wait = {"retry-after": "30" if isinstance(error, Stopped) else "2"}
    if isinstance(error, Stopped | Busy):
        return Turned(
            503,
            N_("Nothing can be written just now"),
            N_("What was acknowledged is safe, and pages can be read. Please send yours again in a little while."),
            wait,
        )
    return Turned(422, N_("This could not be done"), N_("Look at the matter again, then decide."))


def _turned(ask: Ask, turned: Turned) -> Response:
    response = page(ask, "error.html", status=turned.status, title=turned.title, text=turned.text, number="")
    response.headers.update(turned.headers)
    return response


def _missing(site: Site) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def missing(request: Request, error: Exception) -> Response:
        first = request.url.path.partition("/")[2].partition("/")[0]
        code = (
            first
            if first in LANGUAGES
            else wanted(request.headers.get("accept-language", ""), request.cookies.get(TONGUE, FIRST))
        )
        ask = await _asking(site, request, code)
        if isinstance(error, HTTPException) and error.status_code == 405:
            turned = Turned(405, N_("That cannot be done here"), N_("Go back and use the buttons of the page."))
        else:
            turned = Turned(404, N_("There is no such page"), N_("Check the address, or begin at the start page."))
        return finished(ask, _turned(ask, turned))

    return missing
