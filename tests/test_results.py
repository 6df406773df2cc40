import copy
import math

import pandas as pd
import pytest

from graduated.comparison import compare
from graduated.experiment.run import Run
from graduated.results import summarise, tabulate, tabulate_cost, tabulate_history
from graduated.storage import DamagedFileError

RUNS = [Run("digits", "small_resnet", rate, 16, seed, 5) for rate in (0.1, 0.2) for seed in (0, 1)]
ENVIRONMENT = dict.fromkeys(["git_commit", "python", "torch", "torchvision", "numpy", "device"], "x")
METRICS = {"train_loss": 0.1, "train_accuracy": 0.9, "test_loss": 0.2, "test_accuracy": 0.8}


def run_record(run: Run, diverged: bool) -> dict:
    outcome = {"status": "diverged", "diverged_epoch": 2} if diverged else {"status": "finished"}
    metrics = dict.fromkeys(METRICS) if diverged else METRICS
    return {"run": run.id, "specification": run.specification, "diverged_epoch": None, **outcome, **metrics}


PACK = {
    "pack": "p",
    "runs": [run_record(run, diverged=index == 3) for index, run in enumerate(RUNS)],
    "checksums": {"weights": "abc"},
    "sources": "def",
    "environment": {**ENVIRONMENT, "threads": 1},
    "cost": {"wall_seconds": 1.0},
}
SHARPNESS = [
    {
        "measure": name,
        "title": f"title of {name}",
        "radius": 0.5,
        "runs": [
            {"run": run.id, "sharpness": None if index == 3 else factor * index}
            for index, run in enumerate(RUNS)
        ],
    }
    for name, factor in (("other", 10.0), ("main", 1.0))
]
NOISE = {
    "axis": {"source": "per_sample", "gradient_variance": 4.0},
    "per_sample": {"gradient_variance": 4.0, "interval": [3.0, 5.0]},
    "critical_batch_size": {"gradient_variance": None, "interval": None},
    "reported": {"gradient_variance": None},
}
SPECIFICATION = {"preset": "test", "runs": [run.id for run in RUNS[::-1]], "measures": ["main", "other"]}


def table() -> pd.DataFrame:
    return tabulate(SPECIFICATION, [PACK], SHARPNESS, NOISE)


def test_the_table_has_one_row_per_wanted_run_in_order():
    assert list(table()["run"]) == SPECIFICATION["runs"]


def test_smoothing_is_learning_rate_times_noise_over_the_root_of_batch_size():
    row = table().set_index("run").loc[RUNS[2].id]
    assert row["smoothing"] == pytest.approx(0.2 * 2.0 / math.sqrt(16))
    assert row["noise_ratio"] == pytest.approx(0.2 / 4)


def test_the_first_measure_is_the_sharpness_of_the_figures():
    row = table().set_index("run").loc[RUNS[2].id]
    assert (row["sharpness"], row["sharpness_main"], row["sharpness_other"]) == (2.0, 2.0, 20.0)
    assert (row["sharpness_measure"], row["sharpness_radius"]) == ("title of main", 0.5)


def test_a_measure_with_an_interval_has_columns_of_its_ends_and_one_without_radius_no_radius():
    ends = {"sharpness": 2.0, "low": 1.5, "high": None, "standard_error": 0.2, "eigenvalues": [2.0]}
    record = {"title": "top-eigenvalue", "radius": None, "runs": [{"run": run.id, **ends} for run in RUNS]}
    specification = {**SPECIFICATION, "measures": ["new", "other"]}
    found = tabulate(specification, [PACK], [*SHARPNESS, {"measure": "new", **record}], NOISE)
    assert (found["sharpness_new_low"] == 1.5).all()
    assert found[["sharpness_new_high", "sharpness_radius"]].isna().all(axis=None)
    assert not {"sharpness_other_low", "sharpness_new_eigenvalues"} & set(found)
    assert "Sharpness (top-eigenvalue sharpness), mean" in summarise(found, NOISE)


def test_a_diverged_run_is_a_row_without_numbers():
    row = table().set_index("run").loc[RUNS[3].id]
    assert (row["status"], row["diverged_epoch"]) == ("diverged", 2)
    assert row[["test_accuracy", "train_loss", "sharpness", "sharpness_other"]].isna().all()


def test_a_run_without_a_record_is_named():
    missing = {**SPECIFICATION, "runs": [*SPECIFICATION["runs"], "constant/nowhere"]}
    with pytest.raises(DamagedFileError, match="no training record of run constant/nowhere"):
        tabulate(missing, [PACK], SHARPNESS, NOISE)
    with pytest.raises(DamagedFileError, match="no sharpness main record"):
        tabulate(SPECIFICATION, [PACK], SHARPNESS[:1], NOISE)


def test_the_history_gets_smoothing_at_every_epoch_and_only_wanted_runs():
    rows = pd.DataFrame(
        {
            "run": ["a", "a", "b"],
            "epoch": [1, 2, 1],
            "learning_rate": [1.0, 0.5, 1.0],
            "batch_size": [4, 16, 4],
        }
    )
    history = tabulate_history([rows], ["a"], variance=9.0)
    assert list(history["smoothing"]) == pytest.approx([1.5, 0.375])


def test_cost_has_a_row_per_pack():
    timing = pd.DataFrame({"images_per_second": [10.0, 30.0, 20.0]})
    (row,) = tabulate_cost([PACK], [timing]).to_dict("records")
    assert (row["pack"], row["runs"], row["images_per_second"]) == ("p", 4, 20.0)


def test_the_summary_shows_every_cell_and_the_noise():
    text = summarise(table(), NOISE)
    assert "80.0" in text and "η = 0.2" in text and "b = 16" in text
    assert "1 of 4 runs diverged" in text and "[3, 5]" in text and "δ axis" in text


def test_equal_tables_have_no_differences_though_provenance_differs():
    other = table().assign(git_commit="y", device="z")
    assert compare(table(), other) == []


def test_every_kind_of_difference_is_named():
    first, second = table(), table()
    second.loc[1, "test_accuracy"] *= 1.01
    second.loc[2, "status"] = "diverged"
    changed = compare(first, second)
    assert len(changed) == 2
    assert f"{first['run'][1]}: test_accuracy 0.8 and" in changed[0]
    assert f"{first['run'][2]}: status finished and diverged" in changed[1]
    assert len(compare(first, second, tolerance=0.02)) == 1
    assert compare(first, second.iloc[1:], 0.1)[0] == f"{first['run'][0]}: only in the first table"


def test_a_number_against_none_is_a_difference():
    second = copy.deepcopy(table())
    second.loc[0, "sharpness"] = 1.0
    assert len(compare(table(), second, tolerance=1.0)) == 1
