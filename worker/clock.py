"""Clock times: seconds as people read them, and points in time as people write them."""

from datetime import UTC, datetime


def clock(seconds: float) -> str:
    """Return seconds as a player shows them: 1:05, or 1:02:05."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def read_time(text: str) -> datetime:
    """Return the time in UTC of a day or time such as 2026-11-21 or 2026-11-21T18:30+01:00; raises ValueError.

    A day is its midnight; a time without an offset is in UTC.
    """
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise ValueError(f"{text[:60]!r} is not a valid time; write 2026-11-21 or 2026-11-21T18:30+01:00") from exc
