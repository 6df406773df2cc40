from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from graduated.experiment.run import Run
from graduated.methods import compare_at_equal_cost, summarise_methods, tabulate_methods
from graduated.storage import DamagedFileError

SAMPLES, EPOCHS = 100, 4
CONSTANT = Run("toy", "small_resnet", 0.1, 50, 0, EPOCHS)
GROWING = replace(
    CONSTANT, batch_size=10, schedule="step", schedule_options=(("batch_size_factor", 2.0), ("interval", 2))
)
HEAVY = replace(CONSTANT, optimizer="shb", momentum=0.9)
NOISE = {"axis": {"gradient_variance": 8.0}, "gradient_norm": 3.0}


def history(run: Run) -> pd.DataFrame:
    schedule, rows, updates = run.build_schedule(SAMPLES), [], 0
    for epoch in range(EPOCHS):
        one = schedule.at(epoch)
        updates += -(-SAMPLES // one.batch_size)
        row = {"run": run.id, "epoch": epoch + 1, "updates": updates, **vars(one), "perturbation": 0.0}
        loss = run.batch_size / (epoch + 1 + run.seed)
        rows.append(
            {
                **row,
                "train_loss": loss,
                "train_accuracy": 0.5,
                "test_loss": loss,
                "test_accuracy": 0.1 * epoch,
            }
        )
    return pd.DataFrame(rows)


def tabulated(runs: dict[str, list[Run]], diverged: tuple[Run, ...] = ()) -> pd.DataFrame:
    records = [
        {
            "run": run.id,
            "specification": run.specification,
            "status": "diverged" if run in diverged else "finished",
        }
        for seeds in runs.values()
        for run in seeds
    ]
    histories = [history(run) for seeds in runs.values() for run in seeds]
    methods = [[label, [run.id for run in seeds]] for label, seeds in runs.items()]
    return tabulate_methods({"methods": methods}, [{"runs": records}], histories, NOISE)


def seeds(run: Run) -> list[Run]:
    return [replace(run, seed=seed) for seed in (0, 1)]


def test_smoothing_is_that_of_each_optimizer():
    table = tabulated({"constant": [CONSTANT], "growing": [GROWING], "heavy": [HEAVY]})
    delta = table.set_index(["method", "epoch"])["smoothing"]
    assert delta["constant", 1] == pytest.approx(0.1 * (8 / 50) ** 0.5)
    assert delta["growing"].tolist() == pytest.approx([0.1 * (8 / b) ** 0.5 for b in (10, 10, 20, 20)])
    hat = 0.9 * (0.81 - 0.9 + 1) / 0.01
    assert delta["heavy", 1] == pytest.approx(0.1 * ((1 + hat) * 8 / 50 + hat * 9) ** 0.5)
    effective = table.set_index(["method", "epoch"])["effective_smoothing"]
    assert effective["heavy", 1] == pytest.approx(10 * delta["constant", 1])


def test_equal_updates_are_those_of_the_method_that_makes_the_fewest():
    table = tabulated({"constant": seeds(CONSTANT), "growing": seeds(GROWING)})
    result = compare_at_equal_cost(table, {}).set_index(["basis", "method"])
    assert result.loc["epochs", "epochs"].tolist() == [4, 4]
    assert result.loc["epochs", "updates"].tolist() == [8, 30]
    assert result.loc[("updates", "constant"), "epochs"] == 4
    assert np.isnan(result.loc[("updates", "growing"), "epochs"]), "not one epoch of it fits into 8 updates"
    long = tabulated({"constant": seeds(replace(CONSTANT, batch_size=5)), "growing": seeds(GROWING)})
    result = compare_at_equal_cost(long, {}).set_index(["basis", "method"])
    assert result.loc["updates", "updates"].tolist() == [20, 30]
    assert result.loc[("updates", "constant"), "epochs"] == 1


def test_means_and_ranges_are_over_the_finished_seeds():
    runs = {"constant": [replace(CONSTANT, seed=seed) for seed in range(3)]}
    table = tabulated(runs, diverged=(runs["constant"][2],))
    sharpness = {run.id: value for run, value in zip(runs["constant"], (1.0, 3.0, None), strict=True)}
    row = compare_at_equal_cost(table, sharpness).iloc[0]
    assert (row["seeds"], row["diverged"]) == (2, 1)
    assert row["train_loss"] == pytest.approx((50 / 4 + 50 / 5) / 2)
    assert (row["train_loss_min"], row["train_loss_max"]) == (10, 12.5)
    assert (row["sharpness"], row["sharpness_min"], row["sharpness_max"]) == (2, 1, 3)


def test_the_summary_has_a_line_per_method_and_basis_that_differs():
    table = tabulated({"constant": seeds(CONSTANT), "growing": seeds(GROWING)})
    text = summarise_methods("two", compare_at_equal_cost(table, {}))
    assert text.count("constant") == text.count("growing") == 2
    assert "30.0 [30.0, 30.0]" in text, "test accuracy of the last of four epochs, in per cent"
    alone = compare_at_equal_cost(tabulated({"constant": seeds(CONSTANT)}), {})
    assert summarise_methods("one", alone).count("constant") == 1


def test_a_method_without_an_epoch_within_the_fewest_updates_is_said_to_have_none():
    epoch_of_many = replace(CONSTANT, batch_size=1)
    table = tabulated({"constant": seeds(CONSTANT), "many": seeds(epoch_of_many)})
    text = summarise_methods("two", compare_at_equal_cost(table, {}))
    assert "nan" not in text
    assert [line.split()[0] for line in text.splitlines() if "no run has a whole epoch" in line] == ["many"]


def test_a_run_that_diverges_at_once_is_counted():
    records = [
        {"run": run.id, "specification": run.specification, "status": status}
        for run, status in zip(seeds(CONSTANT), ("finished", "diverged"), strict=True)
    ]
    methods = [["constant", [run.id for run in seeds(CONSTANT)]]]
    histories = [history(CONSTANT), history(CONSTANT)]
    table = tabulate_methods({"methods": methods}, [{"runs": records}], histories, NOISE)
    assert len(table) == EPOCHS + 1, "a run in two packs counts once"
    row = compare_at_equal_cost(table, {}).iloc[0]
    assert (row["seeds"], row["diverged"]) == (1, 1)


def test_a_missing_run_is_named():
    with pytest.raises(DamagedFileError, match=r"no training record of run constant/lr~0\.1"):
        tabulate_methods({"methods": [["a", [CONSTANT.id]]]}, [{"runs": []}], [history(GROWING)], NOISE)
