"""The sequencer: one task per lane that gathers what waits, decides it in memory, writes it once, then answers."""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import TypeVar

import msgspec

from shancheng.loop.batch import Gathering, act_bytes, checksum, is_report
from shancheng.loop.decide import bound_to, decide, named_in
from shancheng.loop.errors import Busy, Conflict, LoopError, Stopped
from shancheng.loop.ledger import Command, Lane, Receipt, Refusal
from shancheng.loop.matter import Matter
from shancheng.loop.rules import Rules

LOG = logging.getLogger("shancheng.loop")
Answer = Receipt | Refusal
V = TypeVar("V")
CACHED_MATTERS = 20_000
REMEMBERED_KEYS = 20_000
BINDING_DEPTH = 3


class _Waiting(msgspec.Struct, frozen=True):
    command: Command
    act: bytes
    answer: "asyncio.Future[Answer]"


class Sequencer:
    """The one door into a lane. What `submit` answers with a receipt is durable."""

    def __init__(self, lane: Lane, rules: Rules, *, batch_max: int = 512, waiting_max: int = 4096) -> None:
        self.lane = lane
        self.rules = rules
        self.stopped: str | None = None
        self._batch_max = batch_max
        self._waiting_max = waiting_max
        self._waiting: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._matters: OrderedDict[str, Matter] = OrderedDict()
        self._answered: OrderedDict[str, tuple[int, Receipt]] = OrderedDict()

    async def __aenter__(self) -> "Sequencer":
        self._task = asyncio.create_task(self._run(), name=f"sequencer {self.lane.name}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what still waits, then stop."""
        self.stopped = self.stopped or f"The lane {self.lane.name} is being closed."
        self._wake.set()
        if self._task is not None:
            await self._task

    @property
    def waiting(self) -> int:
        """How many commands wait to be decided."""
        return len(self._waiting)

    async def submit(self, command: Command) -> Answer:
        """Decide a command and make it durable; the receipt, or why it was refused.

        Raises Stopped when the lane acknowledges nothing any more, Busy when too much is waiting.
        """
        if self.stopped:
            raise Stopped(self.stopped)
        if len(self._waiting) >= self._waiting_max:
            raise Busy(f"{self._waiting_max} commands wait for lane {self.lane.name}; try again in a second.")
        try:
            act = act_bytes(command.act)
        except (UnicodeEncodeError, ValueError, TypeError):
            return Refusal(code="not-writable", message="The text holds characters that cannot be written; retype it.")
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(command, act, answer))
        self._wake.set()
        return await answer

    async def _run(self) -> None:
        while True:
            if not self._waiting:
                if self.stopped:
                    return
                self._wake.clear()
                await self._wake.wait()
                continue
            # One turn of the loop lets everything that has arrived meanwhile join the batch.
            await asyncio.sleep(0)
            taken = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._batch_max))]
            await self._settle(taken)

    async def _settle(self, taken: Sequence[_Waiting]) -> None:
        try:
            await self._write(taken)
        except Conflict:
            await self._one_by_one(taken)
        except LoopError as error:
            self._stop(str(error), taken)
        except Exception as error:
            LOG.exception("lane %s stopped by a fault", self.lane.name)
            self._stop(f"The lane {self.lane.name} stopped by a fault ({type(error).__name__}); see the log.", taken)

    def _stop(self, why: str, taken: Iterable[_Waiting]) -> None:
        self.stopped = why
        LOG.error("%s", why)
        for waiting in (*taken, *self._waiting):
            if not waiting.answer.done():
                waiting.answer.set_exception(Stopped(why))
        self._waiting.clear()

    async def _one_by_one(self, taken: Sequence[_Waiting]) -> None:
        """Something was in the ledger already: look everything up and write each command alone."""
        self._matters.clear()
        for waiting in taken:
            try:
                await self._write([waiting], look_up=True)
            except Conflict as error:
                self._matters.clear()
                waiting.answer.set_result(Refusal(code="conflict", message=str(error)))
            except LoopError as error:
                left = [other for other in taken if not other.answer.done()]
                self._stop(str(error), left)
                return

    async def _write(self, taken: Sequence[_Waiting], *, look_up: bool = False) -> None:
        answers: list[tuple[_Waiting, Answer]] = []
        gathering = Gathering(self.lane.name, self.lane.head, self._left_of)
        earlier = await self._earlier(taken, look_up)
        matters = await self._load(taken, look_up)
        answered: dict[str, tuple[int, Receipt]] = {}
        for waiting in taken:
            key = waiting.command.idem
            known = (earlier.get(key) or answered.get(key)) if key else None
            answer = _repeat(known, waiting) if known else self._decide(waiting, matters, gathering)
            answers.append((waiting, answer))
            if key and isinstance(answer, Receipt) and not known:
                answered[key] = (checksum(waiting.act), answer)
        if gathering.moves:
            await self.lane.append(gathering.batch())
        self._remember(gathering.states, answered)
        for waiting, answer in answers:
            if not waiting.answer.done():
                waiting.answer.set_result(answer)

    def _decide(self, waiting: _Waiting, matters: dict[str, Matter], gathering: Gathering) -> Answer:
        try:
            steps = decide(matters, waiting.command, self.rules)
            if isinstance(steps, Refusal):
                return steps
            receipt = gathering.take(waiting.command, waiting.act, steps)
        except Exception as error:
            LOG.exception("a command on matter %s could not be decided", waiting.command.matter)
            kind = type(error).__name__
            return Refusal(
                code="fault", message=f"This could not be decided because of a fault of ours ({kind}); it is logged."
            )
        for step in steps:
            matters[step.matter] = step.after
        return receipt

    async def _earlier(self, taken: Sequence[_Waiting], look_up: bool) -> dict[str, tuple[int, Receipt]]:
        keys = [waiting.command.idem for waiting in taken if waiting.command.idem]
        found = {key: self._answered[key] for key in keys if key in self._answered}
        # A report's key is looked up only after a conflict; any other act may be a late repeat and is cheap to ask for.
        unknown = [
            waiting.command.idem
            for waiting in taken
            if waiting.command.idem
            and waiting.command.idem not in found
            and (look_up or not is_report(waiting.command))
        ]
        if unknown:
            found |= await self.lane.receipts(unknown)
        return found

    async def _load(self, taken: Sequence[_Waiting], look_up: bool) -> dict[str, Matter]:
        wanted: set[str] = set()
        for waiting in taken:
            if look_up or not is_report(waiting.command):
                wanted.update(named_in(waiting.command))
        matters: dict[str, Matter] = {}
        for _ in range(BINDING_DEPTH):
            missing = [key for key in wanted if key not in matters]
            if not missing:
                break
            found = await self._states(missing)
            matters |= found
            wanted = {key for matter in found.values() for key in bound_to(matter)}
        return matters

    async def _states(self, keys: Sequence[str]) -> dict[str, Matter]:
        found = {key: self._matters[key] for key in keys if key in self._matters}
        unknown = [key for key in keys if key not in found]
        if unknown:
            found |= await self.lane.states(unknown)
        return found

    def _remember(self, states: dict[str, Matter], answered: dict[str, tuple[int, Receipt]]) -> None:
        _keep(self._matters, states, CACHED_MATTERS)
        _keep(self._answered, answered, REMEMBERED_KEYS)

    def _left_of(self, place: int) -> int:
        places = self.rules.places
        return places.left_right(place)[0] if place in places else -1


def _repeat(known: tuple[int, Receipt], waiting: _Waiting) -> Answer:
    mark, receipt = known
    if mark != checksum(waiting.act):
        return Refusal(
            code="key-reused",
            message=f"The idempotency key was used for another act ({receipt.verb} of matter {receipt.matter}); "
            "send this one under a new key.",
        )
    return msgspec.structs.replace(receipt, repeated=True)


def _keep(kept: OrderedDict[str, V], new: dict[str, V], most: int) -> None:
    for key, value in new.items():
        kept[key] = value
        kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)
