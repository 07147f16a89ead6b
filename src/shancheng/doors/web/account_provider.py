"""The provider that vouches for people, as it is written down: where it is, and which claims make which role."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from shancheng.doors.web.account_actor import actor_for
from shancheng.doors.web.accounts import AccountRefused
from shancheng.ground.access import Actor
from shancheng.loop.rules import Rules

FILE = "sign-in.toml"
SECRET_VARIABLE = "SHANCHENG_PROVIDER_SECRET"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
BACK = "/zh/sign-in/back"
"""Where the provider sends people back to: one address for both languages, since it has to be registered."""


class ProviderFaulty(Exception):
    """The description of the provider cannot be used; every fault of it, a line each."""


class ClaimRole(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A role for whoever has a value among a claim; the first that fits is given."""

    claim: str
    """Name of the claim; a dot leads into an object: realm_access.roles."""
    value: str
    role: str
    place: str = ""
    """Code of a place; the whole city where it is left out."""
    agency: str = ""


class Provider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One OpenID provider."""

    name: dict[str, str]
    issuer: str
    client_id: str
    address: str
    """Where browsers reach this house: https://..."""
    secret_file: str = ""
    """Beside this description; left out for a public client, or where the environment holds the secret."""
    scopes: tuple[str, ...] = ("openid", "profile")
    role: tuple[ClaimRole, ...] = ()

    @property
    def back(self) -> str:
        """The address to register at the provider."""
        return self.address.rstrip("/") + BACK

    def actor(self, claims: Mapping[str, Any], subject: str, rules: Rules) -> Actor | None:
        """Who somebody with these claims is here; None where no line fits."""
        for line in self.role:
            if line.value in values_of(claims, line.claim):
                return actor_for(rules, number=subject[:12], role=line.role, place=line.place, agency=line.agency)
        return None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    provider: Provider


def read_provider(folder: Path, rules: Rules) -> tuple[Provider, str] | None:
    """The provider of an installation and our secret there; None where there is none. Raises ProviderFaulty."""
    file = folder / FILE
    if not file.exists():
        return None
    try:
        provider = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), _File).provider
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ProviderFaulty(f"{file}: {error}. The guide to accounts shows how it is written.") from None
    faults = list(_faults(provider, folder, rules))
    if faults:
        raise ProviderFaulty("\n".join(f"{file}: {fault}" for fault in faults))
    return provider, _secret(provider, folder)


def _secret(provider: Provider, folder: Path) -> str:
    if provider.secret_file:
        return (folder / provider.secret_file).read_text(encoding="utf-8").strip()
    return os.environ.get(SECRET_VARIABLE, "")


def _faults(provider: Provider, folder: Path, rules: Rules) -> Iterator[str]:
    for name in ("issuer", "address"):
        url = getattr(provider, name)
        if not is_safe(url):
            yield f"{name} '{url}' has to begin with https:// (http:// only on this machine itself)."
    if "openid" not in provider.scopes:
        yield "scopes have to hold 'openid'."
    if not provider.role:
        yield "there is no [[provider.role]], so nobody could come in; write one."
    if provider.secret_file and not (folder / provider.secret_file).is_file():
        yield f"secret_file '{provider.secret_file}' is not in {folder}."
    for number, line in enumerate(provider.role, 1):
        try:
            actor_for(rules, number="", role=line.role, place=line.place, agency=line.agency)
        except AccountRefused as error:
            yield f"role {number} ({line.claim} = {line.value}): {error}"


def is_safe(url: str) -> bool:
    """Whether what is sent to an address stays secret on its way."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))


def values_of(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The values of a claim as text: one, or each of a list; none where it is not there."""
    found: Any = claims.get(name)
    if found is None:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, list):
        return tuple(value for value in found if isinstance(value, str))
    return (found,) if isinstance(found, str) else ()
