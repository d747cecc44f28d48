"""The `trailers` command: finds the subcommand, reads the settings, turns errors into one line and an exit code."""

import argparse
import ast
import importlib
import io
import os
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worker.download.scratch import remove_own_scratch
from worker.errors import SettingsError, UsageError, describe, exit_status
from worker.interrupt import GRACE_S, Terminated, ending_promptly
from worker.suggestions import suggest
from worker.terminal import BAD, warn

if TYPE_CHECKING:
    from worker.settings import Settings

MODULES = (
    *(
        "analyze",
        "batch",
        "watch",
        "submit",
        "jobs",
        "show",
        "list",
        "forget",
        "catalogue.edit",
        "similar",
        "poster",
        "plot",
    ),
    *("catalogue.import_dataset", "catalogue.labels", "catalogue.taxonomy", "catalogue.review", "catalogue.audit"),
    *("catalogue.export", "learning.features", "learning.train", "learning.evaluate", "learning.models"),
    *("up", "serve", "worker", "db", "config", "doctor", "version", "completion"),
)
COMMANDS = {module.rpartition(".")[2].removesuffix("_dataset"): module for module in MODULES}
SERVICES = ("up", "worker", "batch", "watch")  # commands that let running work finish before they end
STOPPING_S = 15.0
COMPLETING = "_ARGCOMPLETE"  # set by a shell that asks what a word may become
EPILOG = """\
examples:
  trailers analyze clip.mp4                       the top three genres of a file, and the seconds behind them
  trailers analyze https://youtu.be/eRsGyueVLvQ   the same for a YouTube link
  ls *.mp4 | trailers analyze - --json            one JSON line for each line read
  trailers batch films.csv --out genres.csv       a whole list, one result row for every row
  trailers plot "Two cops hunt a killer."         the genres of a plot, and the words behind them
  trailers show file:5b1d4c9a8a1c9d0e             what is stored of a trailer
  trailers doctor                                 what is missing on this machine, and what to do

settings come from the environment or from a .env file here: TRAILERS_HOME, TRAILERS_WEIGHTS, MONGODB_URI, ...
exit codes: 0 ok, 1 failed, 2 usage, 3 some of many failed, 4 not found, 5 a service is down, 130 interrupted
"""


class CommandParser(argparse.ArgumentParser):
    """A parser that shows its help where no command is named, and near names for what is mistyped."""

    def parse_known_args(self, *given: Any, **named: Any) -> Any:
        """Return the arguments; ends the program where some are unknown, by the usage of the command meant."""
        if self._subparsers is not None and not given[0] and COMPLETING not in os.environ:
            self.print_help()
            self.exit()
        found, unknown = super().parse_known_args(*given, **named)
        if unknown:
            near = suggest(unknown[0].partition("=")[0], self._option_string_actions)
            way_out = near or f"; {self.prog} --help lists those it takes"
            self.error(f"unrecognized arguments: {' '.join(unknown)}{way_out}")
        return found, unknown

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse a value that is none of the choices, with those that are like it."""
        if action.choices is None or value in action.choices:
            return
        names = [str(each) for each in action.choices]
        if isinstance(action, argparse._SubParsersAction):
            self.error(f"{value!r} is not a command{suggest(value, names) or f'; {self.prog} --help lists them'}")
        raise argparse.ArgumentError(action, f"{value!r} is not one of {', '.join(names)}{suggest(str(value), names)}")


class ShowVersion(argparse.Action):
    """An option that prints the version and ends the program; to look it up takes a moment, so not before."""

    def __call__(self, parser: argparse.ArgumentParser, *given: Any) -> None:
        """Print the version."""
        from importlib.metadata import version

        print(f"trailers {version('trailers')}")
        parser.exit()


def build_parser(names: Collection[str] = ()) -> argparse.ArgumentParser:
    """Return the parser of all commands, with the arguments of those named: to import one may take a second."""
    parser = CommandParser(
        prog="trailers",
        description="Watches movie trailers and says which genres they are, and why.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=ShowVersion, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, module in COMMANDS.items():
        path = Path(__file__).parent / "commands" / f"{module.replace('.', '/')}.py"
        text = ast.parse(path.read_text(encoding="utf-8"))
        summary, _, examples = (ast.get_docstring(text) or "").partition("\n\n")
        subparser = commands.add_parser(
            name,
            help=summary,
            description=summary,
            epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name in names:
            command = importlib.import_module(f"worker.commands.{module}")
            command.add_arguments(subparser)
            subparser.set_defaults(run=command.run, is_service=name in SERVICES)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    argv = sys.argv[1:] if argv is None else argv
    if COMPLETING in os.environ:
        _complete()
    try:
        arguments, settings = _prepare(argv)
        grace_s = settings.stop_s + STOPPING_S if arguments.is_service else GRACE_S
        with ending_promptly(lambda: remove_own_scratch(settings.scratch), grace_s=grace_s):
            return int(arguments.run(arguments, settings))
    except Terminated:
        return _say("ended by SIGTERM", 143)
    except KeyboardInterrupt:
        return _say("interrupted; what was finished is kept, run the same command to go on", 130)
    except BrokenPipeError:  # the reader of our output is gone: `trailers list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (SettingsError, UsageError) as exc:
        return _say(str(exc), 2)
    except UnicodeEncodeError as exc:  # an argument that was to be found is bytes that are no text
        return _say(f"{exc.object[exc.start : exc.end]!r} in an argument is not valid text; write it in UTF-8", 2)
    except Exception as exc:
        if os.environ.get("TRAILERS_DEBUG"):
            raise
        error = describe(exc)
        return _say(f"{error.code}: {error.message}", exit_status([error.code], n_all=1))


def _complete() -> None:
    """Answer the shell that asks what the word at the cursor may become, and end the program."""
    from worker.completion import complete

    words = os.environ["COMP_LINE"][: int(os.environ["COMP_POINT"])].split(" ")
    complete(build_parser(words[1:-1]))


def _prepare(argv: Sequence[str]) -> tuple[argparse.Namespace, "Settings"]:
    """Return arguments and settings; a signal meanwhile ends the command even where an import swallows it."""
    with ending_promptly() as received:
        arguments, settings = build_parser(argv[:1]).parse_args(argv), _read_settings()
    if received:
        raise received[-1]
    return arguments, settings


def _read_settings() -> "Settings":
    """Return the settings, and say what is odd about them; the processes that a command starts don't repeat it."""
    from worker.service.setting_remarks import find_remarks  # pydantic takes longer to import than --help to answer
    from worker.settings import read_settings

    dotenv = Path(".env")
    for remark in find_remarks(os.environ, dotenv):
        warn(remark)
    return read_settings(os.environ, dotenv=dotenv)


def _say(message: str, status: int) -> int:
    warn(message, colour=BAD)
    return status


def entry() -> None:
    """Run the command and exit at once: TensorFlow's own tear-down would save nothing."""
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "replace"), (sys.stderr, "replace")):
        if isinstance(stream, io.TextIOWrapper):  # file names are bytes; printing one must not fail
            stream.reconfigure(errors=errors)
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
