"""What is drawn is what stands in the table beside the figure, read back from the saved CSV."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection

from graduated.plots.methods import method_curves, smoothing_along_training
from graduated.plots.style import save
from graduated.plots.theory.convergence import success
from graduated.plots.theory.noise_estimators import noise_estimators
from histories import FOUR, history_of, with_divergence


def saved(figure, folder) -> pd.DataFrame:
    save(figure, folder / "figure.csv")
    return pd.read_csv(folder / "figure.csv")


def labelled(axes: Axes, label: str, kind: type) -> list:
    return [artist for artist in axes.findobj(kind) if str(artist.get_label()).startswith(label)]


def offsets(axes: Axes, label: str) -> np.ndarray:
    return np.concatenate([marks.get_offsets() for marks in labelled(axes, label, PathCollection)])


def ends(axes: Axes) -> np.ndarray:
    """Ends of bars; empty ones, of a single run, among them."""
    bars = [segment for bar in labelled(axes, "range", LineCollection) for segment in bar.get_segments()]
    return np.array([segment[:, 1] for segment in bars])


def same_rows(found, expected) -> None:
    found, expected = (np.asarray(rows, float) for rows in (found, expected))
    in_order = [rows[np.lexsort(rows.T)] for rows in (found, expected)]
    np.testing.assert_allclose(*in_order, rtol=1e-12)


PANELS = {
    "a_sharpness_vs_batch_size": ("batch_size", "sharpness"),
    "b_sharpness_vs_learning_rate": ("learning_rate", "sharpness"),
    "c_sharpness_vs_smoothing": ("smoothing", "sharpness"),
    "d_accuracy_vs_sharpness": ("sharpness", "accuracy"),
    "e_accuracy_vs_smoothing": ("smoothing", "accuracy"),
}


@pytest.mark.parametrize("name", PANELS)
def test_the_paper_s_panels_draw_their_rows_and_no_others(figures, table, name, tmp_path):
    axes, data = figures[name].axes[0], saved(figures[name], tmp_path)
    x, y = PANELS[name]
    runs, means = (data[data["kind"] == kind] for kind in ("run", "mean"))
    same_rows(offsets(axes, "runs"), runs.loc[runs["status"] == "finished", [x, y]])
    same_rows(offsets(axes, "means"), means[[x, y]])
    assert len(runs) == len(table) and (runs["status"] == "diverged").sum() == 4
    diverged = table["status"] == "diverged"
    finished = table[~diverged].groupby(["learning_rate", "batch_size"]).size()
    assert means.set_index(["learning_rate", "batch_size"])["n"].to_dict() == finished.to_dict()
    if y == "sharpness":
        assert (means["sharpness_low"] <= means[y]).all() and (means[y] <= means["sharpness_high"]).all()
    assert len([column for column in data if column.endswith(("_low", "_high"))]) == 2 * (y == "sharpness")


def test_bars_end_where_the_table_has_low_and_high(figures, tmp_path):
    figure = figures["c_sharpness_vs_smoothing"]
    data = saved(figure, tmp_path)
    means = data[data["kind"] == "mean"]
    drawn = {tuple(pair) for pair in ends(figure.axes[0]).round(9)}
    assert drawn == {tuple(pair) for pair in means[["sharpness_low", "sharpness_high"]].to_numpy().round(9)}


def test_the_overview_holds_the_rows_of_the_five_panels(figures, tmp_path):
    data = saved(figures["overview"], tmp_path)
    for letter, name in zip("abcde", PANELS, strict=True):
        alone = saved(figures[name], tmp_path)
        own = data.loc[data["panel"] == letter, list(alone)].reset_index(drop=True)
        pd.testing.assert_frame_equal(own, alone, check_dtype=False)


def test_curves_bands_and_crosses_of_methods_are_in_the_table(tmp_path):
    history = with_divergence(history_of(FOUR))
    figure = method_curves(history)
    data = saved(figure, tmp_path)
    for index, panel, x, metric in (
        (0, "a", "epoch", "train_loss"),
        (2, "b", "updates", "train_loss"),
        (4, "c", "epoch", "test_accuracy"),
    ):
        axes, rows = figure.axes[index], data[(data["panel"] == panel)]
        for method in FOUR:
            own = rows[rows["method"] == method]
            mean = own[own["kind"] == "mean"]
            (line,) = [line for line in axes.lines if line.get_label() == f"mean {method}"]
            np.testing.assert_allclose(np.column_stack(line.get_data()), mean[[x, metric]])
            (band,) = [band for band in axes.collections if band.get_label() == f"range {method}"]
            corners = np.concatenate([path.vertices for path in band.get_paths()])
            assert {*mean["low"].round(9), *mean["high"].round(9)} == {*corners[:, 1].round(9)}
        lost = rows[rows["kind"] == "diverged run"]
        assert set(lost["method"]) == {"growing b"} and lost["seed"].tolist() == [1] * 6
        (line,) = [line for line in axes.lines if line.get_label() == "run growing b"]
        np.testing.assert_allclose(line.get_xdata(), lost[x])


def test_steps_of_settings_are_in_the_table(tmp_path):
    figure = smoothing_along_training(history_of(FOUR))
    data = saved(figure, tmp_path)
    for axes, panel, column in zip(
        figure.axes, "abc", ("smoothing", "learning_rate", "batch_size"), strict=True
    ):
        for method in FOUR:
            own = data[(data["panel"] == panel) & (data["method"] == method)]
            (line,) = [line for line in axes.lines if line.get_label() == f"{column} {method}"]
            np.testing.assert_allclose(line.get_ydata()[1:-1], own[column])
            np.testing.assert_allclose(line.get_xdata()[1:-1], own["epoch"] - 0.5)


def test_marks_that_are_set_apart_stand_unshifted_in_the_table(tmp_path):
    """Of a study: shares are drawn beside one another at whole numbers, geometric means at shifted epochs."""
    share = {"share": [0.25, 0.5, 0.75, 1.0], "low": [0.2, 0.4, 0.7, 0.9], "high": [0.3, 0.6, 0.8, 1.0]}
    keys = {"function": "rastrigin", "method": ["SGD", "GradOpt"] * 2, "parameter": [0.1, 0.5] * 2}
    table = pd.DataFrame({**keys, **share, "dimension": [1, 1, 3, 3], "starts": 8, "steps": 9})
    figure = success({"success": pd.concat([table, table.assign(function="log_periodic")])})
    data = saved(figure, tmp_path)
    for axes, panel in zip(figure.axes, "ab", strict=True):
        own = data[data["panel"] == panel]
        same_rows(own[["share", "low", "high", "dimension"]], table[["share", "low", "high", "dimension"]])
        bars = [container.lines for container in axes.containers]
        drawn = np.concatenate([marks.get_xdata() for marks, _, _ in bars])
        same_rows(drawn[:, None], own[["share"]])
        spans = np.concatenate([span.get_segments() for _, _, (span,) in bars])[:, :, 0]
        same_rows(spans, own[["low", "high"]])
    estimates = pd.DataFrame(
        {
            "seed": [0, 1] * 2,
            "epoch": [0, 0, 5, 5],
            "estimator": "per sample",
            "mode": "evaluation",
            "gradient_variance": [1.0, 4.0, 9.0, 16.0],
            "noise_scale": [10.0, 40.0, 90.0, -1.0],
            "averaged": 3,
        }
    )
    pair = estimates.assign(estimator="two batch sizes")
    data = saved(noise_estimators({"estimates": pd.concat([estimates, pair])}), tmp_path)
    own = data[(data["panel"] == "a") & (data["estimator"] == "per sample")]
    same_rows(own[["epoch", "gradient_variance", "low", "high"]], [[0, 2, 1, 4], [5, 12, 9, 16]])
    scale = data[(data["panel"] == "b") & (data["estimator"] == "per sample")]
    same_rows(scale[["epoch", "noise_scale"]], [[0, 20]])


def test_numbers_are_written_in_full(figures, table, tmp_path):
    save(figures["overview"], tmp_path / "overview.csv")
    sharpness = float(table.loc[table["status"] == "finished", "sharpness"].iloc[0])
    assert repr(sharpness) in (tmp_path / "overview.csv").read_text()
