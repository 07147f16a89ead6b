"""The same endpoint twice, without storage: ours, and as one writes it in FastAPI. Served by `uvicorn --factory`."""

import datetime as dt
import itertools
import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from shancheng.ground.access import Actor
from shancheng.loop.act import Report
from shancheng.loop.ledger import Receipt

TOKEN = "sc_" + "b" * 43
KEPT_MOST = 1000


class Nowhere:
    """A desk that takes a report and keeps it in memory."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, Report]] = []
        self._numbers = itertools.count(1)

    async def report(self, act: Report, by: Actor, *, idem: str | None = None, **_: Any) -> Receipt:
        """The receipt, at once."""
        number = next(self._numbers)
        matter = f"m{number}"
        self.kept.append((matter, act))
        if len(self.kept) > KEPT_MOST:
            self.kept.clear()
        return Receipt(lane="bench", seq=number, matter=matter, matter_seq=1, verb="report", recorded=1_760_000_000)


def ours() -> Any:
    """Our door, in full: token, limits, request number, counts; only the desk is a stub."""
    from tests.loop.world import rules_of

    from shancheng.doors.api.call import Api
    from shancheng.doors.api.door import door
    from shancheng.doors.api.follow import Follow
    from shancheng.doors.api.token import Tokens

    folder = Path(tempfile.mkdtemp(prefix="shancheng-bench-"))
    rules = rules_of(folder / "tiny")
    tokens = Tokens(folder / "tokens.json")
    tokens.create(Actor("bench", "operator"), now=0, chance=lambda: "b" * 43)
    nothing: Any = None
    api = Api(
        desk=Nowhere(),  # type: ignore[arg-type]
        reader=nothing,
        tokens=tokens,
        follow=Follow(b"k" * 32),
        lane="bench",
        rules=lambda: rules,
        now=lambda: 1_760_000_000,
        new_key=lambda: b"",
        stopped=lambda: None,
    )
    return door(api, "b")


def fastapi() -> Any:
    """The same in FastAPI, as its guide shows it."""
    from fastapi import Depends, FastAPI, Header, HTTPException
    from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
    from pydantic import BaseModel, ConfigDict, Field

    class Contact(BaseModel):
        model_config = ConfigDict(extra="forbid")
        name: str = Field("", max_length=500)
        phone: str = Field("", max_length=500)
        email: str = Field("", max_length=500)
        address: str = Field("", max_length=500)

    class ReportIn(BaseModel):
        model_config = ConfigDict(extra="forbid")
        kind: str = Field(max_length=120)
        text: str = Field(max_length=8000)
        place: int | str = 0
        point: tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]] | None = None
        category: str = Field("", max_length=120)
        severity: int = Field(0, ge=0, le=4)
        located: Literal["", "point", "address", "picked", "sensor"] = ""
        origin: Literal["resident", "patrol", "sensor", "agency", "import"] = "resident"
        reporter: str = Field("", max_length=120)
        confidential: bool = False
        drill: bool = False
        occurred: dt.datetime | None = None
        contact: Contact | None = None

    class ReceiptOut(BaseModel):
        lane: str
        seq: int
        matter: str
        matter_seq: int
        verb: str
        recorded: dt.datetime
        repeated: bool = False

    app = FastAPI()
    kept: list[tuple[str, ReportIn]] = []
    numbers = itertools.count(1)
    bearer = HTTPBearer()
    tokens = {TOKEN: "bench"}

    async def actor(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> str:
        found = tokens.get(credentials.credentials)
        if found is None:
            raise HTTPException(401)
        return found

    @app.post("/matters", status_code=201)
    async def report(
        wanted: ReportIn, by: Annotated[str, Depends(actor)], idempotency_key: Annotated[str | None, Header()] = None
    ) -> ReceiptOut:
        number = next(numbers)
        kept.append((f"m{number}", wanted))
        if len(kept) > KEPT_MOST:
            kept.clear()
        recorded = dt.datetime.fromtimestamp(1_760_000_000, dt.UTC)
        return ReceiptOut(lane="bench", seq=number, matter=f"m{number}", matter_seq=1, verb="report", recorded=recorded)

    # FastAPI finds types in the module; these live in the function.
    report.__globals__.update(ReportIn=ReportIn, ReceiptOut=ReceiptOut)
    return app
