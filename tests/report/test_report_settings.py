import functools
import re

import pytest
import yaml

from graduated.report.settings import defaults_table, read_settings, settings_table
from paths import ROOT

PRESETS = [ROOT / "config.yaml", *sorted((ROOT / "config").glob("*.yaml"))]

TEXT = """\
# A preset. All settings are ours, but those marked (paper).
preset: mine

dataset: cifar100        # (paper) crop: (code)
grid:                    # (paper)
  # of two lines,
  # the second with a mark: (inferred)
  seed: [0, 1]
  note: "a # is no comment"   # this is; (remark) is no mark
  rate: 0.5              # (ours)
methods:
  first: {a: 1,          # (code)
          b: 2}          # (recalled, C)
"""


def found(text: str) -> dict[str, tuple[str, str]]:
    return {setting.key: (setting.source, setting.above) for setting in read_settings(text)}


def test_sources_are_those_of_the_nearest_mark():
    assert found(TEXT) == {
        "preset": ("ours", ""),
        "dataset": ("paper, code", ""),
        "grid": ("paper", ""),
        "grid.seed": ("inferred", ""),
        "grid.note": ("paper", "grid"),
        "grid.rate": ("ours", ""),
        "methods.first": ("code, recalled, 2402.02325", ""),
    }


def test_without_a_word_on_the_rest_it_is_not_marked():
    assert found("# A preset.\npreset: mine\nseed: 1  # (code)\n") == {
        "preset": ("not marked", ""),
        "seed": ("code", ""),
    }


def test_a_comment_at_the_very_end_counts():
    assert found("seed: 1  # (code)")["seed"] == ("code", "")


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_every_value_of_a_preset_is_listed_as_yaml_reads_it(path):
    config = yaml.safe_load(path.read_text())
    settings = read_settings(path.read_text())
    for setting in settings:
        config_value = functools.reduce(lambda part, key: part[key], _path(config, setting.key), config)
        assert (
            isinstance(config_value, dict)
            if not setting.value
            else yaml.safe_load(setting.value) == config_value
        )
    assert len(settings) == len({setting.key for setting in settings})
    assert {setting.key.partition(".")[0] for setting in settings} == set(config)


def _path(config: dict, key: str) -> list[str]:
    """Split a key at those dots that are not within a name, such as ``poly p=0.1``."""
    for name, value in config.items():
        if key == name:
            return [name]
        if isinstance(value, dict) and key.startswith(f"{name}."):
            return [name, *_path(value, key.removeprefix(f"{name}."))]
    raise KeyError(key)


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_no_mark_of_a_preset_is_lost(path):
    marks = re.findall(r"^ *[^#\n]+#[^\n]*\((paper|code|ours|recalled)", path.read_text(), flags=re.MULTILINE)
    sources = " ".join(cell.text for row in settings_table(path.read_text()).rows for cell in row[2:3])
    assert set(marks) <= set(sources.replace(",", "").split())


def test_defaults_are_those_of_the_schema(schema):
    rows = {row[0].text: row[1].text for row in defaults_table(schema).rows}
    assert rows["training.precision"] == '"float32"'
    assert rows["sharpness.NAME.radius"] == "0.0002"
    assert "training.epochs" not in rows
