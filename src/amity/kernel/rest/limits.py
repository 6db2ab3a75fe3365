"""How fast one caller may go: a bucket that refills, in each web process."""

import threading
import time
from collections import OrderedDict

CALLERS = 10_000  # buckets kept; the one used longest ago goes first


class RateLimit:
    """At most `rate` requests a second over time, and `burst` at once, for each caller."""

    def __init__(self, *, rate: float, burst: int) -> None:
        self.rate = rate
        self.burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, caller: str, *, cost: float = 1.0, now: float | None = None) -> float:
        """Takes `cost` from the caller's bucket: 0 where there was enough, else seconds to wait."""
        instant = time.monotonic() if now is None else now
        with self._lock:
            level, since = self._buckets.pop(caller, (float(self.burst), instant))
            level = min(float(self.burst), level + (instant - since) * self.rate)
            enough = level >= cost
            self._buckets[caller] = (level - cost if enough else level, instant)
            if len(self._buckets) > CALLERS:
                self._buckets.popitem(last=False)
            return 0.0 if enough else (cost - level) / self.rate
