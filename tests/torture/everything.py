"""All that a run imports, for the process from which the others are forked."""

import polars as pl

import pipeline.commands.run
import pipeline.commands.running
import pipeline.report.write
import tests.torture.harm

__all__ = ["pipeline", "pl", "tests"]
