from itertools import product

import pytest

from graduated.experiment.files import noise_figures
from graduated.experiment.jobs import jobs
from graduated.experiment.plan import Plan, make_plan, specifications
from graduated.experiment.preset_file import read_config
from graduated.experiment.run import Run
from paths import ROOT

CELLS = {"learning_rate": [0.1, 0.5], "batch_size": [4, 32], "seed": [0, 2], "epochs": [0, 3], "samples": 64}


def plan_with(schema, folder, cells, **packs) -> Plan:
    config = read_config(ROOT / "config/digits-full.yaml")
    config["noise"]["cells"] = cells
    config["packs"].update(packs)
    return make_plan(config, schema, folder)


def cells_of(plan) -> dict[str, dict]:
    return {
        name: value
        for name, value in specifications(plan).items()
        if name.startswith("specifications/cells/")
    }


def test_one_job_per_batch_size_trains_every_learning_rate_and_seed(schema, tmp_path):
    found = cells_of(plan_with(schema, tmp_path, CELLS))
    assert len(found) == 2
    for value in found.values():
        runs = [Run.from_specification(run) for run in value.pop("runs")]
        assert value == {"epochs": [0, 3], "samples": 64, "chunk_size": 64}
        assert len({run.batch_size for run in runs}) == 1
        assert {(run.learning_rate, run.seed) for run in runs} == set(product((0.1, 0.5), (0, 2)))
        assert {(run.epochs, run.schedule, run.model) for run in runs} == {(3, "constant", "small_resnet")}


def test_a_job_is_no_larger_than_a_pack(schema, tmp_path):
    found = cells_of(plan_with(schema, tmp_path, CELLS, max_images=64))
    sizes = [(value["runs"][0]["batch_size"], len(value["runs"])) for value in found.values()]
    assert sorted(sizes) == [(4, 4), (32, 2), (32, 2)]


def test_cells_are_no_packs_of_the_grid(schema, tmp_path):
    with_cells, without = (plan_with(schema, tmp_path, cells) for cells in (CELLS, None))
    assert with_cells.packs == without.packs and with_cells.runs == without.runs


def test_at_initialisation_alone_there_is_something_to_do(schema, tmp_path):
    plan = plan_with(schema, tmp_path, {**CELLS, "epochs": [0]})
    assert all(value["epochs"] == [0] for value in cells_of(plan).values())


@pytest.mark.parametrize("named", ["null", "absent"])
def test_without_cells_nothing_is_measured_or_drawn(named, schema, tmp_path):
    config = read_config(ROOT / "config/digits-full.yaml")
    del config["noise"]["cells"]
    if named == "null":
        config["noise"]["cells"] = None
    plan = make_plan(config, schema, tmp_path)
    assert not plan.cells and not cells_of(plan)
    assert {name.rpartition("/")[2].partition(".")[0] for name in noise_figures(plan)} == {
        "noise_estimators_compared"
    }


def test_status_knows_the_jobs(schema, tmp_path):
    plan = plan_with(schema, tmp_path, CELLS)
    found = [job for job in jobs(plan) if job.name.startswith("probe_cells.")]
    assert {job.record.relative_to(plan.results).as_posix() for job in found} == {
        f"noise/cells/{name}.json" for name in plan.cells
    }
    assert all(job.epochs == 3 and job.runs == 4 and not job.is_pack for job in found)
    drawn = {name.rpartition("/")[2].partition(".")[0] for name in noise_figures(plan)}
    assert drawn == {"noise_estimators_compared", "noise_along_training"}
