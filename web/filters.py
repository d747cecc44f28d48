"""The library's filters: what is asked for, as an address and as chips that take one of it away."""

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

SORTS = {"newest": "Newest first", "score": "Highest score", "disagreement": "Most disagreement with tags"}


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in words, and the address without it."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the library is shown; `reviewed` is None for both."""

    q: str = ""
    genre: str = ""
    min_score: float | None = None
    max_score: float | None = None
    since: date | None = None
    until: date | None = None
    disagree: bool = False
    reviewed: bool | None = None
    sort: str = "newest"

    def url(self, *, cursor: str | None = None) -> str:
        """Return the library's address with these filters, from `cursor` on."""
        asked: dict[str, object] = {
            "q": self.q,
            "genre": self.genre,
            "min_score": self.min_score,
            "max_score": self.max_score,
            "since": self.since,
            "until": self.until,
            "disagree": "1" if self.disagree else "",
            "reviewed": {None: "", True: "1", False: "0"}[self.reviewed],
            "sort": self.sort if self.sort != "newest" else "",
            "cursor": cursor,
        }
        query = urlencode({name: value for name, value in asked.items() if value not in ("", None)})
        return f"/library?{query}" if query else "/library"

    def chips(self) -> tuple[Chip, ...]:
        """Return a chip for each filter in use."""
        said = (
            (self.q, f"“{self.q}”", replace(self, q="")),
            (self.genre, self.genre, replace(self, genre="")),
            (
                self.min_score is not None or self.max_score is not None,
                f"score {self.min_score or 0:g} to {1 if self.max_score is None else self.max_score:g}",
                replace(self, min_score=None, max_score=None),
            ),
            (self.since, f"from {self.since}", replace(self, since=None)),
            (self.until, f"to {self.until}", replace(self, until=None)),
            (self.disagree, "disagrees with your tags", replace(self, disagree=False)),
            (
                self.reviewed is not None,
                "reviewed" if self.reviewed else "not reviewed",
                replace(self, reviewed=None),
            ),
        )
        return tuple(Chip(text, without.url()) for used, text, without in said if used)
