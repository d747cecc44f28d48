"""Plans: the poster and plot available for a trailer, the model that makes the most of them, what it will rest on.

A request's inputs go before those of the trailer's document. One for the frames only leaves everything else out.
"""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from hashlib import sha256

from classifier.errors import NoModel
from classifier.view import DESCRIPTION, NAMES, PLOT, SOUND, not_looked_at
from db.queue.job_records import Inputs
from db.records import ModelRecord, PredictionBasis, StoredInputs
from extractor.plots import read_plot
from extractor.sentences import is_installed
from worker.inference.placements import NOWHERE, Move
from worker.inference.registry import uses_input
from worker.predicting.words import Words, find_words
from worker.runtime import Runtime

POSTER = "poster"
LOST_POSTER = "The poster was not looked at: its picture isn't kept, or is damaged; give it again."


@dataclass(frozen=True, slots=True)
class PlannedPrediction:
    """A trailer's next prediction: by `model`, which is the reason where there is none; `stored` if it was made before.

    `digests` name the available inputs in the order of NAMES: the sha256 of the poster's file, of the texts and of what
    is kept of the sound, "" for the texts of a page that nobody has seen. `texts` are those that can be read, `of_page`
    the names of those that the page tells, `requested` of those that this request asks for; `unusable` says what can't
    be used and why.
    """

    trailer_id: str
    digests: Mapping[str, str]
    texts: Mapping[str, str]
    of_page: tuple[str, ...]
    requested: AbstractSet[str]
    unusable: tuple[str, ...]
    model: ModelRecord | NoModel
    move: Move = NOWHERE
    stored: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Everything available, the trailer's frames first."""
        return ("trailer", *self.digests)

    @property
    def record(self) -> ModelRecord:
        """The model; raises NoModel."""
        if isinstance(self.model, NoModel):
            raise self.model
        return self.model

    @property
    def basis(self) -> PredictionBasis:
        """What the prediction will rest on; raises NoModel."""
        used = tuple(name for name in self.names if uses_input(self.record, name))
        inputs = {name: self.digests[name] for name in used if self.digests.get(name)}
        return PredictionBasis(self.record.model_id, self.record.features_id, used, inputs | self.move.inputs(used))

    @property
    def requested_inputs(self) -> dict[str, str]:
        """The digests of what this request brought and the prediction will rest on."""
        inputs = {} if isinstance(self.model, NoModel) else self.basis.inputs
        return {name: inputs[name] for name in self.requested if name in inputs}

    @property
    def warnings(self) -> tuple[str, ...]:
        """Which available inputs can't be used or say little, and why; raises NoModel."""
        basis, record = self.basis, self.record
        missed = [name for name in self.names if name not in basis.modalities]
        idle = [name for name in missed if name in self.requested or name in (POSTER, PLOT)]
        notes = [not_looked_at(name, model=record.name, learnt=record.card.modality) for name in idle]
        plots = [text for name, text in self.texts.items() if name in basis.modalities and name in (PLOT, DESCRIPTION)]
        few = [warning for text in plots for warning in read_plot(text).warnings]
        return (*self.unusable, *notes, *few)


def plan_predictions(
    runtime: Runtime, wanted: Sequence[tuple[str, Inputs]], *, features_id: str
) -> list[PlannedPrediction]:
    """Return in order the plans for trailers with such features, by trailer_id and inputs, in a handful of queries."""

    @functools.cache
    def choose(names: tuple[str, ...]) -> ModelRecord | NoModel:
        try:
            return runtime.model_record(features_id, available=names)
        except NoModel as exc:
            return exc

    def with_move(plan: PlannedPrediction) -> PlannedPrediction:
        return plan if isinstance(plan.model, NoModel) else replace(plan, move=runtime.placer.find(plan.model))

    store = runtime.store
    stored = store.trailers.read_inputs({trailer_id for trailer_id, _ in wanted})
    posters = [_poster(inputs, stored.get(trailer_id)) for trailer_id, inputs in wanted]
    usable = store.posters.find_usable({poster for poster in posters if poster})
    usable |= _usable_sounds(runtime, stored.values())
    settings = runtime.settings
    find = functools.partial(find_words, use=settings.words, hears=settings.speech is not None, encoded=is_installed())
    plan = functools.partial(_plan, usable=usable, choose=choose, find=find)
    plans = [with_move(plan(trailer_id, inputs, stored.get(trailer_id))) for trailer_id, inputs in wanted]
    possible = [(plan.trailer_id, plan.basis) for plan in plans if not isinstance(plan.model, NoModel)]
    known = iter(store.predictions.check_existing(possible))
    return [plan if isinstance(plan.model, NoModel) else replace(plan, stored=next(known)) for plan in plans]


def _poster(inputs: Inputs, stored: StoredInputs | None) -> str | None:
    return inputs.poster_sha256 or (stored.poster_sha256 if stored else None)


def _usable_sounds(runtime: Runtime, stored: Iterable[StoredInputs]) -> set[str]:
    """Return the digests of the sounds that were heard by who hears them now, none where nobody does."""
    reader = runtime.sound_reader
    sounds = (each.sound for each in stored if reader and each.sound and each.sound.features_id == reader.features_id)
    return {sound.sha256 for sound in sounds if sound.sha256}


def _plan(
    trailer_id: str,
    inputs: Inputs,
    stored: StoredInputs | None,
    *,
    usable: AbstractSet[str],
    choose: Callable[[tuple[str, ...]], ModelRecord | NoModel],
    find: Callable[[str, Inputs, StoredInputs | None], Words],
) -> PlannedPrediction:
    if inputs.frames_only:
        return PlannedPrediction(trailer_id, {}, {}, (), frozenset(), (), choose(("trailer",)))
    poster = _poster(inputs, stored)
    words = find(trailer_id, inputs, stored)
    seen_and_heard = {POSTER: poster, SOUND: stored.sound.sha256 if stored and stored.sound else None}
    digests = {name: digest for name, digest in seen_and_heard.items() if digest and digest in usable}
    lost = (LOST_POSTER,) if poster and POSTER not in digests else ()
    digests |= dict.fromkeys(words.awaited, "")
    digests |= {name: sha256(text.encode()).hexdigest() for name, text in words.texts.items()}
    ordered = {name: digests[name] for name in NAMES if name in digests}
    brought = {POSTER: inputs.poster_sha256, PLOT: inputs.plot, DESCRIPTION: inputs.plot_from_description}
    return PlannedPrediction(
        trailer_id,
        ordered,
        words.texts,
        words.of_page,
        frozenset(name for name, value in brought.items() if value),
        (*words.unusable, *lost),
        choose(("trailer", *ordered)),
    )
