"""Parts: the films that a split has training fit, choose and test on."""

from dataclasses import dataclass

from classifier.counts import count
from classifier.data.films import Films
from classifier.data.split import PARTS, Split
from classifier.errors import BadTrainingData
from classifier.view import join_names, subsets

MIN_ROWS = 30  # of a choice of modalities in the validation part: fewer can't say where a threshold lies


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The parts of films; `both` is the first two together."""

    fitting: Films
    validation: Films
    test: Films
    both: Films

    @classmethod
    def from_split(cls, films: Films, split: Split) -> "Parts":
        """Return the parts that a split names."""
        fitting, validation, test = (split.rows(films, part) for part in PARTS)
        return cls(fitting, validation, test, split.rows(films, "train", "validation"))

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities of the films."""
        return self.fitting.views.modalities

    @property
    def sizes(self) -> tuple[int, int, int]:
        """The rows of each of the three."""
        return len(self.fitting), len(self.validation), len(self.test)

    def count(self, modality: str) -> int:
        """Return how many films of all parts have this modality."""
        return sum(int(part.views.parts[modality].present.sum()) for part in (self.both, self.test))

    def __str__(self) -> str:
        n_fitting, n_validation, n_test = self.sizes
        words = count(n_fitting, "row")
        if len(self.modalities) > 1:
            counts = (f"{int(part.present.sum()):,} {name}s" for name, part in self.fitting.views.parts.items())
            several = int(self.fitting.views.several.sum())
            words = f"{count(n_fitting, 'film')} ({', '.join(counts)}; {several:,} with several)"
        return (
            f"{words} to train on, {n_validation:,} to choose and calibrate, {n_test:,} to test, "
            f"{count(len(self.fitting.genres), 'genre')}"
        )

    def check(self) -> None:
        """Raise BadTrainingData unless enough films to set thresholds have each choice of several modalities."""
        for choice in subsets(self.modalities) if len(self.modalities) > 1 else ():
            n = int(self.validation.views.having(choice).sum())
            if n < MIN_ROWS:
                raise BadTrainingData(
                    f"only {count(n, 'film')} of the validation part with {join_names(choice)}, at least {MIN_ROWS} "
                    "are needed to set thresholds: give more films that have all of them, or join fewer modalities"
                )
