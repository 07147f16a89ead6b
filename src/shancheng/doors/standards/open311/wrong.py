"""What an Open311 server answers when it cannot do what was asked: a status, and a list of code and description."""

from collections.abc import Sequence

from shancheng.loop.errors import LoopError, Stopped
from shancheng.loop.ledger import Refusal

Headers = Sequence[tuple[str, str]]
FORBIDDEN = frozenset(
    {
        "not-allowed",
        "not-holder",
        "not-your-leg",
        "not-your-report",
        "handler-verifies",
        "handler-rates",
        "own-request",
    }
)
MISSING = frozenset({"not-found", "unknown-matter"})
AGAIN_SECONDS = "30"


class Wrong(Exception):
    """A request that ends here; every fault at once, each a sentence. Caught once, where answers are sent."""

    def __init__(self, status: int, *sentences: str, headers: Headers = ()) -> None:
        self.status = status
        self.sentences = sentences
        self.headers = headers
        super().__init__(" ".join(sentences))

    def rows(self) -> list[dict[str, object]]:
        """The body: one code and description a fault."""
        return [{"code": self.status, "description": sentence} for sentence in self.sentences]


def refused(refusal: Refusal) -> Wrong:
    """What the loop refused; the standard knows 400, 403 and 404."""
    status = 404 if refusal.code in MISSING else 403 if refusal.code in FORBIDDEN else 400
    return Wrong(status, refusal.message)


def of_the_loop(error: LoopError) -> Wrong:
    """What the loop cannot do just now."""
    wait = AGAIN_SECONDS if isinstance(error, Stopped) else "1"
    return Wrong(503, str(error), headers=(("retry-after", wait),))
