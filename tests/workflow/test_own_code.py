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


TABLES = ("results/tiny/results.csv", "results/tiny/comparisons/mine/equal_cost.csv")
SCHEDULE = """
from torch.optim.lr_scheduler import LambdaLR
from my_rates import rate

def decay(optimizer):
    return LambdaLR(optimizer, rate)
"""


def test_own_code_runs_through_the_pipeline_and_its_edits_are_seen(tmp_path):
    project = Project(tmp_path / "project")
    (project.folder / "my_module.py").write_text(example("docs/datasets.md"))
    (project.folder / "my_model.py").write_text(readme_model())
    (project.folder / "my_schedule.py").write_text(SCHEDULE)
    (project.folder / "my_rates.py").write_text("def rate(epoch):\n    return 0.5**epoch\n")
    own = {"learning_rate": 0.05, "batch_size": 64, "schedule": "my_schedule:decay"}
    project.write_preset(
        {
            "dataset": "my_module:load",
            "model": {"name": "my_model:build"},
            "training.train_samples": 200,
            "grid.learning_rate": [0.05],
            "comparisons": {"mine": {"seed": [0], "methods": {"decay": own}}},
        }
    )
    project.build(*TABLES)
    table = pd.read_csv(project.results() / "results.csv")
    assert set(table["model"]) == {"my_model:build"} and set(table["status"]) == {"finished"}
    assert project.pending(*TABLES) == {}
    project.edit("my_rates.py", "0.5", "0.4")
    (retrained,) = project.pending(*TABLES)["train_pack"]
    assert "decay.b~64" in retrained
    project.edit("my_rates.py", "0.4", "0.5")
    assert project.pending(*TABLES) == {}
    project.edit("my_model.py", "layers.conv(channels, 8, 3)", "layers.conv(channels, 8, 5)")
    pending = project.pending(*TABLES)
    assert "decode_dataset" not in pending and len(pending["train_pack"]) == 3
    project.edit("my_module.py", "[50, 200]", "[60, 190]")
    assert "decode_dataset" in project.pending(*TABLES)
