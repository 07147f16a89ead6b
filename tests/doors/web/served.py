"""The API of the small city at a real address, in a thread of its own, for clients that know nothing of us."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.doors.api.front import Front

from shancheng.doors.api.door import door
from shancheng.doors.api.serving import answer, listen, url_of
from shancheng.loop.rules import Rules


@contextmanager
def served(rules: Rules, folder: Path) -> Iterator[tuple[str, Front]]:
    """The address, and the front behind it."""
    front, listening = Front(rules, folder), listen("127.0.0.1", 0)
    loop, stop, begun = asyncio.new_event_loop(), asyncio.Event(), threading.Event()

    async def serve() -> None:
        async with front:
            begun.set()
            await answer(door(front.api, "t"), listening, stop)  # type: ignore[arg-type]

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert begun.wait(60)
    try:
        yield url_of(listening, "127.0.0.1"), front
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()
        listening.close()
