"""What this door says when it cannot do what was asked: one shape, a stable code, a sentence, a status."""

import re
from collections.abc import Sequence

import msgspec

from shancheng.doors.api.times import EXAMPLE
from shancheng.loop.ledger import Refusal

Headers = Sequence[tuple[bytes, bytes]]
UNPROCESSABLE = 422
STATUS = {
    "not-found": 404,
    "no-such-page": 404,
    "not-allowed": 403,
    "not-holder": 403,
    "not-your-leg": 403,
    "not-your-report": 403,
    "handler-verifies": 403,
    "handler-rates": 403,
    "own-request": 403,
    "changed-meanwhile": 412,
    "conflict": 409,
    "key-reused": 409,
    "exists-already": 409,
    "wrong-stage": 409,
    "handed-over": 409,
    "merged": 409,
    "merged-already": 409,
    "not-merged": 409,
    "not-offered": 409,
    "not-paused": 409,
    "paused-already": 409,
    "children-open": 409,
    "split-already": 409,
    "nothing-changes": 409,
    "nothing-due": 409,
    "not-asked": 409,
    "too-late": 409,
    "redacted": 410,
    "not-writable": 422,
    "fault": 500,
}
"""HTTP status by refusal code; a code that is not here says that the request itself is to be mended: 422."""


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong, for the person who can mend it."""

    code: str
    """Stable, for programs."""
    message: str
    """A sentence: what, where, what to do next."""
    field: str = ""
    """Field of the body, query parameter or header that it is about; empty for the whole request."""
    request: str = ""
    """Number of the request, to find it in the log."""


class Error(msgspec.Struct, frozen=True):
    """The one shape of everything that went wrong."""

    error: Wrong


class Problem(Exception):
    """A request that ends here; caught once, where answers are sent."""

    def __init__(self, status: int, code: str, message: str, field: str = "", headers: Headers = ()) -> None:
        self.status = status
        self.code = code
        self.field = field
        self.headers = headers
        super().__init__(message)

    def body(self, request: str) -> bytes:
        """The answer's body."""
        wrong = Wrong(code=self.code, message=str(self), field=self.field, request=request)
        return msgspec.json.encode(Error(wrong))


def refused(refusal: Refusal) -> Problem:
    """What the loop refused, as this door says it."""
    status = STATUS.get(refusal.code, UNPROCESSABLE)
    return Problem(status, refusal.code, refusal.message, refusal.field)


def retry_after(seconds: float) -> tuple[bytes, bytes]:
    """The header that says when to try again."""
    return b"retry-after", str(max(1, round(seconds))).encode()


WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object in { }",
    "datetime": f"a time like {EXAMPLE}",
    "int | str": "a place's number or its code",
    "str | int": "a place's number or its code",
}
_EXPECTED = re.compile(r"^Expected `([^`]+)`(.*?)(?:, got `([^`]+)`)?$")
_PATH = re.compile(r"^(.*?) - at `(?:key in )?\$\.?([^`]*)`$", re.DOTALL)
_NAMED = re.compile(r"`([^`]+)`")


def unreadable(error: Exception, what: str = "Field") -> Problem:
    """A body that cannot be read, as a sentence with the path of the field."""
    if isinstance(error, msgspec.ValidationError):
        message, path = _split(str(error))
        return Problem(UNPROCESSABLE, "wrong-value", _sentence(message, path, what), path)
    if isinstance(error, UnicodeDecodeError):
        return Problem(400, "not-json", "The body is not UTF-8; send the text in that encoding.")
    if isinstance(error, RecursionError):
        return Problem(400, "not-json", "The body is nested too deeply; send the act as one flat object.")
    return Problem(400, "not-json", f"The body is not JSON: {_tail(str(error))}. Send one object in {{ }}.")


def _split(text: str) -> tuple[str, str]:
    found = _PATH.match(text)
    return (found[1], found[2]) if found else (text, "")


def _tail(text: str) -> str:
    return text.removeprefix("JSON is malformed: ").rstrip(".").replace("Input data was truncated", "it ends too early")


def _sentence(message: str, path: str, what: str) -> str:
    where = f"{what} '{path}'" if path else "The body"
    if message.startswith("Object contains unknown field"):
        name = _NAMED.search(message)
        return f"{where} holds a field '{name[1] if name else '?'}' that is not known here; leave it out."
    if message.startswith("Object missing required field"):
        name = _NAMED.search(message)
        return f"{where} lacks the field '{name[1] if name else '?'}'; add it."
    if "datetime" in message or "RFC3339" in message:
        return f"{where} is not a time with a zone; write it like {EXAMPLE}."
    if message.startswith("Invalid enum value") or message.startswith("Invalid value"):
        name = _NAMED.search(message) or re.search(r"'([^']*)'", message)
        return f"{where} does not know '{name[1] if name else '?'}'; the API's description lists what it may be."
    found = _EXPECTED.match(message)
    if found is None:
        return f"{where}: {message}."
    wanted = WORDS.get(found[1], found[1])
    got = f", not {WORDS.get(found[3], found[3])}" if found[3] else ""
    return f"{where} has to be {wanted}{found[2]}{got}."
