import numpy as np

from artists import caption, labelled, line
from histories import EPOCHS, FOUR, VARIANCE


def test_smoothing_falls_by_the_same_factor_in_every_stage_of_the_papers_methods(figures):
    figure = figures["four", "smoothing"]
    assert [axes.get_ylabel().split(" $")[0] for axes in figure.axes] == [
        "degree of smoothing",
        "learning rate",
        "batch size",
    ]
    for method in list(FOUR)[1:]:
        drawn = line(figure.axes[0], f"smoothing {method}")[1:-1, 1]
        stages = drawn[[0, 4, 8, 12, 16]]
        np.testing.assert_allclose(stages[1:] / stages[:-1], 0.5**0.5, rtol=0.02)
    drawn = line(figure.axes[0], "smoothing decaying η")
    assert (drawn[0, 0], drawn[-1, 0]) == (0, EPOCHS)
    np.testing.assert_allclose(drawn[1:5, 1], 0.1 * np.sqrt(VARIANCE / 128))
    assert sorted(set(line(figure.axes[2], "batch_size hybrid")[:, 1])) == [32, 48, 72, 108, 162]


def test_effective_and_explicit_degrees_are_drawn_where_there_are_any(figures):
    figure = figures["momentum", "smoothing"]
    top = figure.axes[0]
    assert [axes.get_ylabel().split(" $")[0] for axes in figure.axes[1:]] == ["momentum"]
    effective = line(top, "effective_smoothing SHB")[1:-1, 1]
    np.testing.assert_allclose(effective, 0.1 / (1 - 0.9) * np.sqrt(VARIANCE / 32))
    assert labelled(top, "effective_smoothing SHB")[0].is_dashed()
    assert labelled(top, "effective_smoothing NSHB by β")
    assert not labelled(top, "effective_smoothing SGD")
    levels = line(top, "perturbation explicit")[1:-1, 1]
    np.testing.assert_allclose(levels, np.repeat(0.5 ** np.arange(5), 4))
    assert not labelled(top, "perturbation SHB")
    head = top.get_title(loc="left")
    assert "solid" in head and "dashed" in head and "dotted" in head
    assert "Learning rate $\\eta$ = 0.1 throughout. Batch size $b$ = 32 throughout." in caption(figure)


def test_a_smoothing_that_all_but_vanishes_does_not_crush_the_others(twelve, figures):
    low, high = figures["twelve", "smoothing"].axes[0].get_ylim()
    assert twelve["smoothing"].min() < low
    assert high / low < 1e6
