"""The imprint below a figure: it stands there, moves nothing, and leaves no trace in the figure."""

import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from graduated.plots.contrast import TEXT, contrast
from graduated.plots.style import MUTED, save, save_all
from pdf_text import text_of

IMPRINT = "graduated · preset digits · small_resnet on digits · 50 epochs"
LONG = "graduated · preset own · my_module.networks:make_network on my_module.images:load · up to epoch 1000"
SOME = ["a_sharpness_vs_batch_size", "overview"]
DPI, SMALLEST = 300, 6.0


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def paper(path: Path) -> list[float]:
    """Width and height of a PDF in points."""
    box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", path.read_bytes())
    return [float(length) for length in box.groups()]


@pytest.mark.parametrize("name", SOME)
def test_an_imprint_stands_below_and_moves_no_pixel(figures, tmp_path, name):
    save(figures[name], tmp_path / "plain.png")
    save(figures[name], tmp_path / "imprinted.png", IMPRINT)
    plain, imprinted = (pixels(tmp_path / f"{kind}.png") for kind in ("plain", "imprinted"))
    height, width = plain.shape[:2]
    assert imprinted.shape[1] == width
    assert np.abs(imprinted[:height] - plain).max() <= 1, "but for the rounding of an edge"
    below = imprinted[height:]
    assert 0.1 * DPI < len(below) < 0.2 * DPI
    rows, columns = np.nonzero((below < 255).any(axis=-1))
    margins = rows.min(), len(below) - 1 - rows.max(), width - 1 - columns.max()
    assert min(margins) >= 5, "it neither touches what is above nor leaves the page"
    assert width - 1 - columns.max() < 0.06 * DPI, "to the right"


@pytest.mark.parametrize("name", SOME)
def test_a_pdf_bears_the_text_on_a_page_as_wide_as_before(figures, tmp_path, name):
    save(figures[name], tmp_path / "plain.pdf")
    save_all(figures[name], tmp_path, "imprinted", IMPRINT)
    assert text_of(tmp_path / "imprinted.pdf") == f"{text_of(tmp_path / 'plain.pdf')}\n{IMPRINT}"
    width, height = paper(tmp_path / "imprinted.pdf")
    assert width == pytest.approx(paper(tmp_path / "plain.pdf")[0])
    shape = pixels(tmp_path / "imprinted.png").shape
    assert shape[:2] == pytest.approx((height / 72 * DPI, width / 72 * DPI), abs=1), "that of the picture"


@pytest.mark.parametrize("suffix", [".png", ".csv"])
def test_saving_again_gives_the_same_bytes_with_an_imprint_and_without(figures, tmp_path, suffix):
    figure = figures["c_sharpness_vs_smoothing"]
    written = []
    for number, imprint in enumerate(["", IMPRINT, IMPRINT, ""]):
        save(figure, tmp_path / f"{number}{suffix}", imprint)
        written.append((tmp_path / f"{number}{suffix}").read_bytes())
    plain, imprinted, again, last = written
    assert (plain, imprinted) == (last, again)
    assert (plain == imprinted) == (suffix == ".csv"), "data bears no imprint"


def test_a_figure_that_cannot_be_written_keeps_no_imprint(figures, tmp_path, monkeypatch):
    figure, texts = figures["overview"], [*figures["overview"].texts]

    def fail(self, *_, **__):
        assert [text.get_text() for text in self.texts if text not in texts] == [IMPRINT]
        raise OSError("disk full")

    monkeypatch.setattr(Figure, "savefig", fail)
    with pytest.raises(OSError, match="disk full"):
        save(figure, tmp_path / "figure.png", IMPRINT)
    assert figure.texts == texts


def test_an_imprint_that_is_too_long_takes_two_lines(figures, tmp_path):
    for name, imprint in (("short", IMPRINT), ("long", LONG)):
        save_all(figures["a_sharpness_vs_batch_size"], tmp_path, name, imprint)
    *_, first, second = text_of(tmp_path / "long.pdf").splitlines()
    assert f"{first} {second}" == LONG
    short, long = (pixels(tmp_path / f"{name}.png") for name in ("short", "long"))
    assert len(long) - len(short) == 0.1 * DPI
    assert all((edge == 255).all() for edge in (long[-1], long[:, 0], long[:, -1])), "white to the edge"


def test_it_can_be_read_as_any_text_of_a_figure(figures, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(Figure, "savefig", lambda self, *_, **__: seen.append(self.texts[-1]))
    with pytest.raises(FileNotFoundError):
        save(figures["overview"], tmp_path / "figure.png", IMPRINT)
    (text,) = seen
    assert text.get_text() == IMPRINT and text.get_color() == MUTED
    assert text.get_fontsize() >= SMALLEST and contrast(text.get_color()) >= TEXT
