"""Check what Trailers needs on this machine, and say how to get what is missing

examples:
  trailers doctor
  trailers doctor --json
  trailers doctor --resume        end the pause of downloads, once you have fixed its cause
  trailers doctor --precision a.mp4 b.mp4 c.mp4
                                  compare bfloat16 with float32 on your own videos (200 seconds or more in all); if
                                  its features are close enough, it is used from then on, about twice as fast
  trailers doctor --backbones     the networks that can look at trailers and posters, and those that hear speech and
                                  sounds, and what each needs
  trailers doctor --backbones starter efficientnet_lite0
                                  how many frames a second each of these takes in here
"""

import argparse
import dataclasses
import sys
from pathlib import Path

from classifier.counts import count
from extractor.networks.registry import BACKBONES
from worker.commands.output import print_json, say
from worker.progress import show_progress
from worker.runtime import Runtime
from worker.service.backbones import BackboneState, find_state
from worker.service.doctor import CHECKS, Finding, run_check
from worker.service.trials import try_precision
from worker.settings import Settings
from worker.terminal import OF_WORDS, paint


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument(
        "--resume", action="store_true", help="end the pauses of the download lanes first; what was doubted is believed"
    )
    parser.add_argument("--precision", nargs="+", metavar="VIDEO", help="try bfloat16 on these videos")
    parser.add_argument(
        "--backbones", nargs="*", metavar="NAME", help="list the backbones instead, or measure those that are named"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON line for each check or backbone")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run all checks; return 1 when one failed."""
    findings: list[Finding] = []
    with Runtime(settings) as runtime:
        if arguments.precision:
            return _try_precision(arguments, runtime)
        if arguments.backbones is not None:
            return _list_backbones(arguments, runtime)
        if arguments.resume:
            say(f"ended {count(runtime.store.throttle.resume(), 'pause')} of downloads")
        for name, check in CHECKS.items():
            finding = run_check(name, check, runtime)
            findings.append(finding)
            _print(finding, as_json=arguments.json)
    return 1 if any(finding.state == "failed" for finding in findings) else 0


def _try_precision(arguments: argparse.Namespace, runtime: Runtime) -> int:
    videos = [Path(video).expanduser() for video in arguments.precision]
    with show_progress("precision", quiet=arguments.json) as progress:
        trial = try_precision(runtime, videos, on_progress=progress.stage("comparing"))
    if arguments.json:
        print_json({**dataclasses.asdict(trial), "objections": trial.objections})
    else:
        print(
            f"bfloat16 against float32: {count(trial.n_frames, 'frame')} of {count(trial.n_trailers, 'video')}, cosine "
            f"{trial.mean_cosine:.5f} (mean), {trial.worst_cosine:.5f} (worst)"
        )
        print("\n".join(f"not used: {objection}" for objection in trial.objections) or "passed: it is used from now on")
    return 1 if trial.objections else 0


def _list_backbones(arguments: argparse.Namespace, runtime: Runtime) -> int:
    for name in arguments.backbones or BACKBONES:
        state = find_state(runtime, name, measured=bool(arguments.backbones))
        if arguments.json:
            print_json(dataclasses.asdict(state))
        else:
            _print_backbone(state)
    if not arguments.backbones and not arguments.json:
        for finding in (run_check(name, CHECKS[name], runtime) for name in ("speech", "sound")):
            print(f"{finding.name:20}{finding.message}")
            if finding.advice:
                print(f"{'':20}-> {finding.advice}")
    return 0


def _print_backbone(state: BackboneState) -> None:
    looks_at = "trailers, posters" if state.for_trailers else "posters"
    speed = f", {state.frames_per_s:.1f} frames a second" if state.frames_per_s else ""
    weights = state.features_id or ("no weights yet" if state.is_installed else "not installed")
    print(
        f"{state.name:20}{state.width:5} numbers of {state.frame_size} pixels, {looks_at:18} {weights}{speed}",
        flush=True,
    )
    if state.advice:
        print(f"{'':20}-> {state.advice}", flush=True)


def _print(finding: Finding, *, as_json: bool) -> None:
    if as_json:
        print_json(dataclasses.asdict(finding))
        return
    state = paint(f"{finding.state:8}", OF_WORDS.get(finding.state), sys.stdout)
    print(f"{state}{finding.name:12}{finding.message}", flush=True)
    if finding.advice:
        print(f"{'':20}-> {finding.advice}", flush=True)
