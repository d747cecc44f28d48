"""A distributor's catalogue, made up: clips whose pictures tell their genre, and a list in words of the house.

`python -m tests.support.catalogue FOLDER` writes that of docs/walkthrough.md.
"""

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.support.videos import run_ffmpeg

WORDS = {"Grusel": "Horror", "Lachfilm": "Comedy", "Raumfahrt": "Sci-Fi", "Liebesfilm": "Romance"}
PICTURES = {
    "Grusel": "cellauto=rule=90:size=160x90:rate=5:seed={seed},hue=s=0,eq=brightness=-0.3",
    "Lachfilm": "gradients=size=160x90:rate=5:seed={seed}:n=6:{colours}",
    "Raumfahrt": "mandelbrot=size=160x90:rate=5:start_x={x}:start_y={y}",
    "Liebesfilm": "life=size=160x90:rate=5:seed={seed}:mold=20:life_color=#ff6090:death_color=#402020",
}
SCENES = (  # half of each shot is one of these, so that no two trailers look the same
    "testsrc2=size=160x90:rate=5",
    "smptehdbars=size=160x90:rate=5",
    "rgbtestsrc=size=160x90:rate=5",
    "yuvtestsrc=size=160x90:rate=5",
    "sierpinski=size=160x90:rate=5:seed={seed}",
    "cellauto=rule=18:size=160x90:rate=5:seed={seed}",
    "gradients=size=160x90:rate=5:seed={seed}:type=radial:n=3:{colours}",
    "color=size=160x90:rate=5:color=0x{seed:06x}",
)
PLOTS = {
    "Grusel": "A {who} moves into an old house where a ghost and a demon kill, and terror haunts every night.",
    "Lachfilm": "A hilarious comedy: a clumsy {who} and his funny friends turn a wedding party upside down.",
    "Raumfahrt": "In the future a {who} on a spaceship fights aliens and robots from another planet to save the Earth.",
    "Liebesfilm": "A {who} falls in love in Paris, and the two lovers must choose between marriage and romance.",
}
PEOPLE = ("nurse", "teacher", "pilot", "painter", "widow", "student", "baker", "captain", "singer", "farmer")
FIRST = ("Silent", "Golden", "Broken", "Hidden", "Crimson", "Distant", "Endless", "Frozen", "Gentle", "Hollow")
SECOND = ("Harbour", "Letter", "Orchard", "Signal", "Stairs", "Winter")


@dataclass(frozen=True, slots=True)
class CatalogueFilm:
    """A film of the catalogue: its true tag, and the one on the house's list."""

    number: int
    tag: str
    listed: str

    @property
    def house_id(self) -> str:
        """The house's id of its trailer."""
        return f"WB-{self.number + 1:04}"

    @property
    def file(self) -> str:
        """The name of its trailer's file."""
        return f"{self.house_id}_trailer.mp4"

    @property
    def title(self) -> str:
        """A title that no other film of sixty has."""
        return f"{FIRST[self.number % 10]} {SECOND[self.number // 10]}"

    @property
    def plot(self) -> str:
        """A plot that tells its genre."""
        return PLOTS[self.tag].format(who=PEOPLE[self.number // 4 % 10])


def make_films(n: int, planted: Sequence[int] = ()) -> list[CatalogueFilm]:
    """Return up to 60 films of four genres by turns, those `planted` listed under the next genre."""
    words = list(WORDS)
    return [CatalogueFilm(number, words[number % 4], words[(number + (number in planted)) % 4]) for number in range(n)]


def write_catalogue(folder: Path, films: Sequence[CatalogueFilm]) -> Path:
    """Write the films' clips of six seconds, the house's words in `words.csv`, and the list, which is returned.

    `slipped.csv` is the list with its tags a row too low, as it comes of a cell that was deleted.
    """
    folder.mkdir(exist_ok=True)
    _write_csv(folder / "words.csv", [("word", "genres"), *WORDS.items(), ("Neuheit", "not a genre")])
    header, rows = ("house_id", "title", "year", "file", "genres", "plot"), [_row(film) for film in films]
    slipped = [(*row[:4], above[4], row[5]) for row, above in zip(rows, rows[-1:] + rows[:-1], strict=True)]
    _write_csv(folder / "slipped.csv", [header, *slipped])
    _write_csv(folder / "films.csv", [header, *rows])
    for film in films:
        _write_clip(folder / film.file, film.tag, Random(film.number))
    return folder / "films.csv"


def _row(film: CatalogueFilm) -> tuple[str, ...]:
    tags = film.listed if film.number % 10 else f"{film.listed}|Neuheit"
    return film.house_id, film.title, str(1990 + film.number % 30), film.file, tags, film.plot


def _write_csv(path: Path, rows: Sequence[tuple[str, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def _write_clip(path: Path, tag: str, random: Random) -> None:
    shots = ";".join(_shot(number, tag, random) for number in range(3))
    graph = f"{shots};[shot0][shot1][shot2]concat=n=3[out]"
    run_ffmpeg(["-filter_complex", graph, "-map", "[out]", "-pix_fmt", "yuv420p", str(path)])


def _shot(number: int, tag: str, random: Random) -> str:
    """Return a filter graph of two seconds: the genre's picture, mixed with a scene in some hue."""
    wishes: dict[str, float | str] = {
        "seed": random.randrange(1, 9999),
        "x": random.uniform(-1.2, 0.2),
        "y": random.uniform(-0.8, 0.8),
    }
    named = Random(str(wishes["seed"]))  # ffmpeg's own colours are others each time, whatever the seed
    wishes["colours"] = ":".join(f"c{place}=0x{named.randrange(1 << 24):06x}" for place in range(6))
    picture, scene = PICTURES[tag].format(**wishes), random.choice(SCENES).format(**wishes)
    hue, share = random.randrange(360), random.uniform(0.2, 0.5)
    mix = f"blend=all_mode=normal:all_opacity={share:.2f},format=yuv420p,trim=duration=2"
    return f"{picture}[a{number}];{scene},hue=h={hue}[b{number}];[a{number}][b{number}]{mix}[shot{number}]"


if __name__ == "__main__":
    write_catalogue(Path(sys.argv[1]), make_films(60, planted=(8, 29)))
