"""Shots of a synthetic film: drawn scenes under moving light, seen by a moving camera, joined by hard cuts."""

import random
from dataclasses import dataclass

SHORTEST_S, LONGEST_S = 2.0, 5.0
RATE = 24
MARGIN = 1.25  # a scene is drawn this much larger than it is seen, so that the camera can move

# What is drawn: {size} is the picture's, {seed} differs from shot to shot.
SCENES = (
    "mandelbrot=s={size}:r={rate}:start_x=-0.7436:start_y=-0.1318:start_scale=0.{seed}:end_scale=0.02:end_pts=200",
    "life=s={half}:r={rate}:mold=12:ratio=0.15:seed={seed}:life_color=0xE8C9A0:death_color=0x40284C,"
    "scale={size}:flags=bicubic,gblur=4",
    "sierpinski=s={size}:r={rate}:seed={seed}:jump=4:type=carpet,gblur=1",
    "testsrc2=s={half}:r={rate},scale={size}:flags=bicubic,hue=h={seed}:s=0.6,gblur=6",
    "mandelbrot=s={size}:r={rate}:start_x=-1.2569:start_y=0.3803:start_scale=0.{seed}:end_scale=0.1:end_pts=300,"
    "hue=h={seed}",
    "cellauto=s={half}:r={rate}:rule=110:seed={seed},format=yuv420p,scale={size}:flags=bicubic,gblur=3,"
    "colorbalance=rs=0.3:bh=0.3",
)

# How it is seen: each reduces a picture MARGIN times too large to the size of the film.
CAMERAS = (
    "crop={width}:{height}:x='(iw-ow)*(0.5+0.4*sin(t*0.8))':y='(ih-oh)*0.5'",  # pan
    "rotate=a='0.06*sin(t)':c=black,crop={width}:{height}",  # roll
    "zoompan=z='min(1.1+on*0.002,1.6)':x='(iw-iw/zoom)/2':y='(ih-ih/zoom)/2':d=1:s={width}x{height}:fps={rate}",
    "scroll=h=0.002:v=0.0007,crop={width}:{height}",
    "crop={width}:{height}:x='(iw-ow)*0.5+4*sin(t*9)':y='(ih-oh)*0.5+4*sin(t*13)'",  # hand-held
)

# ffmpeg draws the colours that are not named anew each time, whatever the seed.
LIGHT = "gradients=s={width}x{height}:r={rate}:nb_colors=4:seed={seed}:speed=0.02:c0={}:c1={}:c2={}:c3={}"


@dataclass(frozen=True, slots=True)
class Shot:
    """One shot of a film; `number` decides what it shows."""

    number: int
    seconds: float


def cut(seconds: float) -> list[Shot]:
    """Return shots of 2 to 5 s that fill a film of `seconds`; the same shots for the same length."""
    lengths: list[float] = []
    chance = random.Random(0)  # noqa: S311 - a film, not a secret
    while (left := seconds - sum(lengths)) >= LONGEST_S + SHORTEST_S:
        lengths.append(round(chance.uniform(SHORTEST_S, LONGEST_S) * RATE) / RATE)
    lengths += [left / 2, left / 2] if left >= 2 * SHORTEST_S else [left]
    return [Shot(number, length) for number, length in enumerate(lengths)]


def draw(shot: Shot, *, width: int, height: int) -> str:
    """Return the filter graph of one shot, without grain."""
    size = {"width": width, "height": height, "rate": RATE}
    large = [2 * round(side * MARGIN / 2) for side in (width, height)]
    scene = SCENES[shot.number % len(SCENES)].format(
        size=f"{large[0]}x{large[1]}", half=f"{large[0] // 2}x{large[1] // 2}", seed=31 + 7 * shot.number, **size
    )
    camera = CAMERAS[shot.number % len(CAMERAS)].format(**size)
    light = LIGHT.format(*_colours(shot), seed=shot.number, **size)
    frames = round(shot.seconds * RATE)
    return (
        f"{scene},format=yuv420p,{camera},setsar=1[seen];{light},format=yuv420p,setsar=1[light];"
        f"[seen][light]blend=all_mode=softlight:shortest=1,trim=end_frame={frames},format=yuv420p[shot]"
    )


def _colours(shot: Shot) -> list[str]:
    chance = random.Random(shot.number)  # noqa: S311 - a film, not a secret
    return [f"0x{chance.randrange(1 << 24):06X}" for _ in range(4)]
