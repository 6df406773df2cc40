"""How a campaign cuts packs: the first seed of every learning rate before the second of any."""

import json

from toy_campaign import CONFIG, SCHEMA

from graduated.campaign.order import Candidate, coarse_grid, rank
from graduated.campaign.prepare import seed_by_seed
from graduated.experiment.plan import make_plan
from graduated.experiment.preset_file import read_config
from paths import ROOT


def test_a_pack_has_every_learning_rate_before_a_second_seed(tmp_path):
    plan = seed_by_seed(make_plan(CONFIG, SCHEMA, tmp_path))
    assert len(plan.packs) == 4
    for pack in plan.packs.values():
        assert [run.learning_rate for run in pack.runs] == CONFIG["grid"]["learning_rate"]
        assert len({run.seed for run in pack.runs}) == 1


def test_packs_that_are_begun_stay(tmp_path):
    begun = next(iter(make_plan(CONFIG, SCHEMA, tmp_path).packs.values()))
    assert len({run.seed for run in begun.runs}) == 2
    for path, content in ((f"packs/{begun.id}", begun.specification), (f"training/{begun.id}/record", {})):
        file = tmp_path / "results/toy" / f"{path}.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(content))
    packs = seed_by_seed(make_plan(CONFIG, SCHEMA, tmp_path)).packs
    assert begun.id in packs
    assert len({run for pack in packs.values() for run in pack.runs}) == 8


def test_the_coarse_grid_of_the_short_preset_is_there_before_half_of_its_runs_are(tmp_path):
    plan = seed_by_seed(make_plan(read_config(ROOT / "config/cifar100-40ep.yaml"), SCHEMA, tmp_path))
    cells = {
        name: [(run.learning_rate, run.batch_size) for run in pack.runs] for name, pack in plan.packs.items()
    }
    coarse = coarse_grid(*zip(*(cell for some in cells.values() for cell in some), strict=True))
    left, counts, done = dict(cells), {}, 0
    while coarse - counts.keys():
        ranked = rank(
            [Candidate(name, tuple(some), len(some)) for name, some in left.items()], counts, coarse
        )
        for cell in left.pop(ranked[0].name):
            counts[cell], done = counts.get(cell, 0) + 1, done + 1
    assert done < 30
