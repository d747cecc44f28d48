"""Reports: tables and lines on stdout for people; strangers' text loses its markup and control characters."""

import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from classifier.counts import count
from classifier.prediction import Evidence, GenrePrediction, GenreScore
from classifier.view import OTHER_GENRES, TRAILER
from classifier.warnings import ZERO_SHOT
from db.library_records import LibraryTrailer
from db.queue.job_records import Inputs
from worker.cells import show_text
from worker.clock import clock
from worker.predicting.left_out import LeftOut
from worker.terminal import DOUBTFUL, GOOD, OF_WORDS

BAR = 20
SHOWN = 160  # characters of a plot
STATES = ("stage", "state", "status")  # columns whose words have colours
OF_ALL = (ZERO_SHOT, "This model ")  # beginnings of the notes that hold for all of a run
ROOMY = 76  # columns of a terminal with room for bars
IDS = ("trailer_id", "job", "model")  # columns of what a next command names
ID_WIDTH = 12  # characters of an id that tell it from all others
FIRST = 2  # genres that each modality names alone


class _Stdout(Console):
    """A console whose reader may go: `trailers show ID | head`."""

    def on_broken_pipe(self) -> None:
        """Let the command end as it does when it prints."""
        raise BrokenPipeError


def console() -> Console:
    """Return a console on stdout; very wide unless it is a terminal, so that a pipe gets whole lines."""
    return _Stdout(markup=False, highlight=False, width=None if sys.stdout.isatty() else 240)


def plain(text: str) -> Text:
    """Return a stranger's text that can't steer the terminal, for a console."""
    return Text(show_text(text))


def title_of(trailer: LibraryTrailer) -> str:
    """Return a trailer's title, its address where it has none."""
    return trailer.shown_title or trailer.source.url


def print_identity(trailer: LibraryTrailer) -> None:
    """Print whose trailer it is and of which film, as far as that is known."""
    known = {
        "id": ", ".join(reversed(trailer.external_ids)),
        "year": trailer.year,
        "IMDb": trailer.labels.imdb_id,
        "film": trailer.film_id,
        "franchise": trailer.franchise,
        **trailer.metadata,
    }
    if line := "  ".join(f"{name}: {value}" for name, value in known.items() if value not in (None, "")):
        console().print(plain(line))


def _print_tags(out: Console, trailer: LibraryTrailer) -> None:
    """Print the tags in effect, those of each source as they were written, and whether they wait for a person."""
    if not trailer.layers:
        return
    out.print(plain(f"tags: {', '.join(trailer.labels.genres) or 'none'}"))
    for layer in trailer.layers:
        origin = layer.by or layer.list
        named = f"{layer.source} ({origin})" if origin else layer.source
        out.print(plain(f"  {named}: {', '.join(layer.words or layer.genres) or 'none'}"))
    if trailer.contested and trailer.reviewed_at is None:
        sources = " and ".join(layer.source for layer in trailer.contested)
        out.print(plain(f"  up for review again: {sources} said otherwise after the review"))


def print_trailer(
    trailer: LibraryTrailer, prediction: GenrePrediction, *, n_frames: int, top: int, told: set[str]
) -> None:
    """Print a trailer with its tags, its top genres with scores, and the strongest seconds of each.

    Notes on the model and the network are not repeated: they are put into `told`.
    """
    out, video = console(), trailer.video
    out.print(plain(title_of(trailer)), style="bold")
    size = f"{video.width}x{video.height} {video.codec}"
    out.print(f"{trailer.trailer_id}  {clock(video.duration_s)}  {size}  {count(n_frames, 'frame')}")
    print_identity(trailer)
    _print_tags(out, trailer)
    if trailer.speech and trailer.speech.text:
        said = textwrap.shorten(trailer.speech.text, SHOWN, placeholder=" ...")
        out.print(plain(f"said ({trailer.speech.language}): {said}"))
    out.print()
    _print_prediction(out, prediction, top=top, told=told)


def print_left_out(stretches: Sequence[LeftOut]) -> None:
    """Print the stretches of a trailer that don't count, if there are any."""
    if stretches:
        named = (f"{it.kind} {clock(it.start_s)}-{clock(it.end_s)}" for it in stretches)
        console().print(f"Left out: {', '.join(named)}")


def print_inputs(inputs: Inputs) -> None:
    """Print the inputs that there are, a line each, long plots shortened."""
    identity = {"id": ", ".join(inputs.external_ids), "title": inputs.title, "year": str(inputs.year or "")}
    lines = {**identity, "genres": ", ".join(inputs.genres), "plot": inputs.plot, "poster": inputs.poster}
    out = console()
    for name, text in lines.items():
        if text:
            out.print(plain(f"{name}: {textwrap.shorten(text, SHOWN, placeholder=' ...')}"))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a plain table; where the terminal is narrow its ids stay whole."""
    headings = (Column(name, no_wrap=name in IDS, min_width=ID_WIDTH * (name in IDS)) for name in columns)
    table = Table(*headings, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(_cell(*each) for each in zip(columns, row, strict=True)))
    console().print(table)


def _cell(column: str, text: str) -> Text:
    return Text(show_text(text), OF_WORDS.get(text, "") if column in STATES else "")


def print_single(source: str, prediction: GenrePrediction, *, top: int, told: set[str]) -> None:
    """Print a poster's file or a plot's beginning, its top genres with scores, and the words that raised each.

    Notes on the model and the network are not repeated: they are put into `told`.
    """
    out = console()
    out.print(plain(source), style="bold")
    _print_prediction(out, prediction, top=top, told=told)
    out.print()


def _print_prediction(out: Console, prediction: GenrePrediction, *, top: int, told: set[str]) -> None:
    """Print the top genres, the words of the plot that speak for each, how scores were moved, and the warnings."""
    out.print(_genre_table(prediction.top(top), prediction.evidence, bar=BAR if out.width >= ROOMY else 0))
    for score in prediction.top(top):
        if words := [word.word for word in prediction.words if word.genre == score.genre]:
            out.print(plain(f"{score.genre} because of: {', '.join(words)}"))
    _print_parts(out, prediction, top=top)
    if prediction.placement:
        out.print(plain(f"Scores: {prediction.placement}"))
    for warning in prediction.warnings:
        if warning not in told:
            out.print(Text.assemble(("Note:", DOUBTFUL), f" {show_text(warning)}"))
        if warning.startswith(OF_ALL):
            told.add(warning)


def _print_parts(out: Console, prediction: GenrePrediction, *, top: int) -> None:
    """Print what each of several modalities says alone, and what each, and other genres, add to the top genres."""
    if len(prediction.alone) > 1:
        alone = (f"{_in_words(name)} alone: {_first_genres(scores)}" for name, scores in prediction.alone.items())
        out.print(plain("; ".join(alone)))
    for score in prediction.top(top):
        parts = prediction.contributions.get(score.genre, {})
        if len(parts) > 1:
            added = ", ".join(f"{_in_words(name)} {part:+.1f}" for name, part in parts.items())
            out.print(plain(f"{score.genre} from: {added}"))


def _in_words(part: str) -> str:
    return {TRAILER: "frames", OTHER_GENRES: "other genres"}.get(part, part)


def _first_genres(scores: Mapping[str, float]) -> str:
    first = sorted(scores.items(), key=lambda row: (-row[1], row[0]))[:FIRST]
    return ", ".join(f"{genre} {score:.2f}" for genre, score in first)


def _genre_table(genres: Sequence[GenreScore], evidence: Sequence[Evidence], *, bar: int) -> Table:
    """Return the table of genres, with a bar of so many characters for each score, evidence only where there is."""
    columns = (
        "",
        "genre",
        "score",
        *(("",) if bar else ()),
        "threshold",
        "passed",
        *(("strongest seconds",) if evidence else ()),
    )
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    strongest = {stretch.genre: stretch for stretch in evidence}
    for score in genres:
        stretch = strongest.get(score.genre)
        where = f"{clock(stretch.start_s)}-{clock(stretch.end_s)} ({stretch.score:.2f})" if stretch else ""
        passed = Text("yes", GOOD) if score.passed else Text("no")
        numbers = (f"{score.score:.2f}", *([_bar(score, bar)] if bar else ()), f"{score.threshold:.2f}", passed)
        table.add_row(str(score.rank), score.genre, *numbers, *((where,) if evidence else ()))
    return table


def _bar(score: GenreScore, width: int) -> Text:
    filled = round(score.score * width)
    return Text.assemble(("█" * filled, GOOD if score.passed else ""), "░" * (width - filled))
