"""Signing in with a token, and out again."""

from starlette.responses import Response

from shancheng.doors.web.ask import Ask, Faults
from shancheng.doors.web.language import N_
from shancheng.doors.web.page import go, page, put_cookie
from shancheng.doors.web.session import SESSION, SESSION_SECONDS, VISIT
from shancheng.ground.access import Actor

TOKEN_MAX = 400


async def form(ask: Ask) -> Response:
    """GET /sign-in"""
    then = ask.request.query_params.get("then", "")
    return page(ask, "sign-in.html", faults=Faults(), then=_safe(ask, then), private=True)


async def sign_in(ask: Ask) -> Response:
    """POST /sign-in"""
    sent = await ask.form()
    token, then = sent.text("token", TOKEN_MAX), _safe(ask, sent.text("then"))
    actor = ask.site.account(token) if token else None
    if actor is None or not _is_staff(ask, actor):
        faults = Faults()
        faults.add(
            "token",
            ask.say(N_("This token is not known here, was taken back, or its days are over."))
            if token
            else ask.say(N_("Enter your token.")),
        )
        return page(ask, "sign-in.html", status=422, faults=faults, then=then, private=True)
    ask.visit, ask.is_new_visit = ask.site.secrets.visit(), True
    response = go(ask, then)
    put_cookie(ask, response, SESSION, ask.site.secrets.seal(token), SESSION_SECONDS)
    return response


async def sign_out(ask: Ask) -> Response:
    """POST /sign-out"""
    await ask.form()
    response = go(ask, ask.to("/"))
    for name in (SESSION, VISIT):
        response.delete_cookie(name, path="/", httponly=True, samesite="lax")
    return response


def _is_staff(ask: Ask, actor: Actor) -> bool:
    role = ask.rules.roles.get(actor.role)
    return role is not None and role.sees in ("range", "legs")


def _safe(ask: Ask, then: str) -> str:
    """Where to go on: only to a page of the desk here."""
    desk = ask.to("/desk")
    inside = then == desk or then.startswith(f"{desk}/")
    return then if inside and "\\" not in then and "//" not in then else desk
