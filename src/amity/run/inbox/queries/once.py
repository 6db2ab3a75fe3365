"""What many mails of one transaction ask alike is read once in it.

The settings, calendars, agents and the like that the first mail of a transaction found hold for
the others of it too, as if all had come at that instant; the next transaction reads them anew.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
_READ: ContextVar[dict[Hashable, Any] | None] = ContextVar("inbox_read_once", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Remembers what is read inside; open it inside a transaction, for no longer than that."""
    token = _READ.set({})
    try:
        yield
    finally:
        _READ.reset(token)


def once(key: Hashable, read: Callable[[], T]) -> T:
    """What `read` answers, or answered before under this key in the same `reading_once`."""
    known = _READ.get()
    if known is None:
        return read()
    if key not in known:
        known[key] = read()
    found: T = known[key]
    return found


def forget(*keys: Hashable) -> None:
    """Reads these anew, or all where none is named: for what was changed or rolled back."""
    known = _READ.get()
    if known is None:
        return
    for key in keys or tuple(known):
        known.pop(key, None)
