"""Where noise, sharpness, comparisons and studies leave their tables and figures. Imports no torch."""

from collections.abc import Iterable
from pathlib import Path

from graduated.experiment.plan import Plan
from graduated.studies.catalogue import STUDIES

SUFFIXES = (".png", ".pdf", ".csv")
"""Of the files of a figure, as ``graduated.plots.style.save_all`` writes them."""


def noise_figures(plan: Plan) -> list[str]:
    """Return the figures of C²: by estimator, and along training where it is measured cell by cell."""
    names = ["noise_estimators_compared", *["noise_along_training"] * bool(plan.cells)]
    return _figures(plan.figures, names)


def sharpness_figures(plan: Plan) -> list[str]:
    """Return the figures of all measures of sharpness."""
    return _figures(plan.figures, ["sharpness_measures_ranked", "sharpness_measures_vs_smoothing"])


def published_table(plan: Plan, comparison: str) -> list[str]:
    """Return the table of published curves that a comparison is drawn beside, if there is one."""
    name = plan.config["comparisons"][comparison]["published"]
    return [f"workflow/published/{name}.csv"] if name else []


def comparison_figures(plan: Plan, comparison: str) -> list[str]:
    """Return the figures of a comparison."""
    drawings = ["curves", "smoothing"] + ["published"] * bool(published_table(plan, comparison))
    return _figures(plan.figures, [f"{comparison}_{drawing}" for drawing in drawings])


def study_record(plan: Plan, study: str) -> str:
    """Return the record of a study."""
    return f"{plan.results}/studies/{study}/record.json"


def study_tables(plan: Plan, study: str) -> list[str]:
    """Return the tables of a study."""
    return [f"{plan.results}/studies/{study}/{table}.csv" for table in STUDIES[study].tables]


def study_figures(plan: Plan, study: str) -> list[str]:
    """Return the figures of a study."""
    return _figures(plan.figures, STUDIES[study].figures)


def _figures(folder: Path, names: Iterable[str]) -> list[str]:
    return [f"{folder}/{name}{suffix}" for name in names for suffix in SUFFIXES]
