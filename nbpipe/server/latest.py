"""Work off the event loop, of which only the latest request counts."""

import asyncio
import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from typing import TypeVar

T = TypeVar("T")


class Superseded(Exception):
    """A later request of the same tab came before this one was begun."""


class Latest:
    """Runs work in threads, a few at a time; of what one tab asks for, only the latest is begun."""

    def __init__(self, at_a_time: int) -> None:
        self._pool = ThreadPoolExecutor(at_a_time, thread_name_prefix="nbpipe")
        self._free = asyncio.Semaphore(at_a_time)
        self._tickets = count()
        self._newest: dict[str, int] = {}

    async def run(self, tab: str, work: Callable[[], T]) -> T:
        """Do the work when it is its turn. Raises Superseded."""
        ticket = next(self._tickets)
        self._newest[tab] = ticket
        try:
            async with self._free:
                if self._newest.get(tab) != ticket:
                    raise Superseded
                return await asyncio.get_running_loop().run_in_executor(self._pool, partial(_without_pauses, work))
        finally:
            if self._newest.get(tab) == ticket:
                del self._newest[tab]


def _without_pauses(work: Callable[[], T]) -> T:
    """Do the work, and search for garbage in cycles after it: a search of all that a server holds takes longer than most analyses."""
    gc.disable()
    try:
        return work()
    finally:
        gc.enable()
