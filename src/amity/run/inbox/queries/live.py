"""News of conversations: who waits is woken when the database changed, and reads again by id.

PostgreSQL rings (`NOTIFY`); on SQLite one thread of each process asks for `PRAGMA data_version`,
which costs a few microseconds and no read of the file. The bell says only that something changed:
one statement by primary key then reads the marks of all that somebody waits for.
"""

import logging
import threading
import time
from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass, field

import psycopg
from django.db import DatabaseError, connection
from django.db.models import Max

from amity.base import turns
from amity.run.inbox.models import Conversation, Message

logger = logging.getLogger(__name__)
BELL = "amity_inbox"
EVERYTHING = 0  # the key of the list: a new message anywhere
HOLD = 25.0  # seconds; shorter than the patience of proxies
MOST_WAITERS = 128  # of a process; the server keeps threads for them
EVERY = 0.12  # seconds between looks at SQLite
HEARS = 1.0  # seconds after which the ear at PostgreSQL asks whether it is still wanted


def marks_of(keys: Collection[int]) -> dict[int, int]:
    """What stands for the present state of each conversation; one statement, two with the list."""
    wanted = [key for key in keys if key != EVERYTHING]
    found = dict(Conversation.objects.filter(pk__in=wanted).values_list("pk", "version"))
    if EVERYTHING in keys:
        found[EVERYTHING] = Message.objects.aggregate(last=Max("pk"))["last"] or 0
    return found


@dataclass(eq=False)
class _Waiter:
    key: int
    known: int
    woken: threading.Event = field(default_factory=threading.Event)


class Bus:
    """Those of this process who wait, and the one thread that wakes them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiters: set[_Waiter] = set()
        self._somebody = threading.Event()
        self._thread: threading.Thread | None = None

    def wait(self, key: int, known: int, *, seconds: float = HOLD) -> bool:
        """Returns when the mark is another than `known`, or after so many seconds.

        False where too many wait already; then the caller should come again later. While it waits,
        no connection of the database and no turn is held.
        """
        waiter = _Waiter(key, known)
        with self._lock:
            if len(self._waiters) >= MOST_WAITERS:
                return False
            self._waiters.add(waiter)
            self._begin()
        try:
            if marks_of([key]).get(key, known) != known:
                return True
            if not connection.in_atomic_block:
                connection.close()
            with turns.resting():
                waiter.woken.wait(seconds)
        finally:
            with self._lock:
                self._waiters.discard(waiter)
        return True

    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiters)

    def look(self) -> None:
        """Wakes those whose conversation has changed."""
        with self._lock:
            waiters = list(self._waiters)
        if waiters:
            self._wake(waiters, marks_of({one.key for one in waiters}))

    def end(self, *, seconds: float = 5) -> None:
        """Ends the thread, where it runs, and waits so long for it; who waits next begins anew.

        Who waits now goes when their time is over.
        """
        with self._lock:
            thread, self._thread = self._thread, None
            self._somebody.set()
        if thread is not None:
            thread.join(seconds)

    def _wake(self, waiters: list[_Waiter], marks: Mapping[int, int]) -> None:
        for one in waiters:
            if marks.get(one.key, one.known) != one.known:
                one.woken.set()

    def _begin(self) -> None:
        self._somebody.set()
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._watch, name="inbox-live", daemon=True)
            self._thread.start()

    def _watch(self) -> None:
        listen = self._listen if connection.vendor == "postgresql" else self._poll
        while self._serves():
            try:
                listen()
            except (DatabaseError, psycopg.Error, RuntimeError):  # the last: no database here now
                logger.warning("The bell of the inbox broke; trying again", exc_info=True)
                connection.close()
                time.sleep(1)
        connection.close()

    def _serves(self) -> bool:
        """Whether this thread is still the one that wakes."""
        return self._thread is threading.current_thread()

    def _poll(self) -> None:
        last = None
        while self._serves():
            if self._rested():
                last = None  # a new connection counts anew
                continue
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA data_version")
                version = cursor.fetchone()[0]
            if version != last:
                last = version
                self.look()
            time.sleep(EVERY)

    def _listen(self) -> None:
        given = connection.get_connection_params()
        given.pop("pool", None)
        given.pop("cursor_factory", None)
        given.pop("context", None)
        with closing(psycopg.connect(**given, autocommit=True)) as bell:
            bell.execute(f"LISTEN {BELL}")
            self.look()  # what happened before it could hear
            connection.close()
            while self._serves():
                if list(bell.notifies(timeout=HEARS, stop_after=1)):  # rings together are one
                    self.look()
                    connection.close()

    def _rested(self) -> bool:
        """Whether it slept because nobody waited."""
        if self._waiters:
            return False
        connection.close()
        self._somebody.clear()
        if not self._waiters:
            self._somebody.wait()
        return True


BUS = Bus()
