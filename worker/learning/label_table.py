"""The label table of `--labels`: the files of posters, the plots and titles that it has, and their genres."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from classifier.counts import count
from classifier.data.labels import GENRES, LabelColumns, LabelledFile, read_labels
from classifier.taxonomy import NO_TAXONOMY, Taxonomy
from worker.learning.genre_choice import ALL_GENRES, GenreChoice
from worker.learning.listener import LearningListener


@dataclass(frozen=True, slots=True)
class LabelTable:
    """A table of genres, and the collections of `posters` (zips or folders) that its files are in.

    `columns.files` are a column of file names for each collection, in the same order, and after them that of plots and
    that of `titles`, if there are such. `encoder` is the name or folder of a sentence encoder that reads plots, None
    for words; with `sentences` the usual one reads them beside their words. Words of the `taxonomy` may head columns of
    their own, as genres may; `choice` says which genres count.
    """

    path: Path
    columns: LabelColumns
    posters: tuple[Path, ...] = ()
    encoder: str | None = None
    taxonomy: Taxonomy = NO_TAXONOMY
    choice: GenreChoice = ALL_GENRES
    titles: bool = False
    sentences: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """The modalities of the columns after those of posters."""
        n_texts = len(self.columns.files) - len(self.posters)
        return (*(["plot"] if n_texts > self.titles else []), *(["title"] if self.titles else []))

    def of_text(self, files: Iterable[LabelledFile], name: str) -> list[LabelledFile]:
        """Return those of the files that are texts of this name."""
        place = len(self.posters) + self.texts.index(name)
        return [file for file in files if file.collection == place]

    @property
    def genre_columns(self) -> str:
        """The columns of genres, in words."""
        return ", ".join(name for name, _ in self.columns.genres) or GENRES

    def read(self, listener: LearningListener) -> list[LabelledFile]:
        """Return the labelled posters and plots; raises BadTrainingData for a table that can't be read."""
        found = read_labels(self.path, self.columns, self.taxonomy)
        what = " and ".join((*(["posters"] if self.posters else []), *(f"{name}s" for name in self.texts)))
        listener.say(
            f"{len(found.files):,} labelled {what} ({count(found.skipped, 'row')} without, {found.repeated:,} repeated)"
        )
        if found.damaged:
            listener.say(
                f"left out: {count(found.damaged, 'row')} that are not valid UTF-8; save the table as CSV UTF-8"
            )
        for note in found.one_hot.notes(self.taxonomy):
            listener.say(f"{self.path.name}: {note}")
        return [file for file in self.choice.choose(found.files, listener.say) if file]
