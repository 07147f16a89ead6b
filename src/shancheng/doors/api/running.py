"""How the house is: health, counts for monitoring, the ledger's lines for a peer, the API's own description."""

import base64

import msgspec

from shancheng.doors.api.call import Answer, Call, found
from shancheng.doors.api.problem import Problem
from shancheng.loop.move import Move

LINES_MAX = 1000
PLAIN = b"text/plain; version=0.0.4; charset=utf-8"


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the house takes anything in."""

    status: str
    """`ok`, or `stopped`: reading goes on, nothing new is acknowledged."""
    message: str
    lane: str
    seq: int
    """Last durable line of the ledger."""
    hash: str
    waiting: int
    """Commands that wait to be written."""
    now: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger exactly as it is sealed: whole seconds, payload as the text that was hashed."""

    seq: int
    matter: str
    matter_seq: int
    verb: str
    actor: str
    role: str
    centre: int
    epoch: int
    place: int
    at: int
    recorded: int
    idem: str | None
    mark: int
    payload: str
    sealed: str | None
    """Base64 of the sealed bytes; only their owner's key opens them."""
    hash: str


class Lines(msgspec.Struct, frozen=True):
    """Lines of one lane in order; ask again `after` the last one."""

    lane: str
    head: int
    lines: list[Line]


async def health(call: Call) -> Answer:
    """GET /health"""
    api = call.api
    stopped = api.stopped()
    head = await api.reader.head(api.lane)
    answer = Health(
        status="stopped" if stopped else "ok",
        message=stopped or "Everything that is acknowledged is durable.",
        lane=api.lane,
        seq=head.seq,
        hash=head.hash.hex(),
        waiting=api.waiting(),
        now=api.iso(api.desk.now()),
    )
    return found(answer, status=503 if stopped else 200)


async def metrics(call: Call) -> Answer:
    """GET /metrics"""
    api = call.api
    head = await api.reader.head(api.lane)
    gauges = {
        "shancheng_ledger_head": ("Last durable line of the ledger.", float(head.seq)),
        "shancheng_waiting": ("Commands that wait to be written.", float(api.waiting())),
        "shancheng_waiting_anonymous": ("Reports without a token that are held a little.", float(api.gate.waiting)),
        "shancheng_stopped": ("1 when nothing is acknowledged any more.", float(bool(api.stopped()))),
    }
    return Answer(200, api.metrics.text(gauges).encode(), type=PLAIN)


async def ledger(call: Call) -> Answer:
    """GET /ledger/{lane}"""
    api, lane = call.api, call.path["lane"]
    asked = call.query(("after", "limit"))
    if lane != api.lane:
        raise Problem(404, "not-found", f"There is no lane '{lane[:40]}' here; this is lane '{api.lane}'.", "lane")
    after = _number(asked.get("after", ["0"])[-1], "after", 2**62)
    limit = _number(asked.get("limit", [str(LINES_MAX)])[-1], "limit", LINES_MAX)
    head = await api.reader.head(lane)
    lines: list[Line] = []
    async for moves in api.reader.moves(lane, after, min(head.seq, after + limit)):
        lines += map(_line, moves)
    return found(Lines(lane, head.seq, lines))


def _number(text: str, field: str, most: int) -> int:
    if not text.isdecimal() or len(text) > 19 or int(text) > most:
        raise Problem(422, "wrong-value", f"'{field}' is a whole number from 0 to {most}.", field)
    return int(text)


def _line(move: Move) -> Line:
    return Line(
        seq=move.seq,
        matter=move.matter,
        matter_seq=move.matter_seq,
        verb=move.verb,
        actor=move.actor,
        role=move.role,
        centre=move.centre,
        epoch=move.epoch,
        place=move.place,
        at=move.at,
        recorded=move.recorded,
        idem=move.idem,
        mark=move.mark,
        payload=move.payload.decode(),
        sealed=None if move.sealed is None else base64.b64encode(move.sealed).decode(),
        hash=move.hash.hex(),
    )
