import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from graduated.experiment import files
from graduated.experiment.plan import make_plan
from graduated.plots import figures, style
from graduated.plots.catalogue import FIGURES, METHODS, PANELS, SECTIONS, find
from graduated.plots.theory import sharpness_sensitivity
from graduated.sharpness import sensitivity_agreement
from graduated.studies.catalogue import STUDIES
from paths import ROOT

PRESETS = [ROOT / "config.yaml", *sorted((ROOT / "config").glob("*.yaml"))]


def declared(plan) -> set[str]:
    """Names of the figures that the rules of a preset declare."""
    paths = [path for study in plan.studies for path in files.study_figures(plan, study)]
    paths += [path for comparison in plan.methods for path in files.comparison_figures(plan, comparison)]
    paths += [*files.noise_figures(plan), *files.sharpness_figures(plan)]
    assert {Path(path).suffix for path in paths} == set(files.SUFFIXES)
    return {*PANELS, *(Path(path).stem for path in paths)}


@pytest.mark.parametrize("preset", PRESETS, ids=lambda path: path.stem)
def test_every_figure_of_a_preset_has_a_title_and_a_caption(schema, tmp_path, preset):
    names = declared(make_plan(yaml.safe_load(preset.read_text()), schema, tmp_path))
    assert len(names) > len(PANELS)
    for name in names:
        entry = find(name)
        assert entry.name == name and entry.section in SECTIONS and entry.columns in (1, 2)
        assert entry.title and "\n" not in entry.title and not entry.title.endswith(".")
        assert len(entry.caption) > 60 and entry.caption.endswith(".") and "\n" not in entry.caption


def test_names_are_those_of_the_drawing_functions():
    assert set(PANELS) == set(figures.FIGURES)
    of_studies = {name for study in STUDIES.values() for name in study.figures}
    assert of_studies <= set(FIGURES)
    assert files.SUFFIXES == style.SUFFIXES


def test_the_threshold_that_is_drawn_is_the_one_that_verdicts_ask_for():
    assert sharpness_sensitivity.THRESHOLD == sensitivity_agreement.LEAST_CORRELATION


def test_titles_are_unique():
    titles = [entry.title for entry in FIGURES.values()]
    assert len(set(titles)) == len(titles)


def test_figures_of_comparisons_are_found_by_their_drawing():
    entry = find("twelve_schedules_published")
    assert (entry.section, entry.title) == (METHODS, "Twelve schedules: ours beside the authors’")
    assert find("smoothing_curves").section == METHODS
    assert find("sharpness_measures_vs_smoothing").section == "Sharpness", "a name of its own comes first"


@pytest.mark.parametrize("name", ["four_methods", "curves", "_curves", "four_methods_table", ""])
def test_an_unknown_figure_is_refused(name):
    with pytest.raises(ValueError, match=f"^figure '{name}': not in the catalogue"):
        find(name)


def test_the_catalogue_needs_neither_torch_nor_matplotlib():
    program = (
        "import sys, graduated.plots.catalogue; sys.exit(bool({'torch', 'matplotlib'} & set(sys.modules)))"
    )
    environment = {"PYTHONPATH": ":".join(sys.path)}
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == 0
