import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from graduated.plots.methods import beside_published, method_curves, smoothing_along_training
from graduated.plots.methods.looks import looks_of
from graduated.plots.style import MARKERS, save
from histories import EPOCHS, FOUR, MOMENTUM, SAMPLES, SEEDS, TWELVE, VARIANCE, history_of, with_divergence
from paths import ROOT

PUBLISHED = ROOT / "workflow/published"


@pytest.fixture(scope="module")
def four() -> pd.DataFrame:
    return history_of(FOUR)


@pytest.fixture(scope="module")
def twelve() -> pd.DataFrame:
    return history_of(TWELVE)


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    return pd.read_csv(PUBLISHED / "twelve_schedules.csv")


@pytest.fixture(scope="module")
def figures(four, twelve, published) -> dict:
    histories = {"four": four, "twelve": twelve, "momentum": history_of(MOMENTUM)}
    drawings = {"curves": method_curves, "smoothing": smoothing_along_training}
    drawn = {
        (name, kind): draw(table) for name, table in histories.items() for kind, draw in drawings.items()
    }
    return {**drawn, ("twelve", "published"): beside_published(twelve, published)}


def labelled(axes, label):
    return [artist for artist in axes.get_children() if artist.get_label() == label]


def line(axes, label):
    (found,) = labelled(axes, label)
    return np.column_stack(found.get_data())


def mean_lines(axes):
    return [artist for artist in axes.lines if artist.get_label().startswith("mean ")]


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def caption(figure):
    return " ".join(figure.texts[0].get_text().replace("\u00a0", " ").split())


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


def test_the_published_table_is_that_of_the_authors_figure(published):
    assert published["method"].tolist()[::5] == list(TWELVE)
    assert {tuple(rows["epoch"]) for _, rows in published.groupby("method")} == {(40, 80, 120, 160, 200)}
    assert not published.duplicated(["method", "epoch"]).any()
    assert set(published["dataset"]) == {"cifar100"} and set(published["model"]) == {"resnet18"}
    values = published.set_index(["method", "epoch"])
    assert values.loc[("poly p=1", 200), "test_accuracy"] == 72.40
    assert values.loc[("poly p=0.1", 40), "train_loss"] == 0.233
    assert values.loc[("exponential", 160), "train_loss"] == 0.0992
    assert values.loc[("inverse time C=1", 40), "test_accuracy"] == 54.17
    assert values.loc[("inverse time C=100", 200), "train_loss"] == 0.0023
    assert values.loc[("cosine", 200), "test_accuracy"] == 72.16
    last = values.xs(200, level="epoch")["test_accuracy"]
    assert last[["poly p=0.5", "poly p=0.9", "poly p=1", "cosine"]].min() > 72.1
    assert last[["poly p=2", "poly p=4", "poly p=8", "exponential"]].max() < 72.0


def test_the_published_summary_agrees_with_the_curves(published):
    summary = pd.read_csv(PUBLISHED / "twelve_schedules_summary.csv").set_index("method")
    assert list(summary.index) == list(TWELVE)
    assert summary.loc["poly p=1", "mean_last_10"] == 72.30
    assert summary.loc["inverse time C=1", "published_name"] == "linear C=1"
    highest = published.groupby("method")["test_accuracy"].max()
    assert (summary["best"] >= highest[summary.index]).all()
    assert (summary["mean_last_10"] <= summary["best"]).all()


def test_ours_stand_beside_the_published_curves_at_the_same_fractions(twelve, published, figures):
    figure = figures["twelve", "published"]
    accuracy, other = figure.axes[:2]
    for method in TWELVE:
        rows = twelve[(twelve["method"] == method) & twelve["epoch"].isin([4, 8, 12, 16, 20])]
        means = rows.groupby("epoch")["test_accuracy"].mean()
        np.testing.assert_allclose(
            line(accuracy, f"mean {method}"), np.column_stack([means.index / 20, 100 * means])
        )
        theirs = published[published["method"] == method]
        np.testing.assert_allclose(
            line(other, f"published {method}"),
            np.column_stack([[0.2, 0.4, 0.6, 0.8, 1.0], theirs["test_accuracy"]]),
        )
    text = caption(figure)
    assert (
        "Published: cifar100, resnet18, 200 epochs, read off the authors’ vector figure at epochs 40, 80"
        in text
    )
    assert "one run or a mean: not stated" in text
    assert "Published as linear C=1, linear C=10, linear C=100, without a formula" in text
    assert "The vertical axes of ours and of the published curves differ." in text


def test_of_the_same_dataset_and_model_the_axes_agree(twelve, published):
    figure = beside_published(twelve.assign(dataset="cifar100", model="resnet18"), published)
    for left, right in ((0, 1), (3, 4)):
        np.testing.assert_allclose(figure.axes[left].get_ylim(), figure.axes[right].get_ylim())
    assert "differ" not in caption(figure)


def test_rank_correlation_is_spearmans(twelve, published, figures):
    figure = figures["twelve", "published"]
    for index, metric, sign in ((2, "test_accuracy", -1), (5, "train_loss", 1)):
        axes = figure.axes[index]
        ours = twelve[twelve["epoch"] == EPOCHS].groupby("method")[metric].mean()
        theirs = published[published["epoch"] == 200].set_index("method")[metric]
        ranks = pd.DataFrame({"theirs": sign * theirs, "ours": sign * ours}).rank()
        for method, expected in ranks.iterrows():
            assert line(axes, f"rank {method}").tolist() == [expected.tolist()]
        distance = ((ranks["ours"] - ranks["theirs"]) ** 2).sum()
        value = 1 - 6 * distance / (12 * (12**2 - 1))
        assert axes.get_title(loc="left").endswith(f"$r_s = {value:.2f}$, $n$ = 12")


def test_methods_of_one_side_alone_are_left_out_and_none_in_common_is_refused(twelve, four, published):
    both = pd.concat([twelve[twelve["method"].isin(["cosine", "poly p=2"])], four])
    figure = beside_published(both, published)
    assert len(mean_lines(figure.axes[0])) == 2
    assert figure.axes[2].get_title(loc="left").endswith("$n$ = 2")
    with pytest.raises(ValueError, match=r"^published: no method of ours is in it; ours: constant, "):
        beside_published(four, published)
    with pytest.raises(ValueError, match=r"^published: missing column\(s\) train_loss; found method, "):
        beside_published(twelve, published.drop(columns="train_loss"))


@pytest.mark.parametrize("draw", [method_curves, smoothing_along_training])
@pytest.mark.parametrize("part", ["no rows", "one epoch", "all diverged"])
def test_degenerate_histories_give_a_figure(four, draw, part, tmp_path):
    history = {
        "no rows": four.iloc[:0],
        "one epoch": four[four["epoch"] == 1].assign(epochs=1),
        "all diverged": four.assign(status="diverged"),
    }[part]
    figure = draw(history)
    save(figure, tmp_path / "figure.png")
    assert "nan" not in caption(figure)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("status", "running", "status: expected finished or diverged, found running"),
        ("test_accuracy", 98.0, "test_accuracy: expected a fraction from 0 to 1, found 98.0"),
        ("epoch", 2, "epoch: expected one row per method, seed and epoch, found 2"),
    ],
)
def test_impossible_values_are_named_with_their_run(four, column, value, message):
    history = four.copy()
    history.loc[0, column] = value
    with pytest.raises(ValueError, match=rf"^history: constant, seed 0, epoch \d: {message}$"):
        method_curves(history)


def test_missing_columns_and_mixtures_are_named(four):
    with pytest.raises(ValueError, match=r"^history: missing column\(s\) momentum, smoothing; found run, "):
        method_curves(four.drop(columns=["momentum", "smoothing"]))
    mixed = four.assign(model=np.where(four["seed"] == 0, "resnet18", "small_resnet"))
    with pytest.raises(
        ValueError, match=r"^history: model: expected one value in a figure, found resnet18, small"
    ):
        smoothing_along_training(mixed)


def test_every_text_is_of_print_size_and_inside_the_page(figures):
    for figure in figures.values():
        assert all(7 <= text.get_fontsize() <= 9 for text in figure.findobj(Text) if text.get_text())
        width, height = figure.get_size_inches()
        drawn = figure.get_tightbbox()
        assert -0.01 <= drawn.x0 <= drawn.x1 <= width + 0.01
        assert -0.01 <= drawn.y0 <= drawn.y1 <= height + 0.01


def test_the_key_touches_neither_the_panels_nor_the_caption(figures):
    for figure in figures.values():
        key = figure.legends[0].get_window_extent()
        assert figure.texts[0].get_window_extent().y1 <= key.y0
        assert key.y1 <= min(axes.get_tightbbox().y0 for axes in figure.axes)


def draw(tmp_path, history, *arguments) -> subprocess.CompletedProcess:
    history.to_parquet(tmp_path / "history.parquet")
    command = [sys.executable, str(ROOT / "scripts/draw_comparison.py"), "methods"]
    command += [
        "--history",
        str(tmp_path / "history.parquet"),
        *arguments,
        "--output",
        str(tmp_path / "figures"),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_program_draws_all_figures_and_the_same_bytes_again(published, tmp_path):
    history = history_of({name: TWELVE[name] for name in ("cosine", "poly p=2")}, epochs=5)
    result = draw(tmp_path, history, "--published", str(PUBLISHED / "twelve_schedules.csv"))
    assert result.returncode == 0, result.stderr
    written = sorted(path.name for path in (tmp_path / "figures").iterdir())
    kinds = ("curves", "published", "smoothing")
    assert written == [f"methods_{kind}.{suffix}" for kind in kinds for suffix in ("csv", "pdf", "png")]
    save(method_curves(history), tmp_path / "curves.png")
    save(beside_published(history, published), tmp_path / "published.pdf")
    save(smoothing_along_training(history), tmp_path / "smoothing.csv")
    for name in ("curves.png", "published.pdf", "smoothing.csv"):
        assert (tmp_path / "figures" / f"methods_{name}").read_bytes() == (tmp_path / name).read_bytes()


def test_the_program_refuses_in_one_line_and_writes_nothing(four, tmp_path):
    result = draw(tmp_path, four, "--published", str(PUBLISHED / "twelve_schedules.csv"))
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1 and result.stderr.startswith(
        "draw_comparison: published: no method"
    )
    assert not (tmp_path / "figures").exists()


def test_the_package_imports_no_torch():
    program = "import sys, graduated.plots.methods; sys.exit('torch' in sys.modules)"
    environment = {"PYTHONPATH": ":".join(sys.path)}
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == 0
