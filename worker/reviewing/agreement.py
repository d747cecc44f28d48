"""Agreement of reviewers about each genre, by their opinions of the trailers that several of them reviewed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from classifier.evaluation.agreement import Agreement, Votes, measure_agreement
from db.labelling.opinions import TrailerOpinions


@dataclass(frozen=True, slots=True)
class ReviewerAgreement:
    """The agreement by genre, for those about which two reviewers decided on a trailer, and whose opinions they are."""

    reviewers: tuple[str, ...]
    n_trailers: int
    genres: dict[str, Agreement]


def agree(trailers: Iterable[TrailerOpinions]) -> ReviewerAgreement:
    """Return how far the reviewers of these trailers agree, genre by genre."""
    counts: dict[str, Counter[Votes]] = {}
    reviewers: set[str] = set()
    n_trailers = 0
    for trailer in trailers:
        n_trailers += 1
        reviewers.update(opinion.reviewer for opinion in trailer.opinions)
        for genre, votes in trailer.votes.items():
            counts.setdefault(genre, Counter())[tuple(sorted(votes.items()))] += 1
    measured = {genre: found for genre in sorted(counts) if (found := measure_agreement(counts[genre]))}
    return ReviewerAgreement(tuple(sorted(reviewers)), n_trailers, measured)
