"""The parts of README.md that are made from the code; `python -m tests.readme` writes them."""

import re
from pathlib import Path

from pipeline.cli import COMMANDS
from pipeline.ledger.tables import metadata
from schemas.codes import CODES, Code
from schemas.errors import EXIT_MEANINGS
from schemas.outcomes import Weight

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
REFERENCE = Path(__file__).parent / "data" / "reference.toml"
_TITLES = {Weight.TO_FIX: "to fix", Weight.LEFT_OUT: "left out", Weight.SAID: "only said"}


def exit_codes() -> str:
    """The table of exit codes."""
    lines = [f"| {int(code)} | {means} | {should} |" for code, (means, should) in EXIT_MEANINGS.items()]
    return "\n".join(["| exit | means | a scheduler should |", "|---|---|---|", *lines])


def commands() -> str:
    """The table of commands."""
    lines = [f"| `campaign {name}` | {does} |" for name, does in COMMANDS.items()]
    return "\n".join(["| command | does |", "|---|---|", *lines])


def row_codes() -> str:
    """The table of row codes, by what becomes of the row."""
    lines = [
        f"| `{code.name}` | {title}{_or_repaired(code)} | {code.meaning} | {code.remedy} |"
        for weight, title in _TITLES.items()
        for code in CODES.values()
        if code.weight is weight
    ]
    return "\n".join(["| code | the row is | since it … | remedy |", "|---|---|---|---|", *lines])


def _or_repaired(code: Code) -> str:
    return ", or repaired" if code.repaired and code.weight is Weight.TO_FIX else ""


def ledger() -> str:
    """The table of the ledger's tables."""
    tables = [table for table in metadata.sorted_tables if table.comment]
    lines = [f"| `{table.name}` | {table.comment} |" for table in tables]
    lines.append("| `people` | A view to begin with: every row with what became of it, its batch and its run. |")
    return "\n".join(["| table | holds |", "|---|---|", *lines])


def campaign_file() -> str:
    """Every key of the campaign file, from the file that the tests read."""
    return f"```toml\n{REFERENCE.read_text('utf-8').strip()}\n```"


PARTS = {
    "exit codes": exit_codes,
    "commands": commands,
    "row codes": row_codes,
    "ledger": ledger,
    "campaign file": campaign_file,
}


def made(text: str) -> str:
    """The page with every part made anew."""
    for name, make in PARTS.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        assert pattern.search(text), f"README.md has no part {name}"
        part = make().replace("\\", "\\\\")  # re.sub reads backslashes
        text = pattern.sub(rf"\g<1>{part}\n\g<2>", text)
    return text


if __name__ == "__main__":
    README.write_text(made(README.read_text("utf-8")), "utf-8")
