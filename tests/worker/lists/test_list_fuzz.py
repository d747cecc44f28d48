"""Mutated cells and lines, from a seed: no exception, no link outside the known sites, bounded time."""

import random
import time
from collections.abc import Sequence
from contextlib import suppress
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
    slowest = 0.0
    for _ in range(n // AT_ONCE):
        lines = [mutate(chance, chance.choice(SEEDS)) for _ in range(AT_ONCE)]
        suffix, encoding = chance.choice(SUFFIXES), chance.choice(ENCODINGS)
        started = time.process_time()
        for line in lines:
            check_link(line)
        check_list(folder / f"list{suffix}", lines, encoding)
        slowest = max(slowest, time.process_time() - started)
    assert slowest < 2


def test_mutated_cells_and_lines_do_no_harm(tmp_path: Path) -> None:
    run(tmp_path, n=4000, seed=1)


@pytest.mark.long
def test_a_million_mutated_cells_and_lines_do_no_harm(tmp_path: Path) -> None:
    run(tmp_path, n=1_000_000, seed=2)


# fmt: off
HOSTILE = (
    'a",""",', 'a",""",\n',
    '"a\n', '"\n', ",\n", '"', "|---|\n", "&amp;", "Ã©", "<p ", "https://", "youtu.be/", "[", '{"a":',
    "# \n", "=HYPERLINK(", "\t", ";\n", "é,\n", "1. ", "a - ", "%3a", "\\", "(", "tt1,", "http://a b\n", "Trailer,",
)
# fmt: on


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("suffix", [".csv", ".txt"])
@pytest.mark.alone
def test_a_hostile_list_costs_little(tmp_path: Path, piece: str, suffix: str) -> None:
    path = tmp_path / f"list{suffix}"
    path.write_text(
        f"title,url\nHeat,https://youtu.be/{ID}\n" * 3 + piece * (100_000 // len(piece)),
        encoding="cp1252",
        errors="replace",
    )
    n_rows, started = 0, time.process_time()
    with suppress(WorkerError):
        n_rows = sum(1 for _ in read_list(path))
    assert time.process_time() - started < 1 + 60e-6 * n_rows  # a row of two characters is a row, too
