"""Messages on stderr: what the program is doing, as lines of text or of JSON. Answers go to stdout."""

import json
import logging
from datetime import UTC, datetime

import click

#: Every message of the program goes through this logger.
log = logging.getLogger("campaign")


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        prefix = "" if record.levelno < logging.WARNING else f"{record.levelname.lower()}: "
        return prefix + record.getMessage()


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname.lower(), "message": record.getMessage()}
        return json.dumps(line, ensure_ascii=False)


class _Stderr(logging.Handler):
    """Writes to what sys.stderr is at the time: a progress bar puts itself there, and keeps below the lines."""

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(self.format(record), err=True)


def show_messages(level: int, *, as_json: bool) -> None:
    """Send the program's messages of this level and above to stderr; replaces what was set before.

    What libraries log is not for people: SQLAlchemy would show a traceback where Ctrl-C meets a connection that is being
    closed. The exception itself goes on, and is told at the door.
    """
    logging.lastResort = logging.NullHandler()
    handler = _Stderr()
    handler.setFormatter(_Json() if as_json else _Text())
    log.handlers[:] = [handler]
    log.setLevel(level)
    log.propagate = False


def say_error(line: str) -> None:
    """Say as a line of JSON what ended the program; an error in the options comes before any message can be set up."""
    show_messages(logging.ERROR, as_json=True)
    log.error("%s", line)
