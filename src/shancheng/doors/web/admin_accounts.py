"""Accounts as those who run the house see them: making, disabling, giving another password, ending sessions."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable

from starlette.responses import Response

from shancheng.doors.web.account_actor import actor_for, is_for_people
from shancheng.doors.web.account_password import TooManyAtOnce
from shancheng.doors.web.accounts import NAME_MAX, NOTE_MAX, Account, AccountRefused, random_password
from shancheng.doors.web.ask import Ask, Faults, Form
from shancheng.doors.web.errors import Turned
from shancheng.doors.web.language import N_
from shancheng.doors.web.page import go, page

LOG = logging.getLogger("shancheng.web")
KEY_MAX = 80
FIELDS = ("name", "role", "place", "agency", "note")


async def listed(ask: Ask) -> Response:
    """GET /admin/accounts"""
    return _show(ask, Faults())


def _show(ask: Ask, faults: Faults, sent: dict[str, str] | None = None, given: tuple[str, str] = ("", "")) -> Response:
    signing = ask.site.signing
    return page(
        ask,
        "admin/accounts.html",
        status=422 if faults else 200,
        faults=faults,
        accounts=signing.accounts.all(),
        signed_in=signing.sessions.counts(signing.now()),
        sent=sent or dict.fromkeys(FIELDS, ""),
        given=given,
        roles=[(role.key, ask.tongue.named(role.name)) for role in ask.rules.roles.values() if is_for_people(role)],
        agencies=sorted(
            ((key, ask.tongue.name(agency)) for key, agency in ask.rules.agencies.items()), key=lambda row: row[1]
        ),
        did=ask.request.query_params.get("did", ""),
        private=True,
    )


async def create(ask: Ask) -> Response:
    """POST /admin/accounts: a new account; its first password is shown once, on the page that follows."""
    form, faults = await ask.form(), Faults()
    sent = {name: form.text(name, NOTE_MAX if name == "note" else KEY_MAX) for name in FIELDS}
    password = random_password()
    try:
        account = Account(
            name=sent["name"].lower()[:NAME_MAX],
            actor=actor_for(
                ask.rules,
                number=secrets.token_hex(4),
                role=sent["role"],
                place=sent["place"],
                agency=sent["agency"],
            ),
            made=ask.site.signing.now(),
            hash=await ask.site.signing.passwords.hashed(password),
            note=sent["note"].replace("\n", " "),
            first=True,
        )
        await asyncio.to_thread(ask.site.signing.accounts.create, account)
    except AccountRefused as refused:
        faults.add("name", ask.say(refused.message, **refused.values))
        return _show(ask, faults, sent)
    except TooManyAtOnce:
        faults.add("name", ask.say(LATER))
        return _show(ask, faults, sent)
    LOG.info("%s made the account %s", ask.actor.id, account.actor.id)
    return _show(ask, faults, given=(account.name, password))


LATER = N_("Too many passwords are being checked at this moment; try again in a few seconds.")


async def act(ask: Ask) -> Response:
    """POST /admin/accounts/{name}/{act}"""
    form, name, wanted = await ask.form(), ask.path("name"), ask.path("act")
    do = ACTS.get(wanted)
    if do is None or ask.site.signing.accounts.get(name) is None:
        raise Turned(404, N_("There is no such page"), N_("Check the address, or begin at the start page."))
    if ask.account is not None and ask.account.name == name:
        faults = Faults()
        faults.add("name", ask.say(N_("This is your own account; ask another administrator.")))
        return _show(ask, faults)
    LOG.info("%s did '%s' to an account", ask.actor.id, wanted)
    return await do(ask, name, form)


async def _disable(ask: Ask, name: str, form: Form) -> Response:
    await asyncio.to_thread(ask.site.signing.accounts.disable, name, ask.site.signing.now())
    return go(ask, ask.to("/admin/accounts?did=disable"))


async def _enable(ask: Ask, name: str, form: Form) -> Response:
    await asyncio.to_thread(ask.site.signing.accounts.enable, name)
    return go(ask, ask.to("/admin/accounts?did=enable"))


async def _sign_out(ask: Ask, name: str, form: Form) -> Response:
    await ask.site.signing.sessions.end_all(name)
    return go(ask, ask.to("/admin/accounts?did=sign-out"))


async def _password(ask: Ask, name: str, form: Form) -> Response:
    password, signing = random_password(), ask.site.signing
    try:
        hashed = await signing.passwords.hashed(password)
    except TooManyAtOnce:
        raise Turned(503, N_("Try again"), LATER, {"retry-after": "2"}) from None
    await asyncio.to_thread(signing.accounts.set_password, name, hashed, first=True)
    return _show(ask, Faults(), given=(name, password))


ACTS: dict[str, Callable[[Ask, str, Form], Awaitable[Response]]] = {
    "disable": _disable,
    "enable": _enable,
    "password": _password,
    "sign-out": _sign_out,
}
