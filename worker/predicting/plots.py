"""Predictions for single plots: their genres, and the words behind each."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from classifier.model import GenreModel
from classifier.prediction import GenrePrediction
from classifier.view import PLOT, SENTENCE, View
from db.queue.job_records import JobError
from db.records import ModelRecord, PredictionBasis
from extractor.errors import BadPlot
from extractor.plots import MAX_PLOT, WORDS_ID, read_plot
from extractor.sentences import SentenceEncoder, is_installed
from worker.errors import WorkerError, describe
from worker.inference.registry import uses_input
from worker.predicting.words import sentence_view
from worker.runtime import Runtime

MAX_BYTES = 4 * MAX_PLOT + 3  # of UTF-8, with a byte order mark
MAX_NAME = 4096  # bytes of a path; longer texts are plots
SHOWN = 80  # characters that stand for a text


def predict_plots(
    runtime: Runtime, plots: Iterable[tuple[str, bool]], *, encoder: str | None = None
) -> Iterator[tuple[str, GenrePrediction | JobError]]:
    """Yield each plot's file or beginning and its outcome, in order; one that can't be read stops no other.

    Each plot comes with whether it may be a file's name. `encoder` names the sentence encoder that reads them, None
    for words. Raises NoModel before the first when there is no model of plots, and as SentenceEncoder does.
    """
    sentences = SentenceEncoder(encoder) if encoder else None
    record = plot_model(runtime, sentences.features_id if sentences else WORDS_ID)
    model, beside = runtime.placed_model(record), encoder_beside(runtime, record)
    for text, may_be_file in plots:
        path = find_file(text) if may_be_file else None
        try:
            plot = text if path is None else read_file(path)
            outcome: GenrePrediction | JobError = (
                _predict_sentence(model, plot, sentences) if sentences else predict_words(model, plot, beside)
            )
        except (BadPlot, WorkerError) as exc:
            outcome = describe(exc)
        yield (shorten(text) if path is None else text), outcome


def plot_model(runtime: Runtime, features_id: str = WORDS_ID) -> ModelRecord:
    """Return the model in use for plots alone; raises NoModel."""
    return runtime.model_record(features_id, available=(PLOT, SENTENCE) if is_installed() else (PLOT,))


def plot_basis(runtime: Runtime, record: ModelRecord, digest: str) -> PredictionBasis:
    """Return what a model's prediction for the words of a plot alone rests on."""
    names = (PLOT, SENTENCE) if _reads_sentences(record) else (PLOT,)
    inputs = {**dict.fromkeys(names, digest), **runtime.placer.find(record).inputs(names)}
    return PredictionBasis(record.model_id, WORDS_ID, names, inputs)


def encoder_beside(runtime: Runtime, record: ModelRecord) -> SentenceEncoder | None:
    """Return the encoder that reads a plot for the model beside its words, None where it has none or it isn't there."""
    return runtime.sentences if _reads_sentences(record) else None


def _reads_sentences(record: ModelRecord) -> bool:
    return is_installed() and uses_input(record, SENTENCE)


def shorten(text: str) -> str:
    """Return a text on one line, shortened if it is long."""
    line = " ".join(text[: 4 * SHOWN].split())
    return line if len(line) <= SHOWN and len(text) <= 4 * SHOWN else f"{line[: SHOWN - 3].rstrip()}..."


def _predict_sentence(model: GenreModel, text: str, sentences: SentenceEncoder) -> GenrePrediction:
    prediction = model.predict({PLOT: sentence_view(sentences, text)})
    return replace(prediction, warnings=(*read_plot(text).warnings, *prediction.warnings))


def predict_words(model: GenreModel, text: str, beside: SentenceEncoder | None) -> GenrePrediction:
    """Return the genres of a plot by its words, and by what the encoder `beside` them makes of it.

    Raises BadPlot for one that can't be read or has no known words.
    """
    plot = read_plot(text)
    known = model.join.readers[PLOT].in_vocabulary(plot.vectors)
    if known is not None and not known.any():
        raise BadPlot(
            f"model {model.manifest.name!r} knows none of the plot's words: give the plot in the language "
            "of the plots it was trained on (English, unless you have trained another)"
        )
    views = {PLOT: View(plot.vectors, WORDS_ID, plot.words)}
    if beside:
        views[SENTENCE] = sentence_view(beside, text)
    prediction = model.predict(views)
    return replace(prediction, warnings=(*plot.warnings, *prediction.warnings))


def find_file(text: str) -> Path | None:
    """Return the path that a plot's text names or is spelled like, None where it is a plot itself.

    A mistyped path must not become a film's plot: what begins like a path or ends in .txt is one, there or not.
    """
    if len(text) > MAX_NAME or not text.strip():
        return None
    try:
        return Path(text) if Path(text).exists() or _is_spelled_like_path(text) else None
    except (OSError, ValueError):
        return None


def _is_spelled_like_path(text: str) -> bool:
    return len(text.splitlines()) == 1 and (text.startswith(("/", "./", "../", "~/")) or text.endswith(".txt"))


def read_file(path: Path) -> str:
    """Return a file's text; raises WorkerError (bad_plot) for no file, a pipe, far too large a file, invalid UTF-8."""
    try:
        if not path.exists():
            raise WorkerError("bad_plot", f"there is no file {str(path)!r}; check the path, or give the text itself")
        if not path.is_file():  # a pipe would never end
            raise WorkerError(
                "bad_plot", f"{str(path)!r} is not a regular file: give a text file, the text itself, or -"
            )
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as exc:
        raise WorkerError("bad_plot", f"the plot {str(path)!r} can't be read: {exc.strerror}") from exc
    if len(data) > MAX_BYTES:
        raise WorkerError("bad_plot", f"{str(path)!r} has more than {MAX_BYTES:,} bytes: give one plot, as a summary")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise WorkerError("bad_plot", f"{str(path)!r} is not valid UTF-8: save it as a UTF-8 text file") from exc
