"""Predicted seconds: exact where the device is as the model says, and never negative."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from graduated.campaign.calibration import calibrate
from graduated.campaign.execution import Bench
from graduated.campaign.forecast import DOUBT, Forecast
from graduated.campaign.plan import PLAN, CampaignPlan
from graduated.campaign.speed import Observation, Rate, fit, observe_measuring, observe_training, speed
from graduated.campaign.work import Work, measure_work, task_work
from graduated.data.store import load
from graduated.sharpness.settings import HessianTrace
from toys import toy_data


@given(st.floats(1e-4, 1e-1), st.floats(1e-6, 1e-3))
def test_two_batch_sizes_tell_the_cost_of_a_step_and_of_an_image(step, image):
    truth = Rate(step, image)
    works = [Work(3125, 50_000), Work(7, 50_000), Work(100, 400_000)]
    found = fit([Observation(work, truth.seconds(work)) for work in works])
    assert (found.step, found.image) == pytest.approx((step, image), rel=1e-6)


@given(
    st.lists(st.tuples(st.floats(1, 1e4), st.floats(1, 1e6), st.floats(1e-2, 1e3)), min_size=1, max_size=6)
)
def test_no_rate_is_negative(rows):
    found = fit([Observation(Work(steps, images), seconds) for steps, images, seconds in rows])
    assert found.step >= 0 and found.image >= 0 and found.step + found.image > 0


def test_measuring_is_guessed_until_it_has_been_timed():
    training = [Observation(Work(10, 1000), 2.0)]
    assert speed(training, []).measuring.seconds(Work(0, 1000)) == pytest.approx(6.0)
    timed = speed(training, [Observation(Work(10, 1000), 1.0)])
    assert timed.measuring.seconds(Work(10, 1000)) == pytest.approx(1.0)


def test_the_work_of_tasks_is_what_they_do(finished):
    plan = CampaignPlan.read(finished / PLAN)
    tasks, data = {task.name: task for task in plan.tasks}, toy_data()
    pack = next(task for task in plan.tasks if task.is_pack and task.runs[0].batch_size == 8)
    work = task_work(pack, plan, data)
    assert work.training.steps == 4 * 6
    assert work.training.images == pytest.approx(4 * 2 * (45 + 9 / 3))
    assert work.measuring.images == 2 * 32 * 3 + 2 * 32 * 2
    probe = task_work(tasks["per_sample"], plan, data)
    assert probe.training.images == 2 * 2 * 45 and probe.measuring.images == 2 * 2 * (16 * 4 + 3 * 2 * 8)
    assert task_work(tasks["steps/b~16"], plan, data).measuring == Work()


def test_a_trace_is_measured_network_by_network():
    trace = HessianTrace(samples=256, batch_size=128, draws=5)
    assert measure_work(trace, 3) == Work(2 * 10 * 3, 256 * 10 * 3)


def test_finished_packs_are_observed_by_their_records(finished):
    plan = CampaignPlan.read(finished / PLAN)
    pack = next(task for task in plan.tasks if task.is_pack)
    data = load(finished / "data/toy_campaign.images.json")
    observed = observe_training(pack, finished / "results", plan, data)
    timing = np.genfromtxt(
        finished / "results/training" / pack.name / "timing.csv", delimiter=",", names=True
    )
    assert observed.seconds == pytest.approx(np.median(timing["seconds"]))
    assert observed.work.images == pytest.approx(2 * (45 + 3))
    assert len(list(observe_measuring(pack, finished / "results", plan))) == 2


def test_a_calibration_times_steps_of_the_pack(finished):
    plan = CampaignPlan.read(finished / PLAN)
    pack = next(task for task in plan.tasks if task.is_pack)
    seen = calibrate(pack, toy_data(), captured=False, seconds=0.05)
    assert seen.seconds >= 0.05 and seen.work.steps >= 1
    assert seen.work.images == seen.work.steps * 2 * pack.runs[0].batch_size


def test_more_is_kept_free_for_a_probe_while_its_measurements_are_guessed(finished):
    plan = CampaignPlan.read(finished / PLAN)
    probe = next(task for task in plan.tasks if task.name == "per_sample")
    pack = next(task for task in plan.tasks if task.is_pack)
    bench = Bench(plan, finished / "results", finished, toy_data(), torch.device("cpu"))
    guessing, observing = Forecast(bench, []), Forecast(bench, [pack])
    for forecast, doubt in ((guessing, DOUBT), (observing, 1)):
        work, two = task_work(probe, plan, bench.data), 2
        trained = forecast.speed.training.seconds(work.training) / probe.runs[0].epochs
        measured = forecast.speed.measuring.seconds(work.measuring) / two
        assert forecast.stretch(probe) == pytest.approx(trained + doubt * measured)
    assert (guessing.timed, observing.timed) == (False, True)
