"""Suggestions: the known names that a mistyped one most likely stands for."""

from collections.abc import Iterable
from difflib import get_close_matches


def suggest(text: str, names: Iterable[str], *, most: int = 2) -> str:
    """Return `; did you mean a or b?` with the names most similar to a text, "" where none is; case doesn't matter."""
    known = {name.casefold(): name for name in names}
    near = [known[each] for each in get_close_matches(text.casefold(), known, n=most)]
    return f"; did you mean {' or '.join(near)}?" if near else ""
