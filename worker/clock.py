"""Clock times: seconds as people read them."""


def clock(seconds: float) -> str:
    """Return seconds as a player shows them: 1:05, or 1:02:05."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
