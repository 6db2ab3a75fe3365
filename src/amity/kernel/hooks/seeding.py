"""What a capability's `seed` is given when the demonstration company is loaded."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class SeedContext:
    """The moment, who does it (an `access.Actor`), and whom to tell how far it is.

    The seed runs once, after customers and orders are loaded and measured, capabilities in the
    order of the loop. Stopped in the middle it runs again, so it asks what is there already. Jobs
    that it asks for run right after it.
    """

    at: datetime
    actor: Any
    progress: Callable[[int, int | None, str], None]
