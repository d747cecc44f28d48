"""Warnings: the limits of a prediction in words, beside its scores."""

from collections.abc import Mapping, Sequence

from classifier.joins.base import Join
from classifier.manifest import Decisions, Manifest
from classifier.prediction import GenreScore
from classifier.verdict import unsure_genres
from classifier.view import PLOTS, View, in_words, not_looked_at

# Of a plot's words: of 1,514 English plots no model had learnt from one in a hundred has 25 %, the worst 40 %; of 22
# plots in 13 other languages the least has 50 %, half of them 72 % and more.
MAX_UNKNOWN = 0.45
UNSURE = "Unsure, too close to the threshold to call"  # the beginning of a warning
ZERO_SHOT = (
    "Zero-shot: this model was made of prompts, without a film, so its scores order films and are not calibrated; with "
    "labelled trailers, `trailers models place` places them."
)
NOTHING = "Nothing to predict from: these are only the shares of the genres among the training films."


def warn_of_inputs(
    manifest: Manifest, join: Join, *, views: Mapping[str, View], used: Mapping[str, View], stands_in: bool
) -> tuple[str, ...]:
    """Return warnings about the `views` that are not looked at, and about those that are `used`.

    `stands_in` says that the model reads trailers as if they were posters.
    """
    notes = [not_looked_at(name, model=manifest.name, learnt=manifest.modality) for name in views if name not in used]
    if manifest.is_zero_shot and used and (stands_in or "trailer" not in used):
        notes.append(ZERO_SHOT)
    elif "trailer" in used and stands_in:
        notes.append(
            f"This model was trained on {in_words(manifest.modality)}, not trailers: from frames alone its kind puts a "
            "right genre first for two in five."  # two models, 19 and 22 of 52, by `make bench ARGS=trailers`
        )
    placed_on, right = manifest.placed_on, manifest.metrics.get("hit_at_1")
    if set(used) == {"trailer"} and placed_on and right is not None:
        notes.append(
            f"This model reads frames as {placed_on.n_trailers:,} labelled trailers taught it: from frames alone a "
            f"right genre came first for {right:.0%} of those that it had not seen."
        )
    name = next((name for name in PLOTS if name in used), "")
    if name and (unknown := _unknown(join, used[name])) > MAX_UNKNOWN:
        notes.append(
            f"{unknown:.0%} of the {name}'s words are unknown to this model, more than in any language it has "
            "learnt: treat its scores as a guess, or give the plot in English."
        )
    return tuple(notes)


def warn_of_unsure(ranked: Sequence[GenreScore], decisions: Decisions, *, genres: Sequence[str]) -> tuple[str, ...]:
    """Return a warning that names genres too close to their thresholds to call; `decisions` are by `genres`."""
    ends = zip(decisions.unsure_from, decisions.unsure_to, strict=True)
    unsure = unsure_genres(ranked, bands=dict(zip(genres, ends, strict=True)))
    if not unsure:
        return ()
    names = ", ".join(f"{row.genre} ({row.score:.2f})" for row in unsure)
    return (f"{UNSURE}: {names}.",)


def _unknown(join: Join, plot: View) -> float:
    known = join.readers["plot"].in_vocabulary(plot.vectors)
    return 0.0 if known is None else 1.0 - float(known.mean())
