"""Brings a file in: chunk by chunk, many rows at a time, each row's acts in order, and an account of every row."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from shancheng.doors.feeds.checkpoint import Checkpoint, Checkpoints
from shancheng.doors.feeds.errors import Unreadable
from shancheng.doors.feeds.mapping import Map, columns_of, fit_to_city, fit_to_file, read_map
from shancheng.doors.feeds.reading import Chunk, Source, open_source
from shancheng.doors.feeds.refused import Refused, RefusedFile, shown
from shancheng.doors.feeds.seen import Seen
from shancheng.doors.feeds.summary import Summary
from shancheng.doors.feeds.walk import Deed, Plan, Planner
from shancheng.ground.access import Actor
from shancheng.loop.act import Report
from shancheng.loop.errors import Busy
from shancheng.loop.ledger import Receipt, Refusal
from shancheng.wings.governance.desk import Desk

Progress = Callable[[float, Summary], None]
"""Told after every chunk: the share of the file that is read, and the counts so far."""
WATCHER = Actor("import", "importer")
TRIES = 200
WAIT_SECONDS = 0.05
LOOKS = 3
"""Rows of a chunk that are looked for to see whether it has been brought in before."""


@dataclass(frozen=True)
class Wish:
    """Which file is brought in by which map, and where the account of it lies."""

    file: Path
    map_file: Path
    refused: Path
    """List of refused rows: CSV, or JSON lines by `.jsonl`."""
    checkpoint: Path


async def bring_in(wish: Wish, desk: Desk, progress: Progress) -> Summary:
    """Bring a file in, or go on where an earlier run was interrupted. Raises FeedError before anything is written."""
    mapping = read_map(wish.map_file)
    wanted = tuple(dict.fromkeys(column for column, _, _ in columns_of(mapping)))
    source = await asyncio.to_thread(open_source, wish.file, mapping, wanted)
    try:
        fit_to_file(mapping, source.names, map_file=wish.map_file.name, file=wish.file.name)
        fit_to_city(mapping, desk.rules, map_file=wish.map_file.name)
        checkpoints = await asyncio.to_thread(Checkpoints, wish.checkpoint, file=wish.file, map_file=wish.map_file)
        begun = await _begun(checkpoints, desk)
        refused = RefusedFile(wish.refused, keep_bytes=begun.refused_bytes if begun else 0)
        try:
            run = _Run(mapping, source, wanted, desk, checkpoints, refused, progress)
            return await run.all(begun)
        finally:
            refused.close()
    finally:
        source.close()


async def _begun(checkpoints: Checkpoints, desk: Desk) -> Checkpoint | None:
    """The checkpoint, if this ledger holds what it speaks of."""
    found = checkpoints.find()
    if found is None or not found.last:
        return None
    return None if isinstance(await desk.matter(found.last, WATCHER), Refusal) else found


class _Run:
    """One run over one file."""

    def __init__(
        self,
        mapping: Map,
        source: Source,
        wanted: Sequence[str],
        desk: Desk,
        checkpoints: Checkpoints,
        refused: RefusedFile,
        progress: Progress,
    ) -> None:
        self._mapping, self._source, self._wanted, self._desk = mapping, source, wanted, desk
        self._checkpoints, self._refused, self._progress = checkpoints, refused, progress
        self._planner = Planner(mapping, desk.rules)
        self._seen = Seen()
        self._last = ""
        self._summary = Summary(source=mapping.source)

    async def all(self, begun: Checkpoint | None) -> Summary:
        """Every chunk of the file that has not been done."""
        if begun is not None:
            self._summary, self._last = begun.summary, begun.last
            self._summary.resumed_after = begun.summary.read
        for chunk in self._left(self._summary.read):
            again = self._seen.repeats(self._planner.ids(chunk))
            await self._take(chunk, again)
            self._checkpoints.keep(self._summary, last=self._last, refused_bytes=self._refused.settle())
            self._progress(self._source.share(), self._summary)
        self._summary.broken = self._source.broken
        self._checkpoints.clear()
        return self._summary

    def _left(self, done: int) -> Iterator[Chunk]:
        """The chunks after so many rows; the ids of those before are taken note of."""
        passed = 0
        for chunk in self._source.chunks(self._wanted):
            if passed < done:
                self._seen.repeats(self._planner.ids(chunk))
                passed += len(chunk)
                continue
            yield chunk
        if passed < done and not self._source.broken:
            raise Unreadable("The file has changed while it was brought in; run the import anew.")

    async def _take(self, chunk: Chunk, again: Sequence[bool]) -> None:
        planned = self._planner.plans(chunk, now=self._desk.now())
        rows = [_doubled(plan) if twice else plan for plan, twice in zip(planned, again, strict=True)]
        plans = [row for row in rows if isinstance(row, Plan)]
        there = await self._there(plans)
        answers = await asyncio.gather(*(self._walk(plan, there.get(plan.matter)) for plan in plans))
        taken = iter(answers)
        turned_away: list[Refused] = []
        for row in rows:
            moves, problem = (0, row) if isinstance(row, Refused) else next(taken)
            if problem is None and isinstance(row, Plan):
                self._summary.took(row, moves)
                self._last = row.matter
            elif problem is not None:
                self._summary.turned_away(problem, moves)
                turned_away.append(problem)
        self._refused.add(turned_away)

    async def _there(self, plans: Sequence[Plan]) -> dict[str, str]:
        """Stages of the matters that are there already. A few are looked for first: most files come only once.

        One that is overlooked does no harm: its acts are repeats and are answered as such, only more slowly.
        """
        few = plans[:: max(1, len(plans) // LOOKS)]
        if not any([await self._stage(plan.matter) for plan in few]):
            return {}
        stages = await asyncio.gather(*(self._stage(plan.matter) for plan in plans))
        return {plan.matter: stage for plan, stage in zip(plans, stages, strict=True) if stage}

    async def _stage(self, matter: str) -> str:
        found = await self._desk.matter(matter, WATCHER)
        return "" if isinstance(found, Refusal) else str(found.stage)

    async def _walk(self, plan: Plan, stage: str | None) -> tuple[int, Refused | None]:
        """Do the acts of a row in order; how many were new, and why it was stopped, if it was."""
        moves = 0
        for deed in plan.deeds if stage is None else plan.left(stage):
            answer = await self._do(plan.matter, deed)
            if isinstance(answer, Refusal):
                return moves, _stopped(plan, deed, answer)
            moves += not answer.repeated
        return moves, None

    async def _do(self, matter: str, deed: Deed) -> Receipt | Refusal:
        for _ in range(TRIES):
            try:
                if isinstance(deed.act, Report):
                    return await self._desk.report(deed.act, deed.by, idem=deed.idem, at=deed.at, matter=matter)
                return await self._desk.do(matter, deed.act, deed.by, idem=deed.idem, at=deed.at)
            except Busy:
                await asyncio.sleep(WAIT_SECONDS)
        return Refusal(code="busy", message="The ledger was busy with others for too long; run the import again.")


def _doubled(row: Plan | Refused) -> Refused:
    if isinstance(row, Refused):
        return row
    reason = "The id stands in this file before; only the first row with it is looked at."
    return Refused(line=row.line, row=shown(row.row), value=shown(row.row), code="duplicate-id", reason=reason)


def _stopped(plan: Plan, deed: Deed, refusal: Refusal) -> Refused:
    verb = str(deed.act.__struct_config__.tag)
    return Refused(
        line=plan.line,
        row=shown(plan.row),
        column=refusal.field,
        value=verb,
        code=refusal.code,
        reason=f"It was not taken when it was to {verb}: {refusal.message}",
    )
