"""Signing in at the city's own provider: on the way there, and back with what it vouches for."""

import asyncio
import logging
from time import monotonic
from typing import Any

import msgspec
from starlette.responses import Response

from shancheng.doors.web.account import cookie_name, safe, welcome
from shancheng.doors.web.account_oidc import GOING_SECONDS, Elsewhere, Going, NotVouched
from shancheng.doors.web.accounts import Account, AccountRefused, subject_of
from shancheng.doors.web.ask import Ask
from shancheng.doors.web.errors import Turned
from shancheng.doors.web.language import N_, Tongue
from shancheng.doors.web.page import go, put_cookie
from shancheng.doors.web.session import GOING, LEAVING
from shancheng.doors.web.sessions import Session
from shancheng.ground.access import Actor

LOG = logging.getLogger("shancheng.web")
NOTE_MAX = 60
HINT_MAX, NO_HINT = 2500, "-"
"""Longer ID tokens do not fit a cookie; whoever has one is asked by the provider whom to sign out."""


async def leave(ask: Ask) -> Response:
    """GET /sign-in/elsewhere: on to the provider."""
    elsewhere = _elsewhere(ask)
    if ask.site.signing.tries.take("", ask.address, monotonic()) > 0:
        raise Turned(429, N_("Too many tries"), N_("Wait a few minutes, then try again."), {"retry-after": "60"})
    try:
        way = elsewhere.way_again if ask.request.query_params.get("again") else elsewhere.way
        url, going = await way(safe(ask, ask.request.query_params.get("then", "")), ask.tongue.code)
    except NotVouched as error:
        raise _failed(error) from None
    response = go(ask, url)
    sealed = ask.site.secrets.seal(msgspec.json.encode(going).decode())
    put_cookie(ask, response, cookie_name(ask, GOING), sealed, GOING_SECONDS)
    return response


async def back(ask: Ask) -> Response:
    """GET /sign-in/back: what the provider says about who comes back."""
    elsewhere, cookie = _elsewhere(ask), ask.request.cookies.get(cookie_name(ask, GOING), "")
    try:
        going = msgspec.json.decode(ask.site.secrets.unseal(cookie), type=Going)
    except msgspec.DecodeError:
        raise _failed(NotVouched("this browser had not set out")) from None
    ask.tongue = Tongue(going.language, ask.rules.zone)
    try:
        vouched = await elsewhere.claims(going, ask.request.query_params)
        account = await _let_in(ask, elsewhere, vouched.claims)
    except NotVouched as error:
        raise _failed(error) from None
    ask.site.signing.tries.give_back("", ask.address)
    session = Session(
        hash="",
        way="elsewhere",
        made=0,
        seen=0,
        account=account.name,
        version=account.version,
        proved=vouched.proved,
        hint=ask.site.secrets.seal(vouched.id_token if len(vouched.id_token) <= HINT_MAX else NO_HINT),
    )
    response = await welcome(ask, session, account.actor, going.then)
    response.delete_cookie(cookie_name(ask, GOING), path="/", httponly=True, secure=ask.request.url.scheme == "https")
    return response


async def leave_there(ask: Ask) -> Response:
    """GET /sign-out/elsewhere: on to the provider, to sign out there too."""
    elsewhere, name = _elsewhere(ask), cookie_name(ask, LEAVING)
    hint = ask.site.secrets.unseal(ask.request.cookies.get(name, ""))
    try:
        url = await elsewhere.way_out(hint.removeprefix(NO_HINT), ask.tongue.code) if hint else ""
    except NotVouched as error:
        LOG.warning("signing out elsewhere failed: %s", error)
        url = ""
    response = go(ask, url or ask.to("/sign-in"))
    response.delete_cookie(name, path="/", httponly=True, samesite="lax", secure=ask.request.url.scheme == "https")
    return response


def _elsewhere(ask: Ask) -> Elsewhere:
    if ask.site.signing.elsewhere is None:
        raise Turned(404, N_("There is no such page"), N_("Check the address, or begin at the start page."))
    return ask.site.signing.elsewhere


def _failed(error: NotVouched) -> Turned:
    """What exactly went wrong is for the log; a stranger learns nothing from it."""
    LOG.warning("signing in elsewhere failed: %s", error)
    return Turned(
        403,
        N_("You could not be signed in"),
        N_("The other site did not vouch for you, or it took too long. Begin again at the sign-in page."),
    )


async def _let_in(ask: Ask, elsewhere: Elsewhere, claims: dict[str, Any]) -> Account:
    """The account of who is vouched for, made or brought up to date by what is vouched for; raises Turned."""
    accounts, provider = ask.site.signing.accounts, elsewhere.provider
    subject = subject_of(provider.issuer, str(claims["sub"]))
    actor = provider.actor(claims, subject, ask.rules)
    account = accounts.of_subject(subject)
    if account is not None and account.disabled:
        LOG.warning("account %s is disabled and tried to sign in elsewhere", account.name)
        actor = None
    if actor is None:
        raise Turned(
            403,
            N_("You have no part here"),
            N_("You are known, but you have no role here. Ask whoever runs this house."),
        )
    if account is None:
        return await asyncio.to_thread(_begin, ask, actor, subject, claims)
    if account.actor != actor:
        return await asyncio.to_thread(accounts.set_actor, account.name, actor)
    return account


def _begin(ask: Ask, actor: Actor, subject: str, claims: dict[str, Any]) -> Account:
    told = next((claims[name] for name in ("name", "preferred_username") if isinstance(claims.get(name), str)), "")
    account = Account(
        name=f"e-{subject[:16]}",
        actor=actor,
        made=ask.site.signing.now(),
        subject=subject,
        note="".join(sign for sign in told if sign.isprintable())[:NOTE_MAX],
    )
    try:
        return ask.site.signing.accounts.create(account)
    except AccountRefused:
        found = ask.site.signing.accounts.of_subject(subject)
        if found is None:
            raise
        return found
