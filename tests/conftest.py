import os

import pytest
import torch
import yaml

from graduated.device import compute_device
from paths import ROOT

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what compute_device sets, before CUDA starts


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.get_closest_marker("workflow") is None)  # the longest first
    if not torch.cuda.is_available():
        for item in items:
            if item.get_closest_marker("gpu"):
                item.add_marker(pytest.mark.skip(reason="no CUDA device"))


@pytest.fixture(scope="session", autouse=True)
def _one_thread_per_worker():
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _gpu_as_jobs_have_it(request):
    """Tests that need a GPU hold it, with deterministic arithmetic in force."""
    if not request.node.get_closest_marker("gpu"):
        yield
        return
    with compute_device("cuda"):
        yield
    torch.use_deterministic_algorithms(False)
    torch.utils.deterministic.fill_uninitialized_memory = True


@pytest.fixture
def arithmetic_as_before():
    """Programs that run in this process leave deterministic arithmetic and their threads behind."""
    strict = torch.are_deterministic_algorithms_enabled()
    yield
    torch.use_deterministic_algorithms(strict)
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def schema() -> dict:
    return yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
