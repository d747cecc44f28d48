"""Words: the plot or description and the title that a trailer brings, cleaned and checked, and as a model takes them.

Where the sentence encoder is installed it reads the plot, or what stands in for it, once more: as `sentence`.

A title is the house's, else the page's. A page's title and description are used for links where TRAILERS_WORDS says so;
the description stands in only where there is no plot, and what is said in the trailer where there is no description
either. A file's name is no title.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from classifier.view import DESCRIPTION, PLOT, SENTENCE, SPEECH, TITLE, View
from db.fields import clean
from db.queue.job_records import Inputs
from db.records import StoredInputs
from extractor.errors import BadPlot
from extractor.page_words import clean_description, clean_title, spell_title
from extractor.plots import WORDS_ID, read_plot
from extractor.sentences import SentenceEncoder
from extractor.titles import TITLE_ID, read_title
from worker.settings import WordsUse
from worker.sites import SITES

NOTHING = StoredInputs()


@dataclass(frozen=True, slots=True)
class Words:
    """The texts that can be read, by name; `unusable` says what can't be, and why.

    `of_page` are the names of those that only the trailer's page tells, or would; while nobody has seen it, they are
    `awaited`.
    """

    texts: Mapping[str, str]
    unusable: tuple[str, ...] = ()
    of_page: tuple[str, ...] = ()
    awaited: tuple[str, ...] = ()


def find_words(
    trailer_id: str,
    inputs: Inputs,
    stored: StoredInputs | None,
    *,
    use: WordsUse,
    hears: bool = False,
    encoded: bool = False,
) -> Words:
    """Return the words of a trailer: a request's go before those of its document; what is said counts if it `hears`.

    Plots and descriptions are read as sentences, too, where they are `encoded`.
    """
    known, of_page = stored or NOTHING, _of_page(trailer_id, inputs, stored or NOTHING, use=use)
    texts, unusable = _read_plots(inputs, known, described=DESCRIPTION in of_page)
    if encoded:
        texts |= dict.fromkeys((SENTENCE,) * bool(texts), next(iter(texts.values()), ""))
        of_page += (SENTENCE,) if DESCRIPTION in of_page else ()
    if hears and known.speech and not texts and (said := _read_speech(known.speech)):
        texts[SPEECH] = said
    title = inputs.title or known.title or (known.page_title if TITLE in of_page else None)
    if title and use == "auto" and (read := _read_page_title(title, inputs.year or known.year)):
        texts[TITLE] = read
    return Words(texts, tuple(unusable), of_page, of_page if stored is None else ())


def words_view(name: str, text: str) -> View:
    """Return a text of `Words` as a model takes it."""
    if name == TITLE:
        return View(read_title(text).vectors, TITLE_ID)
    plot = read_plot(text)
    return View(plot.vectors, WORDS_ID, plot.words)


def sentence_view(encoder: SentenceEncoder, text: str) -> View:
    """Return a plot as the encoder reads it."""
    return View(encoder.encode([read_plot(text).text], on_count=lambda done, total: None), encoder.features_id)


def _of_page(trailer_id: str, inputs: Inputs, stored: StoredInputs, *, use: WordsUse) -> tuple[str, ...]:
    """Return the names of the words that the trailer's page has to tell."""
    is_used = use == "auto" and trailer_id.partition(":")[0] in SITES
    wants_title = is_used and not (inputs.title or stored.title)
    wants_plot = (is_used or inputs.plot_from_description) and not (inputs.plot or stored.plot)
    return (*((TITLE,) if wants_title else ()), *((DESCRIPTION,) if wants_plot else ()))


def _read_plots(inputs: Inputs, stored: StoredInputs, *, described: bool) -> tuple[dict[str, str], list[str]]:
    """Return the plot or the description by its name, and what was wanted of them and can't be used.

    A description that nobody asked for must say more than a few words.
    """
    if inputs.plot:  # read when it was given
        return {PLOT: clean(inputs.plot)}, []
    name, text = (PLOT, stored.plot) if stored.plot else (DESCRIPTION, clean_description(stored.description or ""))
    if name == DESCRIPTION and not described:
        return {}, []
    wanted = name == PLOT or inputs.plot_from_description
    try:
        says_little = bool(read_plot(text).warnings)
    except BadPlot as exc:
        told = wanted and stored is not NOTHING
        return {}, [f"The {name} was not looked at ({exc.code}): {exc}."] if told else []
    return ({name: text} if wanted or not says_little else {}), []


def _read_speech(text: str) -> str | None:
    """Return what is said, without what a description is cleaned of, None where that says little."""
    said = clean_description(text)
    try:
        return None if read_plot(said).warnings else said
    except BadPlot:
        return None


def _read_page_title(text: str, year: int | None) -> str | None:
    """Return a title and its year as one text, None for one without words."""
    title, named = clean_title(clean(text))
    try:
        read_title(title)
    except BadPlot:
        return None
    return spell_title(title, year or named)
