"""Rate limits: a token bucket for each caller, in memory."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from math import ceil

MAX_CALLERS = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a caller may still do: `remaining` requests of `limit`, all of them again after `full_s` seconds.

    `wait_s` are the seconds until the next one is allowed, 0 for one that was.
    """

    limit: int
    remaining: int
    full_s: float
    wait_s: float

    @property
    def headers(self) -> dict[str, str]:
        """The headers that tell the caller so (draft-ietf-httpapi-ratelimit-headers-07)."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(ceil(self.full_s)),
        }


class RateLimits:
    """Buckets by caller; each holds a minute's requests and starts full."""

    def __init__(self, *, per_minute: int) -> None:
        self._per_minute = per_minute
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, caller: str) -> Allowance:
        """Count a request, if it is allowed; return what the caller may still do."""
        now = time.monotonic()
        with self._lock:
            bucket = self._buckets.pop(caller, None) or _Bucket(self._per_minute, now)
            bucket.tokens = min(self._per_minute, bucket.tokens + (now - bucket.at) * self._per_minute / 60)
            bucket.at = now
            self._buckets[caller] = bucket
            if len(self._buckets) > MAX_CALLERS:
                self._buckets.popitem(last=False)  # the longest silent one, whose bucket is full again anyway
            wait_s = max(0.0, (1 - bucket.tokens) * 60 / self._per_minute)
            if not wait_s:
                bucket.tokens -= 1
            full_s = (self._per_minute - bucket.tokens) * 60 / self._per_minute
            return Allowance(self._per_minute, int(bucket.tokens), full_s, wait_s)
