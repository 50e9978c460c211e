"""The options that every command has."""

import functools
import glob
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from schemas.errors import EXIT_MEANINGS


@dataclass(frozen=True)
class Common:
    """What was asked of any command. `ledger` is a path or an SQLAlchemy URL, None for the default place."""

    campaign_file: Path
    ledger: str | None
    as_json: bool


def common_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command, which gets them as its first argument, a `Common`."""

    @click.option("-c", "--campaign", "campaign_file", type=click.Path(path_type=Path), default=Path("campaign.toml"),
                  show_default=True, help="The campaign file.")  # fmt: skip
    @click.option("--ledger", envvar="CAMPAIGN_LEDGER", show_envvar=True,
                  help="The ledger: a path or an SQLAlchemy URL.  [default: in your data directory]")  # fmt: skip
    @click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
    @click.option("-q", "--quiet", is_flag=True, help="Only warnings on stderr.")
    @click.option("-v", "--verbose", is_flag=True, help="More on stderr.")
    @click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True,
                  help="How messages on stderr are written.")  # fmt: skip
    @functools.wraps(command)
    def with_common(
        *,
        campaign_file: Path,
        ledger: str | None,
        as_json: bool,
        quiet: bool,
        verbose: bool,
        log_format: str,
        **options: Any,
    ) -> Any:
        from pipeline.commands.messages import show_messages

        show_messages(_level(quiet=quiet, verbose=verbose), as_json=log_format == "json")
        return command(Common(campaign_file, ledger, as_json), **options)

    return with_common


#: The argument of commands that read files.
source_files = click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))


def _the_one(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> str | None:
    """What was given, if something was; more than that is refused, since each check is there for a reason."""
    if len(given) > 1:
        raise click.UsageError(f"--skip-check leaves out one check, not {' and '.join(given)}")
    return given[0] if given else None


#: The checks of what the service has, of which one may be left out. (A list: the enumeration costs an import.)
skip_check = click.option(
    "--skip-check",
    multiple=True,
    callback=_the_one,
    type=click.Choice(["agent", "number", "overrides", "placeholders", "language"]),
    help="Leave this check of the service's agents and numbers out.",
)


#: The same where something else may say which.
files_if_any = click.argument("files", metavar="[FILE...]", nargs=-1, type=click.Path(path_type=Path))


def report_folder(files: tuple[Path, ...]) -> Path:
    """Where the report goes unless told: beside the first file that is meant, or here for what comes from a pipe."""
    first = Path("stdin") if str(files[0]) == "-" else files[0]
    if not first.exists() and glob.has_magic(str(first)):
        first = Path(next(iter(sorted(glob.glob(str(first)))), "pattern"))  # noqa: PTH207 -- absolute patterns too
    return Path(f"{first}-report")


def exit_codes() -> str:
    """The exit codes as the last part of a command's help."""
    return "\n\n".join(["Exit codes:", *(f"{int(code)}: {meaning}" for code, (meaning, _) in EXIT_MEANINGS.items())])


def _level(*, quiet: bool, verbose: bool) -> int:
    if quiet:
        return logging.WARNING
    return logging.DEBUG if verbose else logging.INFO
