"""Measures of a trailer's seconds: how bright they are, how much they change, and how their edges lie."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 147  # pixels of the picture that is measured, whatever the backbone's: the starter's
WEAKEST_EDGE = 10  # steps of luma, of 255, between neighbours
EDGE_SHARE = 0.18  # of the picture's contrast
SOFT_SHARE = 0.25  # of an edge's step
BAR = 24  # luma, of 255, that no pixel of a black bar above or below the picture has
FLAT = 12  # steps of a colour that count as the same
KEPT_UP_S = 5
CELLS, TONES = 3, 8  # of a picture to a side, and of each of its colours

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measures:
    """Each measure holds a number for each second, of shape (seconds,); `ground` is of shape (seconds, 3).

    - `bright`: the luma, 0 to 255, that 99 of 100 pixels do not exceed.
    - `change`: the mean change of luma since the second before; infinite for the first.
    - `shift`: the share of colours, cell by cell of nine, that the second before did not have; 0 for the first.
    - `sharp`: of the places where luma changes at all, the share of edges: letters have nothing else.
    - `balance`: 1 where the edges are as many left as right. `rim`: their share within an eighth of the picture's
      border. `aside`: how far their mean height is from the middle, 0 to 0.5.
    - `stays`: the share of edges that are there a second before or later, too; `remains`: that are there to the end.
    - `ground`: the colour of the background, RGB, and `plain`: the share of the picture that has it.
    """

    bright: Floats
    change: Floats
    shift: Floats
    sharp: Floats
    balance: Floats
    rim: Floats
    aside: Floats
    stays: Floats
    remains: Floats
    ground: Floats
    plain: Floats


@dataclass(slots=True)
class Measurer:
    """Measures the frames of a trailer while it is decoded."""

    _rows: list[tuple[float, ...]] = field(default_factory=list)
    _edges: list[NDArray[np.uint8]] = field(default_factory=list)
    _last: NDArray[np.int16] | None = None
    _tones: Floats | None = None

    def add(self, frames: NDArray[np.uint8]) -> None:
        """Measure further frames, uint8 of shape (frames, size, size, 3)."""
        for frame in frames:
            picture = Image.fromarray(frame)
            luma = np.asarray(picture.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)).astype(np.int16)
            luma = luma[1:-1, 1:-1]  # scaling leaves lines at the border
            change = np.inf if self._last is None else float(np.abs(luma - self._last).mean())
            top, bottom = find_bars(luma)
            bright, edges, sharp = _find_edges(luma[top:bottom])
            tones = _count_tones(picture)
            shift = 0.0 if self._tones is None else float(np.abs(tones - self._tones).sum() / (2 * CELLS**2))
            self._rows.append((bright, change, shift, sharp, *_lie(edges), *_ground(frame)))
            self._edges.append(np.packbits(_halve(np.pad(edges, ((top, len(luma) - bottom), (0, 0))))))
            self._last, self._tones = luma, tones

    def finish(self) -> Measures:
        """Return the measures of all frames added."""
        bright, change, shift, sharp, balance, rim, aside, red, green, blue, plain = np.array(self._rows).T
        edges = np.unpackbits(np.array(self._edges), axis=1).astype(bool)  # (seconds, places)
        return Measures(
            bright=bright,
            change=change,
            shift=shift,
            sharp=sharp,
            balance=balance,
            rim=rim,
            aside=aside,
            stays=_stay(edges),
            remains=_remain(edges),
            ground=np.stack([red, green, blue], axis=1),
            plain=plain,
        )


def _count_tones(picture: Image.Image) -> Floats:
    """Return the shares of the colours in each cell of a picture, of shape (cells, tones of red, green and blue)."""
    pixels = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BOX)).astype(np.int64) // (256 // TONES)
    colours = pixels @ (TONES**2, TONES, 1)  # (SIDE, SIDE)
    side = SIDE // CELLS
    cells = colours.reshape(CELLS, side, CELLS, side).swapaxes(1, 2).reshape(CELLS**2, -1)
    return np.stack([np.bincount(cell, minlength=TONES**3) for cell in cells]) / cells.shape[1]


def find_bars(luma: NDArray[np.int16]) -> tuple[int, int]:
    """Return the first row of the picture between black bars, and the first after it; a dark picture has none."""
    lit = np.flatnonzero(luma.max(axis=1) >= BAR)
    if len(lit) < len(luma) // 2 or np.median(luma[lit[[1, -2]]], axis=1).min() < BAR:
        return 0, len(luma)
    first, last = int(lit[0]), int(lit[-1])
    return first and first + 1, last + (last == len(luma) - 1)  # the row beside a bar is half bar


def _find_edges(luma: NDArray[np.int16]) -> tuple[float, Bools, float]:
    """Return the luma of the brightest hundredth, where the edges are, and their share of all steps."""
    below = np.cumsum(np.bincount(luma.ravel(), minlength=256)) / luma.size
    darkest, bright, brightest = (int(np.searchsorted(below, share)) for share in (0.01, 0.99, 0.998))
    corner = luma[:-1, :-1]
    steps = np.maximum(np.abs(luma[:-1, 1:] - corner), np.abs(luma[1:, :-1] - corner))
    least = max(WEAKEST_EDGE, EDGE_SHARE * (brightest - darkest))
    edges = steps > least
    return bright, edges, float(edges.sum() / max(1, (steps > SOFT_SHARE * least).sum()))


def _lie(edges: Bools) -> tuple[float, float, float]:
    """Return how balanced the edges are left and right, their share at the border, and how far off the middle."""
    rows, columns = edges.sum(axis=1), edges.sum(axis=0)
    n_edges, half = max(1, int(rows.sum())), len(columns) // 2
    balance = 1 - abs(int(columns[:half].sum()) - int(columns[-half:].sum())) / n_edges
    across, down = edges.shape[1] // 8, edges.shape[0] // 8
    rim = 1 - int(edges[down:-down, across:-across].sum()) / n_edges
    return balance, rim, abs(float(rows @ np.arange(len(rows))) / n_edges / len(rows) - 0.5)


def _ground(frame: NDArray[np.uint8]) -> tuple[float, float, float, float]:
    few = frame[:: len(frame) // 24, :: len(frame) // 24].reshape(-1, 3).astype(np.int16)
    red, green, blue = np.median(few, axis=0).tolist()
    return red, green, blue, float((np.abs(few - (red, green, blue)) <= FLAT).all(axis=1).mean())


def _halve(edges: Bools) -> Bools:
    even = edges[: len(edges) // 2 * 2, : len(edges) // 2 * 2]
    return even[::2, ::2] | even[1::2, ::2] | even[::2, 1::2] | even[1::2, 1::2]


def _stay(edges: Bools) -> Floats:
    """Return the share of each second's edges that one of its neighbours has, too."""
    counts = np.maximum(edges.sum(axis=1), 1)
    both = (edges[1:] & edges[:-1]).sum(axis=1) / np.maximum(counts[1:], counts[:-1])
    return np.asarray(np.maximum(np.append(both, 0.0), np.append(0.0, both)))


def _remain(edges: Bools) -> Floats:
    """Return the share of each second's edges that all later ones have; the last seconds are as the one before."""
    left, shares = edges[-1].copy(), np.empty(len(edges))
    for second in reversed(range(len(edges))):
        left &= edges[second]
        shares[second] = left.sum() / max(1, edges[second].sum())
    shares[-KEPT_UP_S:] = shares[-KEPT_UP_S:][0]
    return shares
