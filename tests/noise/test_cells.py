import math
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from graduated.noise.cells import KEYS, over_seeds, summarise_cells, tabulate_cells
from graduated.storage import DamagedFileError

EPOCHS = (0, 4)


def estimate(learning_rate: float, batch_size: int, seed: int, epoch: int) -> dict:
    """What a probe measures; C² names the cell, the seed and the epoch by its digits."""
    variance = 1000 * learning_rate + 10 * batch_size + 2 * epoch + seed / 2
    return {
        "seed": seed,
        "epoch": epoch,
        "gradient_variance": variance,
        "standard_error": 0.25 * variance,
        "gradient_norm": 2.0,
        "samples": 64,
        "squared_gradient_norm_low": 3.0,
        "squared_gradient_norm_high": 5.0,
        "noise_scale_low": variance / 6,
        "noise_scale_high": None if seed else variance / 3,
    }


def probe(batch_size: int, learning_rates=(0.5, 0.1), seeds=(1, 0)) -> tuple[dict, dict]:
    runs = [
        {"learning_rate": rate, "batch_size": batch_size, "seed": seed, "model": "toy"}
        for rate in learning_rates
        for seed in seeds
    ]
    cells = [(run["learning_rate"], run["batch_size"], run["seed"]) for run in runs]
    estimates = [estimate(*cell, epoch) for epoch in EPOCHS for cell in cells]
    return {"runs": runs, "epochs": list(EPOCHS)}, {"estimates": estimates}


@pytest.fixture
def table() -> pd.DataFrame:
    return tabulate_cells([probe(16), probe(4)])


def test_every_measurement_stands_with_its_own_cell(table):
    assert len(table) == 2 * 2 * 2 * len(EPOCHS)
    for row in table.itertuples():
        expected = estimate(row.learning_rate, row.batch_size, row.seed, row.epoch)
        assert row.gradient_variance == expected["gradient_variance"]
    pd.testing.assert_frame_equal(table, table.sort_values(KEYS, ignore_index=True))
    assert (table["samples"] == 64).all()


def test_intervals_noise_scale_and_smoothing_follow_from_c2(table):
    row = table[(table["learning_rate"] == 0.1) & (table["batch_size"] == 4)].iloc[0]
    variance = 100 + 40
    assert row["gradient_variance_low"] == pytest.approx(variance * (1 - 1.959964 * 0.25), rel=1e-6)
    assert row["gradient_variance_high"] == pytest.approx(variance * (1 + 1.959964 * 0.25), rel=1e-6)
    assert row["squared_gradient_norm"] == 4
    assert row["noise_scale"] == pytest.approx(variance / 4)
    assert row["smoothing"] == pytest.approx(0.1 * math.sqrt(variance / 4))
    for end in ("low", "high"):
        assert row[f"smoothing_{end}"] == pytest.approx(0.1 * math.sqrt(row[f"gradient_variance_{end}"] / 4))
    assert (table[["squared_gradient_norm_low", "squared_gradient_norm_high"]] == [3, 5]).all(axis=None)
    assert row["noise_scale_low"] == pytest.approx(variance / 6)
    assert np.isinf(table.loc[table["seed"] == 1, "noise_scale_high"]).all()
    assert np.isfinite(table.loc[table["seed"] == 0, "noise_scale_high"]).all()


def test_an_interval_is_cut_at_zero():
    specification, record = probe(4)
    for row in record["estimates"]:
        row["standard_error"] = row["gradient_variance"]
    assert (tabulate_cells([(specification, record)])["gradient_variance_low"] == 0).all()


def test_the_order_of_the_probes_changes_nothing(table):
    pd.testing.assert_frame_equal(tabulate_cells([probe(4), probe(16)]), table)


def test_a_record_of_another_specification_is_refused():
    specification, record = probe(4)
    with pytest.raises(DamagedFileError, match="8 estimates for 2 runs at 2 epochs"):
        tabulate_cells([({**specification, "runs": specification["runs"][:2]}, record)])
    reordered = {**specification, "runs": specification["runs"][::-1]}
    with pytest.raises(DamagedFileError, match="an estimate of seed 1 where seed 0"):
        tabulate_cells([(reordered, record)])


def test_a_diverged_run_has_no_c2_and_leaves_the_others_theirs(table):
    specification, record = probe(4)
    last = record["estimates"][-1]
    record["estimates"][-1] = {"seed": last["seed"], "epoch": last["epoch"]}
    holed = tabulate_cells([probe(16), (specification, record)])
    gone = holed["gradient_variance"].isna()
    assert gone.sum() == 1 and len(holed) == len(table)
    pd.testing.assert_frame_equal(holed[~gone], table[~gone])
    sole = over_seeds(holed[holed["batch_size"] == 4]).query("learning_rate == 0.1 and epoch == 4")
    assert sole["mean"].tolist() == sole["max"].tolist() == [100 + 40 + 8 + 0.5]
    assert summarise_cells(holed).endswith("; without 1 measurement of diverged runs")


def constructed(course) -> pd.DataFrame:
    rows = [
        {"learning_rate": rate, "batch_size": size, "seed": seed, "epoch": epoch}
        for rate in (0.1, 0.5)
        for size in (4, 8)
        for seed in (0, 1)
        for epoch in (0, 3, 9)
    ]
    return pd.DataFrame([{**row, "gradient_variance": course(**row)} for row in rows])


def test_means_over_seeds_are_geometric():
    means = over_seeds(constructed(lambda seed, **_: 4.0 ** (2 * seed)))
    assert len(means) == 2 * 2 * 3
    assert np.allclose(means[["mean", "min", "max"]], [4, 1, 16])


def test_one_constant_has_ratios_of_one():
    line = summarise_cells(constructed(lambda **_: 7.0))
    assert line == (
        "C² of 4 cells of η and b, n = 2 each, largest / smallest in time: 1 to 1 (median 1); "
        "between cells at epoch 9: 1"
    )


def test_the_ratios_are_those_put_in():
    """C² falls by 10 or 1000 until epoch 3 and rises again by 2; cells differ by 5 at the end."""

    def course(learning_rate, batch_size, epoch, **_):
        fall = 10 if learning_rate == 0.1 else 1000
        scale = fall if batch_size == 4 else 5 * fall
        return scale * {0: 1, 3: 1 / fall, 9: 2 / fall}[epoch]

    line = summarise_cells(constructed(course))
    assert "in time: 10 to 1e+03 (median 505); between cells at epoch 9: 5" in line
    assert "\n" not in line


def test_the_module_imports_no_torch():
    program = "import sys, graduated.noise.cells; sys.exit('torch' in sys.modules)"
    environment = {"PYTHONPATH": ":".join(sys.path)}
    assert subprocess.run([sys.executable, "-c", program], env=environment).returncode == 0
