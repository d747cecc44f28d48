"""What is at hand to judge a trailer by beside its frames: what is given with a request, else what its document tells.

What its uploader wrote serves as a plot only where that is asked for and there is no other.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from hashlib import sha256

from classifier.view import DESCRIPTION
from db.fields import clean
from db.queue.job_records import Inputs
from db.records import ModelRecord, PredictionBasis, StoredInputs
from db.store import Store
from extractor.errors import BadPlot
from extractor.plots import read_plot
from worker.inference.registry import looks_at

POSTER, PLOT = "poster", "plot"


@dataclass(frozen=True, slots=True)
class AvailableInputs:
    """`digests` name what there is: the sha256 of the poster's file, of the plot's or the description's text.

    A description's is "" as long as nobody has seen the trailer's page. `texts` are those that can be read, `asked`
    what this request has brought, `warnings` say what can't be used.
    """

    digests: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    asked: AbstractSet[str] = frozenset()
    warnings: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What there is, the trailer's frames first."""
        return ("trailer", *self.digests)

    @property
    def poster(self) -> str | None:
        """The sha256 of a poster whose picture is kept."""
        return self.digests.get(POSTER)

    def basis(self, record: ModelRecord) -> PredictionBasis:
        """Return what a verdict of this model will rest on."""
        used = tuple(name for name in self.names if looks_at(record, name))
        inputs = {name: self.digests[name] for name in used if self.digests.get(name)}
        return PredictionBasis(record.model_id, record.features_id, used, inputs)


def look(store: Store, wanted: Sequence[tuple[str, Inputs]]) -> list[AvailableInputs]:
    """Return in order what is at hand for each trailer_id and what is given of it, in two queries."""
    told = store.trailers.read_inputs({trailer_id for trailer_id, _ in wanted})
    known = [(given, told.get(trailer_id)) for trailer_id, given in wanted]
    posters = {sha256 for given, tells in known if (sha256 := _poster(given, tells))}
    usable = store.posters.find_usable(posters)
    return [_at_hand(given, tells, usable) for given, tells in known]


def _poster(given: Inputs, told: StoredInputs | None) -> str | None:
    return given.poster_sha256 or (told.poster_sha256 if told else None)


def _at_hand(given: Inputs, told: StoredInputs | None, usable: AbstractSet[str]) -> AvailableInputs:
    poster = _poster(given, told)
    posters = {POSTER: poster} if poster and poster in usable else {}
    texts, warnings = _texts(given, told)
    plots = {name: digest(text) for name, text in texts.items()}
    if not plots and told is None and given.plot_from_description:
        plots = {DESCRIPTION: ""}
    if poster and not posters:
        warnings.append("The poster was not looked at: its picture isn't kept, or is damaged; give it again.")
    brought = {POSTER: given.poster_sha256, PLOT: given.plot, DESCRIPTION: given.plot_from_description}
    asked = frozenset(name for name, value in brought.items() if value)
    return AvailableInputs({**posters, **plots}, texts, asked, tuple(warnings))


def _texts(given: Inputs, told: StoredInputs | None) -> tuple[dict[str, str], list[str]]:
    """Return the plot, else the description if it was asked for, by its name; and what can't be used."""
    if given.plot:  # read when it was given
        return {PLOT: clean(given.plot)}, []
    notes: list[str] = []
    for name, text in _told_texts(given, told):
        try:
            read_plot(text)
        except BadPlot as exc:
            notes.append(f"The {name} was not looked at ({exc.code}): {exc}.")
        else:
            return {name: text}, notes
    return {}, notes


def _told_texts(given: Inputs, told: StoredInputs | None) -> list[tuple[str, str]]:
    if told is None:
        return []
    plots = [(PLOT, told.plot)] if told.plot else []
    return [*plots, (DESCRIPTION, told.description or "")] if given.plot_from_description else plots


def digest(text: str) -> str:
    """Return the sha256 of a text, in hex."""
    return sha256(text.encode()).hexdigest()
