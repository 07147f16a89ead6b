"""Signing in at an OpenID provider: code flow with PKCE, state and nonce; nothing it says is believed unchecked."""

import hmac
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import msgspec

from shancheng.doors.web.account_provider import Provider, is_safe

LOG = logging.getLogger("shancheng.web")
GOING_SECONDS = 600
TIMEOUT_SECONDS = 10.0
FRESH_SECONDS, AGAIN_SECONDS = 3600.0, 60.0
LEEWAY_SECONDS = 60
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
"""Signatures only: nothing unsigned, and nothing that our own secret could have made."""


class NotVouched(Exception):
    """The provider did not say who this is, or what it said cannot be believed."""


class Metadata(msgspec.Struct, frozen=True):
    """What we need of a provider's description of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class Going(msgspec.Struct, frozen=True):
    """What we have to know when somebody comes back; it travels sealed in their own browser."""

    state: str
    nonce: str
    verifier: str
    then: str
    language: str
    at: int
    again: bool = False
    """Whether the provider is to ask anew who this is."""


@dataclass(frozen=True)
class Vouched:
    """What a provider vouched for."""

    claims: dict[str, Any]
    id_token: str
    proved: int
    """When it last asked who this is; 0 where it did not say."""


@dataclass
class Elsewhere:
    """One provider."""

    provider: Provider
    secret: str
    now: Callable[[], int]
    _metadata: Metadata | None = None
    _keys: Any = None
    _asked: dict[str, float] = field(default_factory=dict)

    async def way(self, then: str, language: str) -> tuple[str, Going]:
        """The address at the provider to go to, and what to know on the way back; raises NotVouched."""
        return await self._way(self._going(then, language))

    async def way_again(self, then: str, language: str) -> tuple[str, Going]:
        """The same, where the provider is to ask anew who this is; raises NotVouched."""
        going = msgspec.structs.replace(self._going(then, language), again=True)
        return await self._way(going, prompt="login", max_age="0")

    def _going(self, then: str, language: str) -> Going:
        state, nonce, verifier = (secrets.token_urlsafe(length) for length in (24, 24, 48))
        return Going(state, nonce, verifier, then, language, self.now())

    async def _way(self, going: Going, **more: str) -> tuple[str, Going]:
        metadata = await self._described()
        async with self._client(metadata) as client:
            url, _ = client.create_authorization_url(
                metadata.authorization_endpoint,
                state=going.state,
                nonce=going.nonce,
                code_verifier=going.verifier,
                **more,
            )
        return str(url), going

    async def way_out(self, id_token: str, language: str) -> str:
        """The address at which somebody signs out of the provider too; empty where it has none. Raises NotVouched.

        OpenID Connect RP-Initiated Logout 1.0, section 2.
        """
        metadata = await self._described()
        if not metadata.end_session_endpoint:
            return ""
        back = f"{self.provider.address.rstrip('/')}/{language}/sign-in"
        told = {"id_token_hint": id_token, "client_id": self.provider.client_id, "post_logout_redirect_uri": back}
        mark = "&" if "?" in metadata.end_session_endpoint else "?"
        return metadata.end_session_endpoint + mark + urlencode({name: value for name, value in told.items() if value})

    async def claims(self, going: Going, answer: Mapping[str, str]) -> Vouched:
        """What the provider says about who came back; raises NotVouched."""
        if not hmac.compare_digest(going.state.encode(), answer.get("state", "").encode()):
            raise NotVouched("the state is another one than was sent")
        if self.now() >= going.at + GOING_SECONDS:
            raise NotVouched("it took too long")
        if answer.get("iss", self.provider.issuer) != self.provider.issuer:
            raise NotVouched("another issuer answered")
        if not answer.get("code"):
            raise NotVouched(f"the provider answered '{answer.get('error', 'nothing')[:60]}'")
        metadata = await self._described()
        token = await self._redeemed(metadata, going, answer["code"])
        claims = await self._checked(metadata, going, token)
        asked = claims.get("auth_time")
        proved = min(asked, self.now()) if isinstance(asked, int) else 0
        if going.again and proved < going.at - LEEWAY_SECONDS:
            raise NotVouched("the provider did not ask anew who this is")
        return Vouched(await self._more(metadata, claims, token), token["id_token"], proved)

    async def _redeemed(self, metadata: Metadata, going: Going, code: str) -> dict[str, Any]:
        from authlib.common.errors import AuthlibBaseError
        from httpx2 import HTTPError

        try:
            async with self._client(metadata) as client:
                found = await client.fetch_token(
                    metadata.token_endpoint, code=code, code_verifier=going.verifier, grant_type="authorization_code"
                )
        except (AuthlibBaseError, HTTPError, ValueError) as error:
            raise NotVouched(f"the code was not redeemed ({type(error).__name__})") from None
        if not isinstance(found, dict) or not isinstance(found.get("id_token"), str):
            raise NotVouched("the provider sent no ID token")
        return found

    async def _checked(self, metadata: Metadata, going: Going, token: Mapping[str, Any]) -> dict[str, Any]:
        from joserfc.errors import JoseError

        try:
            return believed(token, await self._key_set(metadata), self.provider, going.nonce, self.now())
        except (JoseError, ValueError) as first:
            LOG.info("an ID token did not hold against the keys we have: %s", type(first).__name__)
        try:
            return believed(token, await self._key_set(metadata, anew=True), self.provider, going.nonce, self.now())
        except (JoseError, ValueError) as error:
            raise NotVouched(f"the ID token cannot be believed ({error})") from None

    async def _more(self, metadata: Metadata, claims: dict[str, Any], token: Mapping[str, Any]) -> dict[str, Any]:
        """With what the provider tells only when asked, where a role hangs on it."""
        if not metadata.userinfo_endpoint or all(line.claim.split(".")[0] in claims for line in self.provider.role):
            return claims
        headers = {"authorization": f"Bearer {token.get('access_token', '')}"}
        told = await self._json(metadata.userinfo_endpoint, headers)
        if told.get("sub") != claims["sub"]:
            raise NotVouched("the provider told about somebody else")
        return {**told, **claims}

    async def _described(self) -> Metadata:
        if self._metadata is None or self._is_old("metadata", FRESH_SECONDS):
            url = self.provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
            try:
                found = msgspec.convert(await self._json(url), Metadata)
            except msgspec.ValidationError as error:
                raise NotVouched(f"the provider does not describe itself ({error})") from None
            if found.issuer != self.provider.issuer:
                raise NotVouched(f"the provider calls itself '{found.issuer}', not '{self.provider.issuer}'")
            ends = (
                *(found.authorization_endpoint, found.token_endpoint, found.jwks_uri),
                *(found.userinfo_endpoint, found.end_session_endpoint),
            )
            if not all(is_safe(end) for end in ends if end):
                raise NotVouched("the provider wants secrets sent in the open")
            self._metadata = found
            self._asked["metadata"] = time.monotonic()
        return self._metadata

    async def _key_set(self, metadata: Metadata, *, anew: bool = False) -> Any:
        from joserfc.jwk import KeySet

        if self._keys is None or self._is_old("keys", AGAIN_SECONDS if anew else FRESH_SECONDS):
            self._keys = KeySet.import_key_set(await self._json(metadata.jwks_uri))  # type: ignore[arg-type]
            self._asked["keys"] = time.monotonic()
        return self._keys

    def _is_old(self, what: str, seconds: float) -> bool:
        return time.monotonic() - self._asked.get(what, -seconds) >= seconds

    async def _json(self, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        from httpx2 import AsyncClient, HTTPError

        try:
            async with AsyncClient(timeout=TIMEOUT_SECONDS) as client:
                answer = await client.get(url, headers=dict(headers or {}))
                found = answer.raise_for_status().json()
        except (HTTPError, ValueError) as error:
            raise NotVouched(f"{url} does not answer as it should ({type(error).__name__})") from None
        if not isinstance(found, dict):
            raise NotVouched(f"{url} does not answer with an object")
        return found

    def _client(self, metadata: Metadata) -> Any:
        from authlib.integrations.httpx_client import AsyncOAuth2Client

        methods = metadata.token_endpoint_auth_methods_supported
        basic = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        return AsyncOAuth2Client(
            self.provider.client_id,
            self.secret or None,
            scope=" ".join(self.provider.scopes),
            redirect_uri=self.provider.back,
            code_challenge_method="S256",
            token_endpoint_auth_method=basic if self.secret else "none",
            timeout=TIMEOUT_SECONDS,
        )


def believed(token: Mapping[str, Any], keys: Any, provider: Provider, nonce: str, now: int) -> dict[str, Any]:
    """The claims of an ID token that is the provider's, for us, for this very sign-in, and not over; else raises.

    OpenID Connect Core 1.0, section 3.1.3.7. Raises joserfc's JoseError or ValueError.
    """
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt

    found = jwt.decode(token["id_token"], keys, algorithms=list(ALGORITHMS))
    claims = CodeIDToken(
        found.claims,
        found.header,
        options={
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": provider.client_id},
            "sub": {"essential": True},
        },
        params={"client_id": provider.client_id, "nonce": nonce, "access_token": token.get("access_token", "")},
    )
    claims.validate(now=now, leeway=LEEWAY_SECONDS)
    return dict(claims)
