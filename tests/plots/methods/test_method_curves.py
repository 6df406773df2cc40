import numpy as np
import pytest
from matplotlib.colors import to_rgb

from artists import caption, labelled, line, mean_lines, texts
from graduated.plots.methods import method_curves
from graduated.plots.methods.looks import looks_of
from graduated.plots.style import MARKERS
from histories import EPOCHS, FOUR, SAMPLES, SEEDS, TWELVE, history_of, with_divergence

PANELS = [
    (0, "epoch", "train_loss"),
    (2, "updates", "train_loss"),
    (4, "epoch", "test_accuracy"),
    (6, "updates", "test_accuracy"),
]


def test_lines_are_means_and_bands_extremes_over_seeds(four, figures):
    figure = figures["four", "curves"]
    for index, x, metric in PANELS:
        axes = figure.axes[index]
        assert len(mean_lines(axes)) == len(FOUR)
        for method, rows in four.assign(test_accuracy=100 * four["test_accuracy"]).groupby("method"):
            seeds = rows.pivot(index=x, columns="seed", values=metric)
            np.testing.assert_allclose(
                line(axes, f"mean {method}"), np.column_stack([seeds.index, seeds.mean(axis=1)])
            )
            (band,) = labelled(axes, f"range {method}")
            drawn = np.concatenate([path.vertices for path in band.get_paths()])
            assert set(drawn[:, 1].round(9)) == {*seeds.min(axis=1).round(9), *seeds.max(axis=1).round(9)}
    assert figure.axes[0].get_yscale() == figure.axes[2].get_yscale() == "log"
    assert figure.axes[2].get_xscale() == "linear"


def test_equal_updates_are_those_of_the_method_that_makes_the_fewest(four, figures):
    figure = figures["four", "curves"]
    fewest = EPOCHS * -(-SAMPLES // 128)
    for index in (2, 6):
        assert line(figure.axes[index], "budget")[:, 0].tolist() == [fewest, fewest]
    assert f"fewest updates of a method, {fewest}; " in caption(figure)
    for position, method in enumerate(FOUR):
        rows = four[(four["method"] == method) & (four["updates"] <= fewest)]
        last = rows[rows["epoch"] == rows["epoch"].max()]["train_loss"]
        assert line(figure.axes[3], f"mean {method}").tolist() == [[position, pytest.approx(last.mean())]]
        (bar,) = labelled(figure.axes[3], f"range {method}")
        np.testing.assert_allclose(bar.get_segments()[0][:, 1], [last.min(), last.max()])
        end = four[(four["method"] == method) & (four["epoch"] == EPOCHS)]["test_accuracy"]
        assert line(figure.axes[5], f"mean {method}")[0, 1] == pytest.approx(100 * end.mean())


def test_updates_that_differ_more_than_tenfold_have_a_logarithmic_axis():
    figure = method_curves(history_of({"b=8": {"batch_size": 8}, "b=512": {"batch_size": 512}}))
    assert figure.axes[2].get_xscale() == "log"
    assert not np.isfinite(line(figure.axes[3], "mean b=8")[0, 1]), (
        "its first epoch is longer than the budget"
    )


def test_equal_and_constant_updates_need_no_column_of_their_own(figures):
    figure = figures["twelve", "curves"]
    assert len(figure.axes) == 4
    assert "epoch (45 parameter updates each)" in texts(figure)


def test_a_diverged_run_is_a_cross_at_its_end_and_no_part_of_the_mean(four):
    history = with_divergence(four)
    figure = method_curves(history)
    finished = history[(history["method"] == "growing b") & (history["status"] == "finished")]
    for index, x, metric in PANELS:
        axes = figure.axes[index]
        (cross,) = labelled(axes, "diverged growing b")
        run = history[history["status"] == "diverged"]
        ((across, up),) = cross.get_offsets()
        assert across == run[x].max()
        low, high = axes.get_ylim()
        assert low <= up <= high
        drawn = line(axes, "mean growing b")[:, 1]
        expected = finished.groupby("epoch")[metric].mean() * (100 if metric == "test_accuracy" else 1)
        np.testing.assert_allclose(drawn, expected)
    assert figure.axes[0].get_ylim()[1] < 10, "the axis is that of the finished runs"
    assert "growing b (1 of 3 diverged)" in texts(figure)
    assert "12 runs, 11 finished, 1 diverged (×)." in caption(figure)


def test_a_method_without_a_finished_run_has_neither_line_nor_outcome(four):
    history = four
    for seed in SEEDS:
        history = with_divergence(history, "constant", seed)
    figure = method_curves(history)
    assert not labelled(figure.axes[0], "mean constant")
    assert len(labelled(figure.axes[0], "diverged constant")) == 3
    assert np.isnan(line(figure.axes[1], "mean constant")[0, 1])
    assert "constant (3 of 3 diverged)" in texts(figure)


def test_one_seed_has_no_band():
    figure = method_curves(history_of(FOUR, seeds=(5,)))
    assert len(mean_lines(figure.axes[0])) == 4
    assert not labelled(figure.axes[0], "range constant")
    assert "4 methods, 1 seed each; 4 runs, all finished. Lines: the one seed." in caption(figure)


def test_a_value_that_is_not_finite_is_left_out_of_the_mean(four):
    history = four.copy()
    row = (history["method"] == "hybrid") & (history["epoch"] == 3)
    history.loc[row & (history["seed"] == 0), "train_loss"] = np.inf
    history.loc[row, "test_accuracy"] = np.nan
    figure = method_curves(history)
    others = history[row & (history["seed"] > 0)]["train_loss"].mean()
    assert line(figure.axes[0], "mean hybrid")[2, 1] == pytest.approx(others)
    accuracies = line(figure.axes[4], "mean hybrid")[:, 1]
    assert np.flatnonzero(np.isnan(accuracies)).tolist() == [2]


def luminance(colour):
    return np.dot(to_rgb(colour), [0.2126, 0.7152, 0.0722])


def test_twelve_methods_are_grouped_by_family_and_told_apart_by_markers(figures):
    figure = figures["twelve", "curves"]
    lines = mean_lines(figure.axes[0])
    assert [entry.get_label() for entry in lines] == [f"mean {name}" for name in TWELVE]
    assert (
        len({(entry.get_marker(), to_rgb(entry.get_markerfacecolor()) == (1, 1, 1)) for entry in lines}) == 12
    )
    shades = [luminance(entry.get_color()) for entry in lines if "poly" in entry.get_label()]
    assert (np.diff(shades) < -0.02).all()
    (key,) = figure.legends
    shown = [text.get_text() for text in key.get_texts()]
    assert [name for name in shown if name] == list(TWELVE)
    rows = len(shown) // 5
    columns = [shown[start : start + rows] for start in range(0, len(shown), rows)]
    assert all(len({name.split("=")[0] for name in column if "=" in name}) <= 1 for column in columns)
    assert not labelled(figure.axes[0], "range cosine"), "twelve bands would cover one another"


def test_looks_are_distinct_up_to_two_of_each_marker_and_no_further():
    names = [f"method {number}" for number in range(2 * len(MARKERS))]
    looks = looks_of(names).values()
    assert len({(look.marker, look.face == (1.0, 1.0, 1.0)) for look in looks}) == len(names)
    with pytest.raises(ValueError, match=r"^history: 21 methods; at most 20 can be told apart$"):
        looks_of([*names, "one more"])
