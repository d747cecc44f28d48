"""Reviews in words, for a terminal; no command itself."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from classifier.counts import count
from db.library_records import Review
from db.store import Store
from worker.commands.output import print_json, say
from worker.predicting.report import console, plain, print_table
from worker.reviewing.documents import review_document

SIGNS = {"accept": "+", "add": "+", "reject": "-"}


def print_reviews(store: Store, reviews: Sequence[Review], *, as_json: bool) -> None:
    """Print reviews as a table with what their trailers are called, or as JSON lines."""
    if as_json:
        for review in reviews:
            print_json(review_document(review))
        return
    trailers = store.library.get_all({review.trailer_id for review in reviews})
    named = {trailer_id: trailer.external_id or "" for trailer_id, trailer in trailers.items()}
    rows = [
        (
            f"{review.created_at:%Y-%m-%d %H:%M}",
            review.trailer_id,
            named.get(review.trailer_id, ""),
            review.reviewer,
            "  ".join(_decisions(review)) or "confirmed",
            f"undone by {review.undone_by}" if review.undone else review.note or "",
        )
        for review in reviews
    ]
    print_table(("time (UTC)", "trailer_id", "id", "reviewer", "decisions", "note"), rows)


def _decisions(review: Review) -> list[str]:
    """Return the decisions of a review in short, each with its reason."""
    reasons = {genre: f" ({text})" for genre, text in review.reasons.items()}
    return [f"{SIGNS[decision]}{genre}{reasons.get(genre, '')}" for genre, decision in review.decisions.items()]


def print_disputes(disputed: Iterable[Mapping[str, Any]], *, indent: str = "") -> None:
    """Print who says yes and who no to each genre, with their reasons."""
    for each in disputed:
        console().print(plain(f"{indent}{_in_words(each)}"))


def _in_words(dispute: Mapping[str, Any]) -> str:
    reasons = {name: f" ({text})" for name, text in dispute["reasons"].items()}
    sides = {side: ", ".join(f"{name}{reasons.get(name, '')}" for name in dispute[side]) for side in ("yes", "no")}
    return f"{dispute['genre']}: yes {sides['yes']}; no {sides['no']}"


def print_agreement(found: Mapping[str, Any]) -> None:
    """Print how far reviewers agree, a line for each genre."""
    reviewers = str(plain(", ".join(found["reviewers"]) or "nobody"))
    say(f"{count(found['trailers'], 'trailer')} reviewed by several of: {reviewers}")
    rows = [
        (
            each["genre"],
            "-" if each["kappa"] is None else f"{round(each['kappa'], 2) + 0.0:.2f}",
            f"{each['observed']:.0%}",
            f"{each['trailers']:,}",
            f"{each['reviewers']}",
            each["method"],
        )
        for each in found["genres"]
    ]
    print_table(("genre", "kappa", "same", "trailers", "reviewers", "method"), rows)
