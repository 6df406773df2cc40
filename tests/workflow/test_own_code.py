"""The examples of the README and of docs/datasets.md, as a user would use them: by a line in the config."""

import re

import pandas as pd
import pytest

from paths import ROOT
from project import Project

pytestmark = pytest.mark.workflow


def example(page: str) -> str:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), flags=re.DOTALL)
    return code


def readme_model() -> str:
    (code,) = re.findall(r"  ```python\n(.*?)  ```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    return re.sub(r"^  ", "", code, flags=re.MULTILINE)


def test_own_dataset_and_model_run_through_the_pipeline_and_their_edits_are_seen(tmp_path):
    project = Project(tmp_path / "project")
    (project.folder / "my_module.py").write_text(example("docs/datasets.md"))
    (project.folder / "my_model.py").write_text(readme_model())
    project.write_preset(
        {
            "dataset": "my_module:load",
            "model": {"name": "my_model:build"},
            "training.train_samples": 200,
            "grid.learning_rate": [0.05],
        }
    )
    project.build()
    table = pd.read_csv(project.results() / "results.csv")
    assert set(table["model"]) == {"my_model:build"} and set(table["status"]) == {"finished"}
    assert project.pending() == {}
    project.edit("my_model.py", "layers.conv(channels, 8, 3)", "layers.conv(channels, 8, 5)")
    pending = project.pending()
    assert "decode_dataset" not in pending and len(pending["train_pack"]) == 2
    project.edit("my_module.py", "[50, 200]", "[60, 190]")
    assert "decode_dataset" in project.pending()
