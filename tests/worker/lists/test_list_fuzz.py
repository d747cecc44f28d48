"""Mutated cells and lines, from a seed: no exception, no link outside the known sites, bounded time."""

import random
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from itertools import product
from pathlib import Path

import pytest

from worker.errors import WorkerError
from worker.links import find_links, looks_like_link, parse_link
from worker.lists.reading import read_list
from worker.sites import SITES

ID = "dQw4w9WgXcQ"
SEEDS = (
    *(f"https://youtu.be/{ID}", f"https://www.youtube.com/watch?v={ID}&list=PL1", f"www.youtube.com/embed/{ID}?rel=0"),
    *(f"https://www.youtube.com/attribution_link?u=%2Fwatch%3Fv%3D{ID}", f"https%3A%2F%2Fyoutu.be%2F{ID}", ID),
    *(f"https://www.google.com/url?q=https://youtu.be/{ID}&sa=D", "https://vimeo.com/76979871", f"youtube:{ID}"),
    *(f"https://evil.example/?u=https://youtu.be/{ID}", f"https://youtube.com@evil.example/{ID}", "clips/a b.mp4"),
    *(f"[Trailer](https://youtu.be/{ID})", f'=HYPERLINK("https://youtu.be/{ID}";"x")', "#NAME?", "Tom &amp; Jerry"),
    *("title,url,genres", "Titel;Trailer;Jahr", "| a | b |", "|---|---|", "# comment", ",,,", 'a",""",', "1. Heat -"),
    *('{"url": "a.mp4", "genres": ["Drama"]}', '["x"]', "Amélie", "千と千尋", "Брат", "AmÃ©lie", "n/a", "Sci-Fi|Drama"),
)
PIECES = (
    *SEEDS,
    *"\"',;|\t\n\r\0\\/:?&=%#@()[]{}<>.-_*~ ",
    "\u200b",
    "\ufeff",
    "&#58;",
    "%25",
    "\ud800",
    "//",
    "https:",
    "''",
)
ENCODINGS = ("utf-8", "utf-16", "cp1252", "cp1251", "cp932", "gb18030", "mac_roman")
SUFFIXES = (".csv", ".tsv", ".txt", ".md", ".jsonl", ".lst")
AT_ONCE = 40  # lines of a list


def mutate(chance: random.Random, text: str) -> str:
    """Return a text after some cuts, insertions, repetitions and swaps."""
    for _ in range(chance.randrange(5)):
        place, other = sorted((chance.randrange(len(text) + 1), chance.randrange(len(text) + 1)))
        kind = chance.randrange(5)
        if kind == 0:
            text = text[:place] + text[other:]
        elif kind == 1:
            text = text[:place] + chance.choice(PIECES) + text[place:]
        elif kind == 2:
            text = text[:other] + text[place:other] * chance.randrange(1, 4) + text[other:]
        elif kind == 3:
            text = text[:place] + chr(chance.randrange(1, 0x3000)) + text[place:]
        else:
            text = text.swapcase() if chance.random() < 0.2 else f"{text}{chance.choice(PIECES)}{chance.choice(SEEDS)}"
    return text[:5000]


def check_link(text: str) -> None:
    """Have a text read as a link, strictly and not."""
    looks_like_link(text)
    found = find_links(text)
    assert all(SITES[link.site].is_id(link.video_id) for link in found)
    try:
        link = parse_link(text, sites=tuple(SITES))
    except WorkerError as exc:
        assert exc.code in ("bad_source", "host_not_allowed", "playlist_not_allowed")
    else:
        assert SITES[link.site].is_id(link.video_id)
        assert not found or found == [link]


def check_list(path: Path, lines: Sequence[str], encoding: str) -> None:
    """Have lines read as a list."""
    path.write_bytes("\n".join(lines).encode(encoding, "replace" if encoding != "utf-8" else "surrogatepass"))
    try:
        rows = list(read_list(path))
    except WorkerError as exc:
        assert exc.code in ("bad_source", "empty_file")
    else:
        assert [row.row for row in rows] == list(range(1, len(rows) + 1))
        assert all(row.source or row.problem for row in rows)


def run(folder: Path, *, n: int, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(n // AT_ONCE):
        lines = [mutate(chance, chance.choice(SEEDS)) for _ in range(AT_ONCE)]
        suffix, encoding = chance.choice(SUFFIXES), chance.choice(ENCODINGS)
        started = time.process_time()
        for line in lines:
            check_link(line)
        check_list(folder / f"list{suffix}", lines, encoding)
        assert time.process_time() - started < 10, lines  # some 10 ms


def test_mutated_cells_and_lines_do_no_harm(tmp_path: Path) -> None:
    run(tmp_path, n=4000, seed=1)


@pytest.mark.long
def test_a_million_mutated_cells_and_lines_do_no_harm(tmp_path: Path) -> None:
    run(tmp_path, n=1_000_000, seed=2)


# fmt: off
HOSTILE = (
    'a",""",', 'a",""",\n',
    '"a\n', '"\n', ",\n", '"', "|---|\n", "&amp;", "Ã©", "<p ", "https://", "youtu.be/", "[", '{"a":', '{"a":1}\n',
    "# \n", "=HYPERLINK(", "\t", ";\n", "é,\n", "1. ", "a - ", "%3a", "\\", "(", "tt1,", "http://a b\n", "Trailer,",
    "a.mp4\n", "ab,1\n", "7\n", "|a|\n", "url\n",
)
# fmt: on
NAMES = ("title", "url", "id", "genres", "plot", "poster", "split")
CELLS = ("Heat", f"https://youtu.be/{ID}", "tt0113277", "Crime", "A thief.", "heat.jpg", "train")
SIZE = 1_000_000  # characters
STARTS = {
    ".csv": f"{','.join(NAMES)}\n{','.join(CELLS)}\n",
    ".tsv": "{}\n{}\n".format("\t".join(NAMES), "\t".join(CELLS)),
    ".txt": f"title,url\nHeat,https://youtu.be/{ID}\n",
    ".md": f"| title | url |\n|---|---|\n| Heat | https://youtu.be/{ID} |\n",
    ".jsonl": f'{{"title": "Heat", "url": "https://youtu.be/{ID}"}}\n',
}
QUICK = (('a",""",', ".csv"), ("<p ", ".txt"), ("%3a", ".csv"), ('{"a":', ".jsonl"))
SLOW = tuple(each for each in product(HOSTILE, (".csv", ".txt")) if each not in QUICK)


def cost(path: Path, content: str) -> float:
    """Return the seconds of processor time that a list takes."""
    path.write_text(content, encoding="cp1252", errors="replace")
    started = time.process_time()
    with suppress(WorkerError):
        deque(read_list(path), maxlen=0)
    return time.process_time() - started


@pytest.fixture(scope="module")
def cost_of_links(tmp_path_factory: pytest.TempPathFactory) -> float:
    """The cost of a list of links: the work that a list of this size is expected to be."""
    lines = (f"Film number {n},https://youtu.be/{n:011}\n" for n in range(SIZE // 44))
    return cost(tmp_path_factory.mktemp("links") / "list.csv", f"title,url\n{''.join(lines)}")


@pytest.mark.parametrize(("piece", "suffix"), [*QUICK, *(pytest.param(*each, marks=pytest.mark.slow) for each in SLOW)])
def test_a_hostile_list_costs_about_as_much_as_a_list_of_links(
    tmp_path: Path, cost_of_links: float, piece: str, suffix: str
) -> None:
    content = STARTS[suffix] + piece * (SIZE // len(piece))
    costs = (cost(tmp_path / f"list{suffix}", content) for _ in range(3))
    assert any(each < 3 * cost_of_links for each in costs)


def test_very_many_rows_with_next_to_nothing_in_them_are_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("title,url\n" + "a,1\n" * 30_000)
    with pytest.raises(WorkerError, match="split it into lists of 5,000 rows") as caught:
        deque(read_list(path), maxlen=0)
    assert caught.value.code == "too_large"


@pytest.mark.parametrize(
    "content", [f"{ID}\n" * 30_000, f"title,url\nUp,{ID}\n" + ",\n" * 100_000, "title,url\n" + "a,1\n" * 5_000]
)
def test_ids_alone_blank_rows_and_as_many_short_rows_as_a_part_has_are_no_such_list(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(content)
    assert sum(1 for _ in read_list(path)) in (30_000, 1, 5_000)
