import numpy as np
import pandas as pd
import pytest

from artists import caption, line, mean_lines
from graduated.plots.methods import beside_published
from histories import EPOCHS, TWELVE
from paths import ROOT

PUBLISHED = ROOT / "workflow/published"


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


def test_means_that_differ_by_rounding_alone_share_a_rank(twelve, published):
    tied = {"cosine": 0.986, "poly p=2": 0.986 + 1e-13, "exponential": 0.986 - 1e-13}
    accuracy = twelve["method"].map(tied).fillna(0.5)
    axes = beside_published(twelve.assign(test_accuracy=accuracy), published).axes[2]
    assert {line(axes, f"rank {method}")[0, 1] for method in tied} == {2.0}


def test_methods_of_one_side_alone_are_left_out_and_none_in_common_is_refused(twelve, four, published):
    both = pd.concat([twelve[twelve["method"].isin(["cosine", "poly p=2"])], four])
    figure = beside_published(both, published)
    assert len(mean_lines(figure.axes[0])) == 2
    assert figure.axes[2].get_title(loc="left").endswith("$n$ = 2")
    with pytest.raises(ValueError, match=r"^published: no method of ours is in it; ours: constant, "):
        beside_published(four, published)
    with pytest.raises(ValueError, match=r"^published: missing column\(s\) train_loss; found method, "):
        beside_published(twelve, published.drop(columns="train_loss"))
