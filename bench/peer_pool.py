"""What one writes without a sequencer: FastAPI, a pool of connections, one transaction a request. Served by uvicorn."""

import contextlib
import itertools
import os
import secrets
from collections.abc import AsyncIterator
from typing import Annotated, Any

from bench.bare import TOKEN

POOL = 16
INSERT = "INSERT INTO moves VALUES (" + ", ".join(f"${number}" for number in range(1, 18)) + ")"


def app() -> Any:
    """An application that inserts a row as wide as one of our moves, with the same indexes, for every request."""
    import asyncpg
    from fastapi import Depends, FastAPI, Header, HTTPException
    from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
    from pydantic import BaseModel, Field

    class ReportIn(BaseModel):
        kind: str = Field(max_length=120)
        text: str = Field(max_length=8000)
        place: int | str = 0
        point: tuple[float, float] | None = None
        category: str = Field("", max_length=120)
        severity: int = Field(0, ge=0, le=4)

    pools: list[Any] = []

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        pools.append(await asyncpg.create_pool(os.environ["BENCH_LEDGER"], min_size=POOL, max_size=POOL))
        yield
        await pools[0].close()

    server = FastAPI(lifespan=life)
    bearer = HTTPBearer()
    numbers = itertools.count(1)
    padding = "p" * int(os.environ["BENCH_PADDING"])

    async def actor(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> str:
        if credentials.credentials != TOKEN:
            raise HTTPException(401)
        return "bench"

    @server.post("/matters", status_code=201)
    async def report(
        wanted: ReportIn, by: Annotated[str, Depends(actor)], idempotency_key: Annotated[str, Header()]
    ) -> dict[str, Any]:
        number, matter = next(numbers), secrets.token_hex(8)
        payload = (wanted.model_dump_json() + padding).encode()[: len(padding)]
        row = (
            *("pool", number, matter, 1, "report", by, "operator", 1, 1, 8, 0, 0, idempotency_key, 0),
            *(payload, None, b"h" * 32),
        )
        async with pools[0].acquire() as connection, connection.transaction():
            await connection.execute(INSERT, *row)
        return {"matter": matter, "seq": number}

    report.__globals__.update(ReportIn=ReportIn)
    return server
