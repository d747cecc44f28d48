"""The label table of `--labels`: the files of posters, the plots, or both, and their genres."""

from dataclasses import dataclass
from pathlib import Path

from classifier.data.labels import GENRES, LabelColumns, LabelledFile, read_labels
from classifier.taxonomy import NO_TAXONOMY, Taxonomy
from worker.learning.genre_choice import ALL_GENRES, GenreChoice
from worker.learning.listener import LearningListener


@dataclass(frozen=True, slots=True)
class LabelTable:
    """A table of genres, and the collections of `posters` (zips or folders) that its files are in.

    `columns.files` are a column of file names for each collection, in the same order, and after them that of plots, if
    there is one. `encoder` is the name or folder of a sentence encoder that reads plots, None for words. Words of the
    `taxonomy` may head columns of their own, as genres may; `choice` says which genres count.
    """

    path: Path
    columns: LabelColumns
    posters: tuple[Path, ...] = ()
    encoder: str | None = None
    taxonomy: Taxonomy = NO_TAXONOMY
    choice: GenreChoice = ALL_GENRES

    @property
    def has_plots(self) -> bool:
        """Whether a column holds plots."""
        return len(self.columns.files) > len(self.posters)

    @property
    def genre_columns(self) -> str:
        """The columns of genres, in words."""
        return ", ".join(name for name, _ in self.columns.genres) or GENRES

    def read(self, listener: LearningListener) -> list[LabelledFile]:
        """Return the labelled posters and plots; raises BadTrainingData for a table that can't be read."""
        found = read_labels(self.path, self.columns, self.taxonomy)
        what = " and ".join((*(["posters"] if self.posters else []), *(["plots"] if self.has_plots else [])))
        listener.say(
            f"{len(found.files):,} labelled {what} ({found.skipped:,} rows without, {found.repeated:,} repeated)"
        )
        if found.damaged:
            listener.say(f"{found.damaged:,} rows that are not valid UTF-8 are left out; save the table as CSV UTF-8")
        for note in found.one_hot.notes(self.taxonomy):
            listener.say(f"{self.path.name}: {note}")
        return [file for file in self.choice.choose(found.files, listener.say) if file]
