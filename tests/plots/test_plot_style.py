import subprocess
import sys
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image

from graduated.plots import FIGURES, caption, save
from graduated.plots.style import MARKERS, batch_size_colours, learning_rate_markers

DEUTERANOPIA = [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
]
PROTANOPIA = [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
]


def linear(colour):
    colour = np.asarray(colour)
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def luminance(linear_colour):
    return float(linear_colour @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("number", [2, 8, 13])
@pytest.mark.parametrize("vision", [np.eye(3), DEUTERANOPIA, PROTANOPIA], ids=["normal", "deutan", "protan"])
def test_colours_darken_with_batch_size_in_every_vision(number, vision):
    colours = batch_size_colours(2 ** np.arange(1, number + 1))
    luminances = [luminance(np.asarray(vision) @ linear(colours[size])) for size in sorted(colours)]
    contrasts = [(light + 0.05) / (dark + 0.05) for light, dark in pairwise(luminances)]
    assert min(contrasts) > 1.1
    assert 1.05 / (luminances[0] + 0.05) > 1.6


def test_markers_are_distinct_and_none_is_the_cross_of_diverged_runs():
    markers = learning_rate_markers([0.5, 0.01, 0.1, 0.05, 0.1])
    assert list(markers) == [0.01, 0.05, 0.1, 0.5]
    assert len(set(MARKERS)) == len(MARKERS)
    assert not {"x", "X"} & set(MARKERS)


def test_too_many_learning_rates_are_refused():
    with pytest.raises(ValueError, match="11 learning rates; at most 10"):
        learning_rate_markers(range(1, 12))


@pytest.mark.parametrize("suffix", ["png", "pdf"])
def test_same_table_same_bytes_whatever_the_order_of_rows_and_the_users_style(table, tmp_path, suffix):
    first, second, third = (tmp_path / f"{number}.{suffix}" for number in (1, 2, 3))
    figure = FIGURES["e_accuracy_vs_smoothing"](table)
    save(figure, first)
    save(figure, second)
    with mpl.rc_context({"font.size": 20, "axes.grid": True, "pdf.fonttype": 3, "axes.facecolor": "red"}):
        save(FIGURES["e_accuracy_vs_smoothing"](table.sample(frac=1, random_state=0)), third)
    assert first.read_bytes() == second.read_bytes() == third.read_bytes()


def test_files_carry_fonts_but_no_dates(figures, tmp_path):
    figure = figures["a_sharpness_vs_batch_size"]
    save(figure, tmp_path / "a.pdf")
    pdf = (tmp_path / "a.pdf").read_bytes()
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf
    for entry in (b"/CreationDate", b"/Creator", b"/Producer"):
        assert entry not in pdf
    save(figure, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert "Software" not in image.info
        assert image.info["dpi"][0] >= 200
        assert image.width / image.info["dpi"][0] == pytest.approx(3.5, abs=0.01)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pdf", "a.png"]


def test_other_suffixes_are_refused(figures, tmp_path):
    with pytest.raises(ValueError, match=r"\.png, \.pdf"):
        save(figures["overview"], tmp_path / "a.jpg")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", FIGURES)
def test_every_text_is_of_print_size_and_inside_the_page(figures, name):
    figure = figures[name]
    assert all(7 <= text.get_fontsize() <= 9 for text in figure.findobj(Text) if text.get_text())
    width, height = figure.get_size_inches()
    drawn = figure.get_tightbbox()
    assert -0.01 <= drawn.x0 <= drawn.x1 <= width + 0.01
    assert -0.01 <= drawn.y0 <= drawn.y1 <= height + 0.01


def test_caption_names_the_setting_and_counts(table):
    assert caption(table) == (
        "Preset digits: digits, small_resnet, 40 epochs, constant schedule. "
        "96 runs: 92 finished, 4 diverged (×); 3 seeds in each of 32 cells."
    )
    table = table.drop(columns="preset").drop(index=[0, 1])
    table.loc[[2, 3], "sharpness"] = 0.0, np.nan
    assert caption(table) == (
        "digits, small_resnet, 40 epochs, constant schedule. "
        "94 runs: 90 finished, 4 diverged (×); 1–3 seeds in each of 32 cells. "
        "1 finished run without a finite value (×). 1 run of sharpness ≤ 0."
    )
    assert caption(table.iloc[:0]) == "No runs."


@pytest.mark.parametrize("name", FIGURES)
def test_figures_hold_their_caption(table, figures, name):
    text = " ".join(figures[name].texts[0].get_text().split())
    assert text.startswith(caption(table))


def test_the_package_imports_no_torch():
    program = "import sys, graduated.plots; sys.exit('torch' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": ":".join(sys.path)}).returncode
        == 0
    )
