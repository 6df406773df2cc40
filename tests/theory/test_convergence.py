import numpy as np
import pytest
from scipy import stats

from graduated.plots.theory import convergence as drawing
from graduated.studies.catalogue import STUDIES
from graduated.studies.settings import Convergence
from graduated.theory import convergence as study
from graduated.theory.iterations import BATCH, HYBRID, NEEDED, PLANNED, RATE, nice_function, plan_of

SMALL = Convergence(
    dimensions=(1,),
    starts=40,
    steps=4000,
    decays=(0.5, 0.8),
    sgd_smoothings=(0.1,),
    accuracies=(1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4),
)


@pytest.fixture(scope="module")
def findings():
    return study.measure(SMALL, lambda fraction, detail: None)


def test_tables_and_figures_are_those_of_the_catalogue(findings):
    assert set(findings.tables) == set(STUDIES["convergence"].tables)
    assert set(drawing.FIGURES) == set(STUDIES["convergence"].figures)


def test_gradient_descent_finds_the_basin_it_starts_in(findings):
    """The basin of Rastrigin's global minimum is about 1 of 10 wide."""
    success = findings.tables["success"]
    row = success[(success["function"] == "rastrigin") & (success["method"] == "gradient descent")].iloc[0]
    assert stats.binomtest(int(row["successes"]), 40, 0.1).pvalue > 1e-3


def test_graduated_descent_finds_the_global_minimum(findings):
    success = findings.tables["success"]
    assert (success.loc[success["method"] == "graduated", "successes"] == 40).all()
    others = success[success["method"].isin(("gradient descent", "SGD"))]
    assert (others["high"] < 0.5).all()


def test_orders_of_the_number_of_steps(findings):
    """H_m/ε_m is of order 1/δ for constant η, and of order 1/δ² for η in proportion to δ."""
    slopes = findings.tables["slopes"].set_index(["counted", "lowered"])["slope"]
    assert slopes[PLANNED, BATCH].to_numpy() == pytest.approx(-1, abs=0.12)
    assert slopes[PLANNED, HYBRID].to_numpy() == pytest.approx(-1.5, abs=0.18)
    assert slopes[PLANNED, RATE].to_numpy() == pytest.approx(-2, abs=0.24)
    assert (slopes[NEEDED, BATCH].to_numpy() > -0.2).all()


def test_needed_steps_are_those_of_the_contraction(findings):
    """No more than from |x| = 5 to δ_M by the slowest contraction, that of the curvature σ."""
    counts = findings.tables["iterations"]
    nice = nice_function()
    for row in counts[counts["counted"] == NEEDED].itertuples():
        last = plan_of(row.decay, row.accuracy).levels[-1]
        slowest = np.log(last / 5) / np.log(1 - nice.strong_convexity / nice.smoothness)
        assert row.steps <= row.most <= slowest + 1


def test_verdicts(findings):
    assert [verdict.outcome for verdict in findings.verdicts] == [
        "inconclusive",  # 40 starts cannot show that more than 95 % succeed
        "supported",
        "supported",
        "supported",
        "supported",
    ]
    assert findings.verdicts[0].value == 1


def test_levels_begin_no_farther_than_one_over_gamma_away(findings):
    """From |x| ≤ δ_m, as ε_m ensures, to δ_{m+1} = γδ_m, on the level's own scale."""
    reached = findings.tables["reached"]
    assert (reached["farthest"] <= 1 / reached["decay"]).all()
    assert (reached["reached"] == 40).all()


def test_figures_are_drawn(findings):
    success, iterations, nice = (draw(findings.tables) for draw in drawing.FIGURES.values())
    assert [axes.get_title(loc="left")[-5:-1] for axes in iterations.axes] == [" 0.5", " 0.8"]
    assert all(len(axes.lines) == 5 for axes in iterations.axes)
    assert len(success.axes[0].get_yticks()) == 5
    assert len(nice.axes) == 2


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"dimensions": (0,)}, "dimensions"),
        ({"starts": 5}, "starts = 5: expected at least 10"),
        ({"decays": (0.4,)}, r"decays = .*\[0.5, 1\)"),
        ({"last": 0.0}, "last = 0.0"),
        ({"sgd_smoothings": (0.0,)}, "sgd_smoothings"),
        ({"accuracies": (0.1, 0.01)}, "accuracies"),
    ],
)
def test_refuses_wrong_settings(wrong, message):
    with pytest.raises(ValueError, match=message):
        Convergence(**wrong)
