"""All figures of methods: histories that can hardly be drawn or not at all, and the program."""

import subprocess
import sys

import numpy as np
import pytest

from artists import caption
from graduated.plots.methods import beside_published, method_curves, smoothing_along_training
from graduated.plots.style import save
from histories import TWELVE, history_of
from pages_drawn import check_page
from paths import ROOT

PUBLISHED = ROOT / "workflow/published"


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


def test_the_key_touches_neither_the_panels_nor_the_caption_on_a_page_of_print(figures):
    for figure in figures.values():
        check_page(figure)
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
