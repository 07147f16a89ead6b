"""The door itself: finds the route, lets in who may enter, sends the answer, and says in one shape what went wrong."""

import itertools
import logging
import re
import time

from starlette.routing import Route as Path
from starlette.routing import Router

from shancheng.doors.api.call import NOBODY, Answer, Api, Call, Gone, Receive, Scope, Send
from shancheng.doors.api.problem import Problem, retry_after
from shancheng.doors.api.routes import ROUTES, Route
from shancheng.loop.errors import Busy, LoopError, Stopped

LOG = logging.getLogger("shancheng.api")
NOWHERE = "elsewhere"
"""How requests for pages that do not exist are counted."""
OUR_NUMBER = re.compile(r"[\w.:-]{1,64}")
VERSION = (b"shancheng-version", b"1")
AS_SAID = (b"x-content-type-options", b"nosniff")
"""A browser must not take an answer for a page because it looks like one."""
OTHER_VERSION = re.compile(rb"vnd\.shancheng\.v(?!1\+json)")
STOPPED_SECONDS, BUSY_SECONDS = 30.0, 1.0


def door(api: Api, boot: str) -> "Door":
    """The ASGI application; `boot` begins the number of every request that brings none."""
    numbers = itertools.count(1)
    by_path: dict[str, dict[str, Route]] = {}
    for route in ROUTES:
        by_path.setdefault(route.path, {})[route.method] = route
    endpoints = {path: Endpoint(api, methods, boot, numbers) for path, methods in by_path.items()}
    paths = [Path(path, endpoint) for path, endpoint in endpoints.items()]
    return Door(endpoints, Router(routes=paths, redirect_slashes=False, default=Endpoint(api, {}, boot, numbers)))


class Door:
    """Paths without a variable are found at once, reports above all; the others by the router."""

    def __init__(self, exact: "dict[str, Endpoint]", router: Router) -> None:
        self._exact = exact
        self._router = router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await (self._exact.get(scope.get("path", "")) or self._router)(scope, receive, send)


class Endpoint:
    """All methods of one path."""

    def __init__(self, api: Api, methods: dict[str, Route], boot: str, numbers: "itertools.count[int]") -> None:
        self._api = api
        self._methods = dict(methods)
        if "GET" in methods:
            self._methods["HEAD"] = methods["GET"]
        self._boot = boot
        self._numbers = numbers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await _turn_away(scope, receive, send)
            return
        call = Call(self._api, scope, receive, "")
        sent = call.headers.get(b"x-request-id")
        number = sent.decode("latin-1") if sent else ""
        call.id = number if number and OUR_NUMBER.fullmatch(number) else f"{self._boot}-{next(self._numbers):x}"
        route = self._methods.get(scope["method"])
        try:
            answer = await self._answer(call, route)
        except Gone:
            return
        name = route.name if route else NOWHERE
        self._api.metrics.count(name, answer.status, time.perf_counter() - call.started)
        await _send(answer, call.id, send)

    async def _answer(self, call: Call, route: Route | None) -> Answer:
        try:
            if route is None:
                raise self._no_route(call)
            _admit(call, route)
            return await route.handler(call)
        except Problem as problem:
            return _wrong(problem, call)
        except LoopError as error:
            return _wrong(_of_the_loop(error), call)
        except Gone:
            raise
        except Exception as error:
            LOG.exception("request %s ended in a fault", call.id)
            self._api.metrics.faults += 1
            self._api.fault(call.id, error)
            message = (
                f"A fault of ours; nothing was acknowledged. It is kept under number {call.id}: tell whoever runs this."
            )
            return _wrong(Problem(500, "fault", message), call)

    def _no_route(self, call: Call) -> Problem:
        path, method = call.scope["path"][:200], call.scope["method"]
        if not self._methods:
            return Problem(404, "no-such-page", f"There is nothing at {path}; GET /openapi.json lists what there is.")
        allowed = ", ".join(sorted(self._methods))
        headers = ((b"allow", allowed.encode()),)
        return Problem(405, "no-such-method", f"{path} does not answer to {method}, but to {allowed}.", headers=headers)


def _admit(call: Call, route: Route) -> None:
    """Who this is, and whether the route is for such a one; raises Problem."""
    if b"vnd.shancheng" in call.headers.get(b"accept", b"") and OTHER_VERSION.search(call.headers[b"accept"]):
        raise Problem(
            406, "no-such-version", "This is version 1 of the API; ask for application/vnd.shancheng.v1+json."
        )
    header = call.headers.get(b"authorization")
    if header is not None and route.permission != "anybody":
        _know(call, header)
    if route.permission in ("anybody", "reporter") or (route.permission == "account" and call.actor is not NOBODY):
        return
    if call.actor is NOBODY:
        message = "This needs a token: send the header 'Authorization: Bearer ...'; `shancheng token create` makes one."
        raise Problem(401, "no-token", message, "Authorization", headers=((b"www-authenticate", b"Bearer"),))
    role = call.api.role(call.actor)
    limited = call.actor.places or call.actor.kinds
    everything = role is not None and role.sees == "range" and role.confidential and not limited
    manages = role is not None and role.manages
    if not (everything if route.permission == "peer" else manages):
        raise Problem(403, "not-allowed", f"Your role '{call.actor.role}' may not do this; ask for another token.")


def _know(call: Call, header: bytes) -> None:
    scheme, _, token = header.decode("latin-1").partition(" ")
    token = token.strip()
    if scheme.lower() == "bearer" and token:
        actor = call.api.actor(token)
        if actor is not None:
            call.actor = actor
            return
    message = "This token is not known here, was revoked, or its days are over; ask for a new one."
    raise Problem(401, "no-token", message, "Authorization", headers=((b"www-authenticate", b"Bearer"),))


def _of_the_loop(error: LoopError) -> Problem:
    if isinstance(error, Stopped):
        return Problem(503, "stopped", str(error), headers=(retry_after(STOPPED_SECONDS),))
    if isinstance(error, Busy):
        return Problem(503, "busy", str(error), headers=(retry_after(BUSY_SECONDS),))
    return Problem(422, "wrong-value", str(error))


def _wrong(problem: Problem, call: Call) -> Answer:
    return Answer(problem.status, problem.body(call.id), problem.headers)


async def _send(answer: Answer, number: str, send: Send) -> None:
    headers = [
        (b"content-type", answer.type),
        (b"content-length", b"%d" % len(answer.body)),
        (b"x-request-id", number.encode("latin-1")),
        VERSION,
        AS_SAID,
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _turn_away(scope: Scope, receive: Receive, send: Send) -> None:
    """Web sockets are not spoken here; start and end of the server need nothing from this door."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1000})
        return
    while (await receive())["type"] != "lifespan.shutdown":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})
