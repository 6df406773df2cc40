import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from graduated.noise.smoothing import smoothing
from graduated.schedules import SCHEDULES, Start, build
from graduated.schedules.heavy_ball import momentum_of_factor
from paths import ROOT

START = Start(learning_rate=0.1, batch_size=32, epochs=200)


def learning_rates(name, options, start=START):
    schedule = build(name, start, options)
    return [schedule.at(epoch).learning_rate for epoch in range(start.epochs)]


def test_the_papers_learning_rate_stages():
    rates = learning_rates("step", {"interval": 40, "learning_rate_factor": 1 / math.sqrt(2)})
    assert rates[::40] == pytest.approx([0.1, 0.070711, 0.05, 0.035355, 0.025], abs=1e-6)
    assert rates[39] == 0.1 and rates[40] < 0.1


def test_the_papers_batch_size_stages():
    schedule = build("step", START, {"interval": 40, "batch_size_factor": 2})
    assert [schedule.at(epoch).batch_size for epoch in (0, 40, 80, 120, 160)] == [32, 64, 128, 256, 512]
    assert {schedule.at(epoch).learning_rate for epoch in range(200)} == {0.1}


def test_the_papers_hybrid_stages_truncate_the_batch_size():
    options = {"interval": 40, "learning_rate_factor": math.sqrt(3) / 2, "batch_size_factor": 1.5}
    schedule = build("step", START, options)
    settings_ = [schedule.at(epoch) for epoch in (0, 40, 80, 120, 160)]
    assert [one.batch_size for one in settings_] == [32, 48, 72, 108, 162]
    expected = [0.1, 0.086603, 0.075, 0.064952, 0.05625]
    assert [one.learning_rate for one in settings_] == pytest.approx(expected, abs=1e-6)


def test_the_released_codes_batch_size_changes_an_epoch_late():
    options = {"interval": 40, "batch_size_factor": 2, "learning_rate_factor": 0.5, "batch_size_lag": 1}
    schedule = build("step", START, options)
    sizes = schedule.batch_sizes
    assert [sizes.count(size) for size in (32, 64, 128, 256, 512)] == [41, 40, 40, 40, 39]
    assert schedule.at(40).learning_rate == 0.05


@pytest.mark.parametrize("method", [{"learning_rate_factor": 0.5**0.5}, {"batch_size_factor": 2}])
def test_methods_two_and_three_have_the_same_stages_of_smoothing(method):
    schedule = build("step", START, {"interval": 40, **method})
    stages = [
        smoothing(one.learning_rate, one.batch_size, 1280.0) for one in map(schedule.at, range(0, 200, 40))
    ]
    assert np.divide(stages[1:], stages[:-1]) == pytest.approx(1 / math.sqrt(2))


CLOSED_FORMS = [
    ("polynomial", {"power": 0.1}, lambda t: 0.1 * (1 - t / 200) ** 0.1),
    ("polynomial", {"power": 8.0}, lambda t: 0.1 * (1 - t / 200) ** 8),
    ("cosine", {}, lambda t: 0.05 * (1 + np.cos(np.pi * t / 200))),
    ("exponential", {"factor": 0.9}, lambda t: 0.1 * 0.9**t),
    ("inverse_time", {"constant": 10.0}, lambda t: 0.1 * 10 / (10 + t)),
]


@pytest.mark.parametrize(("name", "options", "form"), CLOSED_FORMS, ids=lambda value: str(value)[:20])
def test_torchs_schedulers_give_the_closed_forms(name, options, form):
    np.testing.assert_allclose(learning_rates(name, options), form(np.arange(200)), rtol=1e-9, atol=1e-15)


def test_any_scheduler_of_torch_by_reference():
    rates = learning_rates("torch.optim.lr_scheduler:MultiStepLR", {"milestones": (3, 7), "gamma": 0.1})
    assert rates[:9] == pytest.approx([0.1] * 3 + [0.01] * 4 + [0.001] * 2)


@given(
    power=st.floats(0.1, 3),
    learning_rate_share=st.floats(0, 0.5),
    batch_size_share=st.floats(0, 0.45),
    optimizer=st.sampled_from(["shb", "nshb", "qhm"]),
    momentum=st.floats(0.5, 0.95),
    quasi=st.floats(0.5, 1),
    epoch=st.integers(0, 199),
)
@settings(max_examples=150, deadline=None)
def test_noise_reduction_follows_its_target_as_far_as_there_is_momentum(
    power, learning_rate_share, batch_size_share, optimizer, momentum, quasi, epoch
):
    start = Start(0.1, 10**6, 200, optimizer, momentum, quasi if optimizer == "qhm" else 1.0)
    noise = {"gradient_variance": 25.3, "gradient_norm": 1.77}
    shares = {"learning_rate_share": learning_rate_share, "batch_size_share": batch_size_share}
    schedule = build("noise_reduction", start, {"power": power, **shares, **noise})

    def delta(at: int) -> float:
        one = schedule.at(at)
        rule = {"optimizer": optimizer, "momentum": one.momentum, "quasi": start.quasi}
        return smoothing(one.learning_rate, one.batch_size, 25.3, **rule, gradient_norm=1.77)

    target = delta(0) * (1 - epoch / 200) ** power
    if schedule.at(epoch).momentum > 0:
        assert delta(epoch) == pytest.approx(target, rel=1e-4)
    else:
        assert delta(epoch) >= target * (1 - 1e-4)


def test_noise_reduction_by_the_learning_rate_is_polynomial_decay():
    options = {"power": 0.9, "learning_rate_share": 1.0, "batch_size_share": 0.0}
    rates = learning_rates("noise_reduction", options)
    np.testing.assert_allclose(rates, learning_rates("polynomial", {"power": 0.9}), rtol=1e-9)


def test_noise_reduction_by_the_batch_size_stops_at_the_whole_training_set():
    start = Start(0.1, 128, 200, samples=50_000)
    sizes = build("noise_reduction", start, {"power": 0.9}).batch_sizes
    assert sizes[0] == 128 and sizes[-1] == 50_000
    assert sizes[100] == round(128 * 2**1.8)
    assert list(sizes) == sorted(sizes)


@given(momentum=st.floats(0, 0.999))
@settings(deadline=None)
def test_the_momentum_of_the_heavy_ball_inverts_its_factor(momentum):
    factor = momentum * (momentum**2 - momentum + 1) / (1 - momentum) ** 2
    assert momentum_of_factor(factor) == pytest.approx(momentum, abs=1e-6)


def test_beta_hat_of_the_papers_heavy_ball():
    """81.9 at β = 0.9, by arXiv 2402.02325."""
    assert momentum_of_factor(81.9) == pytest.approx(0.9)


WRONG = [
    ("step", {"interval": 0}, "interval: expected at least 1"),
    ("step", {"learning_rate_factor": 1.5}, "learning_rate_factor: expected a number in"),
    ("step", {"batch_size_factor": 0.5}, "batch_size_factor: expected at least 1"),
    ("step", {"batch_size_lag": -1}, "batch_size_lag: expected at least 0"),
    ("polynomial", {"power": 0}, "power: expected a number greater than 0"),
    ("polynomial", {"power": "high"}, "schedule polynomial: "),
    ("noise_reduction", {"batch_size_share": 0.5}, "there is no momentum"),
    ("noise_reduction", {"batch_size_share": 1.5}, r"batch_size_share: expected a number in \[0, 1\]"),
    ("spiral", {}, "'spiral' is unknown; expected one of constant, step"),
    ("cosine", {"power": 2}, "schedule cosine: option 'power' is unknown; expected none"),
    ("torch.optim.lr_scheduler:StepLR", {}, "schedule torch.optim.lr_scheduler:StepLR: "),
]


@pytest.mark.parametrize(("name", "options", "message"), WRONG, ids=[case[2][:30] for case in WRONG])
def test_wrong_schedules_are_refused(name, options, message):
    with pytest.raises(ValueError, match=message):
        build(name, START, options).at(0)


def test_the_heavy_balls_noise_reduction_needs_variance_and_norm():
    start = Start(0.1, 32, 200, "shb", 0.9)
    with pytest.raises(ValueError, match="gradient_variance: expected a number, to solve"):
        build("noise_reduction", start, {"batch_size_share": 0.0})


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_starts_where_it_is_told(name):
    first = build(name, START, {}).at(0)
    assert (first.learning_rate, first.batch_size) == (0.1, 32)


def test_batch_sizes_are_known_without_torch():
    """The plan of a preset forms packs by them, and must not wait for torch."""
    code = (
        "import sys; from graduated.schedules import *;"
        "[build(name, Start(0.1, 32, 9), {}).batch_sizes for name in SCHEDULES];"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT / "src", check=False).returncode == 0
    assert "torch" in sys.modules and torch
