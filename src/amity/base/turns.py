"""How many requests of a process work at once, while any number of them may wait for news."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """At most so many threads work at once; one that only waits gives its turn to another."""

    def __init__(self, count: int) -> None:
        self._free = threading.BoundedSemaphore(count)
        self._mine = threading.local()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """A turn of this thread; waits until one is free."""
        with self._free:
            self._mine.turns = self
            try:
                yield
            finally:
                self._mine.turns = None

    @contextmanager
    def given_back(self) -> Iterator[None]:
        """The turn of this thread, free for another until the block ends; nothing without one."""
        if getattr(self._mine, "turns", None) is None:
            yield
            return
        self._free.release()
        try:
            yield
        finally:
            self._free.acquire()


class _House:
    turns: Turns | None = None


def limit(count: int) -> Turns:
    """Sets how many requests of this process work at once."""
    _House.turns = Turns(count)
    return _House.turns


@contextmanager
def resting() -> Iterator[None]:
    """Waiting inside it takes no turn; where no limit was set, it does nothing."""
    if _House.turns is None:
        yield
        return
    with _House.turns.given_back():
        yield
