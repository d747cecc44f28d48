"""How often the marks of seconds are right, on real trailers marked by hand (needs ../shared/data/trailers)."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from benchmarks.real_data import SHARED
from extractor.limits import Limits
from extractor.networks.starter import SIZE
from extractor.video.arguments import Shape
from extractor.video.frames import FrameStream
from extractor.video.marks import KINDS, find_marks
from extractor.video.measures import Measurer
from extractor.video.probe import probe

BY_HAND = Path(__file__).with_name("marked_seconds.txt")
FILM, UNCLEAR = "film", "unclear"
Pairs = Counter[tuple[str, str]]  # by kind found and kind by hand


def main() -> None:
    """Print a table for the trailers that the weights were fitted on, and one for the others."""
    lines = [line for line in BY_HAND.read_text().splitlines() if not line.startswith("#")]
    for title, chosen in (("made the weights", lines[::2]), ("did not", lines[1::2])):
        print(f"\n{len(chosen)} trailers that {title}\n")
        _print_table(_count(chosen))


def _count(lines: Iterable[str]) -> Pairs:
    pairs: Pairs = Counter()
    for line in lines:
        name, *marked = line.split()
        found = _find(SHARED / "trailers" / name)
        by_hand = [FILM] * len(found)
        for kind, ranges in (part.split("=") for part in marked):
            for first, _, last in (span.partition("-") for span in ranges.split(",")):
                by_hand[int(first) : int(last or first) + 1] = [kind] * (int(last or first) + 1 - int(first))
        pairs.update(zip(found, by_hand, strict=True))
    return pairs


def _find(path: Path) -> list[str]:
    """Return the mark of each second of a video."""
    measurer, n_seconds = Measurer(), 0
    with FrameStream(path, probe(path, limits=Limits()), shape=Shape(SIZE)) as frames:
        for batch in frames:
            measurer.add(batch)
            n_seconds += len(batch)
    kinds = {second: kind for kind, seconds in find_marks(measurer.finish()).items() for second in seconds}
    return [kinds.get(second, FILM) for second in range(n_seconds)]


def _print_table(pairs: Pairs) -> None:
    kinds_by_hand = {by_hand for _, by_hand in pairs} - {UNCLEAR}
    print("| kind | seconds by hand | of them left out | seconds marked so | of them not of the film |")
    print("|---|---|---|---|---|")
    for kind in (*KINDS, FILM):
        of_kind = {found: n for (found, by_hand), n in pairs.items() if by_hand == kind}
        marked = {by_hand: pairs[kind, by_hand] for by_hand in kinds_by_hand}
        n_by_hand, n_marked = sum(of_kind.values()), sum(marked.values())
        left_out = _share(n_by_hand - of_kind.get(FILM, 0), n_by_hand)
        right = _share(n_marked - marked.get(FILM, 0), n_marked)
        print(f"| {kind} | {n_by_hand} | {left_out} | {n_marked} | {right} |")


def _share(n: int, of: int) -> str:
    return f"{n / of:.3f}" if of else "-"
