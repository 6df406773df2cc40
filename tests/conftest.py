import pytest
import torch
import yaml

from paths import ROOT


@pytest.fixture(scope="session", autouse=True)
def _one_thread_per_worker():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def schema() -> dict:
    return yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
