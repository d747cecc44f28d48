"""Bells: they tell workers on other hosts that a lane has work. The job is the truth, a lost ring only a delay."""

from worker.settings import Settings


class Bell:
    """Rings when a lane has work; this one does nothing, for without a broker workers poll the database themselves."""

    def ring(self, lane: str, *, scratch: str | None = None, times: int = 1) -> bool:
        """Ring for the workers of a lane, those with this scratch folder if one is named; False if nobody heard."""
        return True

    def unheard(self, lane: str, *, scratch: str | None = None) -> int | None:
        """Return the number of rings that no worker has taken yet, None if it can't be known."""
        return None


def bell_of(settings: Settings) -> Bell:
    """Return the bell of these settings: Redis where REDIS_URL is set."""
    if settings.redis_url is None:
        return Bell()
    from worker.jobs.app import CeleryBell, make_app  # Celery takes a while to import

    return CeleryBell(make_app(settings))


def queue_of(lane: str, scratch: str | None = None) -> str:
    """Return the name of the queue of a lane's rings, or of those for the workers with this scratch folder."""
    return f"trailers.{lane}.{scratch}" if scratch else f"trailers.{lane}"


def task_of(lane: str) -> str:
    """Return the name of the task that stands for a ring for a lane."""
    return f"trailers.{lane}"
