"""Signing in with a name and a password or with a token, out again, and one's own account."""

import asyncio
import logging
from time import monotonic

import msgspec
from starlette.responses import Response

from shancheng.doors.web.account_actor import is_staff
from shancheng.doors.web.account_oidc import Elsewhere
from shancheng.doors.web.account_password import TooManyAtOnce, weakness
from shancheng.doors.web.accounts import NAME_MAX, Account
from shancheng.doors.web.ask import NOBODY, Ask, Faults, Form
from shancheng.doors.web.errors import Turned
from shancheng.doors.web.language import N_
from shancheng.doors.web.page import go, page, put_cookie
from shancheng.doors.web.session import LEAVING, SESSION, VISIT
from shancheng.doors.web.sessions import RECENT_SECONDS, WHOLE_SECONDS, Session
from shancheng.ground.access import Actor

LOG = logging.getLogger("shancheng.web")
TOKEN_MAX, PASSWORD_MAX = 400, 1000
"""Signs that are read at all."""
INSIDE = ("/desk", "/grid", "/admin", "/account")
"""Where signing in may lead on to."""
LEAVING_SECONDS = 120
BY_TOKEN = "by token"
"""What tries with tokens are counted under; no account's name has a space."""


async def recognise(ask: Ask) -> None:
    """Find out who asks by the session of the browser; forms are bound to it from then on."""
    signing = ask.site.signing
    now, number = signing.now(), ask.request.cookies.get(cookie_name(ask, SESSION), "")
    session = signing.sessions.find(number, now) if number else None
    if session is None:
        return
    actor, account = _carried(ask, session)
    if actor is None:
        return
    ask.actor, ask.account, ask.session = actor, account, session
    ask.visit, ask.is_new_visit = session.hash, False
    if not _is_by_itself(ask):
        await signing.sessions.saw(session, now)


def still(ask: Ask) -> bool:
    """Whether who asked a while ago is still signed in, in the same role over the same places; keeps nothing alive."""
    signing, number = ask.site.signing, ask.request.cookies.get(cookie_name(ask, SESSION), "")
    session = signing.sessions.find(number, signing.now()) if number else None
    return session is not None and _carried(ask, session)[0] == ask.actor


def _carried(ask: Ask, session: Session) -> tuple[Actor | None, Account | None]:
    """Who a session stands for as of now; nobody where what it was begun with has been taken back."""
    if session.way == "token":
        actor = ask.site.account(ask.site.secrets.unseal(session.token))
        return (actor, None) if actor and is_staff(ask.rules.roles.get(actor.role)) else (None, None)
    account = ask.site.signing.accounts.get(session.account)
    if account is None or account.disabled or account.version != session.version:
        return None, None
    return account.actor, account


def _is_by_itself(ask: Ask) -> bool:
    """Whether the page asks and not the person: a board that looks again must not keep a session alive."""
    headers = ask.request.headers
    looks_again = headers.get("hx-request") == "true" or headers.get("accept", "").startswith("text/event-stream")
    return ask.request.method == "GET" and looks_again


def cookie_name(ask: Ask, name: str) -> str:
    """Behind TLS a cookie that no sister site can set, and that is only ever sent in secret."""
    return f"__Host-{name}" if ask.request.url.scheme == "https" else name


async def form(ask: Ask) -> Response:
    """GET /sign-in"""
    then = ask.request.query_params.get("then", "")
    return _sign_in_page(ask, Faults(), safe(ask, then) if then else "")


def _sign_in_page(ask: Ask, faults: Faults, then: str, status: int = 200, name: str = "") -> Response:
    session, query = ask.session, ask.request.query_params
    return page(
        ask,
        "sign-in.html",
        status=status,
        faults=faults,
        then=then,
        name=name,
        elsewhere=provider_name(ask, ask.site.signing.elsewhere),
        again=session.way if session is not None and query.get("again") else "",
        private=True,
    )


async def sign_in(ask: Ask) -> Response:
    """POST /sign-in"""
    sent = await ask.form()
    then, by_token = sent.text("then"), "token" in sent.names
    name = BY_TOKEN if by_token else sent.text("name", NAME_MAX).lower()
    faults = Faults()
    if not (sent.text("token") if by_token else name and sent.text("password", PASSWORD_MAX)):
        faults.add("token" if by_token else "name", ask.say(N_("Enter your token.") if by_token else NOTHING))
        return _sign_in_page(ask, faults, then, 422, "" if by_token else name)
    wait = ask.site.signing.tries.take(name, ask.address, monotonic())
    if wait > 0:
        LOG.warning("too many tries to sign in from %s", ask.address)
        faults.add("token" if by_token else "name", ask.say(WAIT, span=ask.tongue.span(max(60, wait))))
        response = _sign_in_page(ask, faults, then, 429, "" if by_token else name)
        response.headers["retry-after"] = str(round(wait) + 1)
        return response
    response = await (_with_token(ask, sent, then) if by_token else _with_password(ask, name, sent, then))
    if response.status_code < 400:
        ask.site.signing.tries.give_back(name, ask.address)
    return response


NOTHING = N_("Enter your name and your password.")
WRONG = N_("This name and this password do not belong together, or the account is not in use.")
WAIT = N_("Too many tries. Wait %(span)s, then try again.")
AT_ONCE = N_("Too many people sign in at this moment; try again in a few seconds.")


async def _with_token(ask: Ask, sent: Form, then: str) -> Response:
    token, faults = sent.text("token", TOKEN_MAX), Faults()
    actor = ask.site.account(token)
    if actor is None or not is_staff(ask.rules.roles.get(actor.role)):
        faults.add("token", ask.say(N_("This token is not known here, was taken back, or its days are over.")))
        return _sign_in_page(ask, faults, safe(ask, then), 422)
    sealed = ask.site.secrets.seal(token)
    return await welcome(ask, Session(hash="", way="token", made=0, seen=0, token=sealed), actor, then)


async def _with_password(ask: Ask, name: str, sent: Form, then: str) -> Response:
    signing, password = ask.site.signing, sent.text("password", PASSWORD_MAX)
    account = signing.accounts.get(name)
    known = account.hash if account and not account.disabled else ""
    try:
        is_right = await signing.passwords.matches(known, password)
    except TooManyAtOnce:
        return _refused(ask, AT_ONCE, then, name, 503)
    if account is None or not is_right or not is_staff(ask.rules.roles.get(account.actor.role)):
        LOG.info("signing in failed from %s", ask.address)
        return _refused(ask, WRONG, then, name, 422)
    if signing.passwords.is_old(account.hash):
        fresh = await signing.passwords.hashed(password)
        await asyncio.to_thread(signing.accounts.rehashed, account.name, fresh)
    session = Session(hash="", way="password", made=0, seen=0, account=account.name, version=account.version)
    return await welcome(ask, session, account.actor, then)


def _refused(ask: Ask, message: str, then: str, name: str, status: int) -> Response:
    faults = Faults()
    faults.add("name", ask.say(message))
    return _sign_in_page(ask, faults, safe(ask, then), status, name)


async def welcome(ask: Ask, session: Session, actor: Actor, then: str) -> Response:
    """Begin a session under a new number, a new visit with it, and go on."""
    now, before = ask.site.signing.now(), ask.request.cookies.get(cookie_name(ask, SESSION), "")
    proved = session.proved if session.way == "elsewhere" else now
    number = await ask.site.signing.sessions.begin(
        lambda digest: msgspec.structs.replace(session, hash=digest, made=now, seen=now, proved=proved),
        now=now,
        instead=before,
    )
    ask.visit, ask.is_new_visit, ask.actor = ask.site.secrets.visit(), True, actor
    response = go(ask, safe(ask, then))
    put_cookie(ask, response, cookie_name(ask, SESSION), number, WHOLE_SECONDS)
    LOG.info("%s signed in by %s", actor.id, session.way)
    return response


async def sign_out(ask: Ask) -> Response:
    """POST /sign-out"""
    await ask.form()
    if number := ask.request.cookies.get(cookie_name(ask, SESSION), ""):
        await ask.site.signing.sessions.end(number)
    there = ask.site.signing.elsewhere if ask.session is not None and ask.session.hint else None
    name, hint = provider_name(ask, there), ask.session.hint if ask.session else ""
    ask.actor, ask.account, ask.session = NOBODY, None, None
    response = page(ask, "signed-out.html", elsewhere=name, private=True) if there else go(ask, ask.to("/"))
    secure = ask.request.url.scheme == "https"
    for cookie in (cookie_name(ask, SESSION), VISIT):
        response.delete_cookie(cookie, path="/", httponly=True, samesite="lax", secure=secure)
    if there:
        put_cookie(ask, response, cookie_name(ask, LEAVING), hint, LEAVING_SECONDS)
    return response


def provider_name(ask: Ask, elsewhere: Elsewhere | None) -> str:
    """What the provider is called; empty where there is none."""
    return ask.tongue.named(elsewhere.provider.name) if elsewhere else ""


def is_proved(ask: Ask) -> bool:
    """Whether who asks proved a short while ago who they are, which what is sealed asks for."""
    session = ask.session
    return session is not None and ask.site.signing.now() < session.proved + RECENT_SECONDS


async def own(ask: Ask) -> Response:
    """GET /account"""
    return _own_page(ask, Faults())


def _own_page(ask: Ask, faults: Faults) -> Response:
    did = ask.request.query_params.get("did", "")
    return page(ask, "account.html", status=422 if faults else 200, faults=faults, did=did, private=True)


async def change(ask: Ask) -> Response:
    """POST /account: another password."""
    sent, signing, faults, account = await ask.form(), ask.site.signing, Faults(), ask.account
    if account is None or not account.hash:
        raise Turned(404, N_("There is no such page"), N_("Check the address, or begin at the start page."))
    old, new, again = (sent.text(field, PASSWORD_MAX) for field in ("old", "new", "again"))
    wait = signing.tries.take(account.name, ask.address, monotonic())
    if wait > 0:
        faults.add("old", ask.say(WAIT, span=ask.tongue.span(max(60, wait))))
        return _own_page(ask, faults)
    try:
        faults.need("old", await signing.passwords.matches(account.hash, old), ask.say(NOT_YOURS))
        if weak := weakness(new, account.name):
            faults.add("new", ask.say(weak))
        faults.need(
            "again",
            again == new,
            ask.say(N_("The two new passwords differ; write it twice.")),
        )
        faults.need("new", new != old, ask.say(N_("This is your old password; choose another one.")))
        if faults:
            return _own_page(ask, faults)
        fresh = await signing.passwords.hashed(new)
    except TooManyAtOnce:
        faults.add("old", ask.say(AT_ONCE))
        return _own_page(ask, faults)
    signing.tries.give_back(account.name, ask.address)
    changed = await asyncio.to_thread(signing.accounts.set_password, account.name, fresh, first=False)
    session = Session(hash="", way="password", made=0, seen=0, account=changed.name, version=changed.version)
    return await welcome(ask, session, changed.actor, ask.to("/account?did=password"))


NOT_YOURS = N_("This is not your password.")


async def leave_everywhere(ask: Ask) -> Response:
    """POST /account/sign-out: every browser of this account, this one included."""
    await ask.form()
    if ask.account is not None:
        await ask.site.signing.sessions.end_all(ask.account.name)
    return go(ask, ask.to("/sign-in"))


def safe(ask: Ask, then: str) -> str:
    """Where to go on: only to a page for people who work here, in this language."""
    role = ask.role if ask.actor is not NOBODY else None
    home = ask.to("/admin" if role is not None and role.manages and role.sees == "none" else "/desk")
    path = then.partition("?")[0]
    inside = any(path == ask.to(first) or path.startswith(ask.to(first) + "/") for first in INSIDE)
    return then if inside and "\\" not in then and "//" not in then and then.isprintable() else home
