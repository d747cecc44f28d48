"""Clock times: seconds as people read them, and times as they write them."""

from datetime import UTC, datetime

FIRST_YEAR, LAST_YEAR = 1970, 2200


def clock(seconds: float) -> str:
    """Return seconds as a player shows them: 1:05, or 1:02:05."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def read_time(text: str) -> datetime:
    """Return the time that a text names, a day's first moment for a day alone, UTC unless it says otherwise.

    Raises ValueError.
    """
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        time = datetime.min
    if not FIRST_YEAR <= time.year <= LAST_YEAR:
        raise ValueError(f"{text[:60]!r} is not a valid time; write 2026-11-28 or 2026-11-28T15:30:00Z")
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
