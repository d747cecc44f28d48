"""View: one modality of a film as a model takes it; and the names of modalities, alone and together."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from classifier.arrays import Vectors

TRAILER, POSTER = "trailer", "poster"
PLOT, TITLE = "plot", "title"
SENTENCE = "sentence"  # a plot as a sentence encoder reads it
SOUND = "sound"  # a trailer's sound track as YAMNet hears it
MODALITIES = (TRAILER, POSTER, PLOT, TITLE, SENTENCE, SOUND)
DESCRIPTION = "description"  # a plot that is only what the trailer's uploader wrote
SPEECH = "speech"  # one that is only what is said in the trailer
NAMES = (*MODALITIES, DESCRIPTION, SPEECH)
OTHER_GENRES = "other_genres"  # among contributions: what the evidence for other genres adds
PLOTS = (PLOT, DESCRIPTION, SPEECH)  # the views that are read as plots, the best first


_READERS: Mapping[str, tuple[str, ...]] = {
    "trailer": ("trailer", "poster"),
    DESCRIPTION: (PLOT,),
    SPEECH: (PLOT,),
}


def readers_of(name: str) -> tuple[str, ...]:
    """Return the modalities whose models can read the view `name`, the best first.

    A trailer's seconds may be read as posters; a description, or what is said, is a plot.
    """
    return _READERS.get(name, (name,))


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """`vectors`, of shape (n, dim), and how they were made: a trailer's frames, a poster's one, the words of
    a plot or a title, a sentence encoder's one of a plot, the mean of a sound track's.

    `words` are a text's, one a vector, so that a prediction can name them. `seconds` are a trailer's, one a vector,
    ascending, where some are left out: evidence doesn't go over them.
    """

    vectors: Vectors
    features_id: str
    words: tuple[str, ...] = ()
    seconds: tuple[int, ...] = ()


def join_names(modalities: Iterable[str]) -> str:
    """Return the name of several modalities together, `trailer+poster`, whatever their order."""
    return "+".join(sorted(modalities, key=NAMES.index))


def in_words(modality: str) -> str:
    """Return the name of modalities for people: `posters and plots`."""
    *first, last = (f"{name}s" for name in modality.split("+"))
    return f"{', '.join(first)} and {last}" if first else last


def not_looked_at(name: str, *, model: str, learnt: str) -> str:
    """Return the warning about a view that a model can't read; `learnt` are the modalities it can."""
    advice = "trailers train --help shows how to train one that joins them"
    return f"The {name} was not looked at: model {model!r} has learnt from {in_words(learnt)} alone; {advice}."


def subsets(modalities: Collection[str]) -> list[tuple[str, ...]]:
    """Return every choice of at least one of them, in the order of MODALITIES, single ones first."""
    ordered: Sequence[str] = sorted(modalities, key=MODALITIES.index)
    return [chosen for size in range(1, len(ordered) + 1) for chosen in combinations(ordered, size)]
