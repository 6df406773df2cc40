"""Captions: what a figure shows, of which setting, and of how many runs."""

import re
import textwrap

import pandas as pd

from graduated.plots.results import CELL, Results, prepare
from graduated.plots.scales import broken_at

FONT_SIZE, LINE_SPACING, LINE_HEIGHT = 7, 1.15, 0.132
"""In points, in lines, and in inches."""

_CHARACTERS_PER_INCH = 20


def caption(table: pd.DataFrame) -> str:
    """Return the caption that names the setting of a results table and counts its runs.

    Args:
        table: The results table, one row per run.
    """
    return describe(prepare(table))


def describe(results: Results) -> str:
    """Return the caption's sentences on the setting and the number of runs."""
    runs = results.runs
    if runs.empty:
        return "No runs."
    sentences = [describe_setting(results), count_runs(results)]
    without = ((runs["status"] == "finished") & runs[["sharpness", "accuracy"]].isna().any(axis=1)).sum()
    if without:
        sentences.append(f"{count(without, 'finished run')} without a finite value (×).")
    flat = (runs["sharpness"] <= 0).sum()
    if flat:
        sentences.append(f"{count(flat, 'run')} of sharpness ≤ 0.")
    if results.noise_std is None:
        sentences.append("C differs between runs.")
    return " ".join(sentences)


def describe_setting(results: Results) -> str:
    """Return the sentence on the setting: preset, dataset, model, epochs, schedule."""
    preset = results.setting("preset")
    setting = (
        f"{results.setting('dataset')}, {results.setting('model')}, {results.setting('epochs')} epochs, "
        f"{results.setting('schedule')} schedule"
    )
    return f"Preset {preset}: {setting}." if preset else f"{setting}."


def count_runs(results: Results) -> str:
    """Return the sentence on the number of runs, of those that diverged, of seeds and of cells."""
    runs = results.runs
    finished = runs["status"] == "finished"
    cells = runs.groupby(CELL).ngroups
    return (
        f"{count(len(runs), 'run')}: {finished.sum()} finished, {(~finished).sum()} diverged (×); "
        f"{_seeds_per_cell(runs)} in {'each of ' * (cells > 1)}{count(cells, 'cell')}."
    )


def describe_scale(accuracies: pd.Series) -> str:
    """Return the sentence on a broken scale of accuracies in per cent; empty where it is whole."""
    knee = broken_at(accuracies)
    return "" if knee is None else f"Scale of accuracy broken at {knee:g} %: compressed below."


def wrap(text: str, width: float) -> str:
    """Break a caption into lines, none of them between a number and its unit.

    Args:
        text: The caption.
        width: Room in inches.
    """
    whole = re.sub(r"(?<=\d) ", "\u00a0", text)
    return textwrap.fill(whole, int(width * _CHARACTERS_PER_INCH))


def _seeds_per_cell(runs: pd.DataFrame) -> str:
    sizes = runs.groupby(CELL).size()
    fewest, most = sizes.min(), sizes.max()
    return count(most, "seed") if fewest == most else f"{fewest}–{most} seeds"


def count(number: int, noun: str) -> str:
    """Return a number and its noun, in the plural where it is not one."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
