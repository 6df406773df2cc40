import numpy as np
import pytest
import torch

from graduated.graduated_optimization.functions import FUNCTIONS
from graduated.graduated_optimization.objective import Finished, Objective
from graduated.graduated_optimization.rivals import RIVALS, run

SPHERE = FUNCTIONS["sphere"]


def objective(name="sphere", dimension=3, evaluations=10_000, precision=1e-8, success=1e-2):
    return Objective(FUNCTIONS[name], dimension, evaluations, precision, success)


def test_points_are_counted_one_by_one_and_the_best_is_kept():
    counting = objective()
    assert counting(np.array([3.0, 4.0, 0.0])) == 25
    assert (counting.spent, counting.gap) == (1, 25)
    np.testing.assert_array_equal(
        counting(np.array([[1.0, 0, 0], [0, 0.0625, 0], [0.01, 0, 0]])), [1, 0.0625**2, 0.01**2]
    )
    assert (counting.spent, counting.gap, counting.solved_after) == (4, pytest.approx(1e-4), 3)
    np.testing.assert_array_equal(counting.point, [0.01, 0, 0])


def test_points_beyond_the_budget_do_not_count():
    counting = objective(evaluations=2)
    with pytest.raises(Finished):
        counting(np.array([[3.0, 0, 0], [2.0, 0, 0], [0.0, 0, 0]]))
    assert (counting.spent, counting.gap) == (2, 4) and np.isnan(counting.solved_after)


def test_a_run_ends_where_the_minimum_is_found():
    counting = objective()
    with pytest.raises(Finished):
        counting(np.full(3, 1e-5))
    assert counting.spent == counting.solved_after == 1


def test_the_difference_quotient_is_the_gradient_and_stays_in_the_box():
    corner, asked = np.array([100.0, -100.0, 0.3]), []
    counting = objective()
    evaluate = counting.function.evaluate
    counting.function = SPHERE.__class__("", lambda x: asked.append(x) or evaluate(x), -100, 100, 1)
    value, gradient = counting.with_gradient(corner)
    assert counting.spent == 4 and value == pytest.approx(20000.09)
    np.testing.assert_allclose(gradient, 2 * corner, atol=1e-3)
    assert torch.cat(asked).abs().max() <= 100


def test_the_function_is_continued_by_reflection():
    counting = objective("ellipsoid")
    inside = np.array([90.0, -80.0, 10.0])
    images = np.stack(
        [inside, [110.0, -120.0, 10.0], [90 + 400, -80 - 400, 190.0], [510.0, -520.0, -210 - 400.0]]
    )
    images[3, 2] = 10 + 400
    np.testing.assert_allclose(counting.mirrored(images), np.full(4, counting(inside)), rtol=1e-12)


@pytest.mark.parametrize("rival", RIVALS)
def test_every_rival_finds_the_minimum_of_a_sphere_within_its_box(rival):
    seen, counting = [], objective(evaluations=20_000)
    plain = counting.function.evaluate
    counting.function = SPHERE.__class__(
        "", lambda x: seen.append(x.reshape(-1, 3)) or plain(x), -100, 100, 1
    )
    run(RIVALS[rival], counting, np.array([70.0, -30.0, 5.0]), 1)
    assert counting.gap <= 1e-8 and counting.solved_after <= counting.spent < 20_000
    points = torch.cat(seen)
    assert points.abs().max() <= 100 and counting.spent == len(points)
    np.testing.assert_allclose(counting.point, 0, atol=1e-4)


def gap_of(rival, seed):
    counting = objective("rastrigin", dimension=4, evaluations=700)
    run(RIVALS[rival], counting, np.full(4, 3.3), seed)
    return counting.gap


@pytest.mark.parametrize("rival", RIVALS)
def test_the_seed_alone_decides(rival):
    gaps = [gap_of(rival, seed) for seed in (1, 2, 3)]
    assert gaps == [gap_of(rival, seed) for seed in (1, 2, 3)] and len(set(gaps)) > 1


@pytest.mark.parametrize("rival", RIVALS)
def test_the_global_generator_is_neither_used_nor_moved(rival):
    before = np.random.get_state()  # noqa: NPY002
    gap = gap_of(rival, 1)
    after = np.random.get_state()  # noqa: NPY002
    assert before[2:] == after[2:] and (before[1] == after[1]).all()
    np.random.seed(6)  # noqa: NPY002
    assert gap == gap_of(rival, 1)
    np.random.set_state(before)  # noqa: NPY002


@pytest.mark.parametrize("rival", RIVALS)
def test_the_budget_is_kept_to_the_last_evaluation(rival):
    counting = objective("happycat", dimension=6, evaluations=777)
    run(RIVALS[rival], counting, np.full(6, -9.0), 3)
    assert counting.spent == 777
