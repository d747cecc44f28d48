"""Prompts: captions of genres, ours or those of a file, as a model that has learnt from no film."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from classifier.arrays import Floats
from classifier.genres import read_genres
from classifier.manifest import is_genre
from classifier.model import GenreModel
from classifier.shipped import STARTER_MODEL
from classifier.training.zero_shot import Prompts, ZeroShotOptions, make_zero_shot
from extractor.networks.contrastive import CONTRASTIVE, ContrastiveNetwork
from worker.errors import WorkerError
from worker.predicting.poster_backbones import poster_weights
from worker.runtime import Runtime

CAPTIONS = ("a frame of {}", "a scene of {}", "a still from the trailer of {}", "the poster of {}")
SPELLED = {"Sci-Fi": "science fiction"}
FEWEST, MOST = 2, 200  # genres


@dataclass(frozen=True, slots=True)
class PromptChoice:
    """The network that reads prompts and sees pictures, the genres to tell apart (none: all of `file`, or ours)."""

    backbone: str
    weights: Path | None = None
    genres: tuple[str, ...] = ()
    file: Path | None = None


def prompt_model(runtime: Runtime, choice: PromptChoice, *, name: str) -> tuple[GenreModel, Prompts]:
    """Return a model made of prompts, at the shares of the films that the starter has learnt from.

    A genre that the starter doesn't know has the median of these shares. Raises WorkerError (bad_source),
    UnknownBackbone (bad_source), WeightsError (no_weights, weights_corrupt).
    """
    if choice.backbone not in CONTRASTIVE:
        raise WorkerError(
            "bad_source", f"{choice.backbone} reads no captions; give --backbone {' or '.join(CONTRASTIVE)}"
        )
    known = GenreModel.load(STARTER_MODEL).manifest
    shares = dict(zip(known.genres, known.priors, strict=True))
    prompts = _choose(choice, known.genres)
    weights = poster_weights(runtime, choice.backbone, choice.weights)
    read = ContrastiveNetwork(weights).read_captions(prompts.texts)
    options = ZeroShotOptions(
        name=name,
        features_id=weights.features_id,
        shares=_share_of(prompts.by_genre, shares),
        created_at=datetime.now(UTC).replace(microsecond=0),
    )
    return make_zero_shot(prompts, read.vectors, scale=read.scale, options=options), prompts


def read_prompts(path: Path) -> dict[str, tuple[str, ...]]:
    """Return each genre's prompts in a CSV of the columns genre and prompt; raises WorkerError (bad_source)."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            rows = [(table.line_num, _cell(row, "genre"), _cell(row, "prompt")) for row in table]
    except (OSError, ValueError, csv.Error) as exc:
        reason = getattr(exc, "strerror", None) or "it is not a table of text"
        raise WorkerError("bad_source", f"the prompts {str(path)!r} can't be read: {reason}") from exc
    found: dict[str, tuple[str, ...]] = {}
    for line, genre, prompt in rows:
        if not genre or not prompt:
            raise WorkerError(
                "bad_source",
                f"line {line} of {str(path)!r} lacks a genre or a prompt; write genre,prompt and lines such as "
                "Horror,a dark house at night",
            )
        found[_name(genre)] = (*found.get(_name(genre), ()), prompt)
    if not found:
        raise WorkerError("bad_source", f"{str(path)!r} holds no prompts; write genre,prompt and a line for each")
    return found


def _cell(row: dict[str, str | None], name: str) -> str:
    return (row.get(name) or "").strip()


def _choose(choice: PromptChoice, ours: Sequence[str]) -> Prompts:
    written = read_prompts(choice.file) if choice.file else {}
    genres = tuple(dict.fromkeys(map(_name, choice.genres))) or tuple(written) or tuple(ours)
    if not FEWEST <= len(genres) <= MOST:
        raise WorkerError("bad_source", f"{len(genres)} genres can't be told apart; give {FEWEST} to {MOST}")
    if unfit := [genre for genre in genres if not is_genre(genre)]:
        raise WorkerError(
            "bad_source",
            f"{unfit[0][:80]!r} is not a valid genre: give 1 to 200 characters, none a dot, the first no dollar sign",
        )
    return Prompts({genre: written.get(genre) or _captions(genre) for genre in genres})


def _name(word: str) -> str:
    """Return the genre in our word where it is understood, else as written."""
    return next(iter(read_genres([word], "other").genres), word.strip())


def _captions(genre: str) -> tuple[str, ...]:
    words = SPELLED.get(genre, genre.replace("-", " ").lower())
    film = f"{'an' if words[:1] in 'aeiou' else 'a'} {words} film"
    return tuple(caption.format(film) for caption in CAPTIONS)


def _share_of(genres: Iterable[str], shares: dict[str, float]) -> Floats:
    usual = float(np.median(list(shares.values())))
    return np.array([shares.get(genre, usual) for genre in genres])
