"""The door: finds the command, loads it only when it is called, and turns errors into one line and an exit code."""

import difflib
import gc
import importlib
import io
import json
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from types import FrameType

import click

from schemas.errors import CampaignError, Exit

#: Every command and the line that `--help` shows for it; each is `command` in pipeline/commands/<name>.py.
COMMANDS = {
    "init": "Propose a commented campaign file for an export; never overwrites one.",
    "check": "The dry run: says what would happen, and which rows must be mended.",
    "approve": "Say yes to a saved plan: shows it, asks, and writes down who and when.",
    "test": "Call your own number with the words of a few rows.",
    "run": "Plan, ask, submit every batch once, and keep the ledger.",
    "resume": "Finish what earlier runs left, without their files.",
    "stop": "Halt everything: senders, open batches at the service, later runs.",
    "start": "Take the stop away.",
    "status": "Runs and their batches.",
    "results": "How the calls went, row by row.",
    "who": "Everything that is known about one person.",
    "batch": "One batch: show it, reconcile what is unconfirmed, or settle it by hand.",
    "people": "Never call somebody again, show who is blocked, release them, or forget them.",
    "sandbox": "The service, played on this machine: nobody is called.",
}
#: Modules whose name is not the command's.
_MODULES = {"test": "test_call"}
#: Python looks for circles of garbage whenever so many objects more are there. At its own 700 that costs a check of 10,000
#: rows 0.1 s more, most of it while libraries load, and one of a million 0.25 s.
_OBJECTS_BETWEEN_COLLECTIONS = 50_000


class _Terminated(SystemExit):
    """SIGTERM: what Ctrl-C is for a person. Event loops let a SystemExit through, and click makes no empty line of it."""


class LazyGroup(click.Group):
    """A group whose help needs none of its commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of a day's work."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"pipeline.commands.{_MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for one that is not there, name the nearest."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            ctx.fail(
                f"there is no command {args[0]!r}; {f'did you mean {near[0]}?' if near else 'see campaign --help'}"
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands without loading one."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="campaign", message="%(prog)s %(version)s")
def cli() -> None:
    """Turn a CRM export into outbound AI-call campaigns, and call nobody twice."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; no error leaves as a traceback."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks a character must not end a run
            stream.reconfigure(errors="backslashreplace")
    try:
        with _terminable():
            code = cli.main(args=given, prog_name="campaign", standalone_mode=False)
    except (Exception, KeyboardInterrupt, _Terminated) as error:  # noqa: BLE001 -- the last door
        return _ended_by(error, given)
    return code if isinstance(code, int) else Exit.DONE


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end a command as Ctrl-C does, with its line and its document; sending has a way of its own (signals.py)."""

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise _Terminated

    if threading.current_thread() is not threading.main_thread():  # only the main thread may say what a signal does
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _ended_by(error: Exception | KeyboardInterrupt | _Terminated, given: Sequence[str]) -> Exit:
    """Say what ended the program: people get a line; of an unforeseen error developers get the place."""
    match error:
        case click.exceptions.NoArgsIsHelpError():
            click.echo(error.format_message(), err=True)
            return Exit.REFUSED
        case click.ClickException():
            return _tell(given, error.format_message(), Exit.REFUSED)
        case CampaignError():
            return _tell(given, str(error), error.exit_code)
        case KeyboardInterrupt() | click.Abort() | _Terminated():
            code = Exit.TERMINATED if isinstance(error, _Terminated) else Exit.INTERRUPTED
            return _tell(given, "interrupted", code)
        case BrokenPipeError():  # the reader of a help has gone, as `head` does
            sys.stderr.close()
            return Exit.DONE
        case _:
            return _tell(given, _internal(error), Exit.REFUSED)


def _tell(arguments: Sequence[str], message: str, code: Exit) -> Exit:
    """Say an error on stderr, a line for each; with `--json` the one document on stdout says it too."""
    for line in message.splitlines():
        if "--log-format=json" in arguments or ("--log-format", "json") in pairwise(arguments):
            importlib.import_module("pipeline.commands.messages").say_error(line)
        else:
            click.echo(f"campaign: {line}", err=True)
    if "--json" in arguments:
        click.echo(json.dumps({"error": {"message": message, "exit_code": int(code)}}, ensure_ascii=False))
    return code


def _internal(error: BaseException) -> str:
    """Where an unforeseen error came from; its text may hold people's data and is left out."""
    traceback, place = error.__traceback__, ""
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if "pipeline" in code.co_filename or "schemas" in code.co_filename:
            place = f" in {code.co_name}, line {traceback.tb_lineno}"
        traceback = traceback.tb_next
    return f"an error that should not happen ({type(error).__name__}{place}); please report it with this line"
