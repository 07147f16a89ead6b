"""An OpenID provider that really runs, on loopback; it insists on PKCE, which it checks for itself."""

import base64
import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

import httpx
import oidc_provider_mock
from oidc_provider_mock import User
from werkzeug.serving import make_server

USERS = (
    User(sub="sub-li", claims={"name": "李娜", "groups": ["ops-quay", "staff"]}),
    User(sub="sub-chief", claims={"name": "Chief", "groups": ["leaders"]}),
    User(sub="sub-remembered", claims={"groups": ["ops-quay"], "auth_time": 1_700_000_000}),
    User(sub="sub-guest", claims={"name": "Guest", "groups": ["visitors"]}),
)


class InsistsOnPkce:
    """Passes a code on for redeeming only with the verifier that its challenge was made from."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self.challenges: set[str] = set()
        self.refused = 0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        if environ["PATH_INFO"].endswith("/authorize"):
            asked = parse_qs(environ["QUERY_STRING"])
            assert asked["code_challenge_method"] == ["S256"]
            assert asked["nonce"] and asked["state"]
            self.challenges.add(asked["code_challenge"][0])
        if environ["PATH_INFO"].endswith("/token"):
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            environ["wsgi.input"] = BytesIO(body)
            verifier = parse_qs(body.decode()).get("code_verifier", [""])[0]
            challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
            if challenge not in self.challenges:
                self.refused += 1
                start("400 Bad Request", [("content-type", "application/json")])
                return [b'{"error": "invalid_grant"}']
        return self._app(environ, start)


@contextmanager
def provider() -> Iterator[tuple[str, InsistsOnPkce]]:
    """The issuer's address while it runs, and who insists."""
    guard = InsistsOnPkce(oidc_provider_mock.app(require_nonce=True, user_claims=USERS))
    server = make_server("localhost", 0, guard, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}", guard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def consent(url: str, who: str) -> str:
    """Where the provider sends somebody back to once they have said who they are."""
    async with httpx.AsyncClient() as client:
        answer = await client.post(url, data={"sub": who} if who else {"action": "deny"})
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]
