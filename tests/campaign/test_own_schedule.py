"""A schedule of the user's own is part of a campaign's code, for the packs that it is in alone."""

import pytest
from toy_campaign import PROGRAMS, Home

from graduated.campaign.plan import CampaignPlan, check_sources

CODE = """
from torch.optim.lr_scheduler import StepLR

def halving(optimizer):
    return StepLR(optimizer, {})
"""
OWN = {"learning_rate": 0.1, "batch_size": 32, "schedule": "campaigns_schedule:halving"}


def codes(plan: CampaignPlan) -> dict[str, str]:
    return {task.runs[0].schedule: plan.source(task.program, task.specification) for task in plan.tasks}


def test_an_edit_of_ones_own_schedule_is_seen_by_its_packs_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module = tmp_path / "campaigns_schedule.py"
    module.write_text(CODE.format(1))
    home = Home(tmp_path / "home", comparisons={"mine": {"seed": [0], "methods": {"halving": OWN}}})
    plan = home.campaign_plan()
    check_sources(plan, PROGRAMS)
    module.write_text(CODE.format(2))
    with pytest.raises(ValueError, match=r"^\./campaigns_schedule\.py is not the plan's \(1 of "):
        check_sources(plan, PROGRAMS)
    before, after = codes(plan), codes(home.campaign_plan())
    assert before.pop(OWN["schedule"]) != after.pop(OWN["schedule"])
    assert before == after and before
