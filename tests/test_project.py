"""What holds for the whole repository: the direction of imports, sizes, the lock file, and what no file may name."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent

#: A room imports itself and rooms of later lines, never one of its own line or of an earlier one.
ORDER = (
    {"pipeline.__main__"},
    {"pipeline.cli"},
    {"pipeline.commands"},
    {"pipeline.flow", "pipeline.propose"},
    {"pipeline.plan", "pipeline.deliver"},
    {"pipeline.phone", "pipeline.service", "pipeline.ledger", "pipeline.report", "pipeline.sandbox", "pipeline.campaign_file"},
    {"pipeline.stopwatch", "pipeline.side_by_side"},
    {"pipeline", "schemas"},
)  # fmt: skip
STAGES = {"ingest", "validate", "normalize", "screen", "map_columns", "dedupe", "starts", "split"}
MAX_LINES, MAX_FUNCTION_LINES = 300, 40

#: Written so that this file does not find itself.
REGISTRY = re.compile(
    r"pypi[.]org|pythonhosted[.]org|npmjs[.](?:org|com)|debian[.]org|(?<!emit-)index-[u]rl[ =]|://[^/\s]+/[s]imple"
)
MACHINE_PATH = re.compile(r"(?<![\w.~])/(?:work|root|opt)\b")


@cache
def modules() -> dict[str, ast.Module]:
    """The modules of the program, by dotted name."""
    paths = [path for package in ("pipeline", "schemas") for path in (ROOT / package).rglob("*.py")]
    return {_dotted(path): ast.parse(path.read_text("utf-8"), path.name) for path in paths}


def _dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _imports(name: str) -> set[str]:
    """The modules of ours that a module imports, wherever in its text."""
    found: set[str] = set()
    for node in ast.walk(modules()[name]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: a relative import"
            deeper = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {module if module in modules() else str(node.module) for module in deeper}
    return found & modules().keys()


def _room(name: str) -> str:
    return "schemas" if name.startswith("schemas") else ".".join(name.split(".")[:2])


def _line(name: str) -> int:
    return next(line for line, rooms in enumerate(ORDER) if _room(name) in rooms)


def test_every_module_stands_in_a_room_of_the_design() -> None:
    assert {_room(name) for name in modules()} <= set().union(*ORDER)


def test_imports_run_one_way() -> None:
    against = [
        f"{name} imports {other}"
        for name in modules()
        for other in _imports(name)
        if _room(other) != _room(name) and _line(other) <= _line(name)
    ]
    assert against == []


def test_no_stage_imports_another() -> None:
    stages = {f"pipeline.plan.{stage}" for stage in STAGES}
    assert [(name, others) for name in stages & modules().keys() if (others := _imports(name) & stages)] == []


def test_no_module_imports_itself_in_a_circle() -> None:
    TopologicalSorter({name: _imports(name) for name in modules()}).prepare()


def test_only_the_door_of_the_sandbox_imports_it() -> None:
    users = {name for name in modules() if any(_room(other) == "pipeline.sandbox" for other in _imports(name))}
    assert {name for name in users if _room(name) != "pipeline.sandbox"} <= {"pipeline.commands.sandbox"}


def test_every_module_says_in_its_first_line_which_room_it_is() -> None:
    assert [name for name, tree in modules().items() if not ast.get_docstring(tree)] == []


def test_no_file_is_long() -> None:
    lengths = {path: path.read_text("utf-8").count("\n") for path in map(_path, modules())}
    assert {str(path): length for path, length in lengths.items() if length > MAX_LINES} == {}


def _path(name: str) -> Path:
    path = ROOT.joinpath(*name.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def test_no_function_is_long() -> None:
    long = {f"{name}.{function.name}": length for name, function, length in _functions() if length > MAX_FUNCTION_LINES}
    assert long == {}


def _functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef, int]]:
    """Each function and its lines, without decorators: a command's options stand there."""
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield name, node, (node.end_lineno or node.lineno) - node.lineno + 1


def test_only_commands_print() -> None:
    printing = {name for name, tree in modules().items() if any(map(_prints, ast.walk(tree)))}
    assert {name for name in printing if _room(name) != "pipeline.commands"} == set()


def _prints(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"


@cache
def pinned() -> dict[str, str]:
    """The version of each package in the lock file."""
    text = (ROOT / "requirements.lock").read_text("utf-8")
    found = re.findall(r"^([\w.-]+)==(\S+) \\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
    assert len(found) == len(re.findall(r"^[^\s#]", text, re.MULTILINE)), (
        "a line of the lock file has no version or no hash"
    )
    return {canonicalize_name(name): version for name, version in found}


def _wanted() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    return [*project["build-system"]["requires"], *project["project"]["dependencies"], *chain(*extras)]


@pytest.mark.parametrize("text", _wanted())
def test_the_lock_file_satisfies_the_project(text: str) -> None:
    wanted = Requirement(text)
    assert Version(pinned()[canonicalize_name(wanted.name)]) in wanted.specifier


def _dependencies() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {canonicalize_name(Requirement(text).name) for text in project["dependencies"]}


def _distributions() -> set[str]:
    """The packages that the program imports."""
    nodes = [node for tree in modules().values() for node in ast.walk(tree)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    foreign = {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) - {"pipeline", "schemas"}
    known = packages_distributions()
    return {canonicalize_name(distribution) for name in foreign for distribution in known[name]}


def test_the_program_imports_only_what_the_project_depends_on() -> None:
    assert _distributions() - _dependencies() <= {"pydantic-core"}  # a part of pydantic, of the version it names


def test_the_project_depends_only_on_what_the_program_imports() -> None:
    assert _dependencies() - _distributions() == {"tzdata"}  # which the standard library reads


@cache
def files() -> dict[str, str]:
    """The texts of all files that are, or would be, committed."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    # Git itself sets these when it runs a hook; they would name another repository than this one.
    free = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    names = subprocess.run(command, cwd=ROOT, env=free, check=True, capture_output=True, text=True).stdout.split("\0")
    paths = [ROOT / name for name in names if name and (ROOT / name).is_file()]
    return {str(path.relative_to(ROOT)): path.read_text("utf-8", "replace") for path in paths}


def test_the_repository_holds_the_project() -> None:
    assert {"pyproject.toml", "requirements.lock", "pipeline/flow.py", ".ci/run"} <= files().keys()


@pytest.mark.parametrize("pattern", [REGISTRY, MACHINE_PATH], ids=["a registry's address", "a machine's path"])
def test_no_file_names(pattern: re.Pattern[str]) -> None:
    assert {name: found.group() for name, text in files().items() if (found := pattern.search(text))} == {}
