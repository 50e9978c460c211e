"""What people read of the sample data is what somebody has looked at; `python -m tests.golden` after a change that is meant."""

import pytest

from tests.golden import FOLDER, files


@pytest.fixture(scope="module")
def made():
    return files()


@pytest.mark.parametrize(
    "name",
    [
        "batch-0001.json",
        "left-out.csv",
        "repaired.csv",
        "report.html",
        "report.json",
        "summary.txt",
        "to-fix.csv",
        "zones.txt",
    ],
)
def test_it_is_as_it_was(made, name):
    assert made[name].decode() == (FOLDER / name).read_bytes().decode()


def test_every_file_is_looked_at(made):
    assert set(made) == {path.name for path in FOLDER.iterdir()}
