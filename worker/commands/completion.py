"""Print what a shell needs so that Tab completes commands, flags and names

With it Tab completes commands and flags and, while a database is running, genres (yours, too), models and trailers, by
their ids or titles. Without SHELL it is for the shell that you use. Put the line for it where your shell begins.

examples:
  eval "$(trailers completion bash)"              in ~/.bashrc
  eval "$(trailers completion zsh)"               in ~/.zshrc, below compinit
  trailers completion fish | source               in ~/.config/fish/config.fish
"""

import argparse
import os
from pathlib import Path

from worker.completion import SHELLS, shell_code
from worker.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    usual = Path(os.environ.get("SHELL", "")).name
    default = usual if usual in SHELLS else SHELLS[0]
    parser.add_argument("shell", nargs="?", choices=SHELLS, default=default, metavar="SHELL", help=", ".join(SHELLS))


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print the shell's program."""
    print(shell_code(arguments.shell))
    return 0
