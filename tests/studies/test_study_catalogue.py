import ast
import inspect
import subprocess
import sys
from dataclasses import asdict, fields, is_dataclass
from importlib import import_module

import pytest

from graduated.storage import to_json
from graduated.studies import Verdict
from graduated.studies.catalogue import STUDIES, make_settings
from paths import ROOT

NAMES = sorted(STUDIES)


@pytest.mark.parametrize("name", NAMES)
def test_a_study_has_what_the_catalogue_says(name):
    study = STUDIES[name]
    parameters = list(inspect.signature(import_module(study.measuring).measure).parameters)
    expected = ["settings", "training", "report", "resume"] if study.on_network else ["settings", "report"]
    assert parameters == expected
    assert set(import_module(study.drawing).FIGURES) == set(study.figures)
    assert study.tables and study.figures and study.question.endswith("?")


@pytest.mark.parametrize("name", NAMES)
def test_default_settings_survive_json_and_are_documented(name):
    kind = STUDIES[name].settings
    assert is_dataclass(kind) and kind.__dataclass_params__.frozen
    written = asdict(make_settings(name, {}))
    assert to_json(written)
    assert make_settings(name, {key: list(v) if isinstance(v, tuple) else v for key, v in written.items()})
    documented = "".join(base.__doc__ for base in kind.__mro__ if is_dataclass(base))
    for field in fields(kind):
        assert f"\n        {field.name}: " in documented


def test_figures_of_studies_have_names_of_their_own():
    figures = [figure for study in STUDIES.values() for figure in study.figures]
    assert len(figures) == len(set(figures))


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_setting_is_refused(name):
    with pytest.raises(ValueError, match=f"{name}: option 'colour' is unknown; expected "):
        make_settings(name, {"colour": 1})


def test_the_catalogue_is_read_without_torch():
    code = "import sys; import graduated.studies.catalogue; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT / "src", check=False).returncode == 0


@pytest.mark.parametrize("name", NAMES)
def test_drawing_never_imports_torch_or_what_measures(name):
    module = STUDIES[name].drawing
    tree = ast.parse((ROOT / "src" / (module.replace(".", "/") + ".py")).read_text())
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    assert not any(entry.startswith(("torch", "graduated.theory")) for entry in imported)


@pytest.mark.parametrize(
    ("outcome", "value", "message"),
    [
        ("true", 0.5, "outcome 'true' is none of the three"),
        ("supported", 2.0, r"2.0 is outside \[0.0, 1.0\]"),
    ],
)
def test_a_verdict_checks_itself(outcome, value, message):
    with pytest.raises(ValueError, match=message):
        Verdict("claim", "source", outcome, "share", value, 0.0, 1.0, 10, "seeds")
