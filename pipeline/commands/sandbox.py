"""`campaign sandbox`: the service played on this machine, for rehearsals and tests."""

import json
from pathlib import Path
from typing import Any

import click

from pipeline.commands.options import Common, common_options


class _Help(click.Command):
    """Ends the help with the faults there are, from the place that defines them."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from pipeline.sandbox import faults

        del ctx
        with formatter.section("Faults, written " + faults.GRAMMAR):
            formatter.write_dl([*faults.EXPLAINED.items()])


@click.command("sandbox", cls=_Help)
@common_options
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; 0 takes any that is free.")
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("sandbox.sqlite"),
    show_default=True,
    help="Where it remembers whom it called; an existing one goes on.",
)
@click.option("--key", help="The only API key it accepts.  [default: any]")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="FAULT",
    help="What goes wrong, in order; several with spaces in quotes, or repeated. See below.",
)
@click.option("--chaos", metavar="SEED:SHARE", help="Faults at random for this share (0-1) of submits and lists.")
@click.option("--latency", type=click.FloatRange(min=0), default=0.0, help="Seconds from a request to its answer.")
@click.option("--call-seconds", type=click.FloatRange(min=0), default=0.0, help="How long each call takes.")
@click.option(
    "--at-once", type=click.IntRange(min=1), default=10, show_default=True, help="Calls of a batch side by side."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, help="Decides ids, and whose calls fail.")
@click.option(
    "--agent", "agents", multiple=True, metavar="ID", help="An agent that exists; repeatable.  [default: all do]"
)
@click.option(
    "--forbid", "forbidden", multiple=True, metavar="PLACE", help="An override not permitted, such as tts.speed."
)
@click.option(
    "--placeholder", "placeholders", multiple=True, metavar="NAME", help="A variable that the agent's texts need."
)
@click.option(
    "--language",
    "languages",
    multiple=True,
    metavar="CODE",
    help="A language of the agent; repeatable.  [default: many]",
)
@click.option(
    "--number",
    "numbers",
    multiple=True,
    metavar="ID",
    help="A phone number of the account; repeatable.  [default: any]",
)
@click.option(
    "--refuse", "refused", multiple=True, metavar="PREFIX", help="A 422 names whose number begins so, such as +4930."
)
def command(common: Common, file: Path, port: int, **asked: Any) -> None:
    """Play the service on this machine: take batches by its contract, call nobody, remember everyone.

    Point ELEVENLABS_BASE_URL at the address it prints; any text will do as the key. A page at that address shows who was
    "called". It quits on Ctrl-C.
    """
    from pipeline.commands.messages import log
    from pipeline.sandbox.server import Sandbox, serve
    from pipeline.sandbox.settings import Settings

    def ready(sandbox: Sandbox) -> None:
        log.info("The sandbox remembers in %s whom it called; Ctrl-C ends it.", file)
        click.echo(json.dumps({"url": sandbox.url}) if common.as_json else f"sandbox ready: {sandbox.url}")

    serve(file, Settings(**asked), port, ready)
