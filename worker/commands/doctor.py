"""Check what Trailers needs on this machine, and say what to do about what is missing

examples:
  trailers doctor
  trailers doctor --json
  trailers doctor --resume        end the pause of downloads, once you have seen to its cause
"""

import argparse
import sys
from typing import TYPE_CHECKING

from worker.settings import Settings

if TYPE_CHECKING:
    from worker.doctor import Finding


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--resume", action="store_true", help="end the pauses of the download lanes first")
    parser.add_argument("--json", action="store_true", help="print one JSON line for each check")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run all checks; return 1 when one failed."""
    from worker.doctor import CHECKS, run_check
    from worker.runtime import Runtime

    findings: list[Finding] = []
    with Runtime(settings) as runtime:
        if arguments.resume:
            print(f"ended {runtime.store.throttle.resume()} pauses of downloads", file=sys.stderr)
        for name, check in CHECKS.items():
            finding = run_check(name, check, runtime)
            findings.append(finding)
            _print(finding, as_json=arguments.json)
    return 1 if any(finding.state == "failed" for finding in findings) else 0


def _print(finding: "Finding", *, as_json: bool) -> None:
    if as_json:
        import dataclasses

        from worker.documents import to_json

        print(to_json(dataclasses.asdict(finding)), flush=True)
        return
    print(f"{finding.state:8}{finding.name:12}{finding.message}", flush=True)
    if finding.advice:
        print(f"{'':20}-> {finding.advice}", flush=True)
