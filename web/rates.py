"""Rate limits: a token bucket for each caller, in memory."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

MAX_CALLERS = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimits:
    """Buckets by caller; each holds a minute's requests and starts full."""

    def __init__(self, *, per_minute: int) -> None:
        self._per_minute = per_minute
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, caller: str) -> float:
        """Count a request and return 0, or return the seconds until the next one is allowed."""
        now = time.monotonic()
        with self._lock:
            bucket = self._buckets.pop(caller, None) or _Bucket(self._per_minute, now)
            bucket.tokens = min(self._per_minute, bucket.tokens + (now - bucket.at) * self._per_minute / 60)
            bucket.at = now
            self._buckets[caller] = bucket
            if len(self._buckets) > MAX_CALLERS:
                self._buckets.popitem(last=False)  # the longest silent one, whose bucket is full again anyway
            if bucket.tokens < 1:
                return (1 - bucket.tokens) * 60 / self._per_minute
            bucket.tokens -= 1
        return 0.0
