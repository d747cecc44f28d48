"""Counts of things in words."""


def count(n: int, one: str, many: str = "") -> str:
    """Return a number with its noun: 1 row, 2,345 rows; `many` is the plural where it isn't made by an s."""
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"
