"""The timeline: seconds from the times of packets or pictures, whose clock may jump.

A stream for broadcast, recorded or joined, goes on where its clock jumps, as players have it: a step back, or one of
more than ten seconds, counts as long as the step before it. Elsewhere a long step is a picture that is held, and only a
step back of more than a second is a jump.
"""

from collections.abc import Iterable, Iterator

_HELD_S = {True: (0, 10), False: (-1, 10**9)}  # the steps that count as they are, by whether the clock may jump


def seconds_expression(*, jumps: bool) -> str:
    """Return what `count_seconds` does as an expression of ffmpeg's setpts filter."""
    shortest, longest = _HELD_S[jumps]
    keep = f"if(between(ld(1),{shortest}/TB,{longest}/TB),st(0,ld(1)))"
    return f"if(N,st(1,PTS-PREV_INPTS);{keep};PREV_OUTPTS+ld(0),0)"


def count_seconds(times: Iterable[float], *, jumps: bool) -> Iterator[float]:
    """Yield for each time, in seconds, how long after the first it is, without jumps."""
    shortest, longest = _HELD_S[jumps]
    before, second, step = None, 0.0, 0.0
    for time in times:
        if before is not None:
            if shortest <= time - before <= longest:
                step = time - before
            second += step
        before = time
        yield second
